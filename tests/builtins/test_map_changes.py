"""Changing maps and vectors: laws against Python's dict, faults, growth."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_map, map_items, vec_items
from ptc_lisp.values.equality import equals
from ptc_lisp.values.types import Stream, kw

A, B, C = kw("a"), kw("b"), kw("c")
INC = REGISTRY.by_ref["inc"]
PLUS = REGISTRY.by_ref["+"]

keys = st.one_of(
    st.integers(0, 5), st.sampled_from([1.0, True, None, "x", A]), st.tuples(st.integers(0, 2)).map(list)
)
pairs = st.lists(st.tuples(keys, st.integers()), max_size=60)


def run(ref, *args):
    return REGISTRY.by_ref[ref].fn(*args)


def fault(ref, *args, kind=FaultKind.TYPE_ERROR):
    with pytest.raises(Trap) as caught:
        run(ref, *args)
    assert caught.value.kind is kind
    return caught.value


def model(entries):
    """Entries by a key that Python keeps apart as the language does, in the language's order."""
    result = {}
    for k, v in entries:
        result[repr(k)] = v
    return result


def modelled(mapping):
    return {repr(k): v for k, v in map_items(mapping)}


@given(pairs, pairs)
def test_assoc_and_merge_behave_like_a_dict(first, second):
    built = {}
    for k, v in first:
        built = run("assoc", built, k, v)
    before = map_items(built)
    merged = run("merge", built, make_map(second))
    assert list(modelled(built).items()) == list(model(first).items())
    assert list(modelled(merged).items()) == list({**model(first), **model(second)}.items())
    assert map_items(built) == before
    assert equals(run("into", built, [list(pair) for pair in second]), merged)
    assert equals(run("conj", built, make_map(second)), merged)


@given(pairs, st.lists(keys, max_size=4))
def test_dissoc_removes_exactly_those_keys(entries, gone):
    mapping = make_map(entries)
    rest = run("dissoc", mapping, *gone)
    expected = {k: v for k, v in model(entries).items() if k not in {repr(g) for g in gone}}
    assert modelled(rest) == expected
    assert modelled(mapping) == model(entries)


@given(pairs, st.lists(keys, max_size=4))
def test_select_keys_and_zipmap(entries, wanted):
    mapping = make_map(entries)
    chosen = run("select-keys", mapping, wanted)
    assert all(run("get", mapping, k) == v for k, v in map_items(chosen))
    values = list(range(len(wanted)))
    assert modelled(run("zipmap", wanted, values)) == model(zip(wanted, values, strict=True))


@given(st.lists(st.integers(), max_size=50), st.integers(-2, 52), st.integers())
def test_assoc_on_vectors(items, index, value):
    if 0 <= index <= len(items):
        expected = items.copy()
        expected[index : index + 1] = [value]
        assert vec_items(run("assoc", items, index, value)) == expected
    else:
        assert "takes an index from 0 to" in fault("assoc", items, index, value).message


def test_assoc_edges():
    assert run("assoc", None, A, 1) == {A: 1}
    assert run("assoc", {}, A, 1, B, 2) == {A: 1, B: 2}
    fault("assoc", {}, A, 1, B, kind=FaultKind.ARITY_ERROR)
    fault("assoc", 1, A, 2)
    fault("assoc", "abc", 0, "x")
    fault("assoc", [1], A, 2)
    fault("assoc", [1], 1.0, 2)


def test_writing_is_strict():
    assert run("assoc", {"a": 1}, A, 2) == {"a": 1, A: 2}
    assert run("dissoc", {"a": 1}, A) == {"a": 1}
    assert run("update", {"a": 1}, A, REGISTRY.by_ref["nil?"]) == {"a": 1, A: True}
    assert run("update-in", {"n": 1}, [kw("n")], INC) == {"n": 1, kw("n"): 2}


def test_dissoc_edges():
    assert run("dissoc", None, A) is None
    same = {A: 1}
    assert run("dissoc", same, B) is same
    assert run("dissoc", {A: 1}, A, A) == {}
    fault("dissoc", [1], 0)


def test_merge_edges():
    assert run("merge") == run("merge", None, None) == run("merge", None) == {}
    assert run("merge", None, {A: 1}, None) == {A: 1}
    assert run("merge", 5) == 5
    assert run("merge", {A: 1}, [B, 2]) == {A: 1, B: 2}
    for args in (({A: 1}, 5), (5, {A: 1}), ({A: 1}, [1]), ([1], [2])):
        fault("merge", *args)


def test_merge_with():
    assert run("merge-with", PLUS, {A: 1, B: 2}, None, {A: 3}, {A: 4, C: 5}) == {A: 8, B: 2, C: 5}
    assert run("merge-with", PLUS) == {}
    assert "+: argument 2" in fault("merge-with", PLUS, {A: 1}, {A: "x"}).message
    fault("merge-with", 5, {A: 1}, kind=FaultKind.NOT_CALLABLE)


def test_hash_map():
    assert run("hash-map", A, 1, A, 2) == {A: 2}
    assert "no value after the keyword :b" in fault("hash-map", A, 1, B, kind=FaultKind.ARITY_ERROR).message


def test_zipmap_takes_one_endless_side():
    endless = Stream("(range)", lambda: iter(range(10**9)))
    assert run("zipmap", ["x", "y"], endless) == {"x": 0, "y": 1}
    assert run("zipmap", endless, ["x"]) == {0: "x"}
    assert run("zipmap", None, [1]) == {}
    fault("zipmap", endless, endless)
    fault("zipmap", 1, [1])


def test_select_keys_is_flexible_and_uses_the_requested_spelling():
    assert run("select-keys", {"a": 1, "b": None, "c": 3}, [A, kw("b")]) == {A: 1, B: None}
    assert run("select-keys", [10, 20], [1]) == {1: 20}
    assert run("select-keys", None, [A]) == run("select-keys", {A: 1}, None) == {}
    fault("select-keys", 5, [A])
    fault("select-keys", {A: 1}, A)
    assert '["a"]' in (fault("select-keys", {A: 1}, "a").hint or "")


def test_update():
    assert run("update", {A: 1}, A, PLUS, 10) == {A: 11}
    assert run("update", None, A, REGISTRY.by_ref["nil?"]) == {A: True}
    assert run("update", [1, 2], 1, INC) == [1, 3]
    assert run("update", [1], 1, REGISTRY.by_ref["nil?"]) == [1, True]
    assert "index from 0 to 1, got the number 5" in fault("update", [1], 5, INC).message
    fault("update", 5, A, INC)


def test_update_vals_and_keys():
    assert run("update-vals", {A: 1}, INC) == {A: 2}
    assert run("update-vals", [1, 2], INC) == [2, 3]
    assert run("update-vals", None, INC) == run("update-keys", None, INC) == {}
    assert run("update-keys", {1: A, 2: B}, INC) == {2: A, 3: B}
    assert map_items(run("update-keys", make_map([(1.5, A)]), INC)) == [(2.5, A)]
    fault("update-vals", 5, INC)
    fault("update-keys", [1], INC)


def test_nested_changes():
    assert run("assoc-in", {}, [A, 0, B], 1) == {A: {0: {B: 1}}}
    assert run("assoc-in", [[1, 2], [3, 4]], [1, 0], A) == [[1, 2], [A, 4]]
    assert run("assoc-in", {"a": {"b": 1}}, [A, C], 2) == {"a": {"b": 1}, A: {"b": 1, C: 2}}
    assert run("assoc-in", None, [], 1) == {None: 1}
    assert run("update-in", {A: [1, 2]}, [A, 0], PLUS, 5) == {A: [6, 2]}
    assert run("update-in", None, [A, B], REGISTRY.by_ref["nil?"]) == {A: {B: True}}


def test_nested_faults_name_the_place():
    assert "the value at the vector [:a]" in fault("assoc-in", {A: 5}, [A, B], 1).message
    assert "argument 1" in fault("assoc-in", 5, [A], 1).message
    assert "[:a]" in (fault("assoc-in", {}, A, 1).hint or "")


def test_a_long_path_does_not_exhaust_the_stack():
    path = list(range(20_000))
    deep = run("assoc-in", None, path, "end")
    assert run("get-in", deep, path) == "end"


def grow(ref, steps):
    start = time.process_time()
    value = {} if ref != "conj" else []
    for i in range(steps):
        if ref == "assoc":
            value = run("assoc", value, i, i)
        elif ref == "conj":
            value = run("conj", value, i)
        elif ref == "update":
            value = run("update", value, i % 5_000, REGISTRY.by_ref["identity"])
        elif ref == "update-in":
            value = run("update-in", value, [A, i], REGISTRY.by_ref["identity"])
        elif ref == "merge":
            value = run("merge", value, {i: i})
        else:
            value = run("into", value, [[i, i]])
    return time.process_time() - start


@pytest.mark.parametrize("ref", ["assoc", "conj", "update", "update-in", "merge", "into"])
def test_building_step_by_step_is_not_quadratic(ref):
    # Quadratic work would be some 16 times as much; the bound leaves room for a busy machine.
    small = min(grow(ref, 5_000) for _ in range(3))
    assert min(grow(ref, 20_000) for _ in range(2)) < 10 * small + 0.05
