"""Builtins that add up, average, or pick the smallest and largest."""

from __future__ import annotations

from ptc_lisp.builtins.folding import total
from ptc_lisp.builtins.numeric import NAN
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.seq_support import coll
from ptc_lisp.builtins.support import type_fault
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.lookup import select
from ptc_lisp.values.order import compare, extreme
from ptc_lisp.values.printing import brief
from ptc_lisp.values.types import ABSENT, Value

AREA = "aggregates"

_NUMBERS = frozenset({int, float})


def _present(values: list[Value]) -> list[Value]:
    return [value for value in values if value is not None]


def _added(numbers: list[Value], who: str) -> Value:
    added = total(numbers)
    if added is not ABSENT:
        return added
    wrong = next(value for value in numbers if value.__class__ not in _NUMBERS)
    hint = f"select the numbers first, e.g. ({who.removesuffix('-by')} (map :n rows))"
    if wrong.__class__ is str:
        hint = "turn text into numbers with parse-long or parse-double"
    raise type_fault(f"{who}: every value must be a number or nil, got {brief(wrong)}", hint=hint)


@builtin(
    "sum", "coll", doc="The sum of the numbers; nil items are skipped; 0 without numbers.",
    examples=[("(sum [1 2 nil 3])", "6"), ("(sum [])", "0")], area=AREA, clojure="extension", see_also=("sum-by", "avg"),
)  # fmt: skip
def _sum(value: Value) -> Value:
    return _added(_present(coll(value, "sum", 1)), "sum")


@builtin(
    "sum-by", "selector coll",
    doc="The sum of what the selector (keyword, string, vector path or function) finds; nil is skipped; 0 without numbers.",
    examples=[("(sum-by :n [{:n 1} {} {:n 3}])", "4")], area=AREA, clojure="extension", see_also=("sum", "avg-by"),
)  # fmt: skip
def _sum_by(sel: Value, value: Value) -> Value:
    return _added(_present(select(sel, coll(value, "sum-by", 2), "sum-by")), "sum-by")


def _mean(numbers: list[Value], who: str) -> float | None:
    return _added(numbers, who) / len(numbers) if numbers else None


@builtin(
    "avg", "coll", doc="The mean of the numbers as a float; nil items are skipped; nil without numbers.",
    examples=[("(avg [1 2 nil])", "1.5"), ("(avg [])", "nil")], area=AREA, clojure="extension", see_also=("avg-by", "sum"),
)  # fmt: skip
def _avg(value: Value) -> float | None:
    return _mean(_present(coll(value, "avg", 1)), "avg")


@builtin(
    "avg-by", "selector coll", doc="The mean of what the selector finds, as a float; nil is skipped; nil without numbers.",
    examples=[("(avg-by :n [{:n 1} {:n 2}])", "1.5")], area=AREA, clojure="extension", see_also=("avg", "sum-by"),
)  # fmt: skip
def _avg_by(sel: Value, value: Value) -> float | None:
    return _mean(_present(select(sel, coll(value, "avg-by", 2), "avg-by")), "avg-by")


def _middle(numbers: list[Value], who: str) -> Value:
    if not numbers:
        return None
    added = _added(numbers, who)  # the same fault for what is no number
    if added != added and any(number != number for number in numbers):  # noqa: PLR0124 - NaN has no place in an order
        return NAN
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


@builtin(
    "median", "coll", doc="The number in the middle, or the mean of the two in the middle as a float; nil items are skipped; nil "
    "without numbers.",
    examples=[("(median [5 1 3])", "3"), ("(median [1 2 nil])", "1.5")], area=AREA, clojure="extension",
    see_also=("median-by", "avg"),
)  # fmt: skip
def _median(value: Value) -> Value:
    return _middle(_present(coll(value, "median", 1)), "median")


@builtin(
    "median-by", "selector coll", doc="The median of what the selector finds; nil is skipped; nil without numbers.",
    examples=[("(median-by :n [{:n 1} {:n 9} {:n 2}])", "2")], area=AREA, clojure="extension", see_also=("median", "avg-by"),
)  # fmt: skip
def _median_by(sel: Value, value: Value) -> Value:
    return _middle(_present(select(sel, coll(value, "median-by", 2), "median-by")), "median-by")


def _by(sel: Value, value: Value, more: tuple[Value, ...], who: str, *, largest: bool) -> Value:
    items = [value, *more] if more else coll(value, who, 2)
    keys = select(sel, items, who)
    if None in keys:
        items = [item for key, item in zip(keys, items, strict=True) if key is not None]
        keys = _present(keys)
    return items[extreme(keys, largest=largest)] if keys else None


@builtin(
    "min-by", "selector coll", "selector x y & more",
    doc="The item for which the selector finds the smallest value, the first of several; nil values are skipped; nil without.",
    examples=[("(min-by :n [{:n 2} {:n 1}])", "{:n 1}")], area=AREA, clojure="extension", see_also=("max-by", "sort-by"),
)  # fmt: skip
def _min_by(sel: Value, value: Value, *more: Value) -> Value:
    return _by(sel, value, more, "min-by", largest=False)


@builtin(
    "max-by", "selector coll", "selector x y & more",
    doc="The item for which the selector finds the largest value, the first of several; nil values are skipped; nil without.",
    examples=[("(max-by :n [{:n 2} {:n 1}])", "{:n 2}")], area=AREA, clojure="extension", see_also=("min-by", "sort-by"),
)  # fmt: skip
def _max_by(sel: Value, value: Value, *more: Value) -> Value:
    return _by(sel, value, more, "max-by", largest=True)


def _best(f: Value, items: tuple[Value, ...], who: str, sign: int) -> Value:
    fn = as_fn(f, 1, who)
    best, best_key = items[0], fn(items[0]) if len(items) > 1 else None
    for item in items[1:]:
        key = fn(item)
        if compare(key, best_key) * sign >= 0:
            best, best_key = item, key
    return best


@builtin(
    "min-key", "f x & more", doc="The argument for which f is smallest, the last of several. For a collection use min-by.",
    examples=[('(min-key count "abc" "a" "ab")', '"a"')], area=AREA, see_also=("max-key", "min-by"),
)  # fmt: skip
def _min_key(f: Value, x: Value, *more: Value) -> Value:
    return _best(f, (x, *more), "min-key", -1)


@builtin(
    "max-key", "f x & more", doc="The argument for which f is largest, the last of several. For a collection use max-by.",
    examples=[('(max-key count "a" "abc" "ab")', '"abc"')], area=AREA, see_also=("min-key", "max-by"),
)  # fmt: skip
def _max_key(f: Value, x: Value, *more: Value) -> Value:
    return _best(f, (x, *more), "max-key", 1)
