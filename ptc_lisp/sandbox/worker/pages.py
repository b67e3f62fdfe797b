"""Keeps the zygote's memory in few large pages, because copying the page table is most of the cost of a fork.

A page of 4 KB costs a worker 0.25 µs, half of it when it starts and half when it ends: 1 ms for eighteen megabytes. In pages of two
megabytes it is next to nothing. A worker still gets its own copy of each 4 KB that it changes. A large page to which the zygote
itself writes after a fork is split into small ones for good, so everything that it writes to lies together (see `compact`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ptc_lisp.sandbox.worker.mappings import LARGE, Maps, Piece, System

_MOST_MISSING = 4 << 20
_OLDEST = "[heap]"


def gather(maps: Maps) -> Iterator[None]:
    """Puts the heap into large pages as far as the kernel does that: what it takes for that first, then the pages one after the
    other."""
    try:
        system = System()
        _complete(system, maps)
        pieces = _heap(maps)
        maps.end()
    except (OSError, ValueError):
        return
    yield
    for piece in pieces:
        for place in range(-(-piece.start // LARGE) * LARGE, piece.end // LARGE * LARGE, LARGE):
            system.collapse(place)
            yield


def _heap(maps: Maps) -> list[Piece]:
    return list(filter(_is_heap, maps.all()))


def _is_heap(piece: Piece) -> bool:
    return piece.rights == "rw-p" and piece.name in {"", _OLDEST}


def _complete(system: System, maps: Maps) -> None:
    """Maps what is missing between the pieces of the heap, and from there to the edges of large pages."""
    for lower, upper in itertools.pairwise(maps.all()):
        if _is_heap(lower) and _is_heap(upper) and upper.start - lower.end < _MOST_MISSING:
            system.extend(lower.end, upper.start - lower.end)
    for piece in _heap(maps):
        if piece.end - piece.start > LARGE // 2:
            system.extend(piece.start // LARGE * LARGE, piece.start % LARGE)
        if piece.name == _OLDEST:
            system.grow(-piece.end % LARGE)
