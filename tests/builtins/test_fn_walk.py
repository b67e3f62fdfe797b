"""clojure.walk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_set
from ptc_lisp.values.equality import equals
from ptc_lisp.values.types import Composed, kw

A, B = kw("a"), kw("b")
IDENTITY = REGISTRY.by_ref["identity"]

trees = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3)),
    max_leaves=20,
)  # fmt: skip


def run(ref, *args):
    return REGISTRY.by_ref[ref].fn(*args)


def fn(python_function):
    return Composed("comp", [], python_function)


@given(trees)
def test_identity_changes_nothing(tree):
    assert equals(run("postwalk", IDENTITY, tree), tree)
    assert equals(run("prewalk", IDENTITY, tree), tree)


@given(trees)
def test_keys_become_keywords_and_strings_again(tree):
    assert equals(run("stringify-keys", run("keywordize-keys", tree)), tree)


def test_order_of_visits():
    seen = []

    def note(part):
        seen.append(part)
        return part

    tree = [1, {A: 2}]
    run("postwalk", fn(note), tree)
    assert seen == [1, A, 2, [A, 2], {A: 2}, tree]
    seen.clear()
    run("prewalk", fn(note), tree)
    assert seen == [tree, 1, {A: 2}, [A, 2], A, 2]


def test_entries_may_be_dropped_and_renamed():
    def without_a(part):
        return None if part.__class__ is list and part[:1] == [A] else part

    assert run("postwalk", fn(without_a), {A: 1, B: {A: 2}}) == {B: {}}
    assert run("walk", fn(lambda pair: [pair[1], pair[0]]), IDENTITY, {A: 1}) == {1: A}


def test_sets_are_rebuilt():
    double = fn(lambda x: x * 2 if x.__class__ is int else x)
    assert equals(run("postwalk", double, [make_set([1, 2])]), [make_set([2, 4])])
    assert equals(run("walk", fn(lambda x: x // 2), IDENTITY, make_set([2, 3])), make_set([1]))


def test_leaves_go_to_the_outer_function():
    assert run("walk", IDENTITY, REGISTRY.by_ref["inc"], 1) == 2


def test_replacing():
    assert run("postwalk-replace", {1: 2, 2: 3}, [1, [2]]) == [2, [3]]
    assert run("prewalk-replace", {A: [B], B: 2}, [A]) == [[2]]
    assert run("postwalk-replace", {A: B}, {A: A}) == {B: B}


def test_keys_of_other_kinds_stay():
    assert run("keywordize-keys", [{"a": {1: "x", "": 2}}]) == [{A: {1: "x", "": 2}}]
    assert run("stringify-keys", {A: A, 1: B}) == {"a": A, 1: B}


@pytest.mark.parametrize("args", [("walk", IDENTITY, 5, []), ("postwalk", None, [])])
def test_functions_are_checked_first(args):
    with pytest.raises(Trap) as caught:
        run(*args)
    assert caught.value.kind is FaultKind.NOT_CALLABLE


def test_a_map_must_stay_a_map():
    with pytest.raises(Trap) as caught:
        run("postwalk", fn(lambda part: 5 if part.__class__ is list else part), {A: 1})
    assert caught.value.kind is FaultKind.TYPE_ERROR
    assert caught.value.message.startswith("postwalk: a map takes [key value] vectors, got the number 5")
