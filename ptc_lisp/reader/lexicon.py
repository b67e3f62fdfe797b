"""The tokens of the grammar as one pattern."""

from __future__ import annotations

import re
from functools import cache

from ptc_lisp.reader.terminals import TERMINALS

IGNORED = frozenset({"WHITESPACE", "COMMENT", "LEADING"})
BAD = "BAD"
"""Kind of a character at which no token can start."""


@cache
def token_pattern() -> re.Pattern[str]:
    """One pattern for all terminals of the grammar; `lastgroup` names the terminal, `BAD` any other character."""
    rows = [f"(?P<{name}>{pattern})" for name, pattern in TERMINALS.items()]
    return re.compile("|".join([*rows, f"(?P<{BAD}>[\\s\\S])"]))
