"""Set algebra: `disj union intersection difference subset? superset? select`. nil counts as an empty set."""

from __future__ import annotations

from ptc_lisp.builtins.growing import set_extend
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.values.collections import map_without, set_count, set_items
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.keys import key
from ptc_lisp.values.persistent import LispSet, is_vector, map_raw
from ptc_lisp.values.types import Value

_NS = "clojure.set"


def _check_set(who: str, position: int, value: Value) -> None:
    if value is not None and value.__class__ is not LispSet:
        hint = "convert it: (set coll)" if is_vector(value) else None
        raise bad_arg(who, position, "a set", value, hint)


def _check_sets(who: str, values: tuple[Value, ...]) -> None:
    for position, value in enumerate(values, 1):
        _check_set(who, position, value)
        if value is not None:
            tick(set_count(value))


@builtin(
    "disj", "s & xs", area="sets", ns=("clojure.core", _NS), doc="The set without the elements.",
    examples=[("(disj #{1 2 3} 2)", "#{1 3}"), ("(disj #{1} 9)", "#{1}")], see_also=("conj", "difference"),
)  # fmt: skip
def _disj(s: Value, *xs: Value) -> Value:
    if s is None or not xs:
        return s
    _check_set("disj", 1, s)
    rest = map_without(s.raw, map(key, xs))
    return s if rest is s.raw else LispSet(rest)


@builtin(
    "union", "& sets", area="sets", ns=_NS, doc="The set of all elements that are in any of the sets.",
    examples=[("(union #{1 2} #{2 3})", "#{1 2 3}"), ("(union)", "#{}")],
    see_also=("intersection", "difference", "into"),
)  # fmt: skip
def _union(*sets: Value) -> Value:
    if len(sets) == 1:
        return sets[0]
    _check_sets("union", sets)
    present = [s for s in sets if s is not None]
    if not present:
        return None if sets else LispSet({})
    result = present[0]
    for other in present[1:]:
        result = set_extend(result, set_items(other))
    return result


@builtin(
    "intersection", "s & sets", area="sets", ns=_NS, doc="The set of the elements that are in all sets.",
    examples=[("(intersection #{1 2 3} #{2 3 4})", "#{2 3}")], see_also=("union", "difference"),
)  # fmt: skip
def _intersection(s: Value, *sets: Value) -> Value:
    if not sets:
        return s
    _check_sets("intersection", (s, *sets))
    result = s
    for other in sets:
        if result is None or other is None:
            return None
        entries = list(map_raw(result.raw).items())
        wanted = map_raw(other.raw)
        result = LispSet({raw: item for raw, item in entries if raw in wanted})
    return result


@builtin(
    "difference", "s & sets", area="sets", ns=_NS, doc="The set of the elements of the first set that are in no other.",
    examples=[("(difference #{1 2 3} #{1} #{3})", "#{2}")], see_also=("disj", "intersection"),
)  # fmt: skip
def _difference(s: Value, *sets: Value) -> Value:
    if not sets:
        return s
    _check_sets("difference", (s, *sets))
    if s is None:
        return None
    rest = s.raw
    for other in sets:
        if other is not None:
            rest = map_without(rest, map_raw(other.raw))
    return LispSet(rest)


@builtin(
    "subset?", "a b", area="sets", ns=_NS, doc="Whether every element of set a is in set b.",
    examples=[("(subset? #{1} #{1 2})", "true"), ("(subset? #{3} #{1 2})", "false")], see_also=("superset?", "every?"),
)  # fmt: skip
def _is_subset(a: Value, b: Value) -> bool:
    _check_sets("subset?", (a, b))
    return _includes(b, a)


@builtin(
    "superset?", "a b", area="sets", ns=_NS, doc="Whether set a has every element of set b.",
    examples=[("(superset? #{1 2} #{1})", "true"), ("(superset? #{1 2} #{3})", "false")], see_also=("subset?",),
)  # fmt: skip
def _is_superset(a: Value, b: Value) -> bool:
    _check_sets("superset?", (a, b))
    return _includes(a, b)


def _includes(large: Value, small: Value) -> bool:
    if small is None or not set_count(small):
        return True
    if large is None:
        return False
    wanted = list(map_raw(small.raw))
    present = map_raw(large.raw)
    return all(raw in present for raw in wanted)


@builtin(
    "select", "pred s", area="sets", ns=_NS, bare=False, doc="The set of the elements for which pred is truthy.",
    examples=[("(set/select odd? #{1 2 3})", "#{1 3}")], see_also=("filter",),
)  # fmt: skip
def _select(pred: Value, s: Value) -> Value:
    test = as_fn(pred, 1, "set/select")
    _check_set("set/select", 2, s)
    if s is None:
        return None
    entries = list(map_raw(s.raw).items())
    tick(len(entries))
    chosen: dict[Value, Value] = {}
    for raw, item in entries:
        verdict = test(item)
        if verdict is not None and verdict is not False:
            chosen[raw] = item
    return LispSet(chosen)
