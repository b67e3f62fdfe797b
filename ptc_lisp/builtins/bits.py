"""Bit operations on integers of any width, two's complement."""

from __future__ import annotations

from ptc_lisp.builtins.numeric import check_integers, check_size
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.support import arithmetic_fault, bad_arg
from ptc_lisp.values.types import Value

_NS = ("clojure.core", "Math")
_WORD = 64


@builtin(
    "bit-and", "x y", "x y & more", area="bits", ns=_NS, doc="Bitwise and of two or more integers.",
    examples=[("(bit-and 12 10)", "8")],
)  # fmt: skip
def _bit_and(x: Value, y: Value, *more: Value) -> Value:
    check_integers("bit-and", x, y, *more)
    result = x & y
    for other in more:
        result &= other
    return result


@builtin(
    "bit-or", "x y", "x y & more", area="bits", ns=_NS, doc="Bitwise or of two or more integers.",
    examples=[("(bit-or 12 10)", "14")],
)  # fmt: skip
def _bit_or(x: Value, y: Value, *more: Value) -> Value:
    check_integers("bit-or", x, y, *more)
    result = x | y
    for other in more:
        result |= other
    return result


@builtin(
    "bit-xor", "x y", "x y & more", area="bits", ns=_NS, doc="Bitwise exclusive or of two or more integers.",
    examples=[("(bit-xor 12 10)", "6")],
)  # fmt: skip
def _bit_xor(x: Value, y: Value, *more: Value) -> Value:
    check_integers("bit-xor", x, y, *more)
    result = x ^ y
    for other in more:
        result ^= other
    return result


@builtin(
    "bit-and-not", "x y", "x y & more", area="bits", ns=_NS,
    doc="Clears in the first integer the bits that are set in the others.",
    examples=[("(bit-and-not 15 5)", "10")],
)  # fmt: skip
def _bit_and_not(x: Value, y: Value, *more: Value) -> Value:
    check_integers("bit-and-not", x, y, *more)
    result = x & ~y
    for other in more:
        result &= ~other
    return result


@builtin(
    "bit-not", "x", area="bits", ns=_NS, doc="Bitwise complement of an integer.", examples=[("(bit-not 5)", "-6")],
)  # fmt: skip
def _bit_not(x: Value) -> int:
    check_integers("bit-not", x)
    return ~x


@builtin(
    "bit-shift-left", "x n", area="bits", ns=_NS, clojure="DIV-37",
    doc="Shifts an integer left by n bits; nothing is cut off.",
    examples=[("(bit-shift-left 1 10)", "1024"), ("(bit-shift-left 1 64)", "18446744073709551616")],
    see_also=("bit-shift-right",),
)  # fmt: skip
def _bit_shift_left(x: Value, n: Value) -> int:
    _check_index("bit-shift-left", x, n)
    if x == 0:
        return 0
    check_size("bit-shift-left", x.bit_length() + n)
    return x << n


@builtin(
    "bit-shift-right", "x n", area="bits", ns=_NS, clojure="DIV-37",
    doc="Shifts an integer right by n bits, keeping its sign.",
    examples=[("(bit-shift-right 1024 3)", "128"), ("(bit-shift-right -8 1)", "-4")],
    see_also=("bit-shift-left", "unsigned-bit-shift-right"),
)  # fmt: skip
def _bit_shift_right(x: Value, n: Value) -> int:
    _check_index("bit-shift-right", x, n)
    return x >> min(n, x.bit_length() + 1)


@builtin(
    "unsigned-bit-shift-right", "x n", area="bits", ns=_NS,
    doc="Shifts an integer right by n bits, filling with zeros; a negative integer counts as a 64-bit word.",
    examples=[("(unsigned-bit-shift-right 1024 3)", "128"), ("(unsigned-bit-shift-right -1 60)", "15")],
    see_also=("bit-shift-right",),
)  # fmt: skip
def _unsigned_bit_shift_right(x: Value, n: Value) -> int:
    _check_index("unsigned-bit-shift-right", x, n)
    if x >= 0 or n == 0:
        return x >> min(n, x.bit_length() + 1)
    if x < -(1 << (_WORD - 1)):
        raise arithmetic_fault("unsigned-bit-shift-right: a negative integer must fit in 64 bits")
    return (x + (1 << _WORD)) >> min(n, _WORD)


@builtin(
    "bit-set", "x n", area="bits", ns=_NS, doc="Sets bit n of an integer.", examples=[("(bit-set 8 1)", "10")],
)  # fmt: skip
def _bit_set(x: Value, n: Value) -> int:
    _check_index("bit-set", x, n)
    check_size("bit-set", n)
    return x | (1 << n)


@builtin(
    "bit-clear", "x n", area="bits", ns=_NS, doc="Clears bit n of an integer.", examples=[("(bit-clear 10 1)", "8")],
)  # fmt: skip
def _bit_clear(x: Value, n: Value) -> int:
    _check_index("bit-clear", x, n)
    check_size("bit-clear", n)
    return x & ~(1 << n)


@builtin(
    "bit-flip", "x n", area="bits", ns=_NS, doc="Flips bit n of an integer.", examples=[("(bit-flip 10 0)", "11")],
)  # fmt: skip
def _bit_flip(x: Value, n: Value) -> int:
    _check_index("bit-flip", x, n)
    check_size("bit-flip", n)
    return x ^ (1 << n)


@builtin(
    "bit-test", "x n", area="bits", ns=_NS, doc="Whether bit n of an integer is set.",
    examples=[("(bit-test 10 1)", "true"), ("(bit-test 10 0)", "false")],
)  # fmt: skip
def _bit_test(x: Value, n: Value) -> bool:
    _check_index("bit-test", x, n)
    return bool((x >> min(n, x.bit_length() + 1)) & 1)


def _check_index(who: str, x: Value, n: Value) -> None:
    check_integers(who, x, n)
    if n < 0:
        raise bad_arg(who, 2, "an integer from 0 on", n)
