"""Splits long texts into chunks, for prompts and for agents that work on one chunk each.

context = {"pieces": by_lines(text, 200, overlap=10)}
program: (pmap #(tool/reader {:text (:text %)}) data/pieces)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

_CHARS_PER_TOKEN = 4
_WORD = re.compile(r"\s*\S+\s*|\s+")


class Chunk(msgspec.Struct, frozen=True):
    """A chunk of a text: its number from 0, and the positions of its characters."""

    text: str
    index: int
    start: int
    end: int

    def __str__(self) -> str:
        return self.text


def by_lines(text: str, size: int, *, overlap: int = 0) -> list[Chunk]:
    """Chunks of `size` lines, each starting with the last `overlap` lines of the one before.

    Raises:
        ValueError: size is below 1, or overlap is not below size.
    """
    _check(size, overlap)
    return list(_grouped(text.splitlines(keepends=True), lambda _: 1, size, overlap))


def by_chars(text: str, size: int, *, overlap: int = 0) -> list[Chunk]:
    """Chunks of `size` characters. Raises ValueError as `by_lines`."""
    _check(size, overlap)
    starts = range(0, max(1, len(text) - overlap), size - overlap) if text else range(0)
    return [
        Chunk(text[start : start + size], index, start, min(start + size, len(text)))
        for index, start in enumerate(starts)
    ]


def by_tokens(
    text: str, size: int, *, overlap: int = 0, counter: Callable[[str], int] | None = None
) -> list[Chunk]:
    """Chunks of about `size` tokens that end between words. A word of more tokens is a chunk of its own.

    counter: a function that counts the tokens of a text; None: four characters per token. Raises ValueError as
    `by_lines`.
    """
    _check(size, overlap)
    count = counter or (lambda word: len(word) / _CHARS_PER_TOKEN)
    return list(_grouped(_WORD.findall(text), count, size, overlap))


def _check(size: int, overlap: int) -> None:
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    if not 0 <= overlap < size:
        raise ValueError(f"overlap must be from 0 to size - 1 ({size - 1}), got {overlap}")


def _grouped(
    parts: Sequence[str], weigh: Callable[[str], float], size: float, overlap: float
) -> Iterator[Chunk]:
    """Runs of parts, as many as fit into `size`, that share `overlap` with the run before."""
    weights = [weigh(part) for part in parts]
    places = [0]
    for part in parts:
        places.append(places[-1] + len(part))
    first = index = reached = 0
    while first < len(parts):
        last, weight = first, 0.0
        while last < len(parts) and (last == first or weight + weights[last] <= size):
            weight += weights[last]
            last += 1
        if last == reached:  # what is shared leaves no room for anything new: share less
            first += 1
            continue
        yield Chunk("".join(parts[first:last]), index, places[first], places[last])
        reached = last
        if last == len(parts):
            return
        shared, back = 0.0, last
        while back > first + 1 and shared + weights[back - 1] <= overlap:
            back -= 1
            shared += weights[back]
        first, index = back, index + 1
