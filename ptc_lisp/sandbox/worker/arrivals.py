"""Large entries of the context: they follow the request in pieces, and a program may start when the first has arrived."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator

_HEAD_BYTES = 5
"""What tells how many items a piece has, at most."""


class Arrival:
    """One entry: its pieces in order, those that are there and then those that come."""

    def __init__(self, line: Line, count: int) -> None:
        self.pieces: list[bytearray] = []
        self.missing = count
        self.is_rows = count > 1  # only vectors come in several pieces
        self._line = line

    def __iter__(self) -> Iterator[bytearray]:
        at = 0
        while at < len(self.pieces) or self.missing:
            if at == len(self.pieces):
                self._line.wait_for(self)
            yield self.pieces[at]
            at += 1

    def going(self) -> Iterator[bytearray]:
        """The same for the last time: of each piece no more than the head is kept, so that the next one finds room."""
        for at, piece in enumerate(self):
            self.pieces[at] = piece[:_HEAD_BYTES]
            yield piece
            del piece


class Line:
    """All entries that are on their way, in the order in which they come."""

    def __init__(
        self, counts: dict[str, int], receive: Callable[[], bytearray], waited: Callable[[float], None]
    ) -> None:
        """receive: waits for the next piece. waited: is told how many seconds that took."""
        self.entries = {name: Arrival(self, count) for name, count in counts.items()}
        self._coming = deque([entry for entry in self.entries.values() if entry.missing])
        self._receive = receive
        self._waited = waited

    def wait_for(self, entry: Arrival) -> None:
        """Takes pieces in until one of this entry has come."""
        began = time.monotonic()
        while self._take_in() is not entry:
            pass
        self._waited(time.monotonic() - began)

    def drain(self) -> None:
        """Takes in all that is left."""
        while self._coming:
            self._take_in()

    def _take_in(self) -> Arrival:
        entry = self._coming[0]
        entry.pieces.append(self._receive())
        entry.missing -= 1
        if not entry.missing:
            self._coming.popleft()
        return entry
