"""Data that is decoded while a loop goes through it: what the loop is done with makes room for what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import length_hint
from typing import Final

from ptc_lisp.values.types import Value

ENDLESS: Final = 1 << 40
"""More items than there can be."""


class Flow:
    """The items of a vector that comes in pieces, to be gone through once.

    Its length hint is for the count of steps: `ENDLESS`, less all items, as a builtin counts those of a list that it is given, less
    those that it gave.
    """

    def __init__(self, pieces: Iterable[list[Value]], size: Callable[[], int]) -> None:
        """size: counts the items of all pieces."""
        self._pieces = pieces
        self._all = size
        self._before = 0  # items of pieces that are through
        self._size = 0
        self._items: Iterator[Value] = iter(())

    def start(self) -> Iterator[Value]:
        """Goes through them."""
        return chain.from_iterable(self._turns())

    def _turns(self) -> Iterator[Iterator[Value]]:
        for piece in self._pieces:
            self._items, self._size = iter(piece), len(piece)
            del piece
            yield self._items
            self._before += self._size
            self._items, self._size = iter(()), 0

    def __length_hint__(self) -> int:
        return ENDLESS - self._all() - self._before - self._size + length_hint(self._items)

    def __iter__(self) -> Iterator[Value]:
        return self.start()
