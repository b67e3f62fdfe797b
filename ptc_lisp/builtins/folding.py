"""Builtins that fold a sequence into one value, and the ones that ask a question about all its items."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from functools import reduce

from ptc_lisp.builtins.arithmetic import add2
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.seq_support import coll, derive, flow, is_stream, usage
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.values.collections import map_items
from ptc_lisp.values.functions import Builtin, as_fn
from ptc_lisp.values.order import extreme
from ptc_lisp.values.persistent import is_map, is_vector
from ptc_lisp.values.printing import display
from ptc_lisp.values.reduced import Reduced
from ptc_lisp.values.types import ABSENT, Stream, Value

AREA = "folding"

_NUMBERS = frozenset({int, float})


def total(numbers: list[Value]) -> Value:
    """The sum of integers and floats, added from left to right; ABSENT when an item is something else.

    Raises the faults of `+`, e.g. for an overflow.
    """
    kinds = set(map(type, numbers))
    if kinds <= {int}:
        return sum(numbers)
    if not kinds <= _NUMBERS:
        return ABSENT
    try:
        # Not `sum`: newer Pythons compensate rounding in it, and the same program must give the same digits anywhere.
        added = reduce(operator.add, numbers)
    except OverflowError:
        added = math.inf
    return added if math.isfinite(added) else reduce(add2, numbers)


def _extreme_of(items: list[Value], *, largest: bool) -> Value:
    kinds = set(map(type, items))
    if kinds in ({int}, {str}) or (kinds == {float} and not any(map(math.isnan, items))):
        return items[extreme(items, largest=largest)]
    return ABSENT


_SHORTCUTS: dict[str, Callable[[list[Value]], Value]] = {
    "+": total,
    "max": lambda items: _extreme_of(items, largest=True),
    "min": lambda items: _extreme_of(items, largest=False),
    # Joined at once: adding one piece after the other would copy the text again and again.
    "str": lambda items: "".join([display(item) for item in items]),
}
"""Builtins whose fold over two or more items has a quicker way; it gives ABSENT when it does not apply."""


@builtin(
    "reduce", "f coll", "f init coll",
    doc="Folds with (f acc item), starting with init or the first item. Without items: init, or (f). "
    "(reduced x) ends it early.",
    examples=[
        ("(reduce + [1 2 3])", "6"),
        ("(reduce (fn [m x] (assoc m x true)) {} [:a])", "{:a true}"),
        ("(reduce (fn [a x] (if (> x 2) (reduced a) (+ a x))) 0 [1 2 3])", "3"),
    ],
    area=AREA, see_also=("reductions", "reduce-kv", "reduced"),
)  # fmt: skip
def _reduce(f: Value, second: Value, third: Value = ABSENT) -> Value:
    value, position = (second, 2) if third is ABSENT else (third, 3)
    if is_stream(value) and f.__class__ is not Builtin:
        return _fold_stream(f, ABSENT if third is ABSENT else second, value)
    items = coll(value, "reduce", position)
    if third is not ABSENT:
        items = [second, *items]
    elif not items:
        return as_fn(f, 0, "reduce")()
    fn = as_fn(f, 2, "reduce")
    if len(items) == 1:
        return items[0]
    if f.__class__ is Builtin and f.ref in _SHORTCUTS:
        quick = _SHORTCUTS[f.ref](items)
        if quick is not ABSENT:
            return quick
    rest = iter(items)
    return _fold(fn, next(rest), rest)


def _fold_stream(f: Value, init: Value, source: Stream) -> Value:
    """A fold over an endless collection, which only `reduced` ends."""
    items = source.start()
    fn = as_fn(f, 2, "reduce")
    return _fold(fn, next(items) if init is ABSENT else init, items)


def _fold(fn: Callable[..., Value], acc: Value, items: Iterable[Value]) -> Value:
    # A Python loop on purpose: functools.reduce would call closures from C, where deep recursion is not bounded.
    for item in items:
        acc = fn(acc, item)
        if acc.__class__ is Reduced:
            return acc.value
    return acc


@builtin(
    "reductions", "f coll", "f init coll", doc="All intermediate values of reduce, as a vector.",
    examples=[("(reductions + [1 2 3])", "[1 3 6]"), ("(reductions conj [] [1 2])", "[[] [1] [1 2]]")],
    area=AREA, see_also=("reduce",),
)  # fmt: skip
def _reductions(f: Value, second: Value, third: Value = ABSENT) -> Value:
    value, position = (second, 2) if third is ABSENT else (third, 3)
    init = ABSENT if third is ABSENT else second
    if is_stream(value):
        fn = as_fn(f, 2, "reductions")
        return derive("reductions", value, lambda found: _steps(fn, init, found))
    items = coll(value, "reductions", position)
    if init is ABSENT and not items:
        return [as_fn(f, 0, "reductions")()]
    return list(_steps(as_fn(f, 2, "reductions"), init, iter(items)))


def _steps(fn: Callable[..., Value], init: Value, items: Iterator[Value]) -> Iterator[Value]:
    acc = next(items) if init is ABSENT else init
    yield acc
    for item in items:
        acc = fn(acc, item)
        if acc.__class__ is Reduced:
            yield acc.value
            return
        yield acc


@builtin(
    "reduce-kv", "f init m", doc="Folds a map with (f acc key value), or a vector with (f acc index item); nil gives init.",
    examples=[("(reduce-kv (fn [acc k v] (+ acc v)) 0 {:a 1 :b 2})", "3")], area=AREA, see_also=("reduce", "update-vals"),
)  # fmt: skip
def _reduce_kv(f: Value, init: Value, value: Value) -> Value:
    fn = as_fn(f, 3, "reduce-kv")
    if value is None:
        return init
    if is_map(value):
        pairs = map_items(value)
        tick(len(pairs))
    elif is_vector(value):
        pairs = list(enumerate(coll(value, "reduce-kv", 3)))
    else:
        raise bad_arg("reduce-kv", 3, "a map, vector or nil", value, hint=usage("reduce-kv"))
    acc = init
    for k, v in pairs:
        acc = fn(acc, k, v)
        if acc.__class__ is Reduced:
            return acc.value
    return acc


@builtin(
    "reduced", "x", doc="Inside the function of reduce: ends the reduction with x.",
    examples=[("(reduce (fn [a x] (if (neg? x) (reduced a) (+ a x))) [1 2 -1 9])", "3")], area=AREA,
    see_also=("reduce",),
)  # fmt: skip
def _reduced(value: Value) -> Reduced:
    return Reduced(value)


@builtin(
    "reduced?", "x", doc="Whether x was made by reduced.", examples=[("(reduced? (reduced 1))", "true")], area=AREA,
)  # fmt: skip
def _is_reduced(value: Value) -> bool:
    return value.__class__ is Reduced


@builtin(
    "unreduced",
    "x",
    doc="What reduced wraps; any other value itself.",
    examples=[("(unreduced (reduced 1))", "1")],
    area=AREA,
)
def _unreduced(value: Value) -> Value:
    return value.value if value.__class__ is Reduced else value


@builtin(
    "ensure-reduced", "x", doc="(reduced x), unless x is reduced already.",
    examples=[("(reduced? (ensure-reduced 1))", "true")], area=AREA,
)  # fmt: skip
def _ensure_reduced(value: Value) -> Reduced:
    return value if value.__class__ is Reduced else Reduced(value)


# --- questions about all items ---------------------------------------------------------------------------------------


def _first_truthy(pred: Value, value: Value, who: str) -> Value:
    fn = as_fn(pred, 1, who)
    for item in flow(value, who, 2):
        answer = fn(item)
        if answer is not None and answer is not False:
            return answer
    return None


def _all_truthy(pred: Value, value: Value, who: str) -> bool:
    fn = as_fn(pred, 1, who)
    for item in flow(value, who, 2):
        answer = fn(item)
        if answer is None or answer is False:
            return False
    return True


@builtin(
    "some", "pred coll", doc="The first truthy result of pred, or nil. With a set: the first item that is in it.",
    examples=[("(some even? [1 2])", "true"), ("(some #{2 3} [1 2])", "2"), ("(some :a [{} {:a 5}])", "5")],
    area=AREA, see_also=("every?", "not-any?", "filter"),
)  # fmt: skip
def _some(pred: Value, value: Value) -> Value:
    return _first_truthy(pred, value, "some")


@builtin(
    "every?", "pred coll", doc="Whether pred is truthy for all items; true when there are none.",
    examples=[("(every? even? [2 4])", "true"), ("(every? even? [])", "true")], area=AREA, see_also=("some", "not-every?"),
)  # fmt: skip
def _every(pred: Value, value: Value) -> bool:
    return _all_truthy(pred, value, "every?")


@builtin(
    "not-any?", "pred coll", doc="Whether pred is falsy for all items.",
    examples=[("(not-any? even? [1 3])", "true")], area=AREA, see_also=("some",),
)  # fmt: skip
def _not_any(pred: Value, value: Value) -> bool:
    return _first_truthy(pred, value, "not-any?") is None


@builtin(
    "not-every?", "pred coll", doc="Whether pred is falsy for at least one item.",
    examples=[("(not-every? even? [2 3])", "true")], area=AREA, see_also=("every?",),
)  # fmt: skip
def _not_every(pred: Value, value: Value) -> bool:
    return not _all_truthy(pred, value, "not-every?")
