"""Sequence builtins against plain Python."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - fills the registry
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.values.collections import make_set
from ptc_lisp.values.persistent import PVec
from ptc_lisp.values.types import Stream

ints = st.lists(st.integers(-5, 5), max_size=12)
counts = st.integers(-3, 15)
sizes = st.integers(1, 5)


def b(name):
    return REGISTRY.bare[name].fn


def odd(n):
    return n % 2 == 1


@given(counts, ints)
def test_take_and_drop_cut_in_two(n, items):
    kept, left = b("take")(n, items), b("drop")(n, items)
    assert kept + left == items
    assert kept == items[: max(n, 0)]
    assert b("split-at")(n, items) == [kept, left]
    assert b("nthrest")(items, n) == left
    assert b("nthnext")(items, n) == (left or None)


@given(counts, ints)
def test_take_last_and_drop_last_cut_in_two(n, items):
    assert b("drop-last")(n, items) + (b("take-last")(n, items) or []) == items


@given(ints)
def test_while_functions(items):
    kept = list(itertools.takewhile(odd, items))
    assert b("take-while")(odd, items) == kept
    assert b("drop-while")(odd, items) == items[len(kept) :]
    assert b("split-with")(odd, items) == [kept, items[len(kept) :]]


@given(sizes, sizes, ints)
def test_partition_against_windows(n, step, items):
    windows = [items[i : i + n] for i in range(0, len(items), step)]
    full = list(itertools.takewhile(lambda w: len(w) == n, windows))
    assert b("partition-all")(n, step, items) == windows
    assert b("partition")(n, step, items) == full
    rest = items[len(full) * step :]
    padded = [*full, [*rest, 9, 9][:n]] if rest else full
    assert b("partition")(n, step, [9, 9], items) == padded
    assert b("partition")(n, items) == b("partition")(n, n, items)


@given(sizes, sizes)
def test_partition_of_an_endless_sequence_is_that_of_a_long_one(n, step):
    endless = b("range")()
    for name in ("partition", "partition-all"):
        assert b("take")(6, b(name)(n, step, endless)) == b("take")(6, b(name)(n, step, list(range(60))))


@given(ints)
def test_partition_by_and_dedupe_follow_runs(items):
    runs = [list(group) for _, group in itertools.groupby(items, odd)]
    assert b("partition-by")(odd, items) == runs
    assert b("dedupe")(items) == [k for k, _ in itertools.groupby(items)]


@given(ints)
def test_filter_and_remove_share_the_items(items):
    assert b("filter")(odd, items) == [x for x in items if odd(x)]
    assert b("remove")(odd, items) == [x for x in items if not odd(x)]
    assert b("filterv")(odd, items) == b("filter")(odd, items)


@given(ints)
def test_group_by_loses_nothing(items):
    groups = b("group-by")(lambda x: x % 3, items)
    assert sorted(x for group in groups.values() for x in group) == sorted(items)
    assert list(groups) == list(dict.fromkeys(x % 3 for x in items))
    assert b("frequencies")([x % 3 for x in items]) == {k: len(v) for k, v in groups.items()}


@given(
    st.lists(
        st.one_of(st.integers(0, 2), st.floats(0, 2), st.booleans(), st.none(), st.just("1")), max_size=10
    )
)
def test_distinct_keeps_first_occurrences_by_kind_and_value(items):
    seen = {}
    for item in items:
        seen.setdefault((type(item), item), item)
    found = b("distinct")(items)
    assert [(type(x), x) for x in found] == [(type(x), x) for x in seen.values()]
    assert b("distinct-by")(lambda x: x, items) == found


@given(ints)
def test_reductions_end_with_reduce(items):
    add = REGISTRY.bare["+"]
    steps = b("reductions")(add, 0, items)
    assert steps == [0, *itertools.accumulate(items)]
    assert steps[-1] == b("reduce")(add, 0, items) == b("reduce")(lambda a, x: a + x, 0, items) == sum(items)


@given(st.lists(st.floats(-1e9, 1e9) | st.integers(-5, 5), min_size=1, max_size=12))
def test_sums_add_from_left_to_right(numbers):
    total = numbers[0]
    for number in numbers[1:]:
        total = total + number
    assert b("reduce")(REGISTRY.bare["+"], numbers) == total
    assert b("sum")([None, *numbers]) == total
    assert b("avg")(numbers) == total / len(numbers)


@given(ints, ints)
def test_side_by_side(xs, ys):
    pairs = [[x, y] for x, y in zip(xs, ys, strict=False)]
    assert b("zip")(xs, ys) == pairs
    assert b("map")(lambda x, y: [x, y], xs, ys) == pairs
    assert b("interleave")(xs, ys) == [item for pair in pairs for item in pair]
    assert b("interpose")(0, xs)[::2] == xs


@given(ints, st.integers(0, 4))
def test_combinations(items, n):
    assert b("combinations")(items, n) == [list(c) for c in itertools.combinations(items, n)]


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-3, 3))
def test_range_against_python(start, end, step):
    found = b("range")(start, end, step)
    if step == 0:
        assert isinstance(found, Stream) if start != end else found == []
    else:
        assert found == list(range(start, end, step))


@given(st.recursive(st.integers(), lambda inner: st.lists(inner, max_size=4), max_leaves=12))
def test_flatten(tree):
    def leaves(node):
        return [leaf for item in node for leaf in leaves(item)] if isinstance(node, list) else [node]

    assert b("flatten")(tree) == (leaves(tree) if isinstance(tree, list) else [])


@given(ints)
def test_every_collection_gives_the_same_items(items):
    unique = list(dict.fromkeys(items))
    for same in (PVec(unique.copy()), make_set(unique)):
        assert b("map")(lambda x: x, same) == unique
        assert b("rest")(same) == unique[1:]
        assert b("last")(same) == (unique[-1] if unique else None)
        assert b("reverse")(same) == unique[::-1]
        assert b("count")(same) == len(unique)


@given(ints)
def test_nothing_changes_its_argument(items):
    before = items.copy()
    for name in (
        "rest",
        "butlast",
        "reverse",
        "sort",
        "distinct",
        "dedupe",
        "frequencies",
        "pop",
        "flatten",
        "vec",
    ):
        result = b(name)(items)
        if isinstance(result, list) and name in ("sort", "distinct"):
            result.append(99)
    b("partition-by")(odd, items)
    b("mapcat")(lambda x: items, items)
    assert items == before
