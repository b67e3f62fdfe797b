"""Bytes of `values.codec` as JSON-shaped Python, for the host. They may come from a hostile worker.

Keywords are strings, sets lists; functions, symbols, vars and regexes are their text, and so are map keys other than strings
and integers. Dates, instants, durations and big integers stay.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

import msgspec

from ptc_lisp.values import codec
from ptc_lisp.values.codec import (
    BIG_INT,
    BOXED,
    BUILTIN,
    CLOSURE,
    COMPOSED,
    KEYWORD,
    REGEX,
    SET,
    SYMBOL,
    TOOL,
    VAR,
)

_MANY: Final = 250
"""Integers that hash alike without harm. Of powers of two every 61st does: 235 of those that can be written out."""
_WRITTEN_BITS: Final = 14_000  # 4,214 digits; Python writes out 4,300
_LONG = re.compile(rb"\xc8..\x02|\xc9....\x02", re.DOTALL)
"""Where an integer of more than 255 bytes may begin."""
_PREFIX = {SYMBOL: "'", VAR: "#'", TOOL: "tool/"}


def decode_plain(data: bytes | bytearray) -> Any:
    """What is in the bytes. Integers that Python does not write out are hexadecimal text where they are keys, because nobody
    expects that a key cannot be written.

    Raises:
        ValueError: the bytes are no encoding of a value, or one that is made to cost its reader much time.
    """
    if len(data) <= _MANY:
        return _PLAIN.decode(data)
    value = (_PLAIN if data.count(BIG_INT) < _MANY else _Wary()).decode(data)
    if _LONG.search(data) is not None:
        _write_out_keys(value)
    return value


class _Plain:
    """Makes JSON-shaped Python."""

    def __init__(self) -> None:
        self._decoder = msgspec.msgpack.Decoder(ext_hook=self.ext)

    def decode(self, data: bytes | bytearray | memoryview) -> Any:
        return codec.decode_with(self._decoder, data)

    def ext(self, code: int, data: memoryview) -> Any:
        """What an extension type becomes."""
        if code in {KEYWORD, REGEX}:
            return str(data, "utf-8")
        if code == SET:
            return self.decode(data)  # no copy: sets in sets would take a multiple of their size
        if code in {SYMBOL, VAR, TOOL, BUILTIN}:
            return _PREFIX.get(code, "") + str(data, "utf-8")
        if code in {BOXED, CLOSURE, COMPOSED}:
            text = self.decode(data)[0]
            if text.__class__ is str:
                return text
            raise ValueError("damaged value: something without its text")
        common = codec.common(code, data)
        if common is None:
            raise ValueError(f"unknown extension {code}")
        return common


class _Wary(_Plain):
    """Refuses integers that hash alike, as multiples of 2**61 - 1 do: a dict with many such keys takes hours to make."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[bytes] = set()
        self._alike: dict[int, int] = {}

    def ext(self, code: int, data: memoryview) -> Any:
        """As above."""
        made = super().ext(code, data)
        if code == BIG_INT and (raw := bytes(data)) not in self._seen:
            self._seen.add(raw)
            alike = self._alike[hash(made)] = self._alike.get(hash(made), 0) + 1
            if alike > _MANY:
                raise ValueError("damaged value: too many integers that hash alike")
        return made


def _write_out_keys(value: Any) -> None:
    """In place, and without recursion."""
    pending: list[Any] = [value]
    while pending:
        item = pending.pop()
        if item.__class__ is list:
            pending += item
        elif item.__class__ is dict:
            table = cast("dict[Any, Any]", item)
            pending += table.values()
            if any(map(_is_long, table)):
                pairs = [(hex(key) if _is_long(key) else key, each) for key, each in table.items()]
                table.clear()
                table.update(pairs)


def _is_long(key: object) -> bool:
    if isinstance(key, tuple):
        raise ValueError("damaged value: a vector as a key, which should be its text")
    return isinstance(key, int) and key.bit_length() > _WRITTEN_BITS


_PLAIN = _Plain()
