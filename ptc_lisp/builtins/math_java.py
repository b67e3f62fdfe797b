"""The rest of `Math/`: constants, exponentials, trigonometry and integer helpers, with Java's names and special cases.

They are only found with their namespace, because `log` or `exp` are names that programs like to use themselves.
A result beyond the largest float is `##Inf`, as in Java; outside its domain a function gives `##NaN`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ptc_lisp.builtins.arithmetic import add2, mul2, sub2, zero_division
from ptc_lisp.builtins.numeric import INF, NAN, check_integers, check_numbers, finite, to_float
from ptc_lisp.builtins.registry import builtin, constant
from ptc_lisp.builtins.support import arithmetic_fault
from ptc_lisp.values.types import Value

_EXACT = 1 << 53
"""Smaller whole numbers are floats of their own."""

constant("PI", math.pi, ns="Math", doc="The ratio of a circle's circumference to its diameter.")
constant("E", math.e, ns="Math", doc="The base of natural logarithms.")


# --- functions of one number -----------------------------------------------------------------------------------------


def _log_with(log: Callable[[Value], float]) -> Callable[[Value], float]:
    def logarithm(x: Value) -> float:
        if x == 0:
            return -INF
        return NAN if x < 0 else log(x)

    return logarithm


def _log1p(x: float) -> float:
    return -INF if x == -1 else math.log1p(x)


def _cbrt(x: float) -> float:
    root = math.cbrt(x)
    # C libraries differ in the last digit; cubes of whole numbers have exact roots.
    whole = round(root) if abs(root) < _EXACT else 0
    return float(whole) if whole and float(whole) ** 3 == x else root


def _signum(x: float) -> float:
    return x if x == 0 or math.isnan(x) else math.copysign(1.0, x)


def _rint(x: float) -> float:
    return math.copysign(float(round(x)), x) if finite(x) else x


_UNARY: tuple[tuple[str, Callable[[Value], float], str, str, str], ...] = (
    ("exp", math.exp, "e to the power x.", "(Math/exp 0)", "1.0"),
    ("expm1", math.expm1, "e to the power x, minus 1, exact for small x.", "(Math/expm1 0)", "0.0"),
    ("log", _log_with(math.log), "The natural logarithm.", "(Math/log 1)", "0.0"),
    ("log10", _log_with(math.log10), "The logarithm to base 10.", "(Math/log10 1000)", "3.0"),
    ("log1p", _log1p, "The natural logarithm of 1 + x, exact for small x.", "(Math/log1p 0)", "0.0"),
    ("cbrt", _cbrt, "The cube root.", "(Math/cbrt 27)", "3.0"),
    ("sin", math.sin, "Sine of an angle in radians.", "(Math/sin 0)", "0.0"),
    ("cos", math.cos, "Cosine of an angle in radians.", "(Math/cos 0)", "1.0"),
    ("tan", math.tan, "Tangent of an angle in radians.", "(Math/tan 0)", "0.0"),
    ("asin", math.asin, "Arc sine, in radians.", "(Math/asin 0)", "0.0"),
    ("acos", math.acos, "Arc cosine, in radians.", "(Math/acos 1)", "0.0"),
    ("atan", math.atan, "Arc tangent, in radians.", "(Math/atan 0)", "0.0"),
    ("sinh", math.sinh, "Hyperbolic sine.", "(Math/sinh 0)", "0.0"),
    ("cosh", math.cosh, "Hyperbolic cosine.", "(Math/cosh 0)", "1.0"),
    ("tanh", math.tanh, "Hyperbolic tangent.", "(Math/tanh 0)", "0.0"),
    ("toRadians", math.radians, "Degrees as radians.", "(Math/toRadians 180)", "3.141592653589793"),
    ("toDegrees", math.degrees, "Radians as degrees.", "(Math/toDegrees Math/PI)", "180.0"),
    ("signum", _signum, "-1.0, 0.0 or 1.0, the sign of x.", "(Math/signum -7)", "-1.0"),
    ("rint", _rint, "The nearest whole float, halves to even.", "(Math/rint 2.5)", "2.0"),
    ("ulp", math.ulp, "The distance from x to the next larger float.", "(Math/ulp 1.0)", "2.220446049250313e-16"),
    ("nextUp", lambda x: math.nextafter(x, INF), "The next larger float.", "(Math/nextUp 0.0)", "5.0e-324"),
    ("nextDown", lambda x: math.nextafter(x, -INF), "The next smaller float.", "(Math/nextDown 0.0)", "-5.0e-324"),
)  # fmt: skip

_EXACT_FOR_INTEGERS = frozenset({"log", "log10"})


def _unary(name: str, compute: Callable[[Value], float]) -> Callable[[Value], float]:
    who = f"Math/{name}"

    def apply_to(x: Value) -> float:
        check_numbers(who, x)
        number = x if name in _EXACT_FOR_INTEGERS else to_float(x, who)
        try:
            return compute(number)
        except ValueError:
            return NAN
        except OverflowError:
            # Of these functions only sinh can overflow to the negative side.
            return -INF if name == "sinh" and x < 0 else INF

    return apply_to


for _name, _compute, _doc, _source, _shown in _UNARY:
    builtin(_name, "x", area="math", ns="Math", bare=False, doc=_doc, examples=[(_source, _shown)])(
        _unary(_name, _compute)
    )


# --- functions of two numbers ----------------------------------------------------------------------------------------


@builtin(
    "atan2", "y x", area="math", ns="Math", bare=False, doc="The angle of the point (x, y), in radians.",
    examples=[("(Math/atan2 0 1)", "0.0")],
)  # fmt: skip
def _atan2(y: Value, x: Value) -> float:
    check_numbers("Math/atan2", y, x)
    return math.atan2(to_float(y, "Math/atan2"), to_float(x, "Math/atan2"))


@builtin(
    "hypot", "x y", area="math", ns="Math", bare=False, doc="The square root of x² + y².",
    examples=[("(Math/hypot 3 4)", "5.0")],
)  # fmt: skip
def _hypot(x: Value, y: Value) -> float:
    check_numbers("Math/hypot", x, y)
    return math.hypot(to_float(x, "Math/hypot"), to_float(y, "Math/hypot"))


@builtin(
    "copySign", "x y", area="math", ns="Math", bare=False, doc="x with the sign of y, as a float.",
    examples=[("(Math/copySign 3 -1)", "-3.0")],
)  # fmt: skip
def _copy_sign(x: Value, y: Value) -> float:
    check_numbers("Math/copySign", x, y)
    return math.copysign(to_float(x, "Math/copySign"), to_float(y, "Math/copySign"))


@builtin(
    "nextAfter", "x y", area="math", ns="Math", bare=False, doc="The float next to x in the direction of y.",
    examples=[("(Math/nextAfter 0.0 -1)", "-5.0e-324")],
)  # fmt: skip
def _next_after(x: Value, y: Value) -> float:
    check_numbers("Math/nextAfter", x, y)
    return math.nextafter(to_float(x, "Math/nextAfter"), to_float(y, "Math/nextAfter"))


@builtin(
    "IEEEremainder", "x y", area="math", ns="Math", bare=False,
    doc="The remainder of the division rounded to the nearest whole number, halves to even.",
    examples=[("(Math/IEEEremainder 5 3)", "-1.0")],
)  # fmt: skip
def _ieee_remainder(x: Value, y: Value) -> float:
    check_numbers("Math/IEEEremainder", x, y)
    try:
        return math.remainder(to_float(x, "Math/IEEEremainder"), to_float(y, "Math/IEEEremainder"))
    except ValueError:
        return NAN


@builtin(
    "scalb", "x n", area="math", ns="Math", bare=False, doc="x times 2 to the power n (an integer), as a float.",
    examples=[("(Math/scalb 1.5 4)", "24.0")],
)  # fmt: skip
def _scalb(x: Value, n: Value) -> float:
    check_numbers("Math/scalb", x, n)
    check_integers("Math/scalb", n)
    number = to_float(x, "Math/scalb")
    try:
        return math.ldexp(number, n)
    except OverflowError:
        return math.copysign(INF, number)


# --- integers --------------------------------------------------------------------------------------------------------


@builtin(
    "floorDiv", "x y", area="math", ns="Math", bare=False, clojure="DIV-37",
    doc="The quotient of two integers, rounded down.",
    examples=[("(Math/floorDiv -7 2)", "-4")], see_also=("quot",),
)  # fmt: skip
def _floor_div(x: Value, y: Value) -> int:
    check_integers("Math/floorDiv", x, y)
    if y == 0:
        raise zero_division("Math/floorDiv")
    return x // y


@builtin(
    "floorMod", "x y", area="math", ns="Math", bare=False, clojure="DIV-37",
    doc="The remainder of floorDiv: it has the sign of the divisor.",
    examples=[("(Math/floorMod -7 3)", "2")], see_also=("mod",),
)  # fmt: skip
def _floor_mod(x: Value, y: Value) -> int:
    check_integers("Math/floorMod", x, y)
    if y == 0:
        raise zero_division("Math/floorMod")
    return x % y


@builtin(
    "addExact", "x y", area="math", ns="Math", bare=False, clojure="DIV-37",
    doc="The sum of two integers (exact at any size, as +).", examples=[("(Math/addExact 1 2)", "3")], see_also=("+",),
)  # fmt: skip
def _add_exact(x: Value, y: Value) -> Value:
    check_integers("Math/addExact", x, y)
    return add2(x, y)


@builtin(
    "subtractExact", "x y", area="math", ns="Math", bare=False, clojure="DIV-37",
    doc="The difference of two integers (exact at any size, as -).",
    examples=[("(Math/subtractExact 3 2)", "1")], see_also=("-",),
)  # fmt: skip
def _subtract_exact(x: Value, y: Value) -> Value:
    check_integers("Math/subtractExact", x, y)
    return sub2(x, y)


@builtin(
    "multiplyExact", "x y", area="math", ns="Math", bare=False, clojure="DIV-37",
    doc="The product of two integers (exact at any size, as *).",
    examples=[("(Math/multiplyExact 3 2)", "6")], see_also=("*",),
)  # fmt: skip
def _multiply_exact(x: Value, y: Value) -> Value:
    check_integers("Math/multiplyExact", x, y)
    return mul2(x, y)


@builtin(
    "negateExact", "x", area="math", ns="Math", bare=False, clojure="DIV-37", doc="The integer with the other sign.",
    examples=[("(Math/negateExact 3)", "-3")], see_also=("-",),
)  # fmt: skip
def _negate_exact(x: Value) -> int:
    check_integers("Math/negateExact", x)
    return -x


@builtin(
    "incrementExact", "x", area="math", ns="Math", bare=False, clojure="DIV-37", doc="The integer plus 1.",
    examples=[("(Math/incrementExact 3)", "4")], see_also=("inc",),
)  # fmt: skip
def _increment_exact(x: Value) -> int:
    check_integers("Math/incrementExact", x)
    return x + 1


@builtin(
    "decrementExact", "x", area="math", ns="Math", bare=False, clojure="DIV-37", doc="The integer minus 1.",
    examples=[("(Math/decrementExact 3)", "2")], see_also=("dec",),
)  # fmt: skip
def _decrement_exact(x: Value) -> int:
    check_integers("Math/decrementExact", x)
    return x - 1


@builtin(
    "toIntExact", "x", area="math", ns="Math", bare=False,
    doc="The integer itself when it fits in 32 bits, else a fault.", examples=[("(Math/toIntExact 7)", "7")],
)  # fmt: skip
def _to_int_exact(x: Value) -> int:
    check_integers("Math/toIntExact", x)
    if not -(1 << 31) <= x < 1 << 31:
        raise arithmetic_fault("Math/toIntExact: the value does not fit in 32 bits")
    return x
