"""Program text and places in it. Leaf module: imports nothing of ours."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

import msgspec


def half_character(text: str) -> int | None:
    """Where the first lone surrogate stands: JSON can spell it, Python's `json` lets it through, and no bytes stand for it."""
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


class Span(msgspec.Struct, frozen=True):
    """A half-open range of a program text; `line` and `column` (of `start`) count from 1, in characters."""

    start: int
    end: int
    line: int
    column: int


class Source:
    """One program text, with line lookup. Spans are made here, and only when somebody needs to show one."""

    def __init__(self, text: str, name: str = "program") -> None:
        self.text = text
        self.name = name

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        starts.extend(i + 1 for i, ch in enumerate(self.text) if ch == "\n")
        return starts

    def span(self, start: int, end: int) -> Span:
        """The Span of the characters `start <= i < end`; out-of-range offsets are clamped."""
        start = max(0, min(start, len(self.text)))
        end = max(start, min(end, len(self.text)))
        line = bisect_right(self._line_starts, start)
        return Span(start, end, line, start - self._line_starts[line - 1] + 1)

    def line_text(self, line: int) -> str:
        """The text of a line (counted from 1) without its newline."""
        lines = self.text.split("\n")
        return lines[line - 1].rstrip("\r") if 1 <= line <= len(lines) else ""

    def excerpt(self, span: Span, *, width: int = 100) -> str:
        """The line of the span with carets below the spanned part, cut to about `width` columns."""
        line = self.line_text(span.line).expandtabs(1)
        first = span.column - 1
        length = max(1, min(span.end - span.start, len(line) - first))
        cut = max(0, min(first - width // 3, len(line) - width))
        shown = line[cut : cut + width]
        head = "..." if cut else ""
        tail = "..." if cut + width < len(line) else ""
        carets = " " * (len(head) + first - cut) + "^" * max(1, min(length, len(shown) - (first - cut)))
        return f"{head}{shown}{tail}\n{carets}"
