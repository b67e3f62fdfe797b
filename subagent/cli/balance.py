"""Whether the text so far is a complete program, for multi-line input. The reader of the language has the last word."""

from __future__ import annotations

import re

PAIRS = {")": "(", "]": "[", "}": "{"}
# What hides delimiters: comments, strings (possibly still open), character literals.
TOKEN = re.compile(r';[^\n]*|"(?:[^"\\]|\\.)*(?P<closed>")?|\\.[^\s()\[\]{}"]*|[()\[\]{}]', re.DOTALL)


def unfinished(text: str) -> bool:
    """True when a string or a delimiter is still open. A wrong closer ends the input: the reader will explain it."""
    open_delimiters: list[str] = []
    for match in TOKEN.finditer(text):
        part = match[0]
        if part.startswith('"') and match["closed"] is None:
            return True
        if part in "([{":
            open_delimiters.append(part)
        elif part in PAIRS and (not open_delimiters or open_delimiters.pop() != PAIRS[part]):
            return False
    return bool(open_delimiters)
