"""Rounding, conversion, powers, `Math/` and bits."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.numeric import MAX_BITS
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap

INF, NAN = math.inf, math.nan
finite_floats = st.floats(allow_nan=False, allow_infinity=False)
integers = st.integers(-(2**80), 2**80)


def run(ref, *args):
    return REGISTRY.by_ref[ref].fn(*args)


def kind(ref, *args):
    with pytest.raises(Trap) as caught:
        run(ref, *args)
    return caught.value.kind


def same(a, b):
    return a.__class__ is b.__class__ and (a == b or (math.isnan(a) and math.isnan(b)))


@given(finite_floats)
def test_rounding_gives_the_right_integer(x):
    assert run("floor", x) <= x < run("floor", x) + 1
    assert run("ceil", x) - 1 < x <= run("ceil", x)
    assert run("trunc", x) == run("long", x) == int(x)
    assert run("round", x) == int(Decimal(x).quantize(Decimal(1), ROUND_HALF_UP) if abs(x) < 1e20 else x)
    assert run("round", x).__class__ is run("floor", x).__class__ is int


@pytest.mark.parametrize("ref", ["floor", "ceil", "trunc", "round"])
def test_specials_pass_through_rounding(ref):
    assert run(ref, INF) == INF
    assert math.isnan(run(ref, NAN))
    assert run(ref, 5) == 5


@pytest.mark.parametrize(
    "x,places,result",
    [
        (2.675, 2, 2.68),
        (-2.675, 2, -2.68),
        (7, 2, 7),
        (1.0, 2, 1.0),
        (25.156, 1, 25.2),
        (1e300, 3, 1e300),
        (2.5, 0, 3.0),
    ],
)
def test_round_keeps_decimal_places(x, places, result):
    assert run("round", x, places) == result


@pytest.mark.parametrize("places", [-1, 16, 1.0, True, "2", None])
def test_round_refuses_odd_places(places):
    with pytest.raises(Trap, match="round: argument 2 must be a number of decimal places"):
        run("round", 1.5, places)


def test_round_does_not_fall_for_the_largest_float_below_a_half():
    assert run("round", 0.49999999999999994) == 0
    assert run("round", -2.5) == -3
    assert run("round", -0.4) == 0


def test_int_and_long():
    assert run("int", 3.9) == 3
    assert run("int", NAN) == 0
    assert run("int", "a") == 97
    assert run("int", "5") == 53
    assert run("long", 3e9) == 3_000_000_000
    assert kind("int", 3_000_000_000) is FaultKind.ARITHMETIC_ERROR
    assert kind("int", INF) is FaultKind.ARITHMETIC_ERROR
    assert kind("int", None) is kind("int", "ab") is kind("long", "1") is FaultKind.TYPE_ERROR


def test_conversion_to_float():
    assert same(run("double", 1), 1.0)
    assert run("double", INF) == INF
    assert kind("double", 10**400) is FaultKind.ARITHMETIC_ERROR
    assert kind("double", "1") is FaultKind.TYPE_ERROR


@pytest.mark.parametrize(
    "base, exponent, expected",
    [
        (2, 10, 1024.0), (2, -1, 0.5), (0, 0, 1.0), (NAN, 0, 1.0), (-8, 1 / 3, NAN), (0, -1, INF), (-0.0, -1, -INF),
        (-0.0, -2, INF), (10, 400, INF), (-10, 401, -INF), (-10, 400, INF), (1, NAN, NAN), (-1, INF, NAN),
    ],
)  # fmt: skip
def test_pow_follows_java(base, exponent, expected):
    assert same(run("pow", base, exponent), expected)


def test_sqrt():
    assert run("sqrt", 2) == math.sqrt(2)
    assert math.isnan(run("sqrt", -1))
    assert kind("sqrt", None) is FaultKind.TYPE_ERROR


@pytest.mark.parametrize(
    "ref, args, expected",
    [
        ("exp", (1000,), INF), ("log", (0,), -INF), ("log", (-1,), NAN), ("log", (10**400,), 400 * math.log(10)),
        ("log10", (10**400,), 400.0), ("log10", (0.0,), -INF), ("log1p", (-1,), -INF), ("log1p", (-2,), NAN),
        ("asin", (2,), NAN), ("sin", (INF,), NAN), ("sinh", (-1000,), -INF), ("cosh", (-1000,), INF),
        ("cbrt", (27,), 3.0), ("cbrt", (-1000,), -10.0), ("cbrt", (0,), 0.0),
        ("cbrt", (1.7976931348623157e308,), 5.643803094122362e102), ("cbrt", (-INF,), -INF), ("signum", (-0.0,), -0.0),
        ("signum", (9,), 1.0), ("rint", (3.5,), 4.0), ("rint", (INF,), INF), ("hypot", (INF, NAN), INF),
        ("atan2", (1, 1), math.pi / 4), ("toRadians", (180,), math.pi), ("IEEEremainder", (1, 0), NAN),
        ("scalb", (1, 5000), INF), ("floorDiv", (-7, 2), -4),
    ],
)  # fmt: skip
def test_math_namespace(ref, args, expected):
    result = run(f"Math/{ref}", *args)
    assert same(result, expected) or math.isclose(result, expected, rel_tol=1e-15)


@pytest.mark.parametrize("numbers", [[NAN, 1, 2], [1, NAN, 2], [1, 2, NAN], [1, NAN]])
def test_the_median_of_what_has_no_order_is_not_a_number(numbers):
    assert math.isnan(run("median", numbers))
    assert math.isnan(run("avg", numbers))


def test_the_median_takes_infinities():
    assert run("median", [INF, 3, -INF]) == 3
    assert run("median", [INF, 3, INF]) == INF


def test_math_names_are_also_found_qualified():
    for name in ("abs", "max", "min", "floor", "pow", "sqrt", "round", "quot", "bit-and"):
        assert REGISTRY.resolve(name, "Math") is REGISTRY.resolve(name)
    assert REGISTRY.resolve("log") is None
    pi = REGISTRY.resolve("PI", "Math")
    assert pi is not None
    assert pi.value == math.pi


def test_math_functions_refuse_other_values_by_their_name():
    with pytest.raises(Trap) as caught:
        run("Math/log", "e")
    assert caught.value.message == 'Math/log: argument 1 must be a number, got the string "e"'


@given(integers, integers, integers)
def test_bitwise_operations(x, y, z):
    assert run("bit-and", x, y, z) == x & y & z
    assert run("bit-or", x, y, z) == x | y | z
    assert run("bit-xor", x, y, z) == x ^ y ^ z
    assert run("bit-and-not", x, y, z) == x & ~y & ~z
    assert run("bit-not", x) == ~x


@given(integers, st.integers(0, 200))
def test_single_bits_and_shifts(x, n):
    assert run("bit-test", run("bit-set", x, n), n) is True
    assert run("bit-test", run("bit-clear", x, n), n) is False
    assert run("bit-flip", run("bit-flip", x, n), n) == x
    assert run("bit-shift-right", run("bit-shift-left", x, n), n) == x
    assert run("bit-shift-right", x, n) == x >> n


def test_unsigned_shift_sees_a_64_bit_word():
    assert run("unsigned-bit-shift-right", -1, 60) == 15
    assert run("unsigned-bit-shift-right", -1, 0) == -1
    assert run("unsigned-bit-shift-right", -1, 64) == 0
    assert run("unsigned-bit-shift-right", 2**100, 99) == 2
    assert kind("unsigned-bit-shift-right", -(2**64), 1) is FaultKind.ARITHMETIC_ERROR


def test_shift_bombs_are_faults():
    for ref, args in (
        ("bit-shift-left", (1, 10**9)), ("bit-set", (0, 10**12)), ("bit-flip", (1, MAX_BITS + 1)),
        ("bit-clear", (-1, 10**12)),
    ):  # fmt: skip
        assert kind(ref, *args) is FaultKind.ARITHMETIC_ERROR
    assert run("bit-shift-left", 0, 10**12) == 0
    assert run("bit-shift-right", -5, 10**30) == -1
    assert run("bit-test", -5, 10**30) is True


@pytest.mark.parametrize("args", [(1.0, 1), (True, 1), (None, 1), (1, -1), (1, "2")])
def test_bit_positions_must_be_integers_from_zero(args):
    assert kind("bit-set", *args) is kind("bit-shift-left", *args) is FaultKind.TYPE_ERROR
