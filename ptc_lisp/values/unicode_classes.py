r"""Unicode categories as text for a character class of `re`, which has no `\p{...}` of its own.

The table is made on first use, from Python's own Unicode data, and only for the planes that hold named characters.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import groupby

_SCANNED = ((0, 0x323B0), (0xE0000, 0xE01F0))
_LAST = 0x10FFFF

Ranges = list[tuple[int, int]]
"""Inclusive code point ranges, ascending and apart."""


@lru_cache(maxsize=64)
def category_class(*prefixes: str, negated: bool = False, without: str = "") -> str:
    """The text between `[` and `]` for the characters whose category starts with one of `prefixes` ("L", "Lu", …),
    except those of `without`."""
    ranges: Ranges = []
    for first, last, category in _runs():
        if category.startswith(prefixes):
            start = first
            for code in sorted({ord(char) for char in without if first <= ord(char) <= last}):
                if start < code:
                    _extend(ranges, start, code - 1)
                start = code + 1
            if start <= last:
                _extend(ranges, start, last)
    return class_text(complement(ranges) if negated else ranges)


def complement(ranges: Ranges) -> Ranges:
    """All other code points."""
    found: Ranges = []
    start = 0
    for first, last in ranges:
        if first > start:
            found.append((start, first - 1))
        start = last + 1
    if start <= _LAST:
        found.append((start, _LAST))
    return found


def class_text(ranges: Ranges) -> str:
    """Ranges as text for a character class; every code point is written as an escape."""
    return "".join(
        _code(first) if first == last else f"{_code(first)}-{_code(last)}" for first, last in ranges
    )


def _code(code: int) -> str:
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def _extend(ranges: Ranges, first: int, last: int) -> None:
    if ranges and ranges[-1][1] + 1 == first:
        ranges[-1] = (ranges[-1][0], last)
    else:
        ranges.append((first, last))


@lru_cache(maxsize=1)
def _runs() -> list[tuple[int, int, str]]:
    """(first, last, category) of every run of equal categories, the private planes included."""
    runs: list[tuple[int, int, str]] = []
    for start, end in _SCANNED:
        first = start
        for category, members in groupby(map(unicodedata.category, map(chr, range(start, end)))):
            last = first + sum(1 for _ in members) - 1
            runs.append((first, last, category))
            first = last + 1
    runs.append((0x323B0, 0xDFFFF, "Cn"))
    runs.append((0xE01F0, 0xEFFFF, "Cn"))
    runs.append((0xF0000, _LAST, "Co"))
    return sorted(runs)
