"""Arithmetic: `+ - * /`, `inc dec`, `quot rem mod`.

`add2 sub2 mul2 div2` are the two-argument operations; compiled code calls them, `inc1` and `dec1` when its own shortcut
for integers does not apply. Integers are exact; a float operand makes the result a float; floats that overflow are a fault instead
of turning into `##Inf`; `##Inf` and `##NaN` operands propagate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce

from ptc_lisp.builtins.numeric import (
    MAX_BITS,
    NAN,
    NUMBERS,
    check_numbers,
    finite,
    not_a_number,
    overflow,
    to_float,
    too_large,
)
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.support import arithmetic_fault
from ptc_lisp.faults import Trap
from ptc_lisp.values.types import Value

# --- two arguments ---------------------------------------------------------------------------------------------------


def add2(a: Value, b: Value) -> Value:
    """`(+ a b)`. Raises type_error or, when finite operands overflow, arithmetic_error."""
    if a.__class__ not in NUMBERS or b.__class__ not in NUMBERS:
        raise _first_non_number("+", a, b)
    try:
        total = a + b
    except OverflowError:
        return _with_huge_integer("+", add2, a, b)
    if total.__class__ is float and total - total != 0.0 and finite(a) and finite(b):
        raise overflow("+")
    return total


def sub2(a: Value, b: Value) -> Value:
    """`(- a b)`. Raises as `add2`."""
    if a.__class__ not in NUMBERS or b.__class__ not in NUMBERS:
        raise _first_non_number("-", a, b)
    try:
        total = a - b
    except OverflowError:
        return _with_huge_integer("-", sub2, a, b)
    if total.__class__ is float and total - total != 0.0 and finite(a) and finite(b):
        raise overflow("-")
    return total


def mul2(a: Value, b: Value) -> Value:
    """`(* a b)`. Raises as `add2`, and arithmetic_error for an integer beyond `MAX_BITS`."""
    if a.__class__ not in NUMBERS or b.__class__ not in NUMBERS:
        raise _first_non_number("*", a, b)
    try:
        product = a * b
    except OverflowError:
        return _with_huge_integer("*", mul2, a, b)
    if product.__class__ is int:
        if product.bit_length() > MAX_BITS:
            raise too_large("*")
    elif product - product != 0.0 and finite(a) and finite(b):
        raise overflow("*")
    return product


def div2(a: Value, b: Value) -> float:
    """`(/ a b)`, always a float. Dividing by the integer 0 is an arithmetic_error, by 0.0 an infinity or NaN."""
    if a.__class__ not in NUMBERS or b.__class__ not in NUMBERS:
        raise _first_non_number("/", a, b)
    try:
        ratio: float = a / b
    except ZeroDivisionError:
        if b.__class__ is int:
            raise zero_division("/") from None
        if a == 0 or math.isnan(a):
            return NAN
        return math.copysign(math.inf, b) * (1.0 if a > 0 else -1.0)
    except OverflowError:
        if a.__class__ is b.__class__:
            raise overflow("/") from None
        return _with_huge_integer("/", div2, a, b)
    if ratio - ratio != 0.0 and finite(a) and finite(b):
        raise overflow("/")
    return ratio


def zero_division(who: str) -> Trap:
    """The fault for a zero divisor."""
    return arithmetic_fault(f"{who}: division by zero", hint="guard it, e.g. (if (zero? n) 0 (/ x n))")


def _first_non_number(who: str, a: Value, b: Value) -> Trap:
    return not_a_number(who, 2, b) if a.__class__ in NUMBERS else not_a_number(who, 1, a)


def _with_huge_integer(who: str, operation: Callable[[Value, Value], Value], a: Value, b: Value) -> Value:
    # One operand is a float, the other an integer beyond all floats: only its sign matters beside ##Inf and ##NaN.
    if finite(a) and finite(b):
        raise arithmetic_fault(f"{who}: an integer is too large to be combined with a float")
    return operation(_sign(a), _sign(b))


def _sign(x: Value) -> Value:
    if x.__class__ is float:
        return x
    return 1 if x > 0 else -1


# --- builtins --------------------------------------------------------------------------------------------------------


@builtin(
    "+", "& xs", area="arithmetic", aliases=("+'",), clojure="DIV-37",
    doc="Sum of numbers; (+) is 0. Integers are exact at any size, one float makes the sum a float.",
    examples=[("(+ 1 2 3)", "6"), ("(+ 1 2.5)", "3.5"), ("(+)", "0"), ("(apply + [1 2 3])", "6")],
    see_also=("sum", "inc", "reduce"),
)  # fmt: skip
def _add(*xs: Value) -> Value:
    if len(xs) == 2:
        return add2(xs[0], xs[1])
    if set(map(type, xs)) == {int}:
        return sum(xs)
    check_numbers("+", *xs)
    return reduce(add2, xs) if xs else 0


@builtin(
    "-", "x", "x & ys", area="arithmetic", aliases=("-'",), clojure="DIV-37",
    doc="Subtracts the further numbers from the first; with one argument, negates it.",
    examples=[("(- 10 3 2)", "5"), ("(- 4)", "-4")],
    see_also=("dec",),
)  # fmt: skip
def _subtract(x: Value, *ys: Value) -> Value:
    if len(ys) == 1:
        return sub2(x, ys[0])
    check_numbers("-", x, *ys)
    if not ys:
        return -x
    for y in ys:
        x = sub2(x, y)
    return x


@builtin(
    "*", "& xs", area="arithmetic", aliases=("*'",), clojure="DIV-37",
    doc="Product of numbers; (*) is 1. Integers are exact, one float makes the product a float.",
    examples=[("(* 2 3 4)", "24"), ("(* 2 0.5)", "1.0"), ("(*)", "1")],
)  # fmt: skip
def _multiply(*xs: Value) -> Value:
    if len(xs) == 2:
        return mul2(xs[0], xs[1])
    check_numbers("*", *xs)
    product: Value = 1
    for x in xs:
        product = mul2(product, x)
    return product


@builtin(
    "/", "x", "x & ys", area="arithmetic", clojure="DIV-20",
    doc="Divides the first number by the others; the result is always a float (there are no ratios). With one"
    " argument, its reciprocal. For a whole quotient use quot.",
    examples=[("(/ 6 3)", "2.0"), ("(/ 1 4)", "0.25"), ("(/ 4)", "0.25"), ("(/ 1 0.0)", "##Inf")],
    see_also=("quot", "mod"),
)  # fmt: skip
def _divide(x: Value, *ys: Value) -> float:
    if len(ys) == 1:
        return div2(x, ys[0])
    check_numbers("/", x, *ys)
    if not ys:
        return div2(1, x)
    for y in ys:
        x = div2(x, y)
    return x


@builtin(
    "inc", "x", area="arithmetic", aliases=("inc'",), clojure="DIV-37", doc="The number plus 1.",
    examples=[("(inc 5)", "6"), ("(map inc [1 2.5])", "[2 3.5]")], see_also=("dec", "+"),
)  # fmt: skip
def inc1(x: Value) -> Value:
    """`(inc x)`, also called by compiled code. Raises type_error."""
    if x.__class__ not in NUMBERS:
        raise not_a_number("inc", 1, x)
    return x + 1


@builtin(
    "dec", "x", area="arithmetic", aliases=("dec'",), clojure="DIV-37", doc="The number minus 1.",
    examples=[("(dec 5)", "4")], see_also=("inc", "-"),
)  # fmt: skip
def dec1(x: Value) -> Value:
    """`(dec x)`, also called by compiled code. Raises type_error."""
    if x.__class__ not in NUMBERS:
        raise not_a_number("dec", 1, x)
    return x - 1


@builtin(
    "quot", "n d", area="arithmetic", ns=("clojure.core", "Math"), clojure="DIV-37",
    doc="Quotient rounded towards zero, an integer also for floats.",
    examples=[("(quot 7 2)", "3"), ("(quot -7 2)", "-3"), ("(quot 7.5 2)", "3")],
    see_also=("rem", "mod", "/"),
)  # fmt: skip
def _quot(n: Value, d: Value) -> Value:
    if n.__class__ is int and d.__class__ is int and d:
        whole = abs(n) // abs(d)
        return whole if (n < 0) == (d < 0) else -whole
    check_numbers("quot", n, d)
    if d == 0:
        raise zero_division("quot")
    if not (finite(n) and finite(d)):
        return NAN
    ratio = to_float(n, "quot") / to_float(d, "quot")
    if not finite(ratio):
        raise overflow("quot")
    return math.trunc(ratio)


@builtin(
    "rem", "n d", area="arithmetic",
    doc="Remainder of quot: it has the sign of the dividend.",
    examples=[("(rem 7 3)", "1"), ("(rem -7 3)", "-1"), ("(rem 5.5 2)", "1.5")],
    see_also=("mod", "quot"),
)  # fmt: skip
def _rem(n: Value, d: Value) -> Value:
    if n.__class__ is int and d.__class__ is int and d:
        rest = abs(n) % abs(d)
        return rest if n >= 0 else -rest
    check_numbers("rem", n, d)
    if d == 0:
        raise zero_division("rem")
    if not (finite(n) and finite(d)):
        return NAN
    return math.fmod(to_float(n, "rem"), to_float(d, "rem"))


@builtin(
    "mod", "n d", area="arithmetic",
    doc="Modulus, rounded down: it has the sign of the divisor.",
    examples=[("(mod 7 3)", "1"), ("(mod -7 3)", "2"), ("(mod 5.5 2)", "1.5")],
    see_also=("rem", "quot"),
)  # fmt: skip
def _mod(n: Value, d: Value) -> Value:
    if n.__class__ is int and d.__class__ is int and d:
        return n % d
    check_numbers("mod", n, d)
    if d == 0:
        raise zero_division("mod")
    if not (finite(n) and finite(d)):
        return NAN
    return to_float(n, "mod") % to_float(d, "mod")
