"""Relational algebra of clojure.set: sets (or vectors) of maps. Keys are looked up flexibly, as everywhere."""

from __future__ import annotations

from ptc_lisp.builtins.growing import map_merge
from ptc_lisp.builtins.maps import key_list, select_keys
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg, seq, type_fault
from ptc_lisp.values.collections import flex_find, make_set, map_items, map_keys
from ptc_lisp.values.keys import key, unkey
from ptc_lisp.values.persistent import LispSet, is_map, map_raw
from ptc_lisp.values.printing import brief
from ptc_lisp.values.types import ABSENT, Value

_NS = "clojure.set"


@builtin(
    "project", "rel ks", area="sets", ns=_NS, bare=False, clojure="DIV-46",
    doc="The set of the maps of a relation (a set or vector of maps) with only the keys ks.",
    examples=[("(set/project #{{:a 1 :b 2}} [:a])", "#{{:a 1}}")], see_also=("select-keys",),
)  # fmt: skip
def _project(rel: Value, ks: Value) -> LispSet:
    rows = _rows(rel, "set/project", 1)
    wanted = key_list(ks, "set/project")
    return make_set(select_keys(row, wanted, "set/project") for row in rows)


@builtin(
    "rename", "rel kmap", area="sets", ns=_NS, bare=False, clojure="DIV-47",
    doc="The set of the maps of a relation with their keys renamed as kmap says.",
    examples=[("(set/rename #{{:a 1}} {:a :b})", "#{{:b 1}}")], see_also=("rename-keys",),
)  # fmt: skip
def _rename(rel: Value, kmap: Value) -> LispSet:
    rows = _rows(rel, "set/rename", 1)
    names = _renaming(kmap, "set/rename")
    return make_set(_renamed(row, names) for row in rows)


@builtin(
    "rename-keys", "m kmap", area="maps", ns=_NS, clojure="DIV-47",
    doc="The map with its keys renamed: kmap is a map from old to new keys; keys that m does not have are ignored.",
    examples=[("(rename-keys {:a 1 :b 2} {:a :x})", "{:b 2 :x 1}")], see_also=("update-keys", "select-keys"),
)  # fmt: skip
def _rename_keys(m: Value, kmap: Value) -> Value:
    names = _renaming(kmap, "rename-keys")
    if m is None:
        return None
    if not is_map(m):
        raise bad_arg(
            "rename-keys", 1, "a map or nil", m, "for maps in a vector use (map #(rename-keys % kmap) coll)"
        )
    return _renamed(m, names)


def _renaming(kmap: Value, who: str) -> list[tuple[Value, Value]]:
    if kmap is None:
        return []
    if not is_map(kmap):
        raise bad_arg(who, 2, "a map from old to new keys", kmap)
    return map_items(kmap)


def _renamed(row: Value, names: list[tuple[Value, Value]]) -> dict[Value, Value]:
    found = [(flex_find(row, old), new) for old, new in names]
    data = map_raw(row)
    result = data.copy()
    present = [(raw, new) for raw, new in found if raw is not ABSENT]
    tick(len(names))
    for raw, _ in present:
        result.pop(raw, None)
    for raw, new in present:
        result[key(new)] = data[raw]
    return result


@builtin(
    "map-invert", "m", area="maps", ns=_NS, doc="The map from values to keys; of equal values the last wins.",
    examples=[("(map-invert {:a 1 :b 2})", "{1 :a 2 :b}")], see_also=("rename-keys",),
)  # fmt: skip
def _map_invert(m: Value) -> dict[Value, Value]:
    if m is None:
        return {}
    if not is_map(m):
        raise bad_arg("map-invert", 1, "a map or nil", m)
    entries = list(map_raw(m).items())
    tick(len(entries))
    return {key(value): unkey(raw) for raw, value in entries}


@builtin(
    "index", "rel ks", area="sets", ns=_NS, bare=False, clojure="DIV-46",
    doc="A map from each combination of values under ks (a map) to the set of the rows that have it.",
    examples=[("(set/index #{{:a 1 :b 2}} [:a])", "{{:a 1} #{{:a 1 :b 2}}}")], see_also=("group-by",),
)  # fmt: skip
def _index(rel: Value, ks: Value) -> dict[Value, Value]:
    rows = _rows(rel, "set/index", 1)
    groups = _grouped(rows, key_list(ks, "set/index"), "set/index")
    return {raw: make_set(group) for raw, group in groups.items()}


def _grouped(rows: list[Value], ks: list[Value], who: str) -> dict[Value, list[Value]]:
    groups: dict[Value, list[Value]] = {}
    for row in rows:
        groups.setdefault(key(select_keys(row, ks, who)), []).append(row)
    return groups


@builtin(
    "join", "xrel yrel", "xrel yrel kmap", area="sets", ns=_NS, bare=False, clojure="DIV-46",
    doc="The set of merged pairs of rows that agree on their common keys, or on the keys of kmap (x key to y key). To"
    " join text use (str/join sep coll).",
    examples=[
        ("(set/join #{{:id 1 :a 2}} #{{:id 1 :b 3}})", "#{{:id 1 :a 2 :b 3}}"),
        ("(set/join #{{:id 1}} #{{:owner 1 :b 3}} {:id :owner})", "#{{:id 1 :owner 1 :b 3}}"),
    ],
    see_also=("index", "merge"),
)  # fmt: skip
def _join(xrel: Value, yrel: Value, kmap: Value = None) -> LispSet:
    xs, ys = _rows(xrel, "set/join", 1), _rows(yrel, "set/join", 2)
    if not xs or not ys:
        return LispSet({})
    if kmap is None:
        others = map_raw(ys[0])
        names = [(k, k) for k in map_keys(xs[0]) if key(k) in others]
    else:
        names = _join_keys(kmap)
    by_values: dict[Value, list[Value]] = {}
    for row in ys:
        by_values.setdefault(key(_values(row, [y for _, y in names])), []).append(row)
    joined: list[Value] = []
    for row in xs:
        matches = by_values.get(key(_values(row, [x for x, _ in names])), [])
        tick(len(matches))
        joined.extend(map_merge(row, match) for match in matches)
    return make_set(joined)


def _join_keys(kmap: Value) -> list[tuple[Value, Value]]:
    if not is_map(kmap):
        raise bad_arg("set/join", 3, "a map from keys of the first to keys of the second relation", kmap)
    return map_items(kmap)


def _values(row: Value, ks: list[Value]) -> list[Value]:
    # What the row has under each key; the marker keeps "absent" apart from nil.
    found = [flex_find(row, k) for k in ks]
    data = map_raw(row)
    return [[] if raw is ABSENT else [data[raw]] for raw in found]


def _rows(rel: Value, who: str, position: int) -> list[Value]:
    if is_map(rel) or rel.__class__ is str:
        raise bad_arg(who, position, "a set or vector of maps", rel)
    rows = seq(rel, who, position)
    tick(len(rows))
    for row in rows:
        if not is_map(row):
            raise type_fault(f"{who}: argument {position} must hold maps only, got {brief(row)}")
    return rows
