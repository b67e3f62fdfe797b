"""Programs as models write them wrongly, the surroundings in which they are run, and how their files are read.

A file holds one family of slips. A case is the program, then for each of its faults in the order of the text:

    ;!! kind the text it underlines ("-": it has no place)
    ;   says: words of the message
    ;   hint: words of the hint (left out: there is no hint)

Space in underlined text and words counts as one blank; a blank line ends a case.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from inline_machine import Inline

from ptc_lisp.analyzer import ToolShape
from ptc_lisp.faults import Fault, FaultKind
from ptc_lisp.limits import Limits

FOLDER = Path(__file__).resolve().parents[1] / "wrong_programs"
CONTEXT: dict[str, Any] = {
    "orders": [
        {"id": 1, "name": "Ann", "total": 25.5, "status": "paid", "tags": ["a", "b"]},
        {"id": 2, "name": "Bob", "total": 100.0, "status": "open", "tags": []},
        {"id": 3, "name": "Cy", "total": None, "status": "paid", "tags": ["c"]},
    ],
    "user": {"name": "Ann", "age": "42", "address": {"city": "Oslo"}},
    "text": "3,4,x",
    "limit": 10,
}
TOOLS = {"find": lambda city, limit=10: [{"city": city}], "get_order": lambda id: {"id": id}}  # noqa: A006
SHAPES = {
    "find": ToolShape(required=("city",), optional=("limit",), kinds={"city": "string", "limit": "int"}),
    "get_order": ToolShape(required=("id",), kinds={"id": "int"}),
}
LIMITS = Limits(loop_limit=10_000, step_limit=100_000)
FAULT_LINE = re.compile(r";!! (?P<kind>[a-z_]+) (?P<underlined>.*)")
WORDS_LINE = re.compile(r"; +(?P<what>says|hint): (?P<words>.*)")


class Expected(NamedTuple):
    """One fault: its kind, the text it underlines, words of its message and of its hint (None: it has none)."""

    kind: FaultKind
    underlined: str
    says: str
    hint: str | None


class Case(NamedTuple):
    """One wrong program and all its faults in order."""

    place: str
    source: str
    faults: list[Expected]


def flat(text: str) -> str:
    """All space as single blanks."""
    return " ".join(text.split())


@cache
def evaluate(source: str) -> tuple[Fault, ...]:
    """The faults of a program in a fresh session; none when it ends well or on purpose."""
    return Inline(TOOLS, LIMITS).run(source, CONTEXT, shapes=SHAPES).faults


def cases() -> list[Case]:
    """Every case of every file."""
    return [case for path in sorted(FOLDER.glob("*.ptc")) for case in read_cases(path)]


def read_cases(path: Path) -> list[Case]:
    """The cases of one file.

    Raises:
        ValueError: a case has no fault, or a line below `;!!` that says nothing.
    """
    found: list[Case] = []
    line = 1
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        code, mark, rest = block.strip("\n").partition("\n;!! ")
        place = f"{path.stem}:{line}"
        line += block.count("\n") + 2
        if not mark:
            raise ValueError(f"{place}: no fault is expected")
        found.append(
            Case(place, code, [_expected(part, place) for part in f"{mark}{rest}".split("\n;!! ")[1:]])
        )
    return found


def _expected(text: str, place: str) -> Expected:
    head, *lines = text.split("\n")
    kind, _, underlined = head.partition(" ")
    words: dict[str, str] = {}
    for part in lines:
        match = WORDS_LINE.fullmatch(part)
        if match is None:
            raise ValueError(f"{place}: {part}")
        words[match["what"]] = match["words"]
    return Expected(FaultKind(kind), underlined, words["says"], words.get("hint"))
