"""The memory of the zygote in few large pages, because a fork copies the table of its pages, and that is most of its cost.

A page of 4 KB costs a worker 0.25 µs, half of it when it starts and half when it ends: 1 ms for eighteen megabytes. In pages of two
megabytes they cost next to nothing. A worker still gets its own copy of each 4 KB that it changes.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import mmap
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

_LARGE = 2 << 20
_COLLAPSE = 25  # MADV_COLLAPSE: Linux 6.1 and later; others refuse it, and all stays as it was
_ATTEMPTS = 3
_MOST_MISSING = 4 << 20
_AT_THAT_PLACE = 0x100000  # MAP_FIXED_NOREPLACE
_OLDEST = "[heap]"
_PART = 1 << 16


class _Piece(NamedTuple):
    """A mapping: addresses, rights, name."""

    start: int
    end: int
    rights: str
    name: str

    def is_heap(self) -> bool:
        return self.rights == "rw-p" and self.name in {"", _OLDEST}


class Maps:
    """The mappings of this process. The kernel's list of them is opened as long as files can be opened."""

    def __init__(self) -> None:
        self._list = -1
        self._open: list[int] = []

    def begin(self) -> list[int]:
        """Opens the list. Gives its descriptor until `end`; nothing where there is no such list."""
        with contextlib.suppress(OSError):
            self._list = os.open("/proc/self/maps", os.O_RDONLY)
            self._open.append(self._list)
        return self._open

    def heap(self) -> list[_Piece]:
        """The present pieces of the heap, by their places."""
        return [piece for piece in self.all() if piece.is_heap()]

    def all(self) -> list[_Piece]:
        """All present mappings, by their places. Raises OSError when the list is not open."""
        os.lseek(self._list, 0, os.SEEK_SET)
        text = b"".join(iter(lambda: os.read(self._list, _PART), b""))
        return [_piece(line.split()) for line in text.decode("ascii", "replace").splitlines()]

    def end(self) -> None:
        """Closes the list."""
        self._open.remove(self._list)
        os.close(self._list)


def gather(maps: Maps) -> Iterator[None]:
    """Puts the heap into large pages as far as the kernel does that: what it takes for that first, then the pages one after the
    other."""
    try:
        system = _System()
        _complete(system, maps)
        pieces = maps.heap()
        maps.end()
    except (OSError, ValueError):
        return
    yield
    for piece in pieces:
        for place in range(-(-piece.start // _LARGE) * _LARGE, piece.end // _LARGE * _LARGE, _LARGE):
            system.collapse(place)
            yield


def _complete(system: _System, maps: Maps) -> None:
    """Maps what is missing between the pieces of the heap, and from there to the edges of large pages."""
    for lower, upper in itertools.pairwise(maps.all()):
        if lower.is_heap() and upper.is_heap() and upper.start - lower.end < _MOST_MISSING:
            system.extend(lower.end, upper.start - lower.end)
    for piece in maps.heap():
        if piece.end - piece.start > _LARGE // 2:
            system.extend(piece.start // _LARGE * _LARGE, piece.start % _LARGE)
        if piece.name == _OLDEST:
            system.grow(-piece.end % _LARGE)


class _System:
    """System calls that Python has no words for."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None)
        address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        self._map = _typed(libc, "mmap", address, address, size, number, number, number, ctypes.c_long)
        self._unmap = _typed(libc, "munmap", number, address, size)
        self._advise = _typed(libc, "madvise", number, address, size, number)
        self._break = _typed(libc, "sbrk", address, ctypes.c_ssize_t)

    def extend(self, start: int, size: int) -> None:
        """Maps empty memory, which becomes a part of what it touches. Nothing happens where something else is."""
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _AT_THAT_PLACE
        place = self._map(start, size, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0) if size else start
        if place not in {start, ctypes.c_void_p(-1).value}:
            self._unmap(place, size)  # an old kernel, which took the place for a wish

    def grow(self, size: int) -> None:
        """Moves the end of the oldest part of the heap."""
        self._break(size)

    def collapse(self, start: int) -> None:
        """Makes a large page of what lies there. The kernel may need to be asked again, when it is just doing something else
        with a page."""
        any(self._advise(start, _LARGE, _COLLAPSE) == 0 for _ in range(_ATTEMPTS))


def _typed(libc: ctypes.CDLL, name: str, result: type, *arguments: type) -> Callable[..., int]:
    function = getattr(libc, name)
    function.restype, function.argtypes = result, arguments
    return function


def _piece(words: list[str]) -> _Piece:
    start, _, end = words[0].partition("-")
    return _Piece(int(start, 16), int(end, 16), words[1], words[5] if len(words) > 5 else "")
