"""Reading and stepping collections. Builtins and compiled code use these; nobody else looks inside a collection.

"Fresh" results belong to the caller. All other lists and dicts that come out of a value must not be changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from ptc_lisp.values.keys import Boxed, key
from ptc_lisp.values.persistent import LispSet, PMap, PVec, map_raw, vec_list, vec_window
from ptc_lisp.values.types import ABSENT, Keyword, Value, kw

COPY_BELOW = 32
"""Collections below this size are copied on a step; larger ones become `PVec`/`PMap`."""

Map = dict[Value, Value] | PMap
Vector = list[Value] | PVec


# --- maps ------------------------------------------------------------------------------------------------------------


def make_map(pairs: Iterable[tuple[Value, Value]]) -> dict[Value, Value]:
    """A fresh map from (key, value) pairs; a later pair wins and keeps the first one's place."""
    return {key(k): v for k, v in pairs}


def map_get(mapping: Map, k: Value, default: Value = None) -> Value:
    """The value under exactly that key (strict), or `default`."""
    return map_raw(mapping).get(key(k), default)


def map_has(mapping: Map, k: Value) -> bool:
    """Whether exactly that key is present."""
    return key(k) in map_raw(mapping)


def map_assoc(mapping: Map, k: Value, value: Value) -> Map:
    """A map with `k` set to `value`."""
    raw = key(k)
    if isinstance(mapping, PMap):
        return mapping.assoc(raw, value)
    plain = mapping.copy()
    if len(plain) < COPY_BELOW:
        plain[raw] = value
        return plain
    return PMap(plain).assoc(raw, value)


def map_without(mapping: Map, raw_keys: Iterable[Value]) -> Map:
    """A map without the entries under these raw keys; the same map when none is there."""
    data = map_raw(mapping)
    gone = [raw for raw in dict.fromkeys(raw_keys) if raw in data]
    if not gone:
        return mapping
    if isinstance(mapping, PMap) and len(gone) * COPY_BELOW <= len(data):
        for raw in gone:
            mapping = mapping.dissoc(raw)
        return mapping
    rest = data.copy()
    for raw in gone:
        del rest[raw]
    # The first removal copies; what it gives is ready for more of them.
    return rest if len(rest) < COPY_BELOW else PMap(rest)


def map_keys(mapping: Map) -> list[Value]:
    """Fresh list of the keys, in order."""
    return [k.value if k.__class__ is Boxed else k for k in map_raw(mapping)]


def map_vals(mapping: Map) -> list[Value]:
    """Fresh list of the values, in order."""
    return list(map_raw(mapping).values())


def map_items(mapping: Map) -> list[tuple[Value, Value]]:
    """Fresh list of (key, value), in order. Safe to iterate while a callback steps the same map."""
    return [(k.value if k.__class__ is Boxed else k, v) for k, v in map_raw(mapping).items()]


def map_pairs(mapping: Map) -> list[Value]:
    """Fresh list of `[key value]` vectors, in order."""
    return [[k.value if k.__class__ is Boxed else k, v] for k, v in map_raw(mapping).items()]


def map_count(mapping: Map) -> int:
    """Number of entries."""
    return len(map_raw(mapping))


def flex_find(mapping: Map, k: Value) -> Value:
    """The raw key of `mapping` that a lookup of `k` hits, or ABSENT.

    Order: `k` itself; the same name as string/keyword; for a name with `-`, the string with `_` instead.
    """
    data = map_raw(mapping)
    raw = key(k)
    if raw in data:
        return raw
    if k.__class__ is Keyword:
        name = cast("Keyword", k).name
        if name in data:
            return name
    elif k.__class__ is str:
        name = k
        other = kw(name)
        if other in data:
            return other
    else:
        return ABSENT
    if "-" in name:
        name = name.replace("-", "_")
        if name in data:
            return name
    return ABSENT


def flex_get(mapping: Map, k: Value, default: Value = None) -> Value:
    """Flexible lookup (see `flex_find`): the value, or `default` when no key matches. A nil value is present."""
    data = map_raw(mapping)
    found = data.get(key(k), ABSENT)
    if found is not ABSENT:
        return found
    raw = flex_find(data, k)
    return default if raw is ABSENT else data[raw]


# --- vectors ---------------------------------------------------------------------------------------------------------


def vec_conj(vector: Vector, item: Value) -> Vector:
    """A vector with `item` at the end."""
    if isinstance(vector, PVec):
        return vector.appended(item)
    plain = vector
    if len(plain) < COPY_BELOW:
        return [*plain, item]
    return PVec(plain.copy()).appended(item)


def vec_assoc(vector: Vector, index: int, item: Value) -> Vector:
    """A vector with another item at `index`, `0 <= index <= count`; at `count` it appends. The caller checks the range."""
    if index == len(vec_list(vector)):
        return vec_conj(vector, item)
    if isinstance(vector, PVec):
        return vector.replaced(index, item)
    copy = vector.copy()
    if len(copy) < COPY_BELOW:
        copy[index] = item
        return copy
    return PVec(copy).replaced(index, item)


def vec_pop(vector: Vector) -> Vector:
    """A vector without its last item; the caller checks that it has one."""
    if isinstance(vector, PVec):
        return vector.popped()
    plain = vector
    return plain[:-1] if len(plain) < COPY_BELOW else PVec(plain.copy()).popped()


def vec_items(vector: Vector) -> list[Value]:
    """The items as a list that stays valid while callbacks run; not to be changed."""
    return vector.items().copy() if isinstance(vector, PVec) else vector


def vec_count(vector: Vector) -> int:
    """Number of items."""
    source, start = vec_window(vector)
    return len(source) - start


# --- sets ------------------------------------------------------------------------------------------------------------


def make_set(items: Iterable[Value]) -> LispSet:
    """A fresh set; of equal elements the first stays."""
    raw: dict[Value, Value] = {}
    for item in items:
        raw.setdefault(key(item), item)
    return LispSet(raw)


def set_has(values: LispSet, item: Value) -> bool:
    """Strict membership."""
    return key(item) in map_raw(values.raw)


def set_conj(values: LispSet, item: Value) -> LispSet:
    """A set with `item`; the same set when it is in."""
    if key(item) in map_raw(values.raw):
        return values
    return LispSet(map_assoc(values.raw, item, item))


def set_items(values: LispSet) -> list[Value]:
    """Fresh list of the elements, in order."""
    return list(map_raw(values.raw).values())


def set_count(values: LispSet) -> int:
    """Number of elements."""
    return len(map_raw(values.raw))
