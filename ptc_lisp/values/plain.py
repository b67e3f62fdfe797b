"""Whether a value is plain data, found out at C speed: host data is looked at whole before it counts as data."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain

import msgspec

from ptc_lisp.values.types import Value

JSON_LEAVES = frozenset({str, int, float, bool, type(None)})
JSON_KEYS = frozenset({str, int})

_CONTAINERS = frozenset({dict, list, tuple})
_TEXT = frozenset({str})
_DEEPEST = 200
_ROWS_AT_A_TIME = 4_000
_MOSTLY = list[str | int | bool | None]


def encodes_as_plain(value: Value) -> bool:
    """Whether a host object that msgspec has encoded is plain data, or encoded as if it were.

    For rows that takes half as long as `is_plain`. Enums may pass: they are encoded as their values.
    """
    if value.__class__ is not list:
        return is_plain(value)
    for start in range(0, len(value), _ROWS_AT_A_TIME):
        if not _are_flat_rows(value[start : start + _ROWS_AT_A_TIME]):
            return is_plain(value[start:])
    return True


def _are_flat_rows(rows: list[Value]) -> bool:
    if [*map(type, rows)].count(dict) != len(rows):
        return False
    # The values; of a dict that has, or had, keys that are no plain strings, the keys as well.
    found = gc.get_referents(*rows)
    if len(found) != sum(map(len, rows)) and not _kinds_of_keys(rows) <= JSON_KEYS:
        return False
    try:
        # Without floats in the type, no Decimal passes; subclasses of str and int do, which msgspec does not encode.
        msgspec.convert(found, _MOSTLY)
    except msgspec.ValidationError:
        return set(map(type, found)) <= JSON_LEAVES
    return True


def is_plain(
    value: Value, leaves: AbstractSet[type] = JSON_LEAVES, keys: AbstractSet[type] = JSON_KEYS
) -> bool:
    """Whether a value consists of plain lists, plain dicts with keys of the types `keys`, and `leaves` only.

    Looks at the types level by level and keeps no list of leaves. False also for what is nested very deep.
    """
    maps: Sequence[Value] = ()
    rows: Sequence[Value] = ((value,),)
    for _ in range(_DEEPEST):
        kinds = set(map(type, _inside(maps, rows)))
        if kinds <= leaves:
            return True
        if not kinds - leaves <= _CONTAINERS:
            return False
        if len(rows) == 1 and not maps and kinds <= _CONTAINERS:
            level = rows[0]
        else:
            level = [v for v in _inside(maps, rows) if v.__class__ in _CONTAINERS]
        maps, rows = _by_shape(level, kinds - leaves)
        if not _kinds_of_keys(maps) <= keys:
            return False
    return False


def _inside(maps: Sequence[Value], rows: Sequence[Value]) -> Iterable[Value]:
    return chain(chain.from_iterable(map(dict.values, maps)), chain.from_iterable(rows))


def _by_shape(level: Sequence[Value], kinds: AbstractSet[type]) -> tuple[Sequence[Value], Sequence[Value]]:
    """The dicts, and the lists and tuples, of a level that consists of these kinds."""
    if dict not in kinds:
        return (), level
    if len(kinds) == 1:
        return level, ()
    return [v for v in level if v.__class__ is dict], [v for v in level if v.__class__ is not dict]


def _kinds_of_keys(maps: Sequence[Value]) -> set[type]:
    found: set[Value] = set()
    kinds = set(map(type, found.union(*maps)))
    # Keys of other types may equal each other, as 1 and true do, and a set keeps one of them. (A subclass of str that hides
    # behind an equal str may pass: it is encoded as its text.)
    return kinds if kinds <= _TEXT else set(map(type, chain.from_iterable(maps)))
