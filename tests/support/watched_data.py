"""A context of a worker that remembers which parts of its data were decoded."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from ptc_lisp.runtime.flow import Flow
from ptc_lisp.sandbox.worker.arrivals import Arrival, Line
from ptc_lisp.sandbox.worker.lazy_data import LazyData
from ptc_lisp.values.codec import encode
from ptc_lisp.values.partial import Need


class Unmeasured:
    """Who counts neither memory nor time."""

    @staticmethod
    def unbilled(loaded: int) -> nullcontext[None]:
        """Nothing is billed."""
        assert loaded >= 0
        return nullcontext()

    @staticmethod
    def unbilled_piece() -> nullcontext[None]:
        """Nothing is billed."""
        return nullcontext()

    @staticmethod
    def shielded() -> nullcontext[None]:
        """Nothing interrupts."""
        return nullcontext()


def arrived(value: Any) -> bytes | Arrival:
    """A vector as pieces that have come."""
    if not isinstance(value, list):
        return encode(value)
    pieces = [bytearray(encode(value[i : i + 2])) for i in range(0, len(value), 2)]
    line = Line({"it": len(pieces)}, iter(pieces).__next__, lambda _: None)
    line.drain()
    return line.entries["it"] if pieces else encode(value)


class Watched(LazyData):
    """Remembers what parts were decoded."""

    def __init__(self, data: dict[str, Any], *, in_pieces: bool = False, single: bool = False) -> None:
        """in_pieces: vectors come as two rows at a time. single: for one program."""
        cut = arrived if in_pieces else encode
        blobs = {name: cut(value) for name, value in data.items()}
        super().__init__(blobs, Unmeasured(), Unmeasured(), single=single)
        self.asked: dict[str, Need] = {}
        self.flowed: list[str] = []

    def flow(self, name: str, need: Need) -> Any:
        """The part for a loop, noted."""
        self.asked[name] = need
        found = super().flow(name, need)
        self.flowed += [name] if isinstance(found, Flow) else []
        return found

    def part(self, name: str, need: Need) -> Any:
        """The part, noted."""
        self.asked[name] = need
        return super().part(name, need)
