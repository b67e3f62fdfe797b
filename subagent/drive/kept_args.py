"""What the Step of a run keeps of the arguments in its events. Subscribers get them whole, as they happen."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from subagent.events import AnyEvent, ToolStarted
from subagent.prompting.preview import Bounds, preview

_WHOLE: Final = 16_384
_ROOM: Final = 16 << 20
_COLLECTION_BYTES = 64  # an empty one takes one byte of an encoding, and so many of memory
_HEADS = bytes(range(0x80, 0xA0))
_LARGE, _LINE = Bounds(chars=2_000, items=20, string=200), Bounds(chars=200, items=5, string=100)
_MOST_ARGS = 50


class KeptArgs:
    """All of small arguments, the beginnings of large ones, and a line of each when those of a run have become many."""

    def __init__(self) -> None:
        self._room = _ROOM

    def slim(self, event: AnyEvent) -> AnyEvent:
        """The event as it is kept."""
        if not isinstance(event, ToolStarted) or not event.args:
            return event
        data = _encoded(event.args)
        if data is not None and len(data) <= _WHOLE:
            size = len(data) + _COLLECTION_BYTES * (len(data) - len(data.translate(None, _HEADS)))
            if size <= max(self._room, _LINE.chars):
                self._room -= size
                return event
        bounds = _LARGE if self._room > 0 else _LINE
        args = {
            key[: bounds.chars]: preview(value, bounds)
            for key, value in list(event.args.items())[:_MOST_ARGS]
        }
        self._room -= bounds.chars * len(args)
        return msgspec.structs.replace(event, args=args)


def _encoded(args: dict[str, Any]) -> bytes | None:
    """None: they cannot be measured, so they are not kept whole."""
    try:
        return msgspec.msgpack.encode(args, enc_hook=str)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None
