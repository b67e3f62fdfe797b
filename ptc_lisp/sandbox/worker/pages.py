"""The memory of the zygote in few large pages, because a fork copies the table of its pages, and that is most of its cost.

Fifteen megabytes are 4,000 ordinary pages: 0.7 ms for every worker, half of it when it starts and half when it ends. In
pages of two megabytes they cost next to nothing. A worker still gets its own copy of each 4 KB that it changes.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import sys
from pathlib import Path

_LARGE = 2 << 20
_COLLAPSE = 25  # MADV_COLLAPSE: Linux 6.1 and later; others refuse it, and all stays as it was
_FILLERS: list[mmap.mmap] = []


def gather() -> int:
    """Puts the heap into large pages as far as the kernel does that; gives the bytes it did it for."""
    if not sys.platform.startswith("linux"):
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    _complete()
    done = 0
    for start, end in _heap():
        for place in range(-(-start // _LARGE) * _LARGE, end // _LARGE * _LARGE, _LARGE):
            size = ctypes.c_size_t(_LARGE)
            libc.madvise(ctypes.c_void_p(place), size, mmap.MADV_HUGEPAGE)
            if libc.madvise(ctypes.c_void_p(place), size, _COLLAPSE) == 0:
                done += _LARGE
    return done


def _complete() -> None:
    """Maps what is missing between the end of the heap, which grows downwards, and the edge of a large page."""
    ends = max(_heap(), key=lambda piece: piece[1] - piece[0])[0]
    if ends % _LARGE:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        with contextlib.suppress(OSError):
            _FILLERS.append(mmap.mmap(-1, ends % _LARGE, flags=flags))


def _heap() -> list[tuple[int, int]]:
    return [
        (s, e) for s, e, words in _maps() if words[1] == "rw-p" and (len(words) < 6 or words[5] == "[heap]")
    ]


def _maps() -> list[tuple[int, int, list[str]]]:
    found: list[tuple[int, int, list[str]]] = []
    for line in Path("/proc/self/maps").read_text(encoding="ascii", errors="replace").splitlines():
        words = line.split()
        start, _, end = words[0].partition("-")
        found.append((int(start, 16), int(end, 16), words))
    return found
