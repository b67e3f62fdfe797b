"""Mathematics under bare names and in `Math/`: rounding, conversion, powers.

Rounding gives integers (also `Math/floor`, `Math/ceil`, `Math/round`); `##Inf` and `##NaN` pass through them.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from ptc_lisp.builtins.numeric import INF, NAN, check_numbers, finite, to_float
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.support import arithmetic_fault, bad_arg
from ptc_lisp.values.strings import grapheme_count
from ptc_lisp.values.types import ABSENT, Value

_INT_LIMIT = 1 << 31
_EXACT = 1 << 53
_MOST_PLACES = 15


@builtin(
    "abs", "x", area="math", ns=("clojure.core", "Math"), doc="The number without its sign.",
    examples=[("(abs -5)", "5"), ("(abs 2.5)", "2.5")],
)  # fmt: skip
def _abs(x: Value) -> Value:
    check_numbers("abs", x)
    return abs(x)


@builtin(
    "floor", "x", area="math", ns="Math", clojure="DIV-42", doc="The largest integer that is not above x.",
    examples=[("(floor 3.7)", "3"), ("(floor -3.2)", "-4")], see_also=("ceil", "round", "trunc"),
)  # fmt: skip
def _floor(x: Value) -> Value:
    check_numbers("floor", x)
    return math.floor(x) if finite(x) else x


@builtin(
    "ceil", "x", area="math", ns="Math", clojure="DIV-42", doc="The smallest integer that is not below x.",
    examples=[("(ceil 3.2)", "4"), ("(ceil -3.7)", "-3")], see_also=("floor", "round"),
)  # fmt: skip
def _ceil(x: Value) -> Value:
    check_numbers("ceil", x)
    return math.ceil(x) if finite(x) else x


@builtin(
    "trunc", "x", area="math", ns="Math", clojure="extension", doc="The integer part of x: rounds towards zero.",
    examples=[("(trunc 3.9)", "3"), ("(trunc -3.9)", "-3")], see_also=("int", "round", "quot"),
)  # fmt: skip
def _trunc(x: Value) -> Value:
    check_numbers("trunc", x)
    return math.trunc(x) if finite(x) else x


@builtin(
    "round", "x", "x places", area="math", ns="Math", clojure="DIV-43",
    doc="The nearest integer, or the nearest number with that many decimal places (0 to 15); halves away from zero.",
    examples=[("(round 2.5)", "3"), ("(round -2.5)", "-3"), ("(round 3.14159 2)", "3.14"), ("(round 0.125 2)", "0.13")],
    see_also=("floor", "ceil", "format"),
)  # fmt: skip
def _round(x: Value, places: Value = ABSENT) -> Value:
    check_numbers("round", x)
    if places is not ABSENT and (places.__class__ is not int or not 0 <= places <= _MOST_PLACES):
        raise bad_arg("round", 2, f"a number of decimal places from 0 to {_MOST_PLACES}", places)
    if x.__class__ is int or not finite(x):
        return x
    if places is not ABSENT:
        # The shortest text of a float is what its writer meant: 2.675 has its half where people see it.
        exact = Decimal(repr(x))
        return float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)) if abs(x) < _EXACT else x
    size = abs(x)
    whole = math.floor(size)
    # The fraction of a float is exact, adding 0.5 to it would not be.
    if size - whole >= 0.5:
        whole += 1
    return whole if x > 0 else -whole


@builtin(
    "int", "x", area="math", ns=("clojure.core", "Math"), clojure="DIV-45",
    doc="An integer from a number (rounds towards zero; it must fit in 32 bits, see long) or from a one-character"
    " string (its code point). For text use parse-long.",
    examples=[("(int 3.7)", "3"), ("(int -3.7)", "-3"), ('(int "a")', "97")],
    see_also=("long", "round", "parse-long"),
)  # fmt: skip
def _int(x: Value) -> int:
    if x.__class__ is str and grapheme_count(x) == 1:
        return ord(x[0])
    whole = _whole("int", x)
    if not -_INT_LIMIT <= whole < _INT_LIMIT:
        raise arithmetic_fault("int: the value does not fit in 32 bits", hint="use (long x)")
    return whole


@builtin(
    "long", "x", area="math", clojure="DIV-37", doc="An integer from a number of any size: rounds towards zero.",
    examples=[("(long 3.7)", "3"), ("(long 3000000000.5)", "3000000000")], see_also=("int", "parse-long"),
)  # fmt: skip
def _long(x: Value) -> int:
    return x if x.__class__ is int else _whole("long", x)


def _whole(who: str, x: Value) -> int:
    check_numbers(who, x)
    if x.__class__ is float:
        if math.isnan(x):
            return 0
        if math.isinf(x):
            raise arithmetic_fault(
                f"{who}: an infinite number is no integer", hint="test it with (infinite? x) first"
            )
    return int(x)


@builtin(
    "double", "x", area="math", ns=("clojure.core", "Math"), aliases=("float",), doc="The number as a float. For text use parse-double.",
    examples=[("(double 1)", "1.0"), ("(float 0.5)", "0.5")], see_also=("int", "parse-double"),
)  # fmt: skip
def _double(x: Value) -> float:
    check_numbers("double", x)
    return to_float(x, "double")


@builtin(
    "sqrt", "x", area="math", ns="Math", clojure="DIV-45",
    doc="The square root, a float; ##NaN for a negative number.",
    examples=[("(sqrt 9)", "3.0"), ("(Math/sqrt 2)", "1.4142135623730951"), ("(sqrt -1)", "##NaN")],
    see_also=("pow", "Math/cbrt"),
)  # fmt: skip
def _sqrt(x: Value) -> float:
    check_numbers("sqrt", x)
    return NAN if x < 0 else math.sqrt(to_float(x, "sqrt"))


@builtin(
    "pow", "base exponent", area="math", ns="Math", clojure="DIV-45",
    doc="The power as a float; ##Inf when it is too large, ##NaN for a fractional power of a negative number.",
    examples=[("(pow 2 10)", "1024.0"), ("(Math/pow 2 -1)", "0.5"), ("(pow -2 3)", "-8.0"), ("(pow 0 -1)", "##Inf")],
    see_also=("sqrt", "Math/exp"),
)  # fmt: skip
def _pow(base: Value, exponent: Value) -> float:
    check_numbers("pow", base, exponent)
    x, y = to_float(base, "pow"), to_float(exponent, "pow")
    # Where C's pow, which Python follows, differs from Java's.
    if math.isnan(y) or (math.isinf(y) and abs(x) == 1.0):
        return NAN
    try:
        return math.pow(x, y)
    except OverflowError:
        return -INF if x < 0 and _odd(y) else INF
    except ValueError:
        if x != 0:
            return NAN
        return math.copysign(INF, x) if _odd(y) else INF


def _odd(y: float) -> bool:
    return abs(y) < _EXACT and y % 2 == 1
