"""What is said about programs that cannot be read."""

from __future__ import annotations

import re

import pytest

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.reader import read, syntax_hints
from ptc_lisp.reader.syntax_hints import Slip


def fault(text: str, **limits: int) -> Trap:
    with pytest.raises(Trap) as caught:
        read(text, **limits)
    trap = caught.value
    assert trap.phase is Phase.READ
    return trap


ROWS = [
    *syntax_hints.CHARACTERS,
    *syntax_hints.TOUCHING,
    *syntax_hints.SYMBOLS,
    *syntax_hints.PREFIXES,
]


def literal_parts(template: str) -> list[str]:
    """The literal parts of a row's text, between its marks."""
    return [part for part in re.split(r"\$[x_]?\d", template) if part]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.example)
def test_each_slip_is_recognised_by_its_own_row(row: Slip) -> None:
    trap = fault(row.example)
    assert trap.kind is FaultKind.PARSE_ERROR
    for template, words in ((row.message, trap.message), (row.hint, trap.hint or "")):
        assert all(part in words for part in literal_parts(template)), words
    assert trap.start is not None
    assert trap.end is not None
    assert trap.end > trap.start


@pytest.mark.parametrize(
    ("text", "start", "hint"),
    [
        ("(+ 1/2 3)", 3, "write (/ 1 2)"),
        ("(f 7N)", 3, "write 7"),
        ("(f 1.5M)", 3, "write 1.5"),
        ("(f 1. 2)", 3, "write 1.0"),
        ("(f .5)", 3, "write 0.5"),
        ("(f -.5)", 3, "write -0.5"),
        ("(:a/b m)", 1, "write :b or :a-b"),
        ("(:a.b m)", 1, "write :a, or (get-in m [:a :b]) for a path"),
        ("0xFF", 0, "write 255"),
        ("1_000_000", 0, "write 1000000"),
        ("{a:1}", 1, "write :a 1 in a map, else put a space before the colon"),
        ("3+4", 0, "write (+ 3 4)"),
        ("(f 2024-05-06)", 3, 'write a date as a string: "2024-05-06"'),
        ("::auto", 0, "write :auto"),
        ("(f @x)", 3, "write x, the value itself"),
        ("(f \"a\" :b) 'hello world'", 11, 'write "hello world"'),
        ("(str '')", 5, 'write ""'),
    ],
)
def test_hints_hold_the_repair(text: str, start: int, hint: str) -> None:
    trap = fault(text)
    assert (trap.start, trap.hint) == (start, hint)


@pytest.mark.parametrize(
    ("text", "start", "end", "words"),
    [
        ("{:a}", 1, 3, "the last key :a has no value"),
        ("{:a 1 :b}", 6, 8, "the last key :b has no value"),
        ("(f {:a 1 (g [1 2])})", 9, 18, "the last key (g [1 2]) has no value"),
        ("{:a #_ 1}", 1, 3, "the last key :a has no value"),
        ('{"a":1}', 4, 5, "no colon between key and value"),
        ('{"a": 1}', 4, 5, "no colon between key and value"),
        ("(f ')", 3, 4, "' needs a form"),
        ("(f #')", 3, 5, "#' needs a name"),
        ("#'1", 0, 2, "#' needs a name"),
        ("#'nil", 0, 5, "#' needs a name"),
        ("(f #_)", 3, 5, "#_ needs a form"),
        ("#_", 0, 2, "#_ needs a form"),
        ("^:a", 0, 1, "^ needs metadata and a form"),
        ("(f ^:a)", 3, 4, "^ needs metadata and a form"),
        ("1" * 101, 0, 101, "at most 100 digits"),
        ("1e400", 0, 5, "too large for a float"),
        (r'"\ud83d"', 0, 8, "half of a character"),
        ("#", 0, 1, "# does not start a comment"),
        ("#<f>", 0, 2, "# cannot stand before"),
        ("\x00", 0, 1, "U+0000"),
    ],
)
def test_other_faults(text: str, start: int, end: int, words: str) -> None:
    trap = fault(text)
    assert words in trap.message
    assert (trap.start, trap.end) == (start, end)


def test_limits() -> None:
    trap = fault("é" * 6, max_bytes=10)
    assert trap.kind is FaultKind.PROGRAM_TOO_LARGE
    assert trap.details == {"bytes": 12, "limit": 10}
    trap = fault(" ".join(f"a{i} :a{i}" for i in range(5)), max_symbols=9)
    assert trap.kind is FaultKind.SYMBOL_LIMIT_EXCEEDED
    assert trap.details == {"names": 10, "limit": 9}
    assert len(read("a a :a :a b", max_symbols=3)) == 5


@pytest.mark.parametrize(
    ("opener", "levels"),
    [("(", 64), ("[", 64), ("#{", 64), ("#(", 64), ("^:a (", 64), ("'(", 32), ("#_[", 32)],
)
def test_nesting_is_bounded(opener: str, levels: int) -> None:
    closer = {"(": ")", "[": "]", "{": "}"}[opener[-1]]
    read(opener * levels + closer * levels)
    trap = fault(opener * (levels + 1) + closer * (levels + 1))
    assert trap.message == "more than 64 nested delimiters"
    assert trap.start is not None
    assert read("(" * 200 + ")" * 200, max_nesting=200)


def test_prefixes_nest_too() -> None:
    assert "nested" in fault("'" * 65 + "x").message
    assert read("'a " * 100)
    assert read("[" + "#_ 1 " * 100 + "]")
