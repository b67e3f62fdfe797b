"""Edges and faults of the sequence builtins, one line each."""

import math

import pytest

import ptc_lisp.builtins  # noqa: F401 - fills the registry
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_set
from ptc_lisp.values.equality import equals
from ptc_lisp.values.functions import call
from ptc_lisp.values.persistent import LispSet, PMap, PVec
from ptc_lisp.values.printing import pr_str
from ptc_lisp.values.types import kw

A, B, N = kw("a"), kw("b"), kw("n")
ROWS = [{N: 2, "t": "x"}, {N: 1, "t": "y"}, {"n": 3, "t": "x"}]


def run(name, *args):
    return call(REGISTRY.bare[name], *args)


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("first", ({A: 1},), [A, 1]),
        ("first", (PMap({}),), None),
        ("first", (make_set([7]),), 7),
        ("second", ("é1",), "1"),
        ("last", ({A: 1, B: 2},), [B, 2]),
        ("rest", (make_set([1, 2]),), [2]),
        ("next", ({A: 1},), None),
        ("butlast", ("ab",), ["a"]),
        ("ffirst", ({A: 1},), A),
        ("nfirst", ([],), None),
        ("nth", ({A: 1}, 0), [A, 1]),
        ("nth", ([1], -1, 9), 9),
        ("nth", ([1], 10**30, 9), 9),
        ("nth", ([None], 0, 9), None),
        ("peek", (PVec([1, 2]),), 2),
        ("pop", ([],), None),
        ("pop", (None,), None),
        ("subvec", ([1, 2, 3], -5, 10**30), [1, 2, 3]),
        ("subvec", ([1, 2, 3], 2, 1), []),
        ("count", (PMap({"a": 1}),), 1),
        ("empty?", ({},), True),
        ("empty?", (make_set([None]),), False),
        ("not-empty", ("",), None),
        ("empty", (5,), None),
        ("seq", ("",), None),
        ("seq", (PVec([]),), None),
        ("take", (-1, [1]), []),
        ("take", (10**30, [1]), [1]),
        ("drop", (10**30, [1]), []),
        ("take-last", (0, [1]), None),
        ("drop-last", (-2, [1, 2]), [1, 2]),
        ("take-nth", (3, "abcdefg"), ["a", "d", "g"]),
        ("partition", (2, 2, None, [1, 2, 3]), [[1, 2], [3]]),
        ("partition", (2, None), []),
        ("dedupe", ([1, 1.0, 1, 1],), [1, 1.0, 1]),
        ("mapcat", (kw("tags"), [{"tags": [1]}, {}, {"tags": 2}, {"tags": make_set([3])}]), [1, 2, 3]),
        ("keep", (N, ROWS), [2, 1, 3]),
        ("map", (A, "xy"), [None, None]),
        ("map", (make_set([1]), [1, 2]), [1, None]),
        ("map", ({A: 1}, [A, B]), [1, None]),
        ("filter", (N, [{N: False}, {N: 0}, {}]), [{N: 0}]),
        ("some", (make_set([3]), [1, 3]), 3),
        ("some", ({A: 1}, [B, A]), 1),
        ("every?", (N, []), True),
        ("reduce-kv", (lambda acc, k, v: [*acc, k, v], [], ["x", "y"]), [0, "x", 1, "y"]),
        ("reduce-kv", (lambda acc, k, v: [*acc, k, v], [], PMap({A: 1})), [A, 1]),
        ("group-by", ([kw("t"), 0], ROWS), {"x": [ROWS[0], ROWS[2]], "y": [ROWS[1]]}),
        ("group-by", ("t", ROWS[:1]), {"x": ROWS[:1]}),
        ("frequencies", ("aba",), {"a": 2, "b": 1}),
        ("sum", ([],), 0),
        ("sum", (None,), 0),
        ("avg", ([None],), None),
        ("avg", ([1, 2],), 1.5),
        ("sum-by", (N, [*ROWS, {}]), 6),
        ("avg-by", ("n", ROWS), 2.0),
        ("min-by", (N, [{}, *ROWS]), ROWS[1]),
        ("max-by", (N, [{}]), None),
        ("max-by", (N, None), None),
        ("max-by", (N, ROWS[0], ROWS[2]), ROWS[2]),
        ("max-key", (N, ROWS[0]), ROWS[0]),
        ("flatten", ({A: 1},), []),
        ("zip", ([1, 2], None), []),
        ("combinations", ([1, 2], -1), []),
        ("repeat", (-1, 0), []),
        ("range", (0, 1, 0.25), [0, 0.25, 0.5, 0.75]),
        ("range", (3, 0), []),
        ("range", (5, 5, 0), []),
        ("cycle", ([],), []),
        ("rseq", ([],), None),
        ("dorun", (2, [1]), None),
        ("doall", (2, [1]), [1]),
        ("tree-seq", (lambda n: n > 0, lambda n: [n - 1, 0], 2), [2, 1, 0, 0, 0]),
    ],
)
def test_value(name, args, expected):
    found = run(name, *args)
    assert equals(found, expected), pr_str(found)


def test_frequencies_and_groups_tell_kinds_of_keys_apart():
    assert pr_str(run("frequencies", [1, 1.0, True, [1], [1]])) == "{1 1 1.0 1 true 1 [1] 2}"


def test_ties_first_for_by_last_for_key():
    tied = [{N: 1, A: 1}, {N: 1, A: 2}]
    assert run("max-by", N, tied) is run("min-by", N, tied) is tied[0]
    assert run("max-key", N, *tied) is run("min-key", N, *tied) is tied[1]


def test_empty_keeps_the_kind():
    assert run("empty", {A: 1}) == {}
    found = run("empty", make_set([1]))
    assert isinstance(found, LispSet)
    assert run("count", found) == 0


@pytest.mark.parametrize(
    "name", ["first", "rest", "count", "seq", "reverse", "sort", "frequencies", "sum", "empty?"]
)
@pytest.mark.parametrize("wrong", [5, A, True, 1.5])
def test_a_scalar_is_no_collection(name, wrong):
    with pytest.raises(Trap, match=rf"{name.rstrip('?')}.*argument 1") as caught:
        run(name, wrong)
    assert caught.value.kind == FaultKind.TYPE_ERROR


@pytest.mark.parametrize(
    ("name", "args", "kind", "words"),
    [
        ("map", (REGISTRY.bare["first"], 5), FaultKind.TYPE_ERROR, "argument 2 must be a collection"),
        ("map", ([1], REGISTRY.bare["first"]), FaultKind.TYPE_ERROR, "argument 2"),
        ("map", (5, [1]), FaultKind.NOT_CALLABLE, "map"),
        ("map", (None, [1]), FaultKind.NOT_CALLABLE, "map"),
        ("mapcat", (REGISTRY.bare["count"], [[1]]), FaultKind.TYPE_ERROR, "must give a collection"),
        ("take", ("2", [1]), FaultKind.TYPE_ERROR, "argument 1 must be an integer"),
        ("take", (1.0, [1]), FaultKind.TYPE_ERROR, "argument 1"),
        ("take", ([1], 2), FaultKind.TYPE_ERROR, "argument 1"),
        ("nth", ([1], 1.0), FaultKind.TYPE_ERROR, "argument 2"),
        ("nth", ([1], A), FaultKind.TYPE_ERROR, "argument 2"),
        ("partition", (0, [1]), FaultKind.TYPE_ERROR, "positive"),
        ("partition", (2, -1, [1]), FaultKind.TYPE_ERROR, "positive"),
        ("peek", ("ab",), FaultKind.TYPE_ERROR, "a vector or nil"),
        ("pop", ({A: 1},), FaultKind.TYPE_ERROR, "a vector or nil"),
        ("subvec", (None, 0), FaultKind.TYPE_ERROR, "a vector"),
        ("range", (None,), FaultKind.TYPE_ERROR, "a number"),
        ("range", (0, True), FaultKind.TYPE_ERROR, "a number"),
        ("range", (0, math.nan), FaultKind.TYPE_ERROR, "a number"),
        ("reduce-kv", (lambda a, k, v: a, 0, "ab"), FaultKind.TYPE_ERROR, "a map, vector or nil"),
        ("sum", ([1, "2"],), FaultKind.TYPE_ERROR, '"2"'),
        ("sum", ({A: 1},), FaultKind.TYPE_ERROR, "must be a number"),
        ("sum-by", (N, [{N: True}]), FaultKind.TYPE_ERROR, "true"),
        ("avg", ([A],), FaultKind.TYPE_ERROR, ":a"),
        ("sum", ([1e308, 1e308],), FaultKind.ARITHMETIC_ERROR, ""),
        ("group-by", (ROWS, N), FaultKind.TYPE_ERROR, "argument 2"),
        ("sort", (5, [1]), FaultKind.TYPE_ERROR, "comparator"),
        ("sort", (REGISTRY.bare["count"], [[1], [2]]), FaultKind.ARITY_ERROR, "count"),
        ("sort-by", (REGISTRY.bare[">"], N, ROWS), FaultKind.TYPE_ERROR, "comparator"),
        ("sort-by", (N, ROWS, REGISTRY.bare[">"]), FaultKind.TYPE_ERROR, "argument 3"),
        ("reduce", (REGISTRY.bare["+"], ["1", "2"]), FaultKind.TYPE_ERROR, ""),
        ("tree-seq", (lambda n: True, lambda n: 5, 1), FaultKind.TYPE_ERROR, "tree-seq"),
    ],
)
def test_fault(name, args, kind, words):
    with pytest.raises(Trap) as caught:
        run(name, *args)
    assert caught.value.kind == kind
    assert words in caught.value.message


def test_a_swapped_call_shows_the_usage():
    with pytest.raises(Trap) as caught:
        run("filter", ROWS, REGISTRY.bare["odd?"])
    assert caught.value.hint == "usage: (filter pred coll)"


@pytest.mark.parametrize(
    ("name", "args"), [("nth", ([1, 2], 1.0)), ("take", (1.0, [1, 2])), ("subs", ("ab", 1.0))]
)
def test_a_float_for_an_integer_shows_how_to_divide(name, args):
    with pytest.raises(Trap) as caught:
        run(name, *args)
    assert caught.value.hint == "/ always gives a float: write (quot a b), or (int x)"


@pytest.mark.parametrize("size", [10**14, 10**40])
def test_sizes_beyond_memory_end_at_once(size):
    for name, args in (("range", (size,)), ("repeat", (size, 0)), ("range", (0, -size, -1))):
        with pytest.raises(MemoryError):
            run(name, *args)
