"""The context inside a worker: entries arrive as bytes and are decoded when a program first reads them."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values import codec
from ptc_lisp.values.types import Value


class _Unbilled(Protocol):
    def unbilled(self, loaded: int) -> AbstractContextManager[None]: ...


class _Shielded(Protocol):
    def shielded(self) -> AbstractContextManager[None]: ...


class LazyData(dict[Value, Value]):
    """A map of the language (its own `raw`) whose values appear on first reading, outside the memory allowance."""

    def __init__(self, blobs: dict[str, bytes], memory: _Unbilled, clock: _Shielded) -> None:
        super().__init__()
        self._blobs = blobs
        self._memory = memory
        self._clock = clock
        self._laid: dict[str, tuple[bytes | None, Value, bool]] = {}

    def overlay(self, blobs: dict[str, bytes], kept: Sequence[str] = ()) -> None:
        """Puts entries over those of the same names; the ones that lay there before are lifted off, except `kept`."""
        for name in [name for name in self._laid if name not in kept]:
            blob, value, decoded = self._laid.pop(name)
            self._blobs.pop(name, None)
            self.pop(name, None)
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
            self.pop(name, None)
            self._blobs[name] = blob

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
        self[k] = self._decoded(self._blobs[k])
        del self._blobs[k]
        return self[k]

    def _decoded(self, blob: bytes) -> Value:
        collecting = gc.isenabled()
        gc.disable()  # nothing that is being built can be garbage
        try:
            with self._memory.unbilled(len(blob)), self._clock.shielded():
                found = _value_of(blob)
            gc.freeze()  # it stays for the life of the worker: later collections need not walk through it
            return found
        finally:
            if collecting:
                gc.enable()


def _value_of(blob: bytes) -> Value:
    try:
        return codec.decode(blob)
    except ValueError:
        raise Trap(
            FaultKind.TYPE_ERROR,
            "this entry of the data holds a function, and data holds none",
            hint="the host passes functions on as memory, not as context",
        ) from None
