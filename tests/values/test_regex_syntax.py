"""Java's regex syntax over Python's `re`: what is translated, what is refused and how."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.regexes import MAX_PATTERN, compile_regex
from ptc_lisp.values.unicode_classes import category_class

FOUND = [
    (r"(?<y>\d{4})-(?<m>\d\d)", "in 2024-05", "2024-05"),
    (r"(?<a>x)\k<a>", "yxx", "xx"),
    (r"\p{Lu}\p{Ll}+", "hi Éric", "Éric"),
    (r"\pL+", "12ab", "ab"),
    (r"\P{L}+", "ab12", "12"),
    (r"\p{^L}+", "ab12", "12"),
    (r"[^\p{Alpha}]+", "ab12", "12"),
    (r"[\P{Digit}]+", "12ab", "ab"),
    (r"\p{Punct}+", "a, b", ","),
    (r"\p{IsHan}+", "x漢字", "漢字"),
    (r"\p{IsAlphabetic}+", "1é", "é"),
    (r"\h+x\z", "a \t x", " \t x"),
    (r"[\h]+", "a \t", " \t"),
    (r"\R", "a\r\nb", "\r\n"),
    (r"b\Z", "ab\n", "b"),
    (r"\Qa.b\E+", "axb a.bb", "a.bb"),
    (r"a(?i)b|c", "C", "C"),
    (r"(?i:A)b", "ab", "ab"),
    (r"(?i)é(?-i)x", "Éx", "Éx"),
    (r"(?u)é", "é", "é"),
    ("(?x) a # no ( here\n b", "ab", "ab"),
    (r"[a[bc]d]+", "xabcd", "abcd"),
    (r"[]a]+", "x]a", "]a"),
    (r"[a--z]", "-", "-"),
    (r"[|~&]+", "|~&", "|~&"),
    (r"[\[\]]+", "[]", "[]"),
    (r"a++b", "aab", "aab"),
    (r"(?>a+)b", "aab", "aab"),
    (r"\x{1F600}\x41", "😀A", "😀A"),
    (r"\e\cA", "\x1b\x01", "\x1b\x01"),
    (r"(a)(?=b)(?<!x)", "ab", "a"),
]

REFUSED = [
    (r"(", "never closed"),
    (r"a)", "closes nothing"),
    (r"[a", "never closed"),
    (r"*a", "nothing to repeat"),
    (r"[a-z&&[^x]]", "intersection"),
    (r"[[:alpha:]]", "POSIX"),
    (r"\p{Foo}", "no property Foo"),
    (r"\p{", "needs a property"),
    (r"(?<=a+)b", "look-behind"),
    (r"\X", "not supported"),
    (r"(?q)a", "no inline flag q"),
    (r"\k", "group name"),
    (r"\c", "ASCII letter"),
    (r"\cß", "ASCII letter"),
    (r"[\c€]", "ASCII letter"),
    ("a\\", "single backslash"),
    ("x{1,99999999999}", "too much"),
    ("(" * 100 + ")" * 100, "64 deep"),
    ("a" * (MAX_PATTERN + 1), "2,001"),
]


@pytest.mark.parametrize("source, text, found", FOUND)
def test_java_syntax_means_what_java_means(source, text, found):
    match = compile_regex(source).pattern.search(text)
    assert match is not None
    assert match[0] == found


def test_a_flag_in_the_middle_does_not_reach_back():
    assert compile_regex("a(?i)b").pattern.search("AB") is None


@pytest.mark.parametrize("source, words", REFUSED)
def test_what_cannot_be_done_says_so(source, words):
    with pytest.raises(Trap, match=words) as caught:
        compile_regex(source, FaultKind.INVALID_FORM)
    assert caught.value.kind is FaultKind.INVALID_FORM


def test_every_refusal_of_syntax_of_java_comes_with_a_way_out():
    for source in (r"[a-z&&[^x]]", r"[[:alpha:]]", r"\p{Foo}", r"(?<=a+)b", "*a", "[a"):
        with pytest.raises(Trap) as caught:
            compile_regex(source)
        assert caught.value.hint


@given(st.text("ab[](){}|\\^$.*+?-&~#:<>=!QEpPLckxhRzZ01ß, ", max_size=14))
def test_any_text_is_a_regex_or_a_fault(source):
    try:
        regex = compile_regex(source)
    except Trap as trap:
        assert trap.kind is FaultKind.TYPE_ERROR  # noqa: PT017 - both outcomes are right
    else:
        assert regex.source == source


@given(st.text(st.sampled_from("abc.*+[]()\\$^?{}|\n é"), max_size=8))
def test_quoted_text_matches_itself(text):
    assert compile_regex(f"\\Q{text}\\E").pattern.fullmatch(text)


@given(st.characters(exclude_categories=["Cs"]))
def test_a_category_and_its_negation_share_no_character(char):
    inside = re.compile(f"[{category_class('L')}]").match(char) is not None
    outside = re.compile(f"[{category_class('L', negated=True)}]").match(char) is not None
    assert inside is not outside
    assert inside is char.isalpha()
