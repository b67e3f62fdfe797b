"""The quick reader makes what the parser makes, and asks it about everything else."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptc_lisp import language
from ptc_lisp.faults import Trap
from ptc_lisp.reader import program, read
from ptc_lisp.reader.forms import Form
from ptc_lisp.reader.memo import Memo
from ptc_lisp.reader.program import read_parsed
from ptc_lisp.reader.quick import read_plain

NESTING, SYMBOLS = 12, 40
EXAMPLES = sorted({code for entry in language.entries() for code, _ in entry.examples})


def outcome(text: str, reader, nesting: int = NESTING, symbols: int = SYMBOLS):
    """Forms with places as text (nan equals itself there), or everything about the fault."""
    try:
        return repr(reader(text, max_nesting=nesting, max_symbols=symbols))
    except Trap as trap:
        return (trap.kind, trap.message, trap.hint, trap.details, trap.start, trap.end, trap.phase)


def assert_same(text: str) -> None:
    expected = outcome(text, read_parsed)
    assert outcome(text, read) == expected, text
    plain = read_plain(text, NESTING, SYMBOLS)
    assert plain is None or repr(plain) == expected, text


ATOMS = st.one_of(
    st.sampled_from(
        ["nil", "true", "a", "b-c", "a'", "+", "-", "->", "->>", "=", "==", "=>", "...", ".5", "-.5", "//", "/*", "/",
         "data/x", "tool/y", "a/b/c", ".toUpperCase", "%", "%2", "*1", ":k", ":a-b", ":1", "1", "-1", "+1", "1.5", "1e3",
         "1e999", "9" * 20, "1" * 101, "7N", "##Inf", "##NaN", "#_", "^", "^:m", "'", "#'", '""', '"s"', r'"\n\u00e9"',
         r'"\ud83d"', '"é☕"', r'#"\d+"', r"\a", r"\newline", r"\(", "@", "~", "#", ":", "$x", "größe", '"open', "\u00a0"]
    ),
    st.from_regex(r"[a-z+\-./=][a-z0-9/.'=]{0,4}", fullmatch=True),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)  # fmt: skip
GAPS = st.sampled_from(["", " ", " ", " ", "\n", ", ", " ; note\n", ";", "#_", "'", ")", "]", "}"])
BRACKETS = st.sampled_from(
    [("(", ")"), ("(", ")"), ("[", "]"), ("{", "}"), ("#{", "}"), ("#(", ")"), ("'(", ")"), ("(", "]")]
)


def joined(parts: list[tuple[str, str]]) -> str:
    return "".join(itertools.chain.from_iterable(parts))


PROGRAMS = st.recursive(
    ATOMS,
    lambda inner: st.tuples(BRACKETS, st.lists(st.tuples(inner, GAPS), max_size=5).map(joined)).map(
        lambda made: made[0][0] + made[1] + made[0][1]
    ),
    max_leaves=25,
)


@given(st.lists(st.tuples(PROGRAMS, GAPS), max_size=4).map(joined))
@settings(max_examples=400, deadline=None)
def test_generated_programs_read_the_same_both_ways(text: str) -> None:
    assert_same(text)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_mutated_examples_read_the_same_both_ways(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(EXAMPLES))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 2))
        text = text[:place] + data.draw(st.one_of(st.just(""), GAPS, ATOMS)) + text[place + cut :]
    assert_same(text)


def test_examples_read_the_same_both_ways_and_mostly_quickly() -> None:
    asked = 0
    for text in EXAMPLES:
        assert_same(text)
        asked += read_plain(text, 64, 10_000) is None
    assert asked < len(EXAMPLES) / 20


@pytest.mark.parametrize("nesting", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("text", ["((()))", "''(a)", "'('(a))", "(a) ''b", "[#'a '('b)]", "#('#{''c})"])
def test_limits_are_the_same_both_ways(text: str, nesting: int) -> None:
    for symbols in (0, 1, 2, 3):
        expected = outcome(text, read_parsed, nesting, symbols)
        assert outcome(text, read, nesting, symbols) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "; c",
        "(f 'x #'y)",
        "(f) ; c",
        "{:a {:b [1 #{2}]}}",
        "#(+ %1 1.5)",
        r'[\a #"x" ##Inf]',
        "(->> xs (map -))",
    ],
)
def test_plain_programs_need_no_parser(text: str) -> None:
    assert repr(read_plain(text, 64, 100)) == repr(read_parsed(text, 64, 100))


@pytest.mark.parametrize(
    "text", ["(a", "a)", "[a)", "{a}", "'", "#_ 1 2", "^:a b", "1a", ":a/b", "#'1", "(f @x)", "'a b' c"]
)
def test_the_rest_is_left_to_the_parser(text: str) -> None:
    assert read_plain(text, 64, 100) is None


def test_a_program_that_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(program, "_MEMO", Memo())
    monkeypatch.setattr(program, "read_plain", lambda text, *_: calls.append(text))
    first = read("(f 1)")
    first.clear()
    assert read("(f 1)") == read_parsed("(f 1)", 64, 100)
    assert calls == ["(f 1)"]
    read("(f 1)", max_nesting=3)
    assert calls == ["(f 1)"] * 2


def test_faults_are_not_remembered() -> None:
    for _ in range(2):
        with pytest.raises(Trap):
            read("(never closed")


def test_the_memo_is_bounded_and_forgets_the_oldest() -> None:
    forms: tuple[Form, ...] = tuple(read("(f)"))
    memo = Memo(max_entries=3, max_chars=40)
    for text in ("a", "b", "c"):
        memo.put(text, 1, forms)
    assert memo.get("a", 1) == forms
    memo.put("d", 1, forms)
    assert [memo.get(text, 1) is not None for text in "abcd"] == [True, False, True, True]
    assert memo.get("a", 2) is None
    memo.put("x" * 11, 1, forms)
    assert memo.get("x" * 11, 1) is None
    for letter in "efghijk":
        memo.put(letter * 10, 1, forms)
    assert len(memo) == 3
    memo.put("l" * 10, 1, forms)
    memo.put("m" * 10, 1, forms)
    assert sum(memo.get(letter * 10, 1) is not None for letter in "klm") == 3
    assert memo.get("j" * 10, 1) is None
    memo.clear()
    assert len(memo) == 0
