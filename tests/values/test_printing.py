"""Values as text: exact forms, depth, bounds, and that the reader takes back what the printer writes."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_machine import Inline

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_map, make_set, vec_conj
from ptc_lisp.values.printing import brief, display, float_text, format_value, pr_str
from ptc_lisp.values.regexes import compile_regex
from ptc_lisp.values.types import Composed, Stream, Symbol, ToolRef, Var, kw

DAY = dt.date(2024, 1, 2)
INSTANT = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

READABLE = [
    (None, "nil"),
    (True, "true"),
    (-12, "-12"),
    (math.inf, "##Inf"),
    (-math.inf, "##-Inf"),
    (math.nan, "##NaN"),
    ('say "a"\n\\', r'"say \"a\"\n\\"'),
    ("a#{b}\x00", '"a#{b}\\u0000"'),
    (kw("a-b?"), ":a-b?"),
    ([1, "a", None], '[1 "a" nil]'),
    (make_map([(kw("q"), 7), (None, 8), (True, [[]]), (1.0, {})]), "{:q 7 nil 8 true [[]] 1.0 {}}"),
    (make_set([3, 1, 1.0]), "#{3 1 1.0}"),
    (compile_regex(r'\d+"'), r'#"\d+\""'),
    (Var("x"), "#'x"),
    (Symbol("str/join"), "'str/join"),
    (ToolRef("find"), "tool/find"),
    (Stream("(range)", lambda: iter(())), "(range)"),
    (Composed("comp", [], len), "#fn[...]"),
    (DAY, '"2024-01-02"'),
    (INSTANT, '"1970-01-01T00:00:00Z"'),
    (dt.timedelta(days=1), "#duration[86400000ms]"),
    (-dt.timedelta(microseconds=1_500), "#duration[-1ms]"),
]

DISPLAYED = [
    (None, ""),
    ("a\n", "a\n"),
    (math.inf, "Infinity"),
    (math.nan, "NaN"),
    (compile_regex(r"\d"), r"\d"),
    (Symbol("foo"), "foo"),
    (DAY, "2024-01-02"),
    (INSTANT.replace(microsecond=5), "1970-01-01T00:00:00.000005Z"),
    (INSTANT.replace(microsecond=123_000), "1970-01-01T00:00:00.123Z"),
    ([None, "a", math.inf], '[nil "a" ##Inf]'),
]

FLOATS = [
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (3.3, "3.3"),
    (100.0, "100.0"),
    (9.1e15, "9100000000000000.0"),
    (1e16, "1.0e16"),
    (1.2345e17, "1.2345e17"),
    (1e21, "1.0e21"),
    (0.001, "0.001"),
    (0.0001, "0.0001"),
    (0.00012, "1.2e-4"),
    (-1e-5, "-1.0e-5"),
    (123456789.123, "123456789.123"),
    (5e-324, "5.0e-324"),
    (1.7976931348623157e308, "1.7976931348623157e308"),
]

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.from_regex(r"[a-z][a-z0-9_?!-]{0,6}", fullmatch=True).map(kw),
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=4).map(make_set),
        st.lists(st.tuples(inner, inner), max_size=4).map(make_map),
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("value, text", READABLE)
def test_readable_text(value, text):
    assert pr_str(value) == text


@pytest.mark.parametrize("value, text", DISPLAYED)
def test_text_that_str_gives(value, text):
    assert display(value) == text


@pytest.mark.parametrize("value, text", FLOATS)
def test_floats_print_their_shortest_digits(value, text):
    assert float_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_float_is_the_same_float(value):
    text = float_text(value)
    assert float(text) == value
    assert "." in text
    assert math.copysign(1, float(text)) == math.copysign(1, value)


def test_functions_show_their_parameters():
    inline = Inline()
    assert inline.text("[(fn [x y] x) inc (fn [] 1)]") == "[#fn[x y] #<builtin> #fn[]]"


def test_an_integer_with_too_many_digits_is_an_arithmetic_error():
    with pytest.raises(Trap) as caught:
        pr_str([10**5_000])
    assert caught.value.kind is FaultKind.ARITHMETIC_ERROR
    assert "5,001 digits" in caught.value.message


def test_deep_data_needs_no_stack():
    value = []
    for _ in range(50_000):
        value = [value]
    assert pr_str(value) == "[" * 50_001 + "]" * 50_001


def test_a_grown_vector_prints_as_any_other():
    grown = []
    for number in range(100):
        grown = vec_conj(grown, number)
    assert pr_str([grown]) == pr_str([list(range(100))])


@given(VALUES)
def test_the_reader_takes_back_what_the_printer_writes(value):
    text = pr_str(value)
    assert Inline().text(text) == text


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "nil"),
        (False, "false"),
        ("abc", 'the string "abc"'),
        (5, "the number 5"),
        (kw("a"), "the keyword :a"),
        ({"a": [1, 2]}, 'the map {"a" [1 2]}'),
        (make_set([1]), "the set #{1}"),
        (DAY, 'the date "2024-01-02"'),
        (list(range(9)), "the vector [0 1 2 3 4 5 ...] (6/9)"),
        ("x" * 99, f'the string "{"x" * 40}..." (40/99 chars)'),
        pytest.param(10**9_999, "the number #<integer of 33216 bits>", id="huge integer"),
    ],
)
def test_a_value_in_a_message(value, text):
    assert brief(value) == text


@pytest.mark.parametrize(
    "value, options, text, cut",
    [
        ([1, [2]], {}, "[1 [2]]", False),
        ([4, 8, 3, 4, 5, 6], {"limit": 2}, "[4 8 ...] (2/6)", True),
        ({"a": 1, "b": 2}, {"limit": 1}, '{"a" 1 ...} (1/2)', True),
        (make_set([1, 2, 3]), {"limit": 2}, "#{1 2 ...} (2/3)", True),
        ("gamma ray bursts!", {"printable_limit": 5}, '"gamma..." (5/17 chars)', True),
        ([[1, 2, 3], 5], {"limit": 2}, "[[1 ...] (1/3) 5]", True),
        ([1], {"limit": 0}, "[...] (0/1)", True),
        ([], {"limit": 0}, "[]", False),
    ],
)
def test_values_cut_to_bounds(value, options, text, cut):
    assert format_value(value, **options) == (text, cut)


@given(VALUES, st.integers(0, 6), st.integers(1, 10), st.integers(1, 60))
def test_bounds_are_kept_and_told(value, limit, printable, chars):
    text, cut = format_value(value, limit=limit, printable_limit=printable, max_chars=chars)
    assert len(text) <= max(chars, 3)
    if not cut:
        assert text == pr_str(value)


def test_bounds_bound_the_work_too():
    huge = [["x" * 1_000_000] * 100_000] * 100_000
    text, cut = format_value(huge, max_chars=500)
    assert cut
    assert len(text) <= 500
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert format_value(deep)[1]
