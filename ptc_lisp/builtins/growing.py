"""How collections take in many items at once: bulk when that is cheap, step by step when a large collection gets a few.

Nothing here changes a value that it was given.
"""

from __future__ import annotations

from collections.abc import Sequence

from ptc_lisp.builtins.support import type_fault
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import Map, Vector, make_set
from ptc_lisp.values.keys import key
from ptc_lisp.values.persistent import LispSet, PMap, PVec, is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.printing import brief, pr_str
from ptc_lisp.values.types import Value

RawEntry = tuple[Value, Value]
"""A map entry whose key is in key form."""

_STEP_FROM = 256
_STEP_SHARE = 8


def _in_steps(size: int, added: int) -> bool:
    # Copying is faster for a single call; steps keep a loop that adds a little each time from being quadratic.
    return size >= _STEP_FROM and added * _STEP_SHARE <= size


def vec_extend(vector: Vector, items: Sequence[Value]) -> Vector:
    """A vector with `items` at the end."""
    plain = vec_list(vector)
    if not _in_steps(len(plain), len(items)):
        return [*plain, *items]
    grown = vector if isinstance(vector, PVec) else PVec(plain.copy())
    for item in items:
        grown = grown.appended(item)
    return grown


def map_extend(mapping: Map, entries: Sequence[RawEntry]) -> Map:
    """A map with `entries`; later ones win."""
    data = map_raw(mapping)
    if not _in_steps(len(data), len(entries)):
        return {**data, **dict(entries)} if data else dict(entries)
    grown = mapping if isinstance(mapping, PMap) else PMap(data.copy())
    for raw, value in entries:
        grown = grown.assoc(raw, value)
    return grown


def map_merge(mapping: Map, other: Map) -> Map:
    """A map with the entries of both; those of `other` win."""
    data, added = map_raw(mapping), map_raw(other)
    if _in_steps(len(data), len(added)):
        return map_extend(mapping, list(added.items()))
    # Reading one version of a map may move the data of another, so a shared one is read again.
    merged = map_raw(mapping).copy()
    merged.update(map_raw(other))
    return merged


def set_extend(values: LispSet, items: Sequence[Value]) -> LispSet:
    """A set with `items`; of equal elements the first stays."""
    data = map_raw(values.raw)
    if not data:
        return make_set(items)
    fresh = {raw: item for raw, item in ((key(item), item) for item in items) if raw not in data}
    if not fresh:
        return values
    return LispSet(map_extend(values.raw, list(fresh.items())))


def entries_of(items: Sequence[Value], who: str) -> list[RawEntry]:
    """The entries that a map takes from `items`: `[key value]` vectors, maps (all of their entries) and nil (none).

    Raises type_error for anything else; `who` names the builtin.
    """
    entries: list[RawEntry] = []
    for item in items:
        if item.__class__ is list and len(item) == 2:
            entries.append((key(item[0]), item[1]))
        elif is_map(item):
            entries.extend(map_raw(item).items())
        elif item is not None:
            entries.append(_entry(item, who))
    return entries


def _entry(item: Value, who: str) -> RawEntry:
    pair = vec_list(item) if is_vector(item) else []
    if len(pair) != 2:
        raise type_fault(
            f"{who}: a map takes [key value] vectors, got {brief(item)}",
            hint="make pairs first, e.g. (map (fn [x] [(:id x) x]) coll)",
        )
    return key(pair[0]), pair[1]


def pairs_of(flat: Sequence[Value], who: str) -> list[tuple[Value, Value]]:
    """Keys and values in turn, as pairs. Raises arity_error when the last key has no value."""
    if len(flat) % 2:
        raise Trap(
            FaultKind.ARITY_ERROR,
            f"{who}: no value after {brief(flat[-1])}: keys and values must alternate",
            hint=f"give each key its value: {{{pr_str(flat[-1])[:40]} value}}",
        )
    return list(zip(flat[::2], flat[1::2], strict=True))


def entry_list(mapping: Map) -> list[RawEntry]:
    """Fresh list of the raw entries, safe to iterate while callbacks run."""
    return list(map_raw(mapping).items())
