"""Equality, order, `max` and `min`."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.types import kw

NAN = math.nan
numbers = st.one_of(st.integers(), st.floats(allow_nan=False))


def run(ref, *args):
    return REGISTRY.by_ref[ref].fn(*args)


@given(st.lists(numbers, min_size=1, max_size=4))
def test_chains_compare_neighbours(xs):
    pairs = list(itertools.pairwise(xs))
    assert run("<", *xs) is all(a < b for a, b in pairs)
    assert run(">", *xs) is all(a > b for a, b in pairs)
    assert run("<=", *xs) is all(a <= b for a, b in pairs)
    assert run(">=", *xs) is all(a >= b for a, b in pairs)
    assert run("=", *xs) is all(a == b for a, b in pairs)
    assert run("not=", *xs) is not run("=", *xs)
    assert run("max", *xs) == max(xs)
    assert run("min", *xs) == min(xs)


@pytest.mark.parametrize("ref", ["<", ">", "<=", ">=", "="])
@pytest.mark.parametrize("other", [1, NAN, "a", None])
def test_nan_compares_false_with_everything(ref, other):
    assert run(ref, NAN, other) is False
    assert run(ref, other, NAN) is False


def test_booleans_are_not_numbers():
    assert run("=", 1, True) is False
    assert run("=", [0], [False]) is False
    assert run("<", 5, False) is True


def test_all_kinds_have_an_order():
    assert run("<", 5, None) is True
    assert run(">", "a", 1) is True
    assert run("<", [], "") is True
    assert run("max", None, 8) is None
    assert run("max", "a", 5, "b") == "b"
    assert run("compare", kw("b"), kw("a")) == 1


def test_nan_wins_in_max_and_min_and_cannot_be_compared():
    assert math.isnan(run("max", 1, NAN, 5))
    assert math.isnan(run("min", NAN, 1))
    with pytest.raises(Trap) as caught:
        run("compare", NAN, 2)
    assert caught.value.kind is FaultKind.TYPE_ERROR


def test_distinct_is_strict():
    assert run("distinct?", 1, 1.0, True, "1", kw("1")) is True
    assert run("distinct?", [1], [1]) is False
    assert run("distinct?") is True


def test_truthiness():
    assert [run("not", x) for x in (None, False, 0, "", [])] == [True, True, False, False, False]
    assert [run("boolean", x) for x in (None, False, 0, "", [])] == [False, False, True, True, True]
