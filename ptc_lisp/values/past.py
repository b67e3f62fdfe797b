"""Results of earlier programs as `*1`, `*2`, `*3` are kept: as bytes, or a note in place of one that was too large.

A note begins with the one byte that no encoded value begins with. Only a host writes notes; a value of a worker that looks like
one is no value, and is refused as such.
"""

from __future__ import annotations

import msgspec

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values import codec
from ptc_lisp.values.types import Value

_NOTE = b"\xc1"


class Gone(msgspec.Struct, frozen=True, array_like=True):
    """A result that had `size` bytes, where at most `limit` are kept; `name`: what in the memory holds it."""

    size: int
    limit: int
    name: str | None = None


def note(gone: Gone) -> bytes:
    """The bytes that stand in a history in place of a result."""
    return _NOTE + msgspec.msgpack.encode(gone)


def read_past(blob: bytes) -> Value | Gone:
    """The result of an entry of a history, or what is left of it. Raises ValueError for damaged bytes."""
    if is_note(blob):
        return msgspec.msgpack.decode(blob[1:], type=Gone)
    return codec.decode(blob)


def is_note(blob: bytes) -> bool:
    """Whether an entry of a history is such a note."""
    return blob[:1] == _NOTE


def gone(index: int, left: Gone) -> Trap:
    """The fault of a program that reads `*index`, of which only a note is left."""
    where = (
        f"it was kept whole as {left.name}: read that"
        if left.name
        else "compute it again, and keep what you need of it under a name (def)"
    )
    return Trap(
        FaultKind.RESULT_TOO_LARGE,
        f"*{index} was not kept: that result has {left.size} bytes, more than the {left.limit} allowed",
        hint=where,
        details={"bytes": left.size, "limit_bytes": left.limit, "name": left.name},
    )
