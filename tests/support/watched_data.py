"""A context of a worker that remembers which parts of its data were decoded."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

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
    def shielded() -> nullcontext[None]:
        """Nothing interrupts."""
        return nullcontext()


class Watched(LazyData):
    """Remembers what parts were decoded."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__({name: encode(value) for name, value in data.items()}, Unmeasured(), Unmeasured())
        self.asked: dict[str, Need] = {}

    def part(self, name: str, need: Need) -> Any:
        """The part, noted."""
        self.asked[name] = need
        return super().part(name, need)
