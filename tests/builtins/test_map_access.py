"""Lookups: flexible keys, paths, entries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_map, make_set, map_assoc
from ptc_lisp.values.types import kw

A, B, C = kw("a"), kw("b"), kw("c")


def run(ref, *args):
    return REGISTRY.by_ref[ref].fn(*args)


def fault(ref, *args):
    with pytest.raises(Trap) as caught:
        run(ref, *args)
    assert caught.value.kind is FaultKind.TYPE_ERROR
    return caught.value


@pytest.mark.parametrize(
    "mapping, k, expected",
    [
        ({"a": 1}, A, 1), ({A: 1}, "a", 1), ({"a": 1, A: 2}, A, 2), ({"a": 1, A: 2}, "a", 1),
        ({"a_b": 1}, kw("a-b"), 1), ({"a_b": 1}, "a-b", 1), ({kw("a_b"): 1}, kw("a-b"), None),
        ({"a-b": 1}, kw("a_b"), None), ({A: None}, A, None), ({None: 1}, None, 1), ({"": 1}, None, None),
        ({1: "i"}, 1.0, None), ({1: "i"}, True, None),
    ],
)  # fmt: skip
def test_flexible_lookup(mapping, k, expected):
    assert run("get", mapping, k) == expected
    assert run("get-in", mapping, [k]) == expected
    assert run("contains?", mapping, k) is (expected is not None or mapping == {A: None})


def test_the_default_is_for_missing_keys_only():
    assert run("get", {A: None}, A, 0) is None
    assert run("get", {}, A, 0) == 0
    assert run("get-in", {A: {B: None}}, [A, B], 0) is None
    assert run("get-in", {A: 5}, [A, B], 0) == 0
    assert run("get-in", None, [A], 0) == 0


def test_get_on_other_collections():
    assert run("get", [10, 20], 1) == 20
    assert run("get", [10], 1.0, "d") == "d"
    assert run("get", [10], -1) is None
    assert run("get", "aé", 1) == "é"
    assert run("get", "a", 5, "d") == "d"
    assert run("get", make_set([1]), 1) == 1
    assert run("get", make_set([1]), 1.0) is None
    assert run("get", None, A, "d") == "d"


def test_a_vector_key_is_a_key_first_and_then_a_path():
    stored = make_map([([A, B], "literal"), (A, {B: "path"})])
    assert run("get", stored, [A, B]) == "literal"
    assert run("get", {A: {B: "path"}}, [A, B]) == "path"
    assert run("get", {A: {B: "path"}}, [A, C], "d") == "d"


def test_swapped_arguments_are_hinted():
    assert "(get m k)" in (fault("get", A, {A: 1}).hint or "")
    assert "[:a]" in (fault("get-in", {A: 1}, A).hint or "")
    assert "includes?" in (fault("contains?", "abc", "b").hint or "")
    fault("get", 5, A)
    fault("get-in", 5, [A])


def test_paths():
    data = {"users": [{"name": "Al", "tags": make_set([A])}]}
    assert run("get-in", data, [kw("users"), 0, kw("name")]) == "Al"
    assert run("get-in", data, [kw("users"), 0, kw("tags"), A]) is A
    assert run("get-in", data, [kw("users"), 1, kw("name")]) is None
    assert run("get-in", data, []) is data
    assert run("get-in", data, None) is data


def test_find_keeps_the_spelling_of_the_question():
    assert run("find", {"a": 1}, A) == [A, 1]
    assert run("find", {A: None}, A) == [A, None]
    assert run("find", [7], 0) == [0, 7]
    assert run("find", {A: 1}, B) is None
    assert run("find", None, A) is None
    fault("find", make_set([A]), A)


def test_contains_is_strict_membership_for_sets_and_vectors():
    assert run("contains?", [1, 2.0, "x", None], 1) is True
    assert run("contains?", [1, 2.0], 2) is False
    assert run("contains?", [True], 1) is False
    assert run("contains?", [[1, 2]], [1, 2]) is True
    assert run("contains?", [{A: 1}], {A: 1.0}) is False
    assert run("contains?", ["a"], A) is False
    assert run("contains?", make_set(["a"]), A) is False
    assert run("contains?", [None], None) is True
    assert run("contains?", None, 1) is False


def test_keys_vals_entries_follow_insertion_order():
    m = make_map([(B, 1), (1.0, 2), (A, 3)])
    assert run("keys", m) == [B, 1.0, A]
    assert run("vals", m) == [1, 2, 3]
    assert run("entries", m) == [[B, 1], [1.0, 2], [A, 3]]
    assert run("keys", None) is run("vals", None) is None
    assert run("keys", {}) == []


def test_keys_and_vals_take_entries_that_were_filtered():
    assert run("keys", [[A, 1], [B, 2]]) == [A, B]
    assert run("vals", [[A, 1], [B, 2]]) == [1, 2]
    assert run("keys", []) == []
    fault("keys", [1, 2])
    fault("keys", [{A: 1}])
    fault("vals", "ab")
    fault("entries", None)


def test_key_and_val():
    assert run("key", [A, 1]) is A
    assert run("val", [A, 1]) == 1
    for bad in ([A], [A, 1, 2], None, 5, {A: 1}):
        fault("key", bad)
        fault("val", bad)


@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=6), st.text(max_size=3))
def test_lookup_agrees_with_a_python_dict(data, k):
    grown = data
    for i in range(40):
        grown = map_assoc(grown, i, i)
    if not k.startswith("-") and "-" not in k:
        assert run("get", grown, k) == data.get(k)
        assert run("get", grown, kw(k)) == data.get(k)
