"""The exported grammars: what they accept is what the reader reads."""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, UnexpectedInput
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper, grammar_from

from ptc_lisp import language
from ptc_lisp.faults import Trap
from ptc_lisp.reader import read
from ptc_lisp.reader.export import grammar
from ptc_lisp.reader.gbnf import to_gbnf
from ptc_lisp.reader.grammar_file import GRAMMAR
from ptc_lisp.reader.name_pattern import name_pattern
from ptc_lisp.reader.parser import rules
from ptc_lisp.reader.spaced import spaced_rules
from ptc_lisp.reader.syntax_hints import SYMBOLS, slip_at
from ptc_lisp.reader.terminals import TERMINALS

HERE = Path(__file__).parent
MALFORMED = (HERE / "malformed.txt").read_text(encoding="utf-8").splitlines()
TOUCHING = (HERE / "touching.txt").read_text(encoding="utf-8").splitlines()
EXAMPLES = sorted({code for entry in language.entries() for code, _ in entry.examples})


class _Bytes:
    """A tokenizer whose tokens are bytes."""

    eos_token_id = 256
    bos_token_id = None
    tokens = [*(bytes([byte]) for byte in range(256)), b"<end>"]
    special_token_ids = [256]

    def __call__(self, text: str | bytes) -> list[int]:
        return list(text if isinstance(text, bytes) else text.encode())


TOKENIZER = LLTokenizer(TokenizerWrapper(_Bytes()))


class Acceptor:
    """Whether a constrained model could write a text."""

    def __init__(self, text: str, notation: str = "lark") -> None:
        self._matcher = LLMatcher(TOKENIZER, grammar_from(notation, text))
        assert not self._matcher.is_error(), self._matcher.get_error()

    def __call__(self, text: str) -> bool:
        self._matcher.reset()
        tokens = list(text.encode())
        return self._matcher.try_consume_tokens(tokens) == len(tokens) and self._matcher.is_accepting()


PLAIN = Acceptor(grammar())
SPACED = Acceptor(grammar(tools=["search", "get_user"], data=["orders", "order_lines"]))
GBNF = Acceptor(grammar("gbnf"), "gbnf")


def reads(text: str) -> bool:
    try:
        read(text)
    except Trap:
        return False
    return True


def conformance_programs() -> list[str]:
    path = HERE.parent / "conformance" / "test_cases.py"
    spec = importlib.util.spec_from_file_location("grammar_test_conformance_cases", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return sorted({case.source for cases in module.CASES.values() for case in cases})


def test_the_plain_grammar_is_the_one_that_parses() -> None:
    assert grammar() == GRAMMAR.read_text(encoding="utf-8")
    warnings = LLMatcher.validate_grammar_with_warnings(grammar_from("lark", grammar()), TOKENIZER)
    assert warnings == (False, [])


def test_every_example_and_conformance_program_is_accepted() -> None:
    programs = [text for text in {*EXAMPLES, *conformance_programs()} if reads(text)]
    assert len(programs) > 1000
    assert [text for text in programs if not PLAIN(text)] == []


def test_without_restricted_names_the_spaced_grammar_accepts_the_same() -> None:
    programs = [text for text in EXAMPLES if not re.search(r"\b(tool|data)/", text)]
    assert [text for text in programs if not SPACED(text)] == []
    assert [text for text in programs if not GBNF(text) and not re.search(r"'|#_|\^", text)] == []


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_programs_are_refused(text: str) -> None:
    assert not reads(text)
    assert not PLAIN(text)
    assert not SPACED(text)
    assert not GBNF(text)


def test_there_are_enough_malformed_programs() -> None:
    assert len(set(MALFORMED)) >= 30


@pytest.mark.parametrize("text", TOUCHING)
def test_atoms_that_touch_are_refused_where_white_space_is_written_out(text: str) -> None:
    assert not reads(text)
    assert not SPACED(text)
    assert not GBNF(text)


@pytest.mark.parametrize(
    "text", ["", " ", "; note", "; note\n", "\n(f) ; end", "(f)\n; end", ",,(f)", ";a\n;b\n1"]
)
def test_space_and_comments_stand_anywhere(text: str) -> None:
    assert PLAIN(text)
    assert SPACED(text)
    assert GBNF(text) or text.rpartition("\n")[2].count(";")


PARTS = st.sampled_from(
    [*"()[]{} \n", "(", ")", " ", " ", "#{", "#(", "#'", "'", ":k", "x", "+", "-1", "1.5", '"s"', "a/b", "; c\n", "%",
     "->>", "=>", "..", ".5", "tool/search", "tool/x", "data/orders", "data/order", "data", "/"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_what_the_spaced_grammars_accept_reads(text: str) -> None:
    if SPACED(text) and not re.search(r"'[^'\n()\[\]{}\"]*'", text):  # what looks like single quotes
        assert reads(text)
        assert PLAIN(text)
    if GBNF(text):
        assert reads(text)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("(tool/search {:q 1})", True), ("(tool/get_user)", True), ("(tool/get-user)", False), ("data/orders", True), ("data/order-lines", True), ("data/order_lines", True),
        ("(tool/searching)", False), ("(tool/sear)", False), ("(tool/search/x)", False), ("(tool/)", False),
        ("data/order", False), ("data/orders2", False), ("(tool/orders)", False), ("tool", True), ("tools/x", True),
        ("(str/join x)", True), ("dat/x", True), ("database/x", True), ("(f :tool)", True), ('"tool/x"', True),
    ],
)  # fmt: skip
def test_only_granted_names_can_be_written(text: str, *, accepted: bool) -> None:
    assert SPACED(text) is accepted
    assert (
        Acceptor(grammar("gbnf", tools=["search", "get_user"], data=["orders", "order_lines"]), "gbnf")(text)
        is accepted
    )


def test_nothing_granted_is_nothing_to_write() -> None:
    none = Acceptor(grammar(tools=[], data=["not a name", "fine"]))
    assert not none("(tool/x)")
    assert none("data/fine")
    assert not none("data/not")
    assert Acceptor(grammar(tools=[]))("data/anything")


def test_the_spaced_grammar_suits_an_lalr_parser() -> None:
    parser = Lark(grammar(tools=["search"]), parser="lalr")
    parser.parse('(->> (tool/search {:q "x"}) (map :a)) ; end')
    with pytest.raises(UnexpectedInput):
        parser.parse("(tool/other)")


def test_names_are_those_of_the_terminal_without_slips() -> None:
    symbol = TERMINALS["SYMBOL"]
    wanted, made = re.compile(symbol), re.compile(name_pattern(symbol, {}))
    for length in range(1, 5):
        for letters in itertools.product("a/=.>*+-0'", repeat=length):
            name = "".join(letters)
            expected = bool(wanted.fullmatch(name)) and (length == 1 or slip_at(SYMBOLS, name, 0) is None)
            assert bool(made.fullmatch(name)) is expected, name


@pytest.mark.parametrize("opener", ["LPAR", "LBRACK", "LBRACE", "SET_OPEN", "FN_OPEN"])
def test_nested_collections_do_not_multiply_the_guesses_of_llama(opener: str) -> None:
    bodies = spaced_rules(frozenset({"DISCARD", "META", "QUOTE", "VAR", "stray", "LEADING"}), predictive=True)

    def rules_that_open(name: str) -> list[str]:
        """Each way from the beginning of a rule to a rule that begins with the opener."""
        if any(made[:1] == (opener,) for made in bodies[name]):
            return [name]
        firsts = [made[1] if made[0] == "SPACE?" else made[0] for made in bodies[name] if made]
        return [found for first in firsts if first in bodies for found in rules_that_open(first)]

    for name in bodies:
        assert len(rules_that_open(name)) <= 1, name


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\(", '"("'),
        (r"[a-z\-\/]+", r"[a-z\x2D/]+"),
        (r"ab*(?:c|\.)?", '"a" "b"* ( "c" | "." )?'),
        (r'"[^"\\]*"', r'"\"" [^\"\\]* "\""'),
        (r"\\(.|u[0-9]{4})", r'"\\" ( [^\n] | "u" [0-9]{4} )'),
        ("[ \t\n]", r"[ \t\n]"),
    ],
)
def test_patterns_in_gbnf(pattern: str, expected: str) -> None:
    assert to_gbnf(pattern) == expected


def test_gbnf_mentions_only_rules_that_it_has() -> None:
    text = grammar("gbnf", tools=["a"])
    defined = re.findall(r"^([\w-]+) ::=", text, re.MULTILINE)
    bare = re.sub(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]', "", text)
    assert defined[0] == "root"
    assert len(set(defined)) == len(defined)
    assert set(re.findall(r"[A-Za-z][\w-]*", re.sub(r"\{\d+\}", "", bare))) == set(defined)


def test_the_format_is_checked() -> None:
    with pytest.raises(ValueError, match='"lark" or "gbnf"'):
        grammar("ebnf")  # pyright: ignore[reportArgumentType] - the wrong format is the point


def test_repetitions_are_told_apart_by_the_next_token() -> None:
    found = rules()
    assert ("form", "__start_star_0_more") in found["__start_star_0"]
    assert found["__start_star_0_more"] == [("__start_star_0",), ()]
    assert all(body[:1] != (name,) for name, bodies in found.items() for body in bodies)
