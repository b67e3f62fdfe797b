"""Builtins that make sequences out of nothing: ranges, repetitions, and the endless ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from ptc_lisp.builtins.numeric import number_hint
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.seq_support import coll, usage, whole
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.types import ABSENT, Stream, Value

AREA = "sequences"

_NUMBERS = frozenset({int, float})


@builtin(
    "range", "", "end", "start end", "start end step",
    doc="Numbers from start (0) up to, not including, end, step (1) apart. (range) counts up from 0 without end.",
    examples=[("(range 4)", "[0 1 2 3]"), ("(range 5 0 -2)", "[5 3 1]"), ("(take 2 (range))", "[0 1]")],
    area=AREA, see_also=("repeat", "iterate", "take"),
)  # fmt: skip
def _range(first: Value = ABSENT, second: Value = ABSENT, step: Value = 1) -> Value:
    if first is ABSENT:
        return Stream("(range)", lambda: _count_up(0, 1))
    start, end = (0, first) if second is ABSENT else (first, second)
    given = (end,) if second is ABSENT else (start, end, step)
    for position, number in enumerate(given, 1):
        if number.__class__ not in _NUMBERS or number != number:  # noqa: PLR0124 - only NaN differs from itself
            raise bad_arg("range", position, "a number", number, hint=number_hint(number) or usage("range"))
    if _is_endless(start, end, step):
        return Stream(_shown(*given), lambda: _count_up(start, step))
    if start.__class__ is int and end.__class__ is int and step.__class__ is int:
        return _integers(start, end, step)
    return _floats(start, end, step)


def _shown(*numbers: Any) -> str:
    return f"(range {' '.join('##Inf' if n == math.inf else '##-Inf' if n == -math.inf else str(n) for n in numbers)})"


def _is_endless(start: Any, end: Any, step: Any) -> bool:
    if step == 0:
        return bool(start != end)
    return bool((end == math.inf and step > 0) or (end == -math.inf and step < 0))


def _count_up(start: Any, step: Any) -> Iterator[Value]:
    while True:
        tick(1)
        yield start
        start += step


def _integers(start: int, end: int, step: int) -> list[Value]:
    if start == end:
        return []
    # len() cannot say more than fits an index; such a range fits no memory either.
    size = max(0, (end - start + step - (1 if step > 0 else -1)) // step)
    if whole(size, "range", 1) != size:
        raise MemoryError
    tick(size)
    return list(range(start, end, step))


def _floats(start: Any, end: Any, step: Any) -> list[Value]:
    numbers: list[Value] = []
    current = start
    while current < end if step > 0 else current > end:
        tick(1)
        numbers.append(current)
        current += step
    return numbers


@builtin(
    "repeat", "x", "n x", doc="A vector of n times x; without n it goes on without end, so bound it with take.",
    examples=[("(repeat 3 :a)", "[:a :a :a]"), ("(take 2 (repeat 0))", "[0 0]")], area=AREA, see_also=("repeatedly", "cycle"),
)  # fmt: skip
def _repeat(first: Value, value: Value = ABSENT) -> Value:
    if value is ABSENT:
        return Stream("(repeat x)", lambda: _endlessly(lambda: first))
    count = max(whole(first, "repeat", 1), 0)
    tick(count)
    return [value] * count


@builtin(
    "repeatedly", "f", "n f", doc="A vector of n results of (f); without n it goes on without end, so bound it with take.",
    examples=[("(repeatedly 2 (fn [] 7))", "[7 7]")], area=AREA, see_also=("repeat", "iterate"),
)  # fmt: skip
def _repeatedly(first: Value, f: Value = ABSENT) -> Value:
    if f is ABSENT:
        fn = as_fn(first, 0, "repeatedly")
        return Stream("(repeatedly f)", lambda: _endlessly(fn))
    count = whole(first, "repeatedly", 1)
    fn = as_fn(f, 0, "repeatedly")
    tick(max(count, 0))
    return [fn() for _ in range(count)]


def _endlessly(fn: Callable[[], Value]) -> Iterator[Value]:
    while True:
        tick(1)
        yield fn()


@builtin(
    "iterate", "f x", doc="x, (f x), (f (f x)), … without end, so bound it with take, take-while, first or nth.",
    examples=[("(take 4 (iterate (fn [x] (* 2 x)) 1))", "[1 2 4 8]")], area=AREA, see_also=("take-while", "reductions"),
)  # fmt: skip
def _iterate(f: Value, value: Value) -> Stream:
    fn = as_fn(f, 1, "iterate")
    return Stream("(iterate f x)", lambda: _iterated(fn, value))


def _iterated(fn: Callable[[Value], Value], value: Value) -> Iterator[Value]:
    while True:
        tick(1)
        yield value
        value = fn(value)


@builtin(
    "cycle", "coll", doc="The items over and over without end, so bound it with take; [] when there are none.",
    examples=[("(take 3 (cycle [1 2]))", "[1 2 1]")], area=AREA, see_also=("repeat",),
)  # fmt: skip
def _cycle(value: Value) -> Value:
    items = coll(value, "cycle", 1)
    return Stream("(cycle coll)", lambda: _cycled(items)) if items else []


def _cycled(items: list[Value]) -> Iterator[Value]:
    while True:
        for item in items:
            tick(1)
            yield item
