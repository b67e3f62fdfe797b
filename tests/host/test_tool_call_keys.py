"""When two calls of a tool are the same call, for caches and journals."""

from __future__ import annotations

import pytest

from ptc_lisp.tool.cache import call_key


@pytest.mark.parametrize(
    "one, other",
    [
        ({"n": 1}, {"n": 1.0}),
        ({"a": 1, "b": [2, 3]}, {"b": (2, 3), "a": 1}),
        ({"order-id": 1}, {"order_id": 1}),
        ({"tags": {"a", "b"}}, {"tags": {"b", "a"}}),
    ],
)
def test_equal_arguments_are_one_call(one, other):
    assert call_key("find-order", one) == call_key("find_order", other)


@pytest.mark.parametrize(
    "one, other",
    [
        ({"n": 1}, {"n": "1"}),
        ({"n": 1}, {"n": True}),
        ({"n": None}, {"n": "None"}),
        ({"xs": ["a", "b"]}, {"xs": ["a,s1:b"]}),
        ({"xs": ["a", "b"]}, {"xs": ["a,s:b"]}),
        ({"xs": ["a", "b"]}, {"xs": ["b", "a"]}),
        ({"m": {"a": "b,s1:c=s1:d"}}, {"m": {"a": "b", "c": "d"}}),
        ({"m": {"a": "b,s:c=s:d"}}, {"m": {"a": "b", "c": "d"}}),
        ({"n": 1.5}, {"n": "1.5"}),
    ],
)
def test_different_arguments_are_two(one, other):
    assert call_key("find", one) != call_key("find", other)


def test_names_of_tools_are_kept_apart():
    assert call_key("a", {"n": 1}) != call_key("b", {"n": 1})
