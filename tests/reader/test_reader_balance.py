"""Unbalanced programs: where the opener stands, which program was probably meant, and what a REPL asks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptc_lisp.faults import Trap
from ptc_lisp.reader import incomplete, read, repair

REPAIRS = [
    ("(", "()"),
    ("(+ 1 2", "(+ 1 2)"),
    ("(+ 1 2 ; sum", "(+ 1 2) ; sum"),
    ("[1 2)", "[1 2]"),
    ("(foo [1 2)", "(foo [1 2])"),
    ("(f {:a 1)", "(f {:a 1})"),
    ("#{1 #(f %)", "#{1 #(f %)}"),
    ("(defn f [x]\n  (let [a 1\n    (+ a x)))", "(defn f [x]\n  (let [a 1]\n    (+ a x)))"),
    ("(defn f [x]\n  (+ x 1)\n\n(f 2)", "(defn f [x]\n  (+ x 1))\n\n(f 2)"),
    ("{:a {:b 1}\n :c [1 2\n :d 3}", "{:a {:b 1}\n :c [1 2]\n :d 3}"),
    ("(->> xs\n     (map #(inc %)\n     (filter odd?))", "(->> xs\n     (map #(inc %))\n     (filter odd?))"),
    ("(let [a (count xs))\n      b 2]\n  (+ a b))", "(let [a (count xs)\n      b 2]\n  (+ a b))"),
    ("(f [1 (g 2)) 3] {:a (h 1)) :b 2})", "(f [1 (g 2) 3] {:a (h 1) :b 2})"),
    ('(str "a)', '(str "a")'),
    ('"abc', '"abc"'),
    ('(f #"a.', '(f #"a.")'),
    ('(println "hi)\n(f 1)', '(println "hi")\n(f 1)'),
]


@pytest.mark.parametrize(("text", "expected"), REPAIRS)
def test_a_balanced_program_is_proposed(text: str, expected: str) -> None:
    with pytest.raises(Trap) as caught:
        read(text)
    assert caught.value.details["repair"] == expected
    assert repair(text) == expected
    read(expected)


@pytest.mark.parametrize("text", ["", "(f)", "[1 {:a 2}]", '"a"', "; (", '"(" ")"', r"\("])
def test_balanced_programs_need_no_repair(text: str) -> None:
    assert repair(text) is None


def test_surplus_closers_are_dropped_by_a_repair() -> None:
    assert repair("(f))]") == "(f)"
    assert repair("(])") == "()"


@pytest.mark.parametrize(
    ("text", "message", "start", "hint"),
    [
        ("(a\n  (b", 'the "(" at line 2, column 3 is never closed (1 more is open)', 5,
         'add ")" at line 2, column 5, after (b'),
        ("(defn f [x]\n  (let [a 1\n    (+ a x)))", 'the "[" at line 2, column 8 is never closed', 19,
         'add "]" at line 2, column 12, after (let [a 1'),
        ("[1 2)", 'the "[" at line 1, column 1 is closed by ")" at line 1, column 5', 0, 'write "]" instead'),
        ("(f [1)", 'the "[" at line 1, column 4 is closed by ")" at line 1, column 6', 3,
         'add "]" at line 1, column 6, after (f [1'),
        ("#{1", 'the "#{" at line 1, column 1 is never closed', 0, 'add "}" at line 1, column 4, after #{1'),
    ],
)  # fmt: skip
def test_the_opener_is_named(text: str, message: str, start: int, hint: str) -> None:
    with pytest.raises(Trap) as caught:
        read(text)
    assert (caught.value.message, caught.value.start, caught.value.hint) == (message, start, hint)
    assert text.startswith(("(", "[", "#{"), start)


def test_an_unterminated_string_names_its_start() -> None:
    with pytest.raises(Trap) as caught:
        read('(f "ok"\n "open)')
    assert "starts at line 2, column 2 never ends" in caught.value.message
    assert caught.value.start == 9


@pytest.mark.parametrize("text", ["(", "(f [1", '"abc', '(f "', '#"a', "'", "#_", "^", "(f) (", "[1 ;]"])
def test_incomplete(text: str) -> None:
    assert incomplete(text)


@pytest.mark.parametrize("text", ["", "1", "(f)", "(f))", "[1)", "@", "(f @", '"a" 1', "; (", "1 ; '"])
def test_not_incomplete(text: str) -> None:
    assert not incomplete(text)


_PIECES = st.lists(
    st.sampled_from([*"()[]{}\"\\;#'^_:%@`1a \n", "#{", "#(", '"s"', ":k", "a/b"]), max_size=40
)


def trap_of(text: str) -> Trap | None:
    try:
        read(text)
    except Trap as trap:
        return trap
    return None


@given(_PIECES)
def test_any_text_reads_or_is_a_fault_and_repairs_balance(pieces: list[str]) -> None:
    text = "".join(pieces)
    trap = trap_of(text)
    if trap is not None:
        assert trap.message
        assert trap.start is not None
        assert trap.end is not None
        assert 0 <= trap.start <= len(text)
    fixed = repair(text)
    if fixed is not None:
        assert repair(fixed) is None
        # Only a mark without the form that it marks can be left, a comment behind it or not.
        code = re.sub(r";[^\n]*", "", fixed).rstrip()
        assert not incomplete(fixed) or code.endswith(("'", "_", "^", "#_"))
