"""Functions that take and make functions: `apply comp partial juxt complement constantly fnil every-pred some-fn memoize`.

What they make is a `Composed`: it names its maker and the parts, so that it can be stored and made again.
"""

from __future__ import annotations

from collections.abc import Callable

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import seq
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.functions import as_fn, is_fn, not_callable
from ptc_lisp.values.keys import key
from ptc_lisp.values.persistent import LispSet, is_map, is_vector
from ptc_lisp.values.types import ABSENT, Composed, Keyword, ToolRef, Value


class _Resolved(dict[int, Callable[..., Value]]):
    """The Python callable of a function value by argument count, checked once for each count."""

    def __init__(self, f: Value, who: str) -> None:
        super().__init__()
        self.f = f
        self.who = who

    def __missing__(self, count: int) -> Callable[..., Value]:
        found = self[count] = as_fn(self.f, count, self.who)
        return found


def _check_callable(who: str, *fs: Value) -> None:
    # At once, so that the fault points to where the wrong value was passed and not to a later call.
    for f in fs:
        if not (is_fn(f) or f.__class__ in {Keyword, LispSet, ToolRef} or is_map(f) or is_vector(f)):
            raise not_callable(f, who)


@builtin(
    "identity", "x", area="functions", doc="Its argument.",
    examples=[("(identity 5)", "5"), ("(filter identity [1 nil 2])", "[1 2]")],
)  # fmt: skip
def _identity(x: Value) -> Value:
    return x


@builtin(
    "apply", "f coll", "f x coll", "f x y & more", area="functions",
    doc="Calls f with the arguments given and then the items of the last one, a collection.",
    examples=[("(apply + [1 2 3])", "6"), ("(apply max 0 [4 9])", "9"), ("(apply str nil)", '""')],
    see_also=("reduce", "partial"),
)  # fmt: skip
def _apply(f: Value, x: Value, *more: Value) -> Value:
    if not more:
        items = seq(x, "apply", 2)
        tick(len(items))
        return as_fn(f, len(items), "apply")(*items)
    last = seq(more[-1], "apply", len(more) + 2)
    tick(len(last))
    return as_fn(f, len(more) + len(last), "apply")(x, *more[:-1], *last)


@builtin(
    "comp", "& fs", area="functions", doc="A function that applies the functions from right to left; (comp) is identity.",
    examples=[("((comp inc count) [1 2])", "3"), ("(map (comp str :id) [{:id 1}])", '["1"]')],
    see_also=("partial", "juxt", "->"),
)  # fmt: skip
def _comp(*fs: Value) -> Composed:
    _check_callable("comp", *fs)
    if not fs:
        return Composed("comp", [], _only_argument)
    *outer, inner = fs
    steps = [as_fn(f, 1, "comp") for f in reversed(outer)]
    first = _Resolved(inner, "comp")

    def composed(*args: Value) -> Value:
        value = first[len(args)](*args)
        for step in steps:
            value = step(value)
        return value

    return Composed("comp", list(fs), composed)


def _only_argument(*args: Value) -> Value:
    if len(args) != 1:
        raise Trap(FaultKind.ARITY_ERROR, f"(comp) makes a function of 1 argument, got {len(args)}")
    return args[0]


@builtin(
    "partial", "f & args", area="functions", doc="A function that calls f with these arguments before its own.",
    examples=[("((partial + 5) 3)", "8"), ("(map (partial * 2) [1 2])", "[2 4]")], see_also=("comp", "apply"),
)  # fmt: skip
def _partial(f: Value, *args: Value) -> Composed:
    _check_callable("partial", f)
    given = len(args)
    resolved = _Resolved(f, "partial")

    def applied(*more: Value) -> Value:
        return resolved[given + len(more)](*args, *more)

    return Composed("partial", [f, *args], applied)


@builtin(
    "juxt", "f & fs", area="functions",
    doc="A function that gives the vector of the results of all functions for the same arguments.",
    examples=[("((juxt :a :b) {:a 1 :b 2})", "[1 2]"), ("((juxt + *) 3 4)", "[7 12]")], see_also=("comp", "map"),
)  # fmt: skip
def _juxt(f: Value, *fs: Value) -> Composed:
    every = (f, *fs)
    _check_callable("juxt", *every)
    resolved = [_Resolved(one, "juxt") for one in every]

    def results(*args: Value) -> Value:
        count = len(args)
        return [one[count](*args) for one in resolved]

    return Composed("juxt", list(every), results)


@builtin(
    "complement", "f", area="functions", doc="A function that gives true where f gives nil or false, else false.",
    examples=[("(filter (complement nil?) [1 nil])", "[1]")], see_also=("not", "remove"),
)  # fmt: skip
def _complement(f: Value) -> Composed:
    _check_callable("complement", f)
    resolved = _Resolved(f, "complement")

    def opposite(*args: Value) -> bool:
        value = resolved[len(args)](*args)
        return value is None or value is False

    return Composed("complement", [f], opposite)


@builtin(
    "constantly", "x", area="functions", doc="A function of any arguments that always gives x.",
    examples=[("(map (constantly 0) [1 2])", "[0 0]")], see_also=("identity",),
)  # fmt: skip
def _constantly(x: Value) -> Composed:
    return Composed("constantly", [x], lambda *_: x)


@builtin(
    "fnil", "f x", "f x y", "f x y z", area="functions",
    doc="A function like f that takes the defaults x, y, z in place of nil as first, second and third argument.",
    examples=[("((fnil inc 0) nil)", "1"), ("(update {} :xs (fnil conj []) 1)", "{:xs [1]}")], see_also=("update", "or"),
)  # fmt: skip
def _fnil(f: Value, x: Value, y: Value = ABSENT, z: Value = ABSENT) -> Composed:
    _check_callable("fnil", f)
    defaults = [value for value in (x, y, z) if value is not ABSENT]
    watched = len(defaults)

    def patched(*args: Value) -> Value:
        if None in args[:watched]:
            filled = [default if arg is None else arg for arg, default in zip(args, defaults, strict=False)]
            args = (*filled, *args[watched:])
        return as_fn(f, len(args), "fnil")(*args)  # often made for one call, so nothing is prepared

    return Composed("fnil", [f, *defaults], patched)


@builtin(
    "every-pred", "p & ps", area="functions", doc="A function that tells whether all its arguments pass all predicates.",
    examples=[("((every-pred pos? even?) 4)", "true"), ("(filter (every-pred pos? even?) [1 2 -2])", "[2]")],
    see_also=("some-fn", "every?"),
)  # fmt: skip
def _every_pred(p: Value, *ps: Value) -> Composed:
    tests = [as_fn(one, 1, "every-pred") for one in (p, *ps)]

    def passes(*args: Value) -> bool:
        for arg in args:
            for test in tests:
                verdict = test(arg)
                if verdict is None or verdict is False:
                    return False
        return True

    return Composed("every-pred", [p, *ps], passes)


@builtin(
    "some-fn", "p & ps", area="functions",
    doc="A function that gives the first truthy result of any of the functions for any of its arguments.",
    examples=[("((some-fn :p :q) {:q 2})", "2"), ('(map (some-fn :nick :name) [{:name "Al"}])', '["Al"]')],
    see_also=("every-pred", "some", "or"),
)  # fmt: skip
def _some_fn(p: Value, *ps: Value) -> Composed:
    tests = [as_fn(one, 1, "some-fn") for one in (p, *ps)]

    def first_truthy(*args: Value) -> Value:
        result: Value = None
        for test in tests:
            for arg in args:
                result = test(arg)
                if result is not None and result is not False:
                    return result
        return result

    return Composed("some-fn", [p, *ps], first_truthy)


@builtin(
    "memoize", "f", area="functions",
    doc="A function like f that remembers the results of earlier calls. f must depend on its arguments only.",
    examples=[("((memoize inc) 1)", "2")], see_also=("constantly",),
)  # fmt: skip
def _memoize(f: Value) -> Composed:
    _check_callable("memoize", f)
    resolved = _Resolved(f, "memoize")
    known: dict[tuple[Value, ...], Value] = {}

    def remembered(*args: Value) -> Value:
        call = tuple(key(arg) for arg in args)
        found = known.get(call, ABSENT)
        if found is ABSENT:
            found = known[call] = resolved[len(args)](*args)
        return found

    return Composed("memoize", [f], remembered)


@builtin(
    "comparator", "pred", area="functions", doc="A comparator for sort (-1, 0, 1) from a predicate like <.",
    examples=[("((comparator >) 1 2)", "1"), ("(sort (comparator >) [1 3 2])", "[3 2 1]")], see_also=("sort", "compare"),
)  # fmt: skip
def _comparator(pred: Value) -> Composed:
    before = as_fn(pred, 2, "comparator")

    def order(*args: Value) -> int:
        if len(args) != 2:
            raise Trap(FaultKind.ARITY_ERROR, f"a comparator takes 2 arguments, got {len(args)}")
        a, b = args
        if _truthy(before(a, b)):
            return -1
        return 1 if _truthy(before(b, a)) else 0

    return Composed("comparator", [pred], order)


def _truthy(value: Value) -> bool:
    return value is not None and value is not False


@builtin(
    "trampoline", "f & args", area="functions",
    doc="Calls f, then the function that it returns, and so on until the result is no function.",
    examples=[("(trampoline (fn step [n] (if (pos? n) #(step (dec n)) :done)) 3)", ":done")], see_also=("loop",),
)  # fmt: skip
def _trampoline(f: Value, *args: Value) -> Value:
    result = as_fn(f, len(args), "trampoline")(*args)
    while is_fn(result):
        tick(1)
        result = as_fn(result, 0, "trampoline")()
    return result
