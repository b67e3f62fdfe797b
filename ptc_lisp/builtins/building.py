"""Making collections and adding to them: `vector vec set hash-set conj cons concat into`."""

from __future__ import annotations

from ptc_lisp.builtins.growing import entries_of, map_extend, set_extend, vec_extend
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg, seq
from ptc_lisp.values.collections import make_set, set_conj, vec_conj
from ptc_lisp.values.persistent import LispSet, is_map, is_vector
from ptc_lisp.values.types import ABSENT, Value

_CORE_AND_SET = ("clojure.core", "clojure.set")


@builtin(
    "vector", "& xs", area="collections", ns=_CORE_AND_SET, doc="A vector of the arguments.",
    examples=[("(vector 1 2)", "[1 2]"), ("(map vector [1 2] [:a :b])", "[[1 :a] [2 :b]]")], see_also=("vec",),
)  # fmt: skip
def _vector(*xs: Value) -> Value:
    return list(xs)


@builtin(
    "list", "& xs", area="collections", clojure="DIV-25", doc="A vector of the arguments: lists are vectors here.",
    examples=[("(list 1 2)", "[1 2]")], see_also=("vector",),
)  # fmt: skip
def _list(*xs: Value) -> Value:
    return list(xs)


@builtin(
    "vec", "coll", area="collections", ns=_CORE_AND_SET,
    doc="The items of a collection as a vector: entries of a map, characters of a string; [] for nil.",
    examples=[("(vec #{1})", "[1]"), ("(vec {:a 1})", "[[:a 1]]"), ('(vec "hi")', '["h" "i"]'), ("(vec nil)", "[]")],
    see_also=("vector", "set", "into"),
)  # fmt: skip
def _vec(coll: Value) -> Value:
    if is_vector(coll):
        return coll
    items = seq(coll, "vec")
    tick(len(items))
    return items


@builtin(
    "hash-set", "& xs", area="sets", ns=_CORE_AND_SET, doc="A set of the arguments.",
    examples=[("(hash-set 1 2 1)", "#{1 2}")], see_also=("set",),
)  # fmt: skip
def _hash_set(*xs: Value) -> LispSet:
    tick(len(xs))
    return make_set(xs)


@builtin(
    "set", "coll", area="sets", ns=_CORE_AND_SET, doc="The items of a collection as a set. 1 and 1.0 are different.",
    examples=[("(set [1 2 1])", "#{1 2}"), ("(set {:a 1})", "#{[:a 1]}"), ("(set nil)", "#{}")],
    see_also=("hash-set", "distinct", "into"),
)  # fmt: skip
def _set(coll: Value) -> LispSet:
    if coll.__class__ is LispSet:
        return coll
    items = seq(coll, "set")
    tick(len(items))
    return make_set(items)


@builtin(
    "conj", "", "coll", "coll x", "coll x & xs", area="collections", clojure="DIV-25",
    doc="Adds items: to a vector at the end, to a set, to a map as [key value] vectors or maps. nil counts as [].",
    examples=[
        ("(conj [1 2] 3)", "[1 2 3]"), ("(conj #{1} 2)", "#{1 2}"), ("(conj {:a 1} [:b 2])", "{:a 1 :b 2}"),
        ("(conj nil 1)", "[1]"),
    ],
    see_also=("into", "cons", "concat"),
)  # fmt: skip
def _conj(*args: Value) -> Value:
    if len(args) == 2:
        coll, x = args
        if is_vector(coll):
            return vec_conj(coll, x)
        if coll.__class__ is LispSet:
            return set_conj(coll, x)
    if len(args) <= 1:
        return args[0] if args else []
    tick(len(args) - 1)
    return _add_all(args[0], args[1:], "conj")


def _add_all(target: Value, items: list[Value] | tuple[Value, ...], who: str) -> Value:
    if target is None:
        return list(items)
    if is_vector(target):
        return vec_extend(target, items)
    if is_map(target):
        return map_extend(target, entries_of(items, who))
    if target.__class__ is LispSet:
        return set_extend(target, items)
    hint = "to join text use (str a b)" if target.__class__ is str else "the collection comes first"
    raise bad_arg(who, 1, "a vector, map, set or nil", target, hint)


@builtin(
    "cons", "x coll", area="collections", doc="A vector of x and then the items of a collection.",
    examples=[("(cons 1 [2 3])", "[1 2 3]"), ("(cons 1 nil)", "[1]")], see_also=("conj", "concat"),
)  # fmt: skip
def _cons(x: Value, coll: Value) -> Value:
    hint = "the item comes first: (cons x coll)"
    if coll is not None and x.__class__ in {list, dict, LispSet} and coll.__class__ in {int, float, bool}:
        raise bad_arg("cons", 2, "a collection or nil", coll, hint)
    items = seq(coll, "cons", 2)
    tick(len(items))
    return [x, *items]


@builtin(
    "list*", "coll", "x & more", area="collections", clojure="DIV-25",
    doc="A vector of the arguments and then the items of the last one, which is a collection.",
    examples=[("(list* 1 2 [3 4])", "[1 2 3 4]")], see_also=("cons", "concat"),
)  # fmt: skip
def _list_star(x: Value, *more: Value) -> Value:
    items = seq((x, *more)[-1], "list*", 1 + len(more))
    tick(len(items))
    return [x, *more[:-1], *items] if more else items


@builtin(
    "concat", "& colls", area="collections", clojure="DIV-02",
    doc="A vector of the items of all collections, one after the other.",
    examples=[("(concat [1] nil [2 3])", "[1 2 3]"), ("(apply concat [[1] [2]])", "[1 2]"), ("(concat)", "[]")],
    see_also=("into", "mapcat", "conj"),
)  # fmt: skip
def _concat(*colls: Value) -> Value:
    result: Value = []
    for position, coll in enumerate(colls, 1):
        if position == 1 and is_vector(coll):
            result = coll
            continue
        items = seq(coll, "concat", position)
        tick(len(items))
        if position > 2 and result.__class__ is list:
            # From the second addition on the list is ours alone.
            result.extend(items)
        else:
            result = vec_extend(result, items)
    return result


@builtin(
    "into", "", "to", "to from", area="collections", clojure="DIV-12",
    doc="Adds all items of a collection to another one: (into [] coll), (into #{} coll), (into {} pairs).",
    examples=[
        ("(into [1] [2 3])", "[1 2 3]"), ("(into #{} [1 2 1])", "#{1 2}"),
        ("(into {} (map (fn [[k v]] [v k]) {:a 1 :b 2}))", "{1 :a 2 :b}"),
    ],
    see_also=("conj", "vec", "set", "concat"),
)  # fmt: skip
def _into(to: Value = ABSENT, source: Value = None) -> Value:
    items = seq(source, "into", 2)
    tick(len(items))
    if to is ABSENT:
        return []
    added = _add_all(to, items, "into")
    return added if items else to
