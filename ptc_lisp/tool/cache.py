"""Results of tool calls, kept by tool and arguments, so that equal calls are made once."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from ptc_lisp.values.received import decode_plain

_MAX_BYTES = 64 << 20
_MOST_ENTRIES = 100_000  # keys take memory as well


class ToolCache:
    """Results of tools that were made with `cache=True`.

    Every run has its own; pass `tool_cache=` to share one between runs, or to start with the results of an earlier one. Two
    calls are equal if tool and arguments are; the order of keys, `-` or `_` in them, and `1` or `1.0` make no difference.
    Errors are not cached. Holds at most `max_bytes` of encoded results and drops the oldest first. Thread-safe.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        if isinstance(max_bytes, bool) or not isinstance(max_bytes, int) or max_bytes < 1:
            raise ValueError(f"ToolCache.max_bytes must be a positive number of bytes, got {max_bytes!r}")
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: dict[bytes, bytes] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, call: object) -> bool:
        """Whether the result of a call is known; `call` is a pair of tool name and arguments."""
        name, args = cast("tuple[str, Mapping[str, Any]]", call)
        return call_key(name, args) in self._entries

    def get(self, name: str, args: Mapping[str, Any]) -> Any:
        """The result of a call as plain Python. Raises KeyError if there is none."""
        data = self.find(call_key(name, args))
        if data is None:
            raise KeyError(f"no result of tool/{name} for these arguments")
        return decode_plain(data)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def find(self, key: bytes) -> bytes | None:
        """The encoded result behind a key of `call_key`."""
        return self._entries.get(key)

    def keep(self, key: bytes, data: bytes) -> None:
        """Keeps an encoded result; one that is larger than the whole cache is not kept."""
        if len(data) > self._max_bytes:
            return
        with self._lock:
            self._bytes += len(data) - len(self._entries.pop(key, b""))
            self._entries[key] = data
            while self._bytes > self._max_bytes or len(self._entries) > _MOST_ENTRIES:
                self._bytes -= len(self._entries.pop(next(iter(self._entries))))

    def to_bytes(self) -> bytes:
        """The cache as bytes, for another process or another day."""
        with self._lock:
            return msgspec.msgpack.encode(self._entries)

    @classmethod
    def from_bytes(cls, data: bytes, max_bytes: int = _MAX_BYTES) -> ToolCache:
        """The cache that `to_bytes` wrote. Raises ValueError for other bytes."""
        try:
            entries = msgspec.msgpack.decode(data, type=dict[bytes, bytes])
        except msgspec.DecodeError as error:
            raise ValueError(f"these bytes are no ToolCache: {error}") from error
        made = cls(max_bytes)
        for key, value in entries.items():
            made.keep(key, value)
        return made


def call_key(name: str, args: Mapping[str, Any]) -> bytes:
    """The same bytes for equal calls: 16 of them, plus the tool's name."""
    plain = name.replace("-", "_")
    digest = hashlib.blake2b(_canonical(args).encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return plain.encode() + b"\0" + digest


def _canonical(value: Any) -> str:
    """Text that is equal for equal arguments. Every part says its kind and, where it could run on, its length."""
    if isinstance(value, str):
        return f"s{len(value)}:{value}"
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return f"i{value:x}"  # Python writes out only 4,300 decimal digits
    if isinstance(value, float):
        return f"i{int(value):x}" if value.is_integer() else f"f{value!r}"
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
        return f"{{{','.join(sorted(f'{_key(k)}={_canonical(v)}' for k, v in pairs))}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_canonical, cast('list[Any]', value)))}]"
    if isinstance(value, set | frozenset):
        return f"[{','.join(sorted(map(_canonical, cast('set[Any]', value))))}]"
    if isinstance(value, dt.date):
        return f"d{value.isoformat()}"
    return f"{type(value).__name__}{value!r}"


def _key(key: object) -> str:
    return _canonical(str(key).replace("-", "_"))
