"""Every version of a shared vector or map stays readable, whatever is done to its neighbours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ptc_lisp.values.persistent import PMap, PVec, vec_after, vec_list, vec_window

_STEPS = st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from("aspx"), st.integers(0, 99)), max_size=150)


@given(_STEPS)
def test_every_vector_version_stays_readable(steps: list[tuple[int, str, int]]) -> None:
    versions: list[tuple[PVec, list[int]]] = [(PVec([]), [])]
    for pick, step, item in steps:
        base, expected = versions[pick % len(versions)]
        if step == "a" or not expected:
            versions.append((base.appended(item), [*expected, item]))
        elif step == "s":
            index = item % len(expected)
            versions.append((base.replaced(index, -item), [*expected[:index], -item, *expected[index + 1 :]]))
        elif step == "p":
            versions.append((base.popped(), expected[:-1]))
        else:
            assert base.items() == expected
    for version, expected in versions:
        assert version.items() == expected


@given(_STEPS)
def test_every_map_version_stays_readable_and_in_order(steps: list[tuple[int, str, int]]) -> None:
    versions: list[tuple[PMap, dict[int, int]]] = [(PMap({}), {})]
    for pick, step, item in steps:
        base, expected = versions[pick % len(versions)]
        if step == "x":
            assert list(base.raw().items()) == list(expected.items())
        elif step == "p" and expected:
            gone = list(expected)[item % len(expected)]
            versions.append((base.dissoc(gone), {k: v for k, v in expected.items() if k != gone}))
        else:
            versions.append((base.assoc(item, pick), {**expected, item: pick}))
    for version, expected in versions:
        assert list(version.raw().items()) == list(expected.items())


def test_keys_come_back_at_their_places() -> None:
    start = PMap(dict.fromkeys("abcde", 0))
    less = start.dissoc("b").dissoc("d")
    again = less.assoc("b", 1).dissoc("a")
    assert "".join(again.raw()) == "ceb"
    assert "".join(start.raw()) == "abcde"
    assert "".join(less.raw()) == "ace"
    assert "".join(less.assoc("d", 2).raw()) == "aced"
    assert "".join(again.raw()) == "ceb"


def test_a_far_old_version_is_copied_and_both_live_on() -> None:
    first = PVec([1])
    newest = first
    for i in range(1000):
        newest = newest.appended(i)
    assert first.items() == [1]
    assert len(newest.items()) == 1001
    assert first.appended(7).items() == [1, 7]
    assert newest.items()[-1] == 999


@given(st.integers(0, 300), st.lists(st.integers(0, 40), max_size=12), st.booleans())
def test_what_is_left_of_a_vector_is_what_a_slice_gives(size: int, cuts: list[int], whole: bool) -> None:
    expected = list(range(size))
    source = expected.copy()
    vector: list[int] | PVec = source
    for cut in cuts:
        vector, expected = vec_after(vector, cut), expected[cut:]
        data, start = vec_window(vector)
        assert data[start:] == expected
        if whole:
            assert vec_list(vector) == expected
    if isinstance(vector, PVec):
        grown = vector.appended(7)
        assert grown.items() == [*expected, 7]
        assert vector.replaced(0, 9).items() == [9, *expected[1:]]
        assert vector.items() == expected
    assert source == list(range(size))


def test_a_version_that_grows_shares_nothing_with_what_was_left_of_it() -> None:
    grown = PVec(list(range(100)))
    left = vec_after(grown, 1)
    newer = grown.replaced(5, "new").appended(100)
    assert vec_list(left) == list(range(1, 100))
    assert newer.items()[5] == "new"
    assert grown.items() == list(range(100))
