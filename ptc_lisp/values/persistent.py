"""Vectors and maps that can be grown one step at a time in constant time, and sets.

A program that builds a collection with `conj` or `assoc` in a loop makes one new version per step and drops the old
one. Each version here shares one Python list or dict with its neighbours: the newest version owns it, an older one
remembers only how it differs from the next (Baker's version arrays). Reading an older version moves the ownership
back, or copies when it is far away. So linear use is O(1) a step, and every version stays readable for ever.

`PVec` and `PMap` are made by `ptc_lisp.values.collections` above a size where copying starts to hurt. Nothing here
knows about key form: keys of a `PMap` are raw (see `keys.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TypeGuard, cast, final

from ptc_lisp.values.types import ABSENT, Value

_MAX_REROOT = 64
_TAIL = -3
_MIN_TAIL = 64


@final
class PVec:
    """A vector version. The public reading functions are in `collections`; here are the steps."""

    __slots__ = ("_data", "_extra", "_kind", "_next")

    def __init__(self, data: list[Value]) -> None:
        """Takes ownership of `data`: the caller must not keep it."""
        self._data: list[Value] | None = data
        self._next: PVec | None = None
        self._kind: int = (
            0  # how self differs from _next: index >= 0 "item was", -1 "was one shorter", -2 "had one more"
        )
        self._extra: Value = None  # or, for a tail, the list it is the end of and where it starts

    @staticmethod
    def tail(source: list[Value], start: int) -> PVec:
        """What `source`, a list that never changes, holds from `start` on. It is copied when it is first read whole."""
        made = PVec(source)
        made._data, made._kind, made._extra = None, _TAIL, (source, start)
        return made

    def origin(self) -> tuple[list[Value], int] | None:
        """Where a tail that was not read yet comes from: the list and the start in it; None for other versions."""
        return self._extra if self._kind == _TAIL and self._data is None else None

    def items(self) -> list[Value]:
        """The current list of this version. It may change at the next step of any version: read it at once, or copy."""
        return self._data if self._data is not None else self._reroot()

    def appended(self, item: Value) -> PVec:
        """A version with `item` at the end."""
        data = self.items()
        data.append(item)
        return self._hand_over(data, -1, None)

    def replaced(self, index: int, item: Value) -> PVec:
        """A version with another item at a valid `index`."""
        data = self.items()
        old = data[index]
        data[index] = item
        return self._hand_over(data, index, old)

    def popped(self) -> PVec:
        """A version without the last item; the vector must not be empty."""
        data = self.items()
        return self._hand_over(data, -2, data.pop())

    def _hand_over(self, data: list[Value], kind: int, extra: Value) -> PVec:
        newer = PVec(data)
        self._data, self._next, self._kind, self._extra = None, newer, kind, extra
        return newer

    def _reroot(self) -> list[Value]:
        chain: list[PVec] = []
        version = self
        while version._data is None:
            if version._kind == _TAIL:
                source, start = version._extra
                version._data, version._kind, version._extra = source[start:], 0, None
                break
            chain.append(version)
            version = cast("PVec", version._next)
        owner, data = version, version._data
        far = len(chain) > _MAX_REROOT
        if far:
            data = data.copy()
        for older in reversed(chain):
            kind, extra = older._kind, older._extra
            if kind >= 0:
                undo, older_extra = kind, data[kind]
                data[kind] = extra
            elif kind == -1:
                undo, older_extra = -2, data.pop()
            else:
                undo, older_extra = -1, None
                data.append(extra)
            if not far:
                owner._data, owner._next, owner._kind, owner._extra = None, older, undo, older_extra
                owner = older
        self._data, self._next, self._extra = data, None, None
        return data


Ranks = tuple[dict[Value, int], Iterator[int]]
"""Where each key of a map stands in its order, and the numbers for further keys."""


@final
class PMap:
    """A map version over raw keys, in insertion order.

    A removed key must come back at its place when an older version is read. So from the first removal on the keys have
    ranks, and a version from before a removal gets a dict of its own when it is read.
    """

    __slots__ = ("_data", "_key", "_next", "_old", "_rank", "_ranks")

    def __init__(self, data: dict[Value, Value], ranks: Ranks | None = None) -> None:
        """Takes ownership of `data`: the caller must not keep it."""
        self._data: dict[Value, Value] | None = data
        self._ranks = ranks
        self._next: PMap | None = None
        self._key: Value = None  # the key in which self differs from _next,
        self._old: Value = None  # its value here,
        self._rank: int | None = None  # and its rank, if _next is without it

    def raw(self) -> dict[Value, Value]:
        """The current dict of this version. It may change at the next step of any version: read it at once, or copy."""
        return self._data if self._data is not None else self._reroot()

    def assoc(self, raw_key: Value, value: Value) -> PMap:
        """A version in which `raw_key` has `value`."""
        data = self.raw()
        old = data.get(raw_key, ABSENT)
        if old is ABSENT and self._ranks is not None:
            ranks, numbers = self._ranks
            ranks[raw_key] = next(numbers)
        data[raw_key] = value
        return self._hand_over(data, raw_key, old, None)

    def dissoc(self, raw_key: Value) -> PMap:
        """A version without `raw_key`, which must be there."""
        data = self.raw()
        if self._ranks is None:
            self._ranks = dict(zip(data, range(len(data)), strict=True)), count(len(data))
        return self._hand_over(data, raw_key, data.pop(raw_key), self._ranks[0].pop(raw_key))

    def _hand_over(self, data: dict[Value, Value], key: Value, old: Value, rank: int | None) -> PMap:
        newer = PMap(data, self._ranks)
        self._data, self._ranks, self._next = None, None, newer
        self._key, self._old, self._rank = key, old, rank
        return newer

    def _reroot(self) -> dict[Value, Value]:
        chain: list[PMap] = []
        version = self
        while version._data is None:
            chain.append(version)
            version = cast("PMap", version._next)
        if len(chain) > _MAX_REROOT or any([older._rank is not None for older in chain]):  # noqa: C419 - quicker
            return self._separate(chain, version._data, version._ranks)
        owner, data, ranks = version, version._data, version._ranks
        for older in reversed(chain):
            key, old = older._key, older._old
            undo = data.get(key, ABSENT)
            if old is ABSENT:
                del data[key]
            else:
                data[key] = old
                if undo is ABSENT and ranks is not None:
                    ranks[0][key] = next(ranks[1])
            owner._data, owner._ranks, owner._next = None, None, older
            owner._key, owner._old, owner._rank = key, undo, None
            owner = older
        return self._own(data, ranks)

    def _separate(
        self, chain: list[PMap], data: dict[Value, Value], ranks: Ranks | None
    ) -> dict[Value, Value]:
        """Takes a copy of the data of the owner at the end of the chain, and undoes the steps of the chain in it."""
        data = data.copy()
        places, numbers = ({}, count()) if ranks is None else (ranks[0].copy(), ranks[1])
        came_back = False
        for older in reversed(chain):
            key, old = older._key, older._old
            if old is ABSENT:
                del data[key]
                continue
            if older._rank is not None:
                places[key] = older._rank
                came_back = True
            elif key not in data:
                places[key] = next(numbers)
            data[key] = old
        if came_back:
            data = {key: data[key] for key in sorted(data, key=places.__getitem__)}
        return self._own(data, None if ranks is None else (places, numbers))

    def _own(self, data: dict[Value, Value], ranks: Ranks | None) -> dict[Value, Value]:
        self._data, self._ranks = data, ranks
        self._next, self._key, self._old, self._rank = None, None, None, None
        return data


@final
class LispSet:
    """A set in insertion order: a map value (`dict` or `PMap`) from the key form of each element to the element."""

    __slots__ = ("raw",)

    def __init__(self, raw: dict[Value, Value] | PMap) -> None:
        self.raw = raw


def is_vector(value: Value) -> TypeGuard[list[Value] | PVec]:
    """Whether a value is a vector."""
    return value.__class__ is list or value.__class__ is PVec


def is_map(value: Value) -> TypeGuard[dict[Value, Value] | PMap]:
    """Whether a value is a map."""
    return value.__class__ is dict or value.__class__ is PMap


def vec_list(vector: list[Value] | PVec) -> list[Value]:
    """The items as a list, to be read at once and never changed (see `PVec.items`)."""
    return vector.items() if isinstance(vector, PVec) else vector


def vec_window(vector: list[Value] | PVec) -> tuple[list[Value], int]:
    """A list and the place in it from which on it holds the items: as `vec_list`, but never copies."""
    if isinstance(vector, list):
        return vector, 0
    return vector.origin() or (vector.items(), 0)


def vec_after(vector: list[Value] | PVec, count: int) -> list[Value] | PVec:
    """The vector without its first `count` items, `count >= 0`. Going down a long vector item by item is linear."""
    source, start = vec_window(vector)
    start += count
    # The list of a version that can still grow is copied; that copy, like any plain vector, never changes.
    grows = isinstance(vector, PVec) and vector.origin() is None
    if grows or len(source) - start < _MIN_TAIL:
        return source[start:]
    return PVec.tail(source, start)


def map_raw(mapping: dict[Value, Value] | PMap) -> dict[Value, Value]:
    """The entries with raw keys, to be read at once and never changed (see `PMap.raw`)."""
    return mapping.raw() if isinstance(mapping, PMap) else mapping
