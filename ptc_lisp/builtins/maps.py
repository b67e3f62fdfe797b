"""Making and changing maps: `hash-map assoc dissoc merge merge-with zipmap select-keys update-vals update-keys`.

Writing uses the key exactly as given (only lookups are flexible).
"""

from __future__ import annotations

from itertools import islice

from ptc_lisp.builtins.access import step_into
from ptc_lisp.builtins.growing import entries_of, entry_list, map_extend, map_merge, pairs_of
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg, seq, type_fault
from ptc_lisp.values.collections import make_map, map_assoc, map_without, vec_assoc
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.keys import key, unkey
from ptc_lisp.values.persistent import LispSet, is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.printing import brief, pr_str
from ptc_lisp.values.types import ABSENT, Keyword, Stream, Value


@builtin(
    "hash-map", "& kvs", area="maps", aliases=("array-map",),
    doc="A map of keys and values in turn, in the order given; of equal keys the last wins.",
    examples=[("(hash-map :a 1 :b 2)", "{:a 1 :b 2}"), ("(hash-map)", "{}")], see_also=("assoc", "zipmap", "into"),
)  # fmt: skip
def _hash_map(*kvs: Value) -> Value:
    tick(len(kvs))
    return make_map(pairs_of(kvs, "hash-map"))


def assoc_one(coll: Value, k: Value, value: Value, who: str) -> Value:
    """A map, vector or nil with `k` set to `value`. Raises type_error for other values and for a bad index."""
    if is_map(coll):
        return map_assoc(coll, k, value)
    if coll is None:
        return {key(k): value}
    if not is_vector(coll):
        hint = "for a set use (conj s x)" if coll.__class__ is LispSet else None
        raise bad_arg(who, 1, "a map, vector or nil", coll, hint)
    size = len(vec_list(coll))
    if k.__class__ is not int or not 0 <= k <= size:
        raise type_fault(
            f"{who}: a vector of {size} items takes an index from 0 to {size}, got {brief(k)}",
            hint=f"index {size} appends; for other keys use a map",
        )
    return vec_assoc(coll, k, value)


@builtin(
    "assoc", "m k v", "m k v & kvs", area="maps",
    doc="The map with key k set to v, and so on for further keys. For a vector k is an index; nil counts as {}.",
    examples=[
        ("(assoc {:a 1} :b 2)", "{:a 1 :b 2}"), ("(assoc [1 2] 0 :x)", "[:x 2]"), ("(assoc nil :a 1)", "{:a 1}"),
    ],
    see_also=("assoc-in", "update", "dissoc", "merge"),
)  # fmt: skip
def _assoc(m: Value, k: Value, v: Value, *kvs: Value) -> Value:
    result = assoc_one(m, k, v, "assoc")
    if kvs:
        tick(len(kvs))
        for other, value in pairs_of(kvs, "assoc"):
            result = assoc_one(result, other, value, "assoc")
    return result


@builtin(
    "dissoc", "m & ks", area="maps", clojure="DIV-47",
    doc='The map without the keys. Keys are matched exactly: :a does not remove "a".',
    examples=[("(dissoc {:a 1 :b 2 :c 3} :a :c)", "{:b 2}"), ("(dissoc {:a 1} :z)", "{:a 1}")],
    see_also=("assoc", "select-keys"),
)  # fmt: skip
def _dissoc(m: Value, *ks: Value) -> Value:
    if m is None or not ks:
        return m
    if not is_map(m):
        hint = "for a vector use filter, remove or subvec" if is_vector(m) else None
        raise bad_arg("dissoc", 1, "a map or nil", m, hint)
    return map_without(m, map(key, ks))


@builtin(
    "merge", "& maps", area="maps", clojure="DIV-52",
    doc="One map with the entries of all; later values win. nil counts as {}.",
    examples=[("(merge {:a 1 :b 2} {:b 9 :c 3})", "{:a 1 :b 9 :c 3}"), ("(merge)", "{}")],
    see_also=("merge-with", "assoc", "into"),
)  # fmt: skip
def _merge(*maps: Value) -> Value:
    if len(maps) == 1 and maps[0] is not None:
        return maps[0]
    result: Value = {}
    for position, item in enumerate(maps, 1):
        if item is None:
            continue
        if is_map(item):
            if position > 1:
                tick(len(map_raw(item)))
                result = map_merge(result, item)
            else:
                result = item
        elif is_vector(item) and position > 1:
            result = map_extend(result, entries_of([item], "merge"))
        else:
            raise bad_arg("merge", position, "a map or nil", item, "for vectors use concat or into")
    return result


@builtin(
    "merge-with", "f & maps", area="maps", clojure="DIV-52",
    doc="Like merge, but a key that occurs again gets (f old new).",
    examples=[
        ("(merge-with + {:a 1 :b 2} {:a 3})", "{:a 4 :b 2}"), ("(merge-with concat {:a [1]} {:a [2]})", "{:a [1 2]}"),
    ],
    see_also=("merge", "update"),
)  # fmt: skip
def _merge_with(f: Value, *maps: Value) -> Value:
    combine = as_fn(f, 2, "merge-with")
    if len(maps) == 1 and maps[0] is not None:
        return maps[0]
    result: dict[Value, Value] = {}
    for position, item in enumerate(maps, 2):
        if item is None:
            continue
        if not is_map(item):
            raise bad_arg("merge-with", position, "a map or nil", item)
        added = entry_list(item)
        tick(len(added))
        for raw, value in added:
            old = result.get(raw, ABSENT)
            result[raw] = value if old is ABSENT else combine(old, value)
    return result


@builtin(
    "zipmap", "ks vs", area="maps", doc="A map of the keys to the values, paired up to the shorter collection.",
    examples=[("(zipmap [:a :b] [1 2])", "{:a 1 :b 2}"), ('(zipmap ["x" "y"] (range))', '{"x" 0 "y" 1}')],
    see_also=("hash-map", "into", "interleave"),
)  # fmt: skip
def _zipmap(ks: Value, vs: Value) -> Value:
    if ks.__class__ is Stream and vs.__class__ is not Stream:
        values = seq(vs, "zipmap", 2)
        names = list(islice(ks.start(), len(values)))
    else:
        names = seq(ks, "zipmap", 1)
        values = list(islice(vs.start(), len(names))) if vs.__class__ is Stream else seq(vs, "zipmap", 2)
    tick(min(len(names), len(values)))
    return make_map(zip(names, values, strict=False))


@builtin(
    "select-keys", "m ks", area="maps", clojure="DIV-46",
    doc="The map of only the keys ks, as far as they are present (flexible lookup, spelled as in ks).",
    examples=[
        ("(select-keys {:a 1 :b 2 :c 3} [:a :c])", "{:a 1 :c 3}"), ('(select-keys {"a" 1 "b" 2} [:a])', "{:a 1}"),
    ],
    see_also=("dissoc", "get"),
)  # fmt: skip
def _select_keys(m: Value, ks: Value) -> Value:
    return select_keys(m, key_list(ks, "select-keys"), "select-keys")


def key_list(ks: Value, who: str) -> list[Value]:
    """The second argument as a list of keys. Raises type_error when it is no collection."""
    if ks.__class__ is str or ks.__class__ is Keyword:
        raise bad_arg(who, 2, "a vector of keys", ks, f"wrap it in a vector: [{pr_str(ks)[:60]}]")
    return seq(ks, who, 2)


def select_keys(m: Value, ks: list[Value], who: str) -> dict[Value, Value]:
    """A fresh map of the keys `ks` that a map or vector has. Raises type_error for other values than those or nil."""
    if m is None:
        return {}
    if not is_map(m) and not is_vector(m):
        raise bad_arg(who, 1, "a map or nil", m)
    tick(len(ks))
    chosen: dict[Value, Value] = {}
    for k in ks:
        value = step_into(m, k, ABSENT)
        if value is not ABSENT:
            chosen[key(k)] = value
    return chosen


@builtin(
    "update-vals", "m f", area="maps", doc="The map with f applied to every value.",
    examples=[("(update-vals {:a 1 :b 2} inc)", "{:a 2 :b 3}"), ("(update-vals (group-by odd? [1 2 3]) count)", "{true 2 false 1}")],
    see_also=("update-keys", "update"),
)  # fmt: skip
def _update_vals(m: Value, f: Value) -> Value:
    change = as_fn(f, 1, "update-vals")
    if is_map(m):
        entries = entry_list(m)
        tick(len(entries))
        return {raw: change(value) for raw, value in entries}
    if is_vector(m):
        items = list(vec_list(m))
        tick(len(items))
        return [change(item) for item in items]
    if m is None:
        return {}
    raise bad_arg("update-vals", 1, "a map or nil", m)


@builtin(
    "update-keys", "m f", area="maps", doc="The map with f applied to every key; when keys become equal, the last wins.",
    examples=[('(update-keys {"a" 1 "b" 2} keyword)', "{:a 1 :b 2}")], see_also=("update-vals", "rename-keys"),
)  # fmt: skip
def _update_keys(m: Value, f: Value) -> Value:
    change = as_fn(f, 1, "update-keys")
    if m is None:
        return {}
    if not is_map(m):
        raise bad_arg("update-keys", 1, "a map or nil", m)
    entries = entry_list(m)
    tick(len(entries))
    return {key(change(unkey(raw))): value for raw, value in entries}
