"""Looking things up: `get get-in find contains? keys vals entries key val`.

Lookups in maps are flexible: `:name` also finds `"name"` and `:first-name` also `"first_name"`.
"""

from __future__ import annotations

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.values.collections import flex_find, flex_get, map_keys, map_pairs, map_vals, set_has
from ptc_lisp.values.keys import key
from ptc_lisp.values.persistent import LispSet, is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.printing import pr_str
from ptc_lisp.values.rows import Row, row_get
from ptc_lisp.values.strings import grapheme_slice
from ptc_lisp.values.types import ABSENT, Keyword, Value

_BY_PYTHON_EQUALITY: frozenset[type] = frozenset({str, Keyword, type(None)})


def step_into(value: Value, k: Value, default: Value = None) -> Value:
    """One step of a path: the value under `k` in a map, vector, set or string; `default` when there is none."""
    if is_map(value):
        return flex_get(value, k, default)
    if is_vector(value):
        items = vec_list(value)
        return items[k] if k.__class__ is int and 0 <= k < len(items) else default
    if value.__class__ is LispSet:
        return k if set_has(value, k) else default
    if isinstance(value, Row):
        return row_get(value, k)
    if value.__class__ is str and k.__class__ is int and k >= 0:
        return grapheme_slice(value, k, k + 1) or default
    return default


def follow(value: Value, path: list[Value], default: Value = None) -> Value:
    """The value at the end of a path, or `default` as soon as a step finds nothing."""
    for k in path:
        value = step_into(value, k, ABSENT)
        if value is ABSENT:
            return default
    return value


@builtin(
    "get", "m k", "m k default", area="maps", clojure="DIV-47",
    doc='The value under key k of a map (flexible: :k also finds "k"), index k of a vector or string, element k of a'
    " set. Nothing there: default or nil. A vector that is no key of the map is followed as a path.",
    examples=[
        ("(get {:a 1} :a)", "1"), ('(get {"first_name" "Al"} :first-name)', '"Al"'), ("(get {:a 1} :b 0)", "0"),
        ("(get [10 20] 1)", "20"), ("(get {:a {:b 1}} [:a :b])", "1"),
    ],
    see_also=("get-in", "find", "contains?"),
)  # fmt: skip
def _get(m: Value, k: Value, default: Value = None) -> Value:
    if is_map(m):
        found = flex_get(m, k, ABSENT)
        if found is not ABSENT:
            return found
        return follow(m, vec_list(k), default) if is_vector(k) and vec_list(k) else default
    if m is not None and not is_vector(m) and not isinstance(m, LispSet | str | Row):
        hint = "the collection comes first: (get m k)" if is_map(k) or is_vector(k) else None
        raise bad_arg("get", 1, "a map, vector, set, string or nil", m, hint)
    return step_into(m, k, default)


@builtin(
    "get-in", "m ks", "m ks default", area="maps", clojure="DIV-47",
    doc="The value at the end of a path of keys and indexes; default or nil when a step finds nothing.",
    examples=[
        ("(get-in {:a {:b [1 2]}} [:a :b 1])", "2"), ('(get-in {"a" {"b" 1}} [:a :b])', "1"),
        ("(get-in {} [:a :b] 0)", "0"),
    ],
    see_also=("get", "assoc-in", "update-in"),
)  # fmt: skip
def _get_in(m: Value, ks: Value, default: Value = None) -> Value:
    path = path_of(ks, "get-in")
    if (
        m is not None
        and m.__class__ is not str
        and m.__class__ is not LispSet
        and not is_map(m)
        and not is_vector(m)
        and not isinstance(m, Row)
    ):
        hint = "the collection comes first: (get-in m path)" if is_map(ks) else None
        raise bad_arg("get-in", 1, "a map, vector or nil", m, hint)
    return follow(m, path, default)


def path_of(ks: Value, who: str) -> list[Value]:
    """A path argument as a list; nil is the empty path. Raises type_error when it is no vector."""
    if ks is None:
        return []
    if is_vector(ks):
        return vec_list(ks)
    hint = f"wrap it in a vector: [{pr_str(ks)[:60]}]" if ks.__class__ in {Keyword, str, int} else None
    raise bad_arg(who, 2, "a vector of keys", ks, hint)


@builtin(
    "find", "m k", area="maps", clojure="DIV-48",
    doc="The entry [k value] of a map (flexible) or vector, nil when there is none: tells a nil value from no value.",
    examples=[("(find {:a nil} :a)", "[:a nil]"), ("(find {:a 1} :b)", "nil")], see_also=("get", "contains?"),
)  # fmt: skip
def _find(m: Value, k: Value) -> Value:
    if m is not None and not is_map(m) and not is_vector(m):
        hint = "to search a collection use (first (filter pred coll)) or (some pred coll)"
        raise bad_arg("find", 1, "a map, vector or nil", m, hint)
    found = step_into(m, k, ABSENT)
    return None if found is ABSENT else [k, found]


@builtin(
    "contains?", "coll x", area="maps", ns=("clojure.core", "clojure.set"), clojure="DIV-27",
    doc="Whether a map has the key x (flexible), or a set or vector the element x. For text use includes?.",
    examples=[
        ("(contains? {:a nil} :a)", "true"), ("(contains? #{1 2} 3)", "false"), ("(contains? [:a :b] :b)", "true"),
    ],
    see_also=("get", "some", "includes?"),
)  # fmt: skip
def _contains(coll: Value, x: Value) -> bool:
    if is_map(coll):
        return flex_find(coll, x) is not ABSENT
    if coll.__class__ is LispSet:
        return set_has(coll, x)
    if is_vector(coll):
        return _has_item(vec_list(coll), x)
    if coll is None:
        return False
    hint = "for text use (includes? s part)" if coll.__class__ is str else "the collection comes first"
    raise bad_arg("contains?", 1, "a map, set, vector or nil", coll, hint)


def _has_item(items: list[Value], x: Value) -> bool:
    tick(len(items))
    if x.__class__ in _BY_PYTHON_EQUALITY:
        return x in items
    cls = x.__class__
    if cls is int or cls is float or cls is bool:
        return any(item.__class__ is cls and item == x for item in items)
    raw = key(x)
    return any(key(item) == raw for item in items)


@builtin(
    "keys", "m", area="maps", doc="The keys of a map, in its order; nil for nil.",
    examples=[("(keys {:a 1 :b 2})", "[:a :b]"), ("(keys nil)", "nil")], see_also=("vals", "entries"),
)  # fmt: skip
def _keys(m: Value) -> Value:
    if is_map(m):
        tick(len(map_raw(m)))
        return map_keys(m)
    return None if m is None else [pair[0] for pair in _entry_vectors(m, "keys")]


@builtin(
    "vals", "m", area="maps", doc="The values of a map, in its order; nil for nil.",
    examples=[("(vals {:a 1 :b 2})", "[1 2]"), ("(vals nil)", "nil")], see_also=("keys", "entries"),
)  # fmt: skip
def _vals(m: Value) -> Value:
    if is_map(m):
        tick(len(map_raw(m)))
        return map_vals(m)
    return None if m is None else [pair[1] for pair in _entry_vectors(m, "vals")]


def _entry_vectors(entries: Value, who: str) -> list[list[Value]]:
    # What filter or sort-by make of a map: a vector of its entries.
    pairs = (
        [vec_list(item) if is_vector(item) else [] for item in vec_list(entries)]
        if is_vector(entries)
        else [[]]
    )
    if not all(len(pair) == 2 for pair in pairs):
        raise bad_arg(who, 1, "a map or nil", entries, _no_entries(entries, who))
    return pairs


def _no_entries(entries: Value, who: str) -> str | None:
    items = vec_list(entries) if is_vector(entries) else []
    if len(items) == 2 and not is_map(items[0]) and (is_map(items[1]) or is_vector(items[1])):
        return "the items of a map are pairs: take them apart with (fn [[k v]] …)"
    return f"for maps in a vector use (map {who} coll)" if any(map(is_map, items)) else None


@builtin(
    "entries", "m", area="maps", ns=(), clojure="extension", doc="The entries of a map as [key value] vectors, in its order.",
    examples=[("(entries {:a 1 :b 2})", "[[:a 1] [:b 2]]")], see_also=("keys", "vals"),
)  # fmt: skip
def _entries(m: Value) -> Value:
    if not is_map(m):
        raise bad_arg("entries", 1, "a map", m)
    tick(len(map_raw(m)))
    return map_pairs(m)


@builtin(
    "key", "entry", area="maps", doc="The key of a map entry, a vector of two items.",
    examples=[("(key [:a 1])", ":a"), ("(map key {:a 1 :b 2})", "[:a :b]")], see_also=("val", "keys"),
)  # fmt: skip
def _key(entry: Value) -> Value:
    return _pair(entry, "key")[0]


@builtin(
    "val", "entry", area="maps", doc="The value of a map entry, a vector of two items.",
    examples=[("(val [:a 1])", "1"), ("(sort-by val {:a 2 :b 1})", "[[:b 1] [:a 2]]")], see_also=("key", "vals"),
)  # fmt: skip
def _val(entry: Value) -> Value:
    return _pair(entry, "val")[1]


def _pair(entry: Value, who: str) -> list[Value]:
    if is_vector(entry):
        items = vec_list(entry)
        if len(items) == 2:
            return items
    hint = f"for a whole map use ({who}s m)" if is_map(entry) else None
    raise bad_arg(who, 1, "a map entry [key value]", entry, hint)
