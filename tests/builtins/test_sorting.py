import sys

from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - fills the registry
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.values.functions import call
from ptc_lisp.values.types import kw

COMPARE, LESS, MORE = (REGISTRY.bare[name] for name in ("compare", "<", ">"))
N, DESC, ASC = kw("n"), kw("desc"), kw("asc")
rows = st.lists(st.fixed_dictionaries({N: st.integers(0, 3) | st.none(), "id": st.uuids()}), max_size=12)


def run(name, *args):
    return call(REGISTRY.bare[name], *args)


@given(st.lists(st.integers(0, 5), max_size=20))
def test_every_way_to_say_ascending_or_descending_agrees(items):
    up, down = sorted(items), sorted(items, reverse=True)
    for comparator in (LESS, COMPARE, ASC, None, REGISTRY.bare["<="], lambda a, b: a < b, lambda a, b: a - b):
        assert run("sort", comparator, items) == up
    for comparator in (MORE, DESC, REGISTRY.bare[">="], lambda a, b: a > b, lambda a, b: float(b - a)):
        assert run("sort", comparator, items) == down


@given(rows)
def test_sort_by_is_stable_in_both_directions(items):
    # nil sorts after numbers.
    up = sorted(items, key=lambda row: (row[N] is None, row[N] or 0))
    down = sorted(items, key=lambda row: (row[N] is None, row[N] or 0), reverse=True)
    assert run("sort-by", N, items) == up
    for comparator in (
        DESC,
        MORE,
        lambda a, b: call(MORE, a, b),
        lambda a, b: call(REGISTRY.bare[">="], a, b),
    ):
        assert run("sort-by", N, comparator, items) == down


def test_selectors_of_every_kind():
    items = [{"p": {"q": 2}}, {"p": {"q": 1}}]
    assert run("sort-by", [kw("p"), kw("q")], items) == items[::-1]
    assert run("sort-by", "p", items) == items[::-1]
    assert run("sort-by", lambda row: -row["p"]["q"], items) == items
    assert run("sort-by", REGISTRY.bare["count"], ["ccc", "a", "bb"]) == ["a", "bb", "ccc"]


def test_maps_and_sets_and_strings_can_be_sorted():
    assert run("sort", {kw("b"): 1, kw("a"): 2}) == [[kw("a"), 2], [kw("b"), 1]]
    assert run("sort", MORE, "abc") == ["c", "b", "a"]
    assert run("sort-by", REGISTRY.bare["val"], MORE, {kw("a"): 3, kw("b"): 9}) == [
        [kw("b"), 9],
        [kw("a"), 3],
    ]


def test_a_comparator_runs_under_no_c_function():
    # A deep callback must end in Python's own recursion check, so the comparator may not be called by list.sort.
    depth = []
    run("sort", lambda a, b: depth.append(sys._getframe(1).f_code.co_name) or a < b, [2, 1, 3])
    assert set(depth) == {"before"}
