"""Making collections: `vec set conj cons concat into`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_set, set_items, vec_items
from ptc_lisp.values.equality import equals
from ptc_lisp.values.types import Stream, kw

A, B = kw("a"), kw("b")
lists = st.lists(st.integers(), max_size=400)


def run(ref, *args):
    return REGISTRY.by_ref[ref].fn(*args)


def fault(ref, *args):
    with pytest.raises(Trap) as caught:
        run(ref, *args)
    assert caught.value.kind is FaultKind.TYPE_ERROR
    return caught.value


@given(lists, lists, lists)
def test_vectors_behave_like_lists_and_old_versions_stay(xs, ys, zs):
    kept = list(xs)
    joined = run("concat", xs, ys, zs)
    assert vec_items(joined) == xs + ys + zs
    assert vec_items(run("into", run("into", xs, ys), zs)) == xs + ys + zs
    grown = xs
    versions = []
    for y in ys[:40]:
        grown = run("conj", grown, y)
        versions.append(grown)
    for count, version in enumerate(versions, 1):
        assert vec_items(version) == xs + ys[:count]
    assert run("cons", 0, ys) == [0, *ys]
    assert xs == kept


@pytest.mark.parametrize(
    "ref, value, expected",
    [
        ("vec", None, []), ("vec", {A: 1}, [[A, 1]]), ("vec", "aé", ["a", "é"]), ("vec", make_set([2, 1]), [2, 1]),
        ("set", [1, 1.0, 1], make_set([1, 1.0])), ("set", None, make_set([])), ("set", {A: 1}, make_set([[A, 1]])),
        ("set", "aba", make_set(["a", "b"])),
    ],
)  # fmt: skip
def test_conversions(ref, value, expected):
    assert equals(run(ref, value), expected)


def test_conj():
    assert run("conj") == []
    assert run("conj", None) is None
    assert run("conj", None, 1, 2) == [1, 2]
    assert run("conj", {A: 1}, [B, 2], {A: 3}, None) == {A: 3, B: 2}
    assert set_items(run("conj", make_set([1]), 2, 1)) == [1, 2]
    assert run("conj", [[1]], [2]) == [[1], [2]]
    for args in (("abc", "d"), (5, 1), ({A: 1}, B), ({A: 1}, [1, 2, 3])):
        fault("conj", *args)


def test_into():
    assert run("into") == []
    assert run("into", None, None) is None
    assert run("into", None, [1]) == [1]
    assert run("into", [], "ab") == ["a", "b"]
    assert run("into", {A: 0}, [[A, 9], {B: 1}]) == {A: 9, B: 1}
    assert set_items(run("into", make_set([3]), [1, 3, 2])) == [3, 1, 2]
    untouched = {A: 1}
    assert run("into", untouched, None) is untouched
    for args in (({}, [1]), ({}, [[1, 2, 3]]), (5, []), ("a", [1]), ([], 5)):
        fault("into", *args)


def test_concat_and_cons_accept_every_collection():
    assert run("concat") == []
    assert run("concat", {A: 1}, None, make_set([2]), "x") == [[A, 1], 2, "x"]
    assert run("cons", 1, None) == [1]
    assert run("cons", "a", "bc") == ["a", "b", "c"]
    fault("concat", [1], 5)
    fault("cons", [1], 5)


def test_an_endless_source_is_refused():
    endless = Stream("(range)", lambda: iter(range(10**9)))
    for args in (("vec", endless), ("set", endless), ("into", [], endless), ("concat", [1], endless)):
        assert "(take 10 (range))" in (fault(*args).hint or "")
