"""Memory set aside for the moment when a program has used up all that it may.

Reporting what happened needs memory too; without any, the interpreter aborts in the middle of its own error handling."""

from __future__ import annotations

import contextlib
import mmap
from typing import Final

_BYTES = 8 << 20


class Reserve:
    """A block of address space: it counts as used, but no page of it is ever touched."""

    def __init__(self) -> None:
        self._block: mmap.mmap | None = None
        self.hold()

    def hold(self) -> None:
        """Sets the memory aside, if it is not, and if there is any."""
        if self._block is None:
            with contextlib.suppress(OSError):
                self._block = mmap.mmap(-1, _BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)

    def take(self) -> mmap.mmap | None:
        """Hands the memory over: it is free as soon as the caller lets go of it. `hold` sets it aside anew."""
        block, self._block = self._block, None
        return block

    def put(self, block: mmap.mmap | None) -> None:
        """Takes back what `take` gave."""
        self._block = block


RESERVE: Final = Reserve()
"""Made when the module is loaded, so that it is part of a worker's size before any program runs."""
