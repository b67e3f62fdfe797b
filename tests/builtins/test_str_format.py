"""`format`: conversions, flags, rounding and what it refuses."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_machine import Inline

from ptc_lisp.builtins.formatting import format_
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.types import kw

FORMATTED = [
    (("no args",), "no args"),
    (("%s %s %s %s", None, True, [None, "a"], kw("k")), ' true [nil "a"] :k'),
    (("%-5s|%5s|%.2s|%S", "ab", "ab", "abc", "up"), "ab   |   ab|ab|UP"),
    (("%d %5d %-5d| %05d %+d % d %(d", 1, 2, 3, 42, 5, 6, -7), "1     2 3    | 00042 +5  6 (7)"),
    (("%,d %,d", 1234567, -1000), "1,234,567 -1,000"),
    (("%d", 3.0), "3"),
    (("%f %.0f %.3f %.2f", 1.5, 2.7, 2.0, 5), "1.500000 3 2.000 5.00"),
    (("%.2f %.1f %.2f %.2f", 0.005, 0.25, 2.675, -0.001), "0.01 0.3 2.67 -0.00"),
    (("%,.2f %010.2f %8.1f|", 1234567.891, -3.14159, 2.0), "1,234,567.89 -000003.14      2.0|"),
    (("%f %08.1f %.1f", float("inf"), float("-inf"), float("nan")), "Infinity -Infinity NaN"),
    (("%e %.2e %E", 1.5, 123456, 0.00012), "1.500000e+00 1.23e+05 1.200000E-04"),
    (("%.3g %g %g %g", 1234.5, 0.0001, 123456789.0, 0), "1.23e+03 0.000100000 1.23457e+08 0.00000"),
    (("%x %X %o %#x %#o", -255, 255, 8, 255, 8), "-ff FF 10 0xff 010"),
    (("%b %b %B", None, 0, False), "false true FALSE"),
    (("%c%c%3c", "a", 66, "é"), "aB  é"),
    (("%2$s %1$s %<s %s", "a", "b"), "b a a a"),
    (("100%% %5%|%n", ), "100%     %|\n"),
    (("%s", "extra", "ignored"), "extra"),
    (("%5s", "e\u0301"), "    e\u0301"),
    (("%.2f", 10**400), "1" + "0" * 400 + ".00"),
]  # fmt: skip


@pytest.mark.parametrize("args, text", FORMATTED)
def test_format_gives(args, text):
    assert format_(*args) == text


@pytest.mark.parametrize(
    "args, words",
    [
        (("%s %s", "only"), "needs 2, got 1"),
        (("%d", 3.5), "%.0f"),
        (("%d", "5"), "parse-long"),
        (("%d", None), "or x 0"),
        (("%f", "5"), "a number"),
        (("%f", True), "a number"),
        (("%c", "ab"), "one-character"),
        (("%c", 0xD800), "one-character"),
        (("%q", 1), "unknown conversion %q"),
        (("50%",), "%%"),
        (("%999999999d", 1), "10,000"),
        (("%.99999f", 1.0), "1,000"),
        ((5,), "string"),
    ],
)
def test_format_refuses(args, words):
    with pytest.raises(Trap) as caught:
        format_(*args)
    assert caught.value.kind is FaultKind.TYPE_ERROR
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_huge_integers_are_an_arithmetic_error():
    for spec in ("%d", "%.2f", "%e"):
        with pytest.raises(Trap) as caught:
            format_(spec, 10**5_000)
        assert caught.value.kind is FaultKind.ARITHMETIC_ERROR


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15), st.integers(0, 8))
def test_decimals_round_half_up_on_the_exact_value(number, digits):
    expected = Decimal(number).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    assert Decimal(format_(f"%.{digits}f", number)) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_seventeen_digits_of_an_exponent_give_the_number_back(number):
    assert float(format_("%.16e", number)) == number


def test_format_in_a_program():
    assert Inline().text('(format "%s: %,.1f%%" :share 1234.56)') == '":share: 1,234.6%"'
