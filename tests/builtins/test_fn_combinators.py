"""Functions on functions."""

from __future__ import annotations

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_set
from ptc_lisp.values.functions import call
from ptc_lisp.values.types import Composed, Stream, kw

A, B = kw("a"), kw("b")
REF = REGISTRY.by_ref
INC, PLUS, POS, EVEN, STR = REF["inc"], REF["+"], REF["pos?"], REF["even?"], REF["str"]


def run(ref, *args):
    return REF[ref].fn(*args)


def kind(fn, *args):
    with pytest.raises(Trap) as caught:
        fn(*args)
    return caught.value.kind


def test_comp_applies_from_right_to_left():
    assert call(run("comp", STR, INC), 1) == "2"
    assert call(run("comp", INC, PLUS), 1, 2, 3) == 7
    assert call(run("comp", A, B), {B: {A: 5}}) == 5
    assert call(run("comp"), 7) == 7
    assert kind(call, run("comp"), 1, 2) is FaultKind.ARITY_ERROR
    assert kind(call, run("comp", INC), 1, 2) is FaultKind.ARITY_ERROR


def test_partial_juxt_complement_constantly():
    assert call(run("partial", PLUS, 1, 2), 3) == 6
    assert call(run("partial", INC, 4)) == 5
    assert call(run("juxt", A, {7: "x"}, REF["count"]), {A: 1}) == [1, None, 1]
    assert call(run("juxt", PLUS, REF["*"]), 3, 4) == [7, 12]
    assert call(run("complement", make_set([1])), 1) is False
    assert call(run("complement", A), {}) is True
    assert call(run("constantly", 5), 1, 2, 3) == 5


def test_fnil_replaces_up_to_three_nils():
    assert call(run("fnil", INC, 0), None) == 1
    assert call(run("fnil", PLUS, 1, 10, 100), None, 2, None, 5) == 108
    assert call(run("fnil", PLUS, 1, 10, 100), None) == 1
    assert call(run("fnil", REF["vector"], None), None) == [None]
    assert call(run("fnil", A, {A: 1}), None) == 1


def test_predicate_combinators():
    both = run("every-pred", POS, EVEN)
    assert [call(both, 4), call(both, 3), call(both), call(both, 2, 4, -2)] == [True, False, True, False]
    assert call(run("some-fn", A, B), {B: 2}) == 2
    assert call(run("some-fn", A, B), {}) is None
    assert call(run("some-fn", EVEN), 1, 3) is False
    assert call(run("some-fn", EVEN), 1, 2) is True
    assert call(run("some-fn", A)) is None


def test_memoize_calls_once_per_arguments_and_keeps_kinds_apart():
    seen = []
    noting = Composed("comp", [], lambda *args: seen.append(args) or len(seen))
    remembered = run("memoize", noting)
    results = [call(remembered, *args) for args in ((1,), (1.0,), (True,), (1,), ([1],), ([1],), ())]
    assert results == [1, 2, 3, 1, 4, 4, 5]


def test_memoize_remembers_nil():
    seen = []
    remembered = run("memoize", Composed("comp", [], lambda *args: seen.append(args)))
    assert [call(remembered, 1), call(remembered, 1)] == [None, None]
    assert len(seen) == 1


def test_comparator():
    by_size = run("comparator", REF[">"])
    assert [call(by_size, 1, 2), call(by_size, 2, 1), call(by_size, 1, 1)] == [1, -1, 0]
    assert kind(call, by_size, 1) is FaultKind.ARITY_ERROR


def test_trampoline_runs_without_deep_recursion():
    def countdown(n):
        return Composed("comp", [], lambda *_: countdown(n - 1)) if n else "done"

    assert run("trampoline", Composed("comp", [], countdown), 50_000) == "done"
    assert run("trampoline", INC, 1) == 2


@pytest.mark.parametrize(
    "args, expected",
    [
        ((PLUS, [1, 2, 3]), 6), ((PLUS, 1, 2, [3]), 6), ((PLUS, None), 0), ((STR, "a", "bc"), "abc"),
        ((REF["vector"], {A: 1}), [[A, 1]]), ((A, [{A: 3}]), 3), (({A: 3}, [A]), 3), ((REF["max"], make_set([4, 9])), 9),
    ],
)  # fmt: skip
def test_apply(args, expected):
    assert run("apply", *args) == expected


def test_apply_faults():
    assert kind(run, "apply", PLUS, 5) is FaultKind.TYPE_ERROR
    assert kind(run, "apply", REF["max"], []) is FaultKind.ARITY_ERROR
    assert kind(run, "apply", 5, [1]) is FaultKind.NOT_CALLABLE
    assert kind(run, "apply", PLUS, Stream("(range)", lambda: iter(()))) is FaultKind.TYPE_ERROR


@pytest.mark.parametrize(
    "ref", ["comp", "partial", "juxt", "complement", "fnil", "every-pred", "some-fn", "memoize", "comparator"]
)
def test_what_cannot_be_called_is_refused_at_once(ref):
    args = (None, 0) if ref == "fnil" else (None,)
    assert kind(run, ref, *args) is FaultKind.NOT_CALLABLE


@pytest.mark.parametrize(
    "made, args",
    [
        (run("comp", STR, INC), (1,)), (run("partial", PLUS, 1), (2,)), (run("juxt", A, B), ({A: 1},)),
        (run("complement", POS), (1,)), (run("constantly", 9), ()), (run("fnil", PLUS, 1, 2), (None, None)),
        (run("every-pred", POS, EVEN), (4,)), (run("some-fn", A, B), ({B: 1},)), (run("memoize", INC), (1,)),
        (run("comparator", REF["<"]), (1, 2)),
    ],
)  # fmt: skip
def test_a_composed_function_can_be_made_again_from_its_parts(made, args):
    again = run(made.maker, *made.parts)
    assert again.maker == made.maker
    assert call(again, *args) == call(made, *args)
