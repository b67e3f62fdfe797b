"""JSON builtins: round trip, nil for what is no JSON, order and big numbers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_machine import Inline

from ptc_lisp.builtins.json_fns import generate_string, parse_lines, parse_string
from ptc_lisp.faults import FaultKind
from ptc_lisp.values.collections import make_map, make_set
from ptc_lisp.values.types import kw

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abé", max_size=3), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip


@given(PLAIN)
def test_what_is_written_is_read_back(value):
    text = generate_string(value)
    assert text is not None
    assert json.loads(text) == value
    assert parse_string(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oops",
        "true false",
        "NaN",
        "Infinity",
        "1e400",
        "01",
        "{'a': 1}",
        "[1,]",
        '"\\ud800"',
        "[" * 100_000,
        None,
        5,
    ],
)
def test_what_is_no_json_is_nil(text):
    assert parse_string(text) is None


@pytest.mark.parametrize(
    "value",
    [
        float("inf"),
        float("nan"),
        make_set([1]),
        [[make_set([])]],
        make_map([([1], 2)]),
        make_map([(None, 1)]),
        "\ud800",
        len,
    ],
    ids=["inf", "nan", "set", "nested set", "vector key", "nil key", "lone surrogate", "function"],
)
def test_what_has_no_json_is_nil(value):
    assert generate_string(value) is None


def test_maps_keep_their_order_and_keywords_become_strings():
    assert generate_string(make_map([(kw("b"), kw("x")), ("a", 1), (3, None)])) == '{"b":"x","a":1,"3":null}'


def test_numbers_keep_their_size_and_kind():
    assert parse_string("[123456789012345678901234567890, 1e2, 1, -0.0]") == [
        10**29 + 23456789012345678901234567890,
        100.0,
        1,
        0.0,
    ]
    assert generate_string([10**30, 1e21, 1.0]) == f"[{10**30},1e21,1.0]"


def test_the_last_of_equal_keys_wins():
    assert parse_string('{"a":1,"a":2}') == {"a": 2}


def test_lines_are_read_one_by_one():
    assert parse_lines('{"a":1}\r\n\r\noops\n2\r3') == [{"a": 1}, None, 2, 3]
    assert parse_lines(None) is None


def test_json_in_programs():
    inline = Inline()
    assert inline.text(r'(json/parse-string "{\"a\":{\"b\":1}}" true)') == "{:a {:b 1}}"
    assert inline.text(r'(:name (json/parse-string "{\"name\":\"x\"}"))') == '"x"'
    assert inline.text(r'(json/read-str "[{\"a\":1}]" :key-fn upper-case)') == '[{"A" 1}]'
    assert inline.fault('(json/read-str "1" :nope 2)') is FaultKind.TYPE_ERROR
    assert inline.fault("(json/parse-string)") is FaultKind.ARITY_ERROR


def test_nesting_without_end_is_a_fault_and_not_a_crash():
    program = "(json/generate-string (reduce (fn [acc _] [acc]) [] (range 5000)))"
    assert Inline().fault(program) is FaultKind.RECURSION_LIMIT_EXCEEDED
