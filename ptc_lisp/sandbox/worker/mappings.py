"""The memory mappings of a process, and system calls about them that Python does not offer.

A fork copies each mapping separately, and the end of the child takes it apart again: 1.5 to 3 µs each. A library has five: its
head, its code, its constants, the linker's table, and its variables. All libraries are loaded before anything is forked, so for
a worker the first three can be one mapping, and the last two another.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import mmap
import os
from collections.abc import Callable
from typing import NamedTuple

LARGE = 2 << 20
"""Bytes of a large page."""

_COLLAPSE = 25  # MADV_COLLAPSE: Linux 6.1 and later; others refuse it, and all stays as it was
_ATTEMPTS = 3
_AT_THAT_PLACE = 0x100000  # MAP_FIXED_NOREPLACE
_PART = 1 << 16
_CONSTANT, _CODE, _VARIABLE = "r--p", "r-xp", "rw-p"
_RIGHTS = {_CODE: mmap.PROT_READ | mmap.PROT_EXEC, _VARIABLE: mmap.PROT_READ | mmap.PROT_WRITE}


class Piece(NamedTuple):
    """A mapping: addresses, rights, where it begins in its file, name."""

    start: int
    end: int
    rights: str
    offset: int
    name: str

    def goes_on_in(self, other: Piece) -> bool:
        """Whether another one begins where this one ends, in memory and in their file."""
        ends = self.offset + self.end - self.start
        return self.name == other.name and self.end == other.start and ends == other.offset


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

    def all(self) -> list[Piece]:
        """All present mappings, by their places. Raises OSError when the list is not open."""
        os.lseek(self._list, 0, os.SEEK_SET)
        text = b"".join(iter(lambda: os.read(self._list, _PART), b""))
        return [_piece(line.split()) for line in text.decode("ascii", "replace").splitlines()]

    def end(self) -> None:
        """Closes the list."""
        self._open.remove(self._list)
        os.close(self._list)


def _piece(words: list[str]) -> Piece:
    start, _, end = words[0].partition("-")
    name = words[5] if len(words) > 5 else ""
    return Piece(int(start, 16), int(end, 16), words[1], int(words[2], 16), name)


def join(maps: Maps) -> None:
    """Makes two mappings of the five of a library: constants may be executed from here on, and what the linker has filled in may
    be written to."""
    with contextlib.suppress(OSError):
        system = System()
        for first, second in itertools.pairwise(maps.all()):
            if not first.name.startswith("/") or not first.goes_on_in(second):
                continue
            if first.rights == _CONSTANT and second.rights in _RIGHTS:
                system.allow(first, _RIGHTS[second.rights])
            elif first.rights == _CODE and second.rights == _CONSTANT:
                system.allow(second, _RIGHTS[_CODE])


class System:
    """System calls."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None)
        address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        self._map = _typed(libc, "mmap", address, address, size, number, number, number, ctypes.c_long)
        self._unmap = _typed(libc, "munmap", number, address, size)
        self._advise = _typed(libc, "madvise", number, address, size, number)
        self._protect = _typed(libc, "mprotect", number, address, size, number)
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
        any(self._advise(start, LARGE, _COLLAPSE) == 0 for _ in range(_ATTEMPTS))

    def allow(self, piece: Piece, rights: int) -> None:
        """Changes the rights of a mapping. Nothing happens where the kernel forbids that."""
        self._protect(piece.start, piece.end - piece.start, rights)


def _typed(libc: ctypes.CDLL, name: str, result: type, *arguments: type) -> Callable[..., int]:
    function = getattr(libc, name)
    function.restype, function.argtypes = result, arguments
    return function
