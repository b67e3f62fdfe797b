import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptc_lisp.values.collections import make_map, make_set
from ptc_lisp.values.order import compare, extreme, sort_list
from ptc_lisp.values.persistent import PMap, PVec
from ptc_lisp.values.types import Symbol, kw

NAN = float("nan")
UTC = dt.UTC

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3) | st.integers(),
    st.floats(),
    st.text("abé\U0001f600", max_size=3),
    st.sampled_from(["a", "b", "zeta"]).map(kw),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.timedeltas(),
    st.sampled_from(["x", "y"]).map(Symbol),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(PVec),
        st.lists(st.tuples(inner, inner), max_size=3).map(make_map),
        st.lists(inner, max_size=3).map(make_set),
    ),
    max_leaves=6,
)


@given(values, values)
def test_compare_is_antisymmetric(a, b):
    assert compare(a, b) == -compare(b, a)
    assert compare(a, a) == 0


@given(values, values, values)
def test_compare_is_transitive(a, b, c):
    x, y, z = sort_list([a, b, c])
    assert compare(x, y) <= 0
    assert compare(y, z) <= 0
    assert compare(x, z) <= 0


@given(st.lists(values, max_size=8))
def test_sort_list_agrees_with_compare_and_is_stable(items):
    tagged = list(enumerate(items))
    result = sort_list(tagged, items)
    for (i, a), (j, b) in pairwise(result):
        sign = compare(a, b)
        assert sign < 0 or (sign == 0 and i < j)
    falling = sort_list(tagged, items, descending=True)
    for (i, a), (j, b) in pairwise(falling):
        sign = compare(a, b)
        assert sign > 0 or (sign == 0 and i < j)


@given(st.lists(values, min_size=1, max_size=6))
def test_extreme_is_the_first_of_the_sorted_ends(items):
    low, high = items[extreme(items, largest=False)], items[extreme(items, largest=True)]
    assert all(compare(low, item) <= 0 <= compare(high, item) for item in items)
    assert low is sort_list(items)[0]


def test_the_ranks_are_those_of_the_table():
    ascending = [
        float("-inf"), -5, 0, 1.5, 2, 10**40, float("inf"), NAN,
        False, None, True,
        Symbol("a"), Symbol("b"),
        {}, {kw("a"): 1}, make_set([1]), kw("alpha"), kw("count"), {kw("a"): 1, kw("b"): 2},
        dt.date(2023, 12, 31), dt.datetime(2024, 2, 1, tzinfo=UTC),
        [], [1], [1, 2], [2], [[0]],
        "", "B", "a", "ab", "é",
    ]  # fmt: skip
    assert sort_list(ascending[::-1]) == sort_list(ascending)
    for earlier, later in pairwise(ascending):
        assert compare(earlier, later) == -1, (earlier, later)


@pytest.mark.parametrize(
    ("a", "b", "sign"),
    [
        (1, 1.0, 0),
        (2**53 + 1, float(2**53), 1),
        (NAN, NAN, 0),
        (True, 1, 1),
        ([1, 2], PVec([1, 2]), 0),
        ({"a": 1}, PMap({"a": 1}), 0),
        ({kw("a"): 2}, {kw("b"): 1}, -1),
        ({kw("a"): 1}, {kw("a"): 2}, -1),
        (make_set([2, 1]), make_set([1, 2]), 0),
        (make_set([9]), make_set([1, 2]), -1),
        (dt.date(2024, 2, 1), dt.date(2023, 12, 31), 1),
        (dt.date(2024, 2, 1), dt.datetime(2024, 2, 1, tzinfo=UTC), -1),
    ],
)
def test_compare_within_a_rank(a, b, sign):
    assert compare(a, b) == sign


def test_homogeneous_vectors_sort_by_columns_as_by_compare():
    rows = [[kw("b"), 2], [kw("a"), 3.5], [kw("b"), 1], [kw("a"), -1]]
    assert sort_list(rows) == [[kw("a"), -1], [kw("a"), 3.5], [kw("b"), 1], [kw("b"), 2]]
    assert sort_list([[2], [1, 1], []]) == [[], [1, 1], [2]]


def test_sorting_does_not_change_its_input():
    items = [3, 1, 2]
    assert sort_list(items) == [1, 2, 3]
    assert items == [3, 1, 2]
