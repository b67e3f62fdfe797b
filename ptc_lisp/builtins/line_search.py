r"""Lines of a text that match a pattern: `grep`, `grep-n`.

Patterns are read as models write them for the tool of that name: case does not count, and `\|`, `\(`, `\)` mean the
operators, as in basic regular expressions.
"""

from __future__ import annotations

import re

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.builtins.texts import check_text
from ptc_lisp.values.regexes import compile_regex
from ptc_lisp.values.types import Regex, Value, kw

AREA = "regexes"
MOST_ROWS = 100
"""How many rows `grep-n` gives; one more says how many were left out."""

_BASIC = re.compile(r"\\([|()])")
_LINE, _TEXT, _MATCH = kw("line"), kw("text"), kw("match")


@builtin(
    "grep", "pattern text", area=AREA, clojure="extension",
    doc="The lines of a text that contain a match, in order; upper and lower case are the same. The pattern is a string or "
        "a regex; an empty one matches every line.",
    examples=[(r'(grep "error|warn" "ok\nWARN disk\nError net")', '["WARN disk" "Error net"]')],
    see_also=("grep-n", "re-seq", "split-lines"),
)  # fmt: skip
def grep(pattern: Value, text: Value) -> list[Value]:
    """`(grep pattern text)`. Raises type_error for other arguments and for an invalid pattern."""
    search = _compiled(pattern, "grep").search
    lines = _lines(text, "grep")
    return [line for line in lines if search(line)]


@builtin(
    "grep-n", "pattern text", "pattern text context", area=AREA, clojure="extension",
    doc="Like `grep`, with line numbers (from 1) and that many lines of context around each match. More than 100 rows are "
        "cut; the last row then has the line -1 and says how many are missing.",
    examples=[
        (r'(grep-n "b" "a\nb")', '[{:line 2 :text "b" :match true}]'),
        (r'(map (juxt :line :match) (grep-n "b" "a\nb\nc\nd" 1))', "[[1 false] [2 true] [3 false]]"),
    ],
    see_also=("grep",),
)  # fmt: skip
def grep_n(pattern: Value, text: Value, context: Value = 0) -> list[Value]:
    """`(grep-n pattern text context)`. Raises type_error as `grep`, and for a context that is no number of lines."""
    if context.__class__ is not int or context < 0:
        raise bad_arg("grep-n", 3, "a number of lines", context)
    search = _compiled(pattern, "grep-n").search
    lines = _lines(text, "grep-n")
    matches = [bool(search(line)) for line in lines]
    shown = _shown(matches, context)
    rows: list[Value] = [
        {_LINE: index + 1, _TEXT: lines[index], _MATCH: matches[index]} for index in shown[:MOST_ROWS]
    ]
    left = len(shown) - len(rows)
    if left:
        rows.append({_LINE: -1, _TEXT: f"... {left} more rows: make the pattern narrower", _MATCH: False})
    return rows


def _shown(matches: list[bool], context: int) -> list[int]:
    """The indices of the matching lines and of those around them, each once."""
    shown: list[int] = []
    for index, hit in enumerate(matches):
        if hit:
            first = max(index - context, shown[-1] + 1 if shown else 0)
            shown.extend(range(first, min(index + context + 1, len(matches))))
    return shown


def _lines(text: Value, who: str) -> list[str]:
    lines = check_text(text, who, 2).replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    tick(len(lines))
    return lines


def _compiled(pattern: Value, who: str) -> re.Pattern[str]:
    if pattern.__class__ is Regex:
        return pattern.pattern
    plain = _BASIC.sub(r"\1", check_text(pattern, who))
    return compile_regex(f"(?i){plain}").pattern
