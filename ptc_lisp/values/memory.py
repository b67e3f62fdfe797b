"""What programs of a session have defined, as the host holds it: encoded per name, decoded when somebody looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ptc_lisp.values.convert import checked_text, encode_host
from ptc_lisp.values.received import decode_plain

_MAGIC = b"PTCM"
_VERSION = 1


class Memory(Mapping[str, Any]):
    """An immutable map from names to JSON-shaped values: the definitions of programs, or encoded data. Functions are shown
    as their text, but stay functions for the next program: pass the Memory, or its bytes, on as `memory=`."""

    __slots__ = ("_blobs", "_decoded", "_of_host")

    def __init__(self, blobs: Mapping[str, bytes] | None = None) -> None:
        """Takes encoded values by name; use `Memory.of` for plain Python values."""
        self._blobs = dict(blobs or {})
        self._decoded: dict[str, Any] = {}
        self._of_host: frozenset[str] = frozenset()

    @classmethod
    def of(cls, values: Mapping[str, Any] | Memory | bytes | None) -> Memory:
        """A Memory of plain values by name, of another Memory, or of the bytes of one.

        Raises:
            TypeError: a name is no string, or a value has no form in the language (the message names its path).
            ValueError: the bytes are not those of a Memory.
        """
        if values is None:
            return _EMPTY
        if isinstance(values, Memory):
            return values
        if isinstance(values, bytes):
            return cls.from_bytes(values)
        if not isinstance(values, Mapping):
            raise TypeError(f"memory must be a Memory, a dict or bytes, got {type(values).__name__}")
        for name in values:
            if not isinstance(name, str):
                raise TypeError(f"memory has the name {name!r}: names must be str")
            checked_text(name, f"the name {name!r} of the memory")
        made = cls({name: encode_host(value, f"memory[{name!r}]") for name, value in values.items()})
        made._of_host = frozenset(made._blobs)
        return made

    @classmethod
    def from_bytes(cls, data: bytes) -> Memory:
        """What `to_bytes` made. Raises ValueError for anything else."""
        if data[:4] != _MAGIC or len(data) < 5:
            raise ValueError("these bytes are not a saved Memory: pass what Memory.to_bytes() gave")
        if data[4] != _VERSION:
            raise ValueError(
                f"this Memory was saved in format {data[4]}; this version reads format {_VERSION}"
            )
        try:
            return cls(msgspec.msgpack.decode(data[5:], type=dict[str, bytes]))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"a saved Memory is damaged: {error}") from error

    def to_bytes(self) -> bytes:
        """All of it, functions included, for a file or a database."""
        return _MAGIC + bytes([_VERSION]) + msgspec.msgpack.encode(self._blobs)

    def blobs(self) -> dict[str, bytes]:
        """A copy of the encoded values by name."""
        return dict(self._blobs)

    def updated(self, changed: Mapping[str, bytes]) -> Memory:
        """A Memory with some encoded values set."""
        if not changed:
            return self
        newer = Memory({**self._blobs, **changed})
        newer._of_host = self._of_host.difference(changed)
        newer._decoded = {name: value for name, value in self._decoded.items() if name not in changed}
        return newer

    @property
    def foreign(self) -> frozenset[str]:
        """Names whose values were not made of plain Python here, so that they may hold functions."""
        return frozenset(self._blobs) - self._of_host

    @property
    def size_bytes(self) -> int:
        """Bytes of all encoded values."""
        return sum(map(len, self._blobs.values()))

    def __getitem__(self, name: str) -> Any:
        if name not in self._decoded:
            self._decoded[name] = decode_plain(self._blobs[name])
        return self._decoded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._blobs

    def __iter__(self) -> Iterator[str]:
        return iter(self._blobs)

    def __len__(self) -> int:
        return len(self._blobs)

    def __repr__(self) -> str:
        return f"Memory({', '.join(self._blobs) or 'empty'})"


_EMPTY = Memory()
