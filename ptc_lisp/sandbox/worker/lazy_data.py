"""The context inside a worker: entries arrive as bytes and are decoded when a program first reads them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol, TypeAlias

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.runtime.flow import Flow
from ptc_lisp.sandbox.worker.arrivals import Arrival
from ptc_lisp.values import codec
from ptc_lisp.values.partial import Need, covers, decode_part
from ptc_lisp.values.types import Value

_LARGE_BYTES = 1 << 16
"""Below that, finding out what a program reads costs more than it saves."""

_MOST_PARTS = 3
"""A program that reads a fourth one of an entry gets all of it: three take as much time as that."""

_ARRAY_16 = (
    0xDC  # msgpack: a vector with two bytes of length; before it come short ones, after it one with four
)

_ARRIVING_BYTES = 1 << 20
"""What an entry counts for whose size is not known yet: it comes in pieces because it is large."""

Data: TypeAlias = "bytes | bytearray"
Blob: TypeAlias = "bytes | Arrival"


class _Unbilled(Protocol):
    def unbilled(self, loaded: int) -> AbstractContextManager[None]: ...

    def unbilled_piece(self) -> AbstractContextManager[None]: ...


class _Shielded(Protocol):
    def shielded(self) -> AbstractContextManager[None]: ...


class LazyData(dict[Value, Value]):
    """A map of the language (its own `raw`) whose values appear on first reading, outside the memory allowance.

    Of large entries a program that has said so gets the parts it reads; the bytes stay until somebody reads all.
    """

    froze: ClassVar[bool] = False
    """Whether anything in this process is exempt from collection, besides what the zygote had."""

    def __init__(
        self,
        blobs: dict[str, Blob],
        memory: _Unbilled,
        clock: _Shielded,
        foreign: Iterable[str] = (),
        *,
        single: bool = False,
    ) -> None:
        """foreign: entries that the host did not encode from its own data; they may hold functions. single: no other program
        will read this data."""
        super().__init__()
        self._single = single
        self._blobs = blobs
        self._memory = memory
        self._clock = clock
        self._foreign = frozenset(foreign)
        self._laid: dict[str, tuple[Blob | None, Value, bool]] = {}
        self._parts: dict[str, list[tuple[Need, Value]]] = {}
        self._flowed: set[str] = set()

    def overlay(self, blobs: dict[str, bytes], kept: Sequence[str] = (), foreign: Iterable[str] = ()) -> None:
        """Puts entries over those of the same names; the ones that lay there before are lifted off, except `kept`."""
        if not (blobs or self._laid):
            return
        self._foreign = self._foreign.union(foreign)
        for name in [name for name in self._laid if name not in kept]:
            blob, value, decoded = self._laid.pop(name)
            self._forget(name)
            if blob is not None:
                self._blobs[name] = blob
            if decoded:
                self[name] = value
        for name, blob in blobs.items():
            self._laid[name] = (
                self._blobs.pop(name, None),
                dict.get(self, name),
                dict.__contains__(self, name),
            )
            self._forget(name)
            self._blobs[name] = blob

    def _forget(self, name: str) -> None:
        self._blobs.pop(name, None)
        self._parts.pop(name, None)
        self._flowed.discard(name)
        self.pop(name, None)

    def large(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the names, as programs write them, whose entries are worth being read in part."""
        return frozenset([name for name in names if self._is_large(self._key(name))])

    def _is_large(self, key: str) -> bool:
        return key not in self._foreign and _size(self._blobs.get(key, b"")) > _LARGE_BYTES

    def _key(self, name: str) -> str:
        return name if name in self else name.replace("-", "_")

    def part(self, name: str, need: Need) -> Value:
        """The entry of a name, as programs write it, of which `need` is needed: that, or more. nil when there is none."""
        key = self._key(name)
        if not self._is_large(key):
            return self.get(key)
        parts = self._parts.setdefault(key, [])
        for have, value in parts:
            if covers(have, need):
                return value
        if len(parts) == _MOST_PARTS:
            return self[key]
        try:
            part = self._decoded(self._blobs[key], lambda data: decode_part(data, need))
        except ValueError:  # it is not what the program takes it for
            return self[key]
        parts.append((need, part))
        return part

    def flow(self, name: str, need: Need) -> Value:
        """The same for one loop, the only one of its program that reads the entry. What comes in pieces is decoded piece by
        piece, and not kept; for a second program it is."""
        key = self._key(name)
        blob = self._blobs.get(key)
        if not isinstance(blob, Arrival) or not blob.is_rows or key in self._flowed or self._parts.get(key):
            return self.part(name, need)
        self._flowed.add(key)
        return Flow(self._decoded_by_turns(blob, need), lambda: sum(map(_items_in, blob)))

    def _decoded_by_turns(self, blob: Arrival, need: Need) -> Iterator[list[Value]]:
        first = True
        for piece in blob.going() if self._single else blob:
            with (
                self._memory.unbilled(len(piece)) if first else self._memory.unbilled_piece(),
                self._clock.shielded(),
            ):
                found = _part_of(piece, need)
            first = False
            del piece
            yield found
            del found

    def raw(self) -> LazyData:
        """What `values.persistent.map_raw` reads."""
        return self

    def __iter__(self) -> Iterator[Value]:
        return iter((*self._blobs, *dict.keys(self)))

    def __len__(self) -> int:
        return len(self._blobs) + dict.__len__(self)

    def get(self, k: Value, default: Any = None) -> Value:
        """The decoded entry, or `default`."""
        found: Value = self[k] if k in self else default  # noqa: SIM401 - this is `get`
        return found

    def __contains__(self, k: object) -> bool:
        return k.__class__ is str and (k in self._blobs or dict.__contains__(self, k))

    def __missing__(self, k: Value) -> Value:
        value = self._decoded(self._blobs[k], _value_of)
        self._forget(k)
        self[k] = value
        return value

    def _decoded(self, blob: Blob, decode: Callable[[Data], Value]) -> Value:
        size = _size(blob)
        collecting = gc.isenabled()
        gc.disable()  # nothing that is being built can be garbage
        try:
            with self._memory.unbilled(size), self._clock.shielded():
                found = _joined(blob, decode) if isinstance(blob, Arrival) else decode(blob)
            if size > _LARGE_BYTES:
                gc.freeze()  # it stays for the life of the worker: later collections need not walk through it
                LazyData.froze = True
            return found
        finally:
            if collecting:
                gc.enable()


def _items_in(piece: Data) -> int:
    """The length of an encoded vector, which stands in its head."""
    head = piece[0]
    return head & 15 if head < _ARRAY_16 else int.from_bytes(piece[1 : 3 if head == _ARRAY_16 else 5], "big")


def _part_of(piece: Data, need: Need) -> list[Value]:
    try:
        return decode_part(piece, need)
    except ValueError:  # who takes parts can do with the whole
        return codec.decode_data(piece)


def _size(blob: Blob) -> int:
    return _ARRIVING_BYTES if isinstance(blob, Arrival) else len(blob)


def _joined(pieces: Iterable[Data], decode: Callable[[Data], Value]) -> Value:
    """One value; or of several vectors one."""
    found = [decode(piece) for piece in pieces]
    whole = found[0]
    for more in found[1:]:
        whole += more
    return whole


def _value_of(data: Data) -> Value:
    try:
        return codec.decode_data(data)
    except ValueError:
        raise Trap(
            FaultKind.TYPE_ERROR,
            "this entry of the data holds a function, and data holds none",
            hint="the host passes functions on as memory, not as context",
        ) from None
