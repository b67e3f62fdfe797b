"""Equality, order and logic: `= not= < > <= >= compare max min not boolean distinct?`.

`eq2 lt2 gt2 le2 ge2 max2 min2` are the two-argument operations for compiled code. Numbers compare by value across int
and float and exactly; all other values by the total order of `values.order`; a comparison with NaN is false.
"""

from __future__ import annotations

from collections.abc import Callable

from ptc_lisp.builtins.numeric import NUMBERS
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.values.equality import equals
from ptc_lisp.values.keys import key
from ptc_lisp.values.order import compare
from ptc_lisp.values.types import Value

_MANY = 8
"""Arguments from which on a look at all of their types pays."""

# --- two arguments ---------------------------------------------------------------------------------------------------

eq2 = equals


def lt2(a: Value, b: Value) -> bool:
    """`(< a b)`."""
    if a.__class__ in NUMBERS and b.__class__ in NUMBERS:
        return bool(a < b)
    return not _any_nan(a, b) and compare(a, b) < 0


def gt2(a: Value, b: Value) -> bool:
    """`(> a b)`."""
    if a.__class__ in NUMBERS and b.__class__ in NUMBERS:
        return bool(a > b)
    return not _any_nan(a, b) and compare(a, b) > 0


def le2(a: Value, b: Value) -> bool:
    """`(<= a b)`."""
    if a.__class__ in NUMBERS and b.__class__ in NUMBERS:
        return bool(a <= b)
    return not _any_nan(a, b) and compare(a, b) <= 0


def ge2(a: Value, b: Value) -> bool:
    """`(>= a b)`."""
    if a.__class__ in NUMBERS and b.__class__ in NUMBERS:
        return bool(a >= b)
    return not _any_nan(a, b) and compare(a, b) >= 0


def max2(a: Value, b: Value) -> Value:
    """`(max a b)`: NaN wins, of equals the later one."""
    if _is_nan(a):
        return a
    return b if _is_nan(b) or not gt2(a, b) else a


def min2(a: Value, b: Value) -> Value:
    """`(min a b)`: NaN wins, of equals the later one."""
    if _is_nan(a):
        return a
    return b if _is_nan(b) or not lt2(a, b) else a


def _is_nan(x: Value) -> bool:
    return x.__class__ is float and x != x  # noqa: PLR0124 - NaN is what differs from itself


def _any_nan(a: Value, b: Value) -> bool:
    return _is_nan(a) or _is_nan(b)


def _chain(test: Callable[[Value, Value], bool], x: Value, ys: tuple[Value, ...]) -> bool:
    for y in ys:
        if not test(x, y):
            return False
        x = y
    return True


# --- builtins --------------------------------------------------------------------------------------------------------


@builtin(
    "=", "x", "x & ys", area="comparison", aliases=("==",), clojure="DIV-32",
    doc="Whether all values are equal: numbers by value (1 and 1.0 are equal), collections by content.",
    examples=[("(= 1 1.0)", "true"), ("(= [1 2] (list 1 2))", "true"), ('(= :a "a")', "false")],
    see_also=("not=", "compare"),
)  # fmt: skip
def _equal(x: Value, *ys: Value) -> bool:
    return _chain(equals, x, ys)


@builtin(
    "not=", "x", "x & ys", area="comparison", clojure="DIV-32", doc="Whether the values are not all equal.",
    examples=[("(not= 1 2)", "true"), ("(not= 1 1)", "false")], see_also=("=",),
)  # fmt: skip
def _not_equal(x: Value, *ys: Value) -> bool:
    return not _chain(equals, x, ys)


@builtin(
    "<", "x", "x & ys", area="comparison", clojure="DIV-30",
    doc="Whether the values strictly increase. Values of all kinds are ordered, numbers first.",
    examples=[("(< 1 2 3)", "true"), ("(< 1 1)", "false"), ('(< "a" "b")', "true")], see_also=("<=", "compare"),
)  # fmt: skip
def _less(x: Value, *ys: Value) -> bool:
    return _chain(lt2, x, ys)


@builtin(
    ">", "x", "x & ys", area="comparison", clojure="DIV-30", doc="Whether the values strictly decrease.",
    examples=[("(> 3 2 1)", "true"), ("(> 1 2)", "false")], see_also=(">=", "compare"),
)  # fmt: skip
def _greater(x: Value, *ys: Value) -> bool:
    return _chain(gt2, x, ys)


@builtin(
    "<=", "x", "x & ys", area="comparison", clojure="DIV-30", doc="Whether the values never decrease.",
    examples=[("(<= 1 1 2)", "true"), ("(<= 2 1)", "false")], see_also=("<",),
)  # fmt: skip
def _less_or_equal(x: Value, *ys: Value) -> bool:
    return _chain(le2, x, ys)


@builtin(
    ">=", "x", "x & ys", area="comparison", clojure="DIV-30", doc="Whether the values never increase.",
    examples=[("(>= 2 1 1)", "true"), ("(>= 1 2)", "false")], see_also=(">",),
)  # fmt: skip
def _greater_or_equal(x: Value, *ys: Value) -> bool:
    return _chain(ge2, x, ys)


@builtin(
    "compare", "x y", area="comparison", clojure="DIV-30",
    doc="-1, 0 or 1 as x sorts before, with or after y. Values of all kinds can be compared, NaN cannot.",
    examples=[("(compare 1 2)", "-1"), ('(compare "b" "a")', "1"), ("(compare [1 2] [1 2])", "0")],
    see_also=("sort", "<"),
)  # fmt: skip
def _compare(x: Value, y: Value) -> int:
    for position, value in enumerate((x, y), 1):
        if _is_nan(value):
            raise bad_arg("compare", position, "a value with an order", value, "test it with (NaN? x) first")
    found = compare(x, y)
    return (found > 0) - (found < 0)


@builtin(
    "max", "x", "x & ys", area="math", ns=("clojure.core", "Math"), clojure="DIV-30",
    doc="The largest argument. For the largest item of a collection use (apply max coll).",
    examples=[("(max 1 5 3)", "5"), ("(apply max [4 9 2])", "9")], see_also=("max-by", "max-key", "min"),
)  # fmt: skip
def _max(x: Value, *ys: Value) -> Value:
    if len(ys) > _MANY and set(map(type, ys)) == {int} and x.__class__ is int:
        return max(x, *ys)
    for y in ys:
        x = max2(x, y)
    return x


@builtin(
    "min", "x", "x & ys", area="math", ns=("clojure.core", "Math"), clojure="DIV-30",
    doc="The smallest argument. For the smallest item of a collection use (apply min coll).",
    examples=[("(min 1 5 3)", "1"), ("(apply min [4 9 2])", "2")], see_also=("min-by", "min-key", "max"),
)  # fmt: skip
def _min(x: Value, *ys: Value) -> Value:
    if len(ys) > _MANY and set(map(type, ys)) == {int} and x.__class__ is int:
        return min(x, *ys)
    for y in ys:
        x = min2(x, y)
    return x


@builtin(
    "not", "x", area="logic", doc="true for nil and false, else false.",
    examples=[("(not nil)", "true"), ("(not 0)", "false")], see_also=("boolean", "complement"),
)  # fmt: skip
def _not(x: Value) -> bool:
    return x is None or x is False


@builtin(
    "boolean", "x", area="logic", doc="false for nil and false, else true.",
    examples=[("(boolean nil)", "false"), ("(boolean 0)", "true")], see_also=("not",),
)  # fmt: skip
def _boolean(x: Value) -> bool:
    return x is not None and x is not False


@builtin(
    "distinct?", "& xs", area="comparison",
    doc="Whether no two arguments are the same. 1 and 1.0 are different here. For a collection: (apply distinct? coll).",
    examples=[("(distinct? 1 2 3)", "true"), ("(distinct? :a :b :a)", "false")], see_also=("distinct", "="),
)  # fmt: skip
def _is_distinct(*xs: Value) -> bool:
    tick(len(xs))
    return len({key(x) for x in xs}) == len(xs)
