"""What the ledger of one evaluation keeps of arguments and results: small ones completely, the beginnings of others."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

import msgspec

from ptc_lisp.sandbox.census import estimated_bytes
from ptc_lisp.step import ShortRepr
from ptc_lisp.values.received import decode_plain

PREVIEW_BYTES: Final = 16_384
LEDGER_BYTES: Final = 32 << 20
"""About the memory that arguments and results may take together before no more than a line is kept of each."""

_MAX_TEXT = 2_000
_MAX_BITS = 10_000
_MAX_ARGS = 100
_LINE = 200
"""Characters of an argument, or bytes of a result, that are kept even when there is no room left."""


class Kept:
    """How much may be kept, and what is."""

    def __init__(self) -> None:
        self._left = LEDGER_BYTES

    def args(self, args: dict[str, Any]) -> dict[str, Any]:
        """Arguments as the ledger keeps them: as they are, or the beginning of each when they are large together."""
        try:
            data = msgspec.msgpack.encode(args, enc_hook=str)
        except (OverflowError, RecursionError):
            data = b""  # integers of more than 64 bits, or very deep: not to be measured, so not to be kept whole
        if data and len(data) <= PREVIEW_BYTES and self._take(data):
            return args
        most = _MAX_TEXT if self._left > 0 else _LINE
        made = {
            key[:_LINE]: value if _is_short(value, most) else _SHORT.repr(value)[:most]
            for key, value in islice(args.items(), _MAX_ARGS)
        }
        self._left -= most * len(made)
        return made

    def result(self, value: object, data: bytes) -> dict[str, Any]:
        """The fields of a record that tell of a result. data: its encoding. value: what was encoded, None when nobody has it."""
        if len(data) <= PREVIEW_BYTES and self._take(data):
            return {"result": decode_plain(data), "result_bytes": len(data)}
        most = PREVIEW_BYTES if self._left > 0 else _LINE
        value = decode_plain(data) if value is None else value
        shown = _SHORT.repr(value).encode(errors="replace")[:most].decode(errors="ignore")
        self._left -= len(shown)
        return {"result": shown, "result_bytes": len(data), "truncated": True}

    def _take(self, data: bytes) -> bool:
        """Whether there is room for what this becomes, or it is small."""
        size = estimated_bytes(data)
        if size > self._left:
            return size <= _LINE
        self._left -= size
        return True


def _is_short(value: object, most: int) -> bool:
    if isinstance(value, str):
        return len(value) < most
    return (
        value is None
        or isinstance(value, bool | float)
        or (isinstance(value, int) and value.bit_length() < _MAX_BITS)
    )


_SHORT = ShortRepr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = 50
_SHORT.maxstring = _SHORT.maxother = 1_000
