"""Endless sequences, `reduced`, and the doors of `pmap`."""

import pytest

import ptc_lisp.builtins  # noqa: F401 - fills the registry
from ptc_lisp.builtins import run_state
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.functions import call
from ptc_lisp.values.printing import pr_str
from ptc_lisp.values.types import Stream


def run(name, *args):
    return call(REGISTRY.bare[name], *args)


def even(n):
    return n % 2 == 0


@pytest.fixture
def numbers():
    return run("range")


def test_bounding_functions_read_only_what_they_need(numbers):
    calls = []

    def double(n):
        calls.append(n)
        return n * 2

    assert run("take", 3, run("iterate", double, 1)) == [1, 2, 4]
    assert calls == [1, 2]
    assert run("first", numbers) == 0
    assert run("second", numbers) == 1
    assert run("nth", numbers, 5) == 5
    assert run("nth", numbers, -1, "none") == "none"
    assert run("take-while", lambda n: n < 3, numbers) == [0, 1, 2]
    assert run("some", lambda n: n > 3 and n, numbers) == 4
    assert run("every?", even, numbers) is False
    assert run("not-every?", even, numbers) is True
    assert run("map", lambda a, b: [a, b], "xy", numbers) == [["x", 0], ["y", 1]]
    assert run("map", lambda a, b: [a, b], numbers, "xy") == [[0, "x"], [1, "y"]]
    assert run("interleave", numbers, ["x"]) == [0, "x"]
    assert run("zip", ["x"], numbers) == [["x", 0]]
    assert run("empty?", numbers) is False


def test_a_stream_beside_a_finite_collection_makes_no_extra_call():
    def only_once(n):
        assert n == 1
        return n + 1

    assert run("zip", run("iterate", only_once, 1), ["a", "b"]) == [[1, "a"], [2, "b"]]


def test_what_is_derived_stays_endless_until_bounded(numbers):
    derived = {
        "map": run("map", lambda n: n * n, numbers),
        "map2": run("map", lambda a, b: a * b, numbers, numbers),
        "filter": run("filter", even, numbers),
        "remove": run("remove", even, numbers),
        "keep": run("keep", lambda n: n if n > 2 else None, numbers),
        "rest": run("rest", numbers),
        "next": run("next", numbers),
        "nnext": run("nnext", numbers),
        "drop": run("drop", 10, numbers),
        "drop-while": run("drop-while", lambda n: n < 7, numbers),
        "take-nth": run("take-nth", 5, numbers),
        "map-indexed": run("map-indexed", lambda i, n: i + n, numbers),
        "keep-indexed": run("keep-indexed", lambda i, n: i if even(n) else None, numbers),
        "mapcat": run("mapcat", lambda n: [n, n], numbers),
        "interleave": run("interleave", numbers, numbers),
        "distinct": run("distinct", run("cycle", [1, 2, 3])) and run("distinct", numbers),
        "reductions": run("reductions", REGISTRY.bare["+"], numbers),
    }
    assert {name: run("take", 3, stream) for name, stream in derived.items()} == {
        "map": [0, 1, 4],
        "map2": [0, 1, 4],
        "filter": [0, 2, 4],
        "remove": [1, 3, 5],
        "keep": [3, 4, 5],
        "rest": [1, 2, 3],
        "next": [1, 2, 3],
        "nnext": [2, 3, 4],
        "drop": [10, 11, 12],
        "drop-while": [7, 8, 9],
        "take-nth": [0, 5, 10],
        "map-indexed": [0, 2, 4],
        "keep-indexed": [0, 2, 4],
        "mapcat": [0, 0, 1],
        "interleave": [0, 0, 1],
        "distinct": [0, 1, 2],
        "reductions": [0, 1, 3],
    }
    assert all(isinstance(stream, Stream) for stream in derived.values())
    assert run("split-at", 2, numbers)[0] == [0, 1]


def test_a_stream_can_be_read_twice(numbers):
    squares = run("map", lambda n: n * n, numbers)
    assert run("take", 2, squares) == run("take", 2, squares) == [0, 1]


@pytest.mark.parametrize(
    ("made", "taken"),
    [
        (lambda: run("repeat", 7), [7, 7, 7]),
        (lambda: run("cycle", "ab"), ["a", "b", "a"]),
        (lambda: run("repeatedly", lambda: 5), [5, 5, 5]),
        (lambda: run("range", 7, 9, 0), [7, 7, 7]),
        (lambda: run("range", 0, float("inf"), 2), [0, 2, 4]),
    ],
)
def test_endless_sources(made, taken):
    assert run("take", 3, made()) == taken


@pytest.mark.parametrize("name", ["count", "last", "reverse", "sort", "vec", "sum", "frequencies", "mapv"])
def test_a_whole_endless_sequence_is_refused_with_a_hint(name, numbers):
    args = (REGISTRY.bare["inc"], numbers) if name == "mapv" else (numbers,)
    with pytest.raises(Trap, match="endless") as caught:
        run(name, *args)
    assert caught.value.kind == FaultKind.TYPE_ERROR
    assert "take 10 (range)" in caught.value.hint


def test_texts_of_derived_streams_stay_short(numbers):
    stream = numbers
    for _ in range(100):
        stream = run("rest", stream)
    assert len(stream.text) < 100
    assert pr_str(run("filter", even, numbers)) == "(filter … (range))"


def test_streams_over_streams_are_read_once_at_each_level(numbers):
    stream = numbers
    for _ in range(60):
        stream = run("map", lambda n: n + 1, run("map", lambda a, b: a, stream, numbers))
    assert run("take", 2, stream) == [60, 61]


def test_reduce_over_an_endless_sequence_ends_by_reduced_only(numbers):
    assert run("reduce", lambda a, n: run("reduced", a) if n > 3 else a + n, numbers) == 6
    with pytest.raises(Trap, match="endless"):
        run("reduce", REGISTRY.bare["+"], numbers)


def test_reduced_ends_every_reduction():
    def stop(acc, *more):
        return run("reduced", acc) if acc > 2 else acc + more[-1]

    assert run("reduce", stop, [1, 2, 3, 4]) == 3
    assert run("reduce", stop, 5, [1, 2]) == 5
    assert run("reduce-kv", stop, 0, {"a": 3, "b": 4}) == 3
    assert run("reductions", stop, [1, 2, 3, 4]) == [1, 3, 3]
    wrapped = run("ensure-reduced", run("reduced", 1))
    assert run("unreduced", wrapped) == run("unreduced", 1) == 1
    assert run("reduced?", wrapped) is True
    assert run("reduced?", 1) is False


def test_reduce_without_items_calls_the_function():
    assert run("reduce", REGISTRY.bare["+"], []) == 0
    assert run("reduce", lambda: "empty", None) == "empty"
    assert run("reduce", REGISTRY.bare["str"], "", "abc") == "abc"
    assert run("reduce", REGISTRY.bare["str"], [5]) == 5
    assert run("reduce", REGISTRY.bare["max"], [2, 9, 4]) == 9


def test_searching_without_end_meets_the_step_limit(numbers, monkeypatch):
    monkeypatch.setattr(run_state.STEPS, "limit", run_state.STEPS.count + 1000)
    for name in ("some", "take-while"):
        with pytest.raises(Trap) as caught:
            run(name, (lambda n: None) if name == "some" else (lambda n: True), numbers)
        assert caught.value.kind == FaultKind.STEP_LIMIT_EXCEEDED


def test_loops_over_items_count_steps():
    before = run_state.STEPS.count
    run("map", REGISTRY.bare["inc"], list(range(500)))
    assert run_state.STEPS.count - before >= 500


class Branches:
    def parallel(self, thunks):
        return [thunk() for thunk in reversed(thunks)][::-1]


def test_pmap_and_pcalls_go_through_the_door():
    run_state.set_doors(Branches())
    try:
        assert run("pmap", lambda n: n * 2, [1, 2, 3]) == [2, 4, 6]
        assert run("pmap", lambda a, b: a + b, [1, 2, 3], run("range")) == [1, 3, 5]
        assert run("pcalls", lambda: 1, lambda: 2) == [1, 2]
        with pytest.raises(Trap, match="endless"):
            run("pmap", REGISTRY.bare["inc"], run("range"))
    finally:
        run_state.set_doors(None)


def test_many_combinations_meet_the_step_limit(monkeypatch):
    monkeypatch.setattr(run_state.STEPS, "limit", run_state.STEPS.count + 10_000)
    with pytest.raises(Trap) as caught:
        run("combinations", list(range(60)), 30)
    assert caught.value.kind == FaultKind.STEP_LIMIT_EXCEEDED
