"""Arithmetic against Python's exact integers and fractions, and its faults."""

from __future__ import annotations

import math
import tracemalloc
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.arithmetic import add2, div2, mul2, sub2
from ptc_lisp.builtins.numeric import MAX_BITS
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.types import kw

INF, NAN = math.inf, math.nan
HUGE = 10**400
integers = st.integers(-(10**30), 10**30)
floats = st.floats(allow_nan=False, allow_infinity=False, width=32)


def run(ref, *args):
    return REGISTRY.by_ref[ref].fn(*args)


def fault(ref, *args):
    with pytest.raises(Trap) as caught:
        run(ref, *args)
    return caught.value


@given(st.lists(integers, max_size=6))
def test_integer_sums_and_products_are_exact(xs):
    assert run("+", *xs) == sum(xs)
    assert run("*", *xs) == math.prod(xs)
    assert run("+", *xs).__class__ is int


@given(integers, integers.filter(bool))
def test_integer_division_laws(n, d):
    assert d * run("quot", n, d) + run("rem", n, d) == n
    assert run("rem", n, d) == 0 or (run("rem", n, d) < 0) == (n < 0)
    assert run("mod", n, d) == 0 or (run("mod", n, d) < 0) == (d < 0)
    assert run("quot", n, d) == math.trunc(Fraction(n, d))
    assert d * run("Math/floorDiv", n, d) + run("Math/floorMod", n, d) == n


@given(floats, floats.filter(bool))
def test_float_remainders_stay_below_the_divisor(n, d):
    assert abs(run("rem", n, d)) < abs(d)
    assert abs(run("mod", n, d)) <= abs(d)


@given(integers, floats)
def test_one_float_makes_the_result_a_float(i, f):
    assert add2(i, f).__class__ is sub2(i, f).__class__ is mul2(i, f).__class__ is float


def test_division_is_always_a_float():
    assert run("/", 6, 3) == 2.0
    assert run("/", 6, 3).__class__ is float
    assert run("/", 4) == 0.25
    assert run("/", 100, 5, 2) == 10.0
    assert run("/", HUGE, HUGE) == 1.0


@pytest.mark.parametrize(
    "a, b, expected",
    [(1, 0.0, INF), (-1, 0.0, -INF), (1, -0.0, -INF), (INF, 0.0, INF), (1, INF, 0.0), (HUGE, INF, 0.0)],
)
def test_division_by_float_zero_and_infinity(a, b, expected):
    assert div2(a, b) == expected


@pytest.mark.parametrize("a, b", [(0, 0.0), (NAN, 0.0), (INF, INF), (NAN, 1)])
def test_undefined_quotients_are_nan(a, b):
    assert math.isnan(div2(a, b))


def test_special_floats_propagate():
    assert run("+", INF, 1) == INF
    assert run("+", HUGE, -INF) == -INF
    assert run("*", -HUGE, INF) == -INF
    assert math.isnan(run("-", INF, INF))
    assert math.isnan(run("*", 0, INF))
    assert math.isnan(run("mod", 5, INF))
    assert math.isnan(run("quot", NAN, 2))


@pytest.mark.parametrize(
    "ref, args",
    [
        ("+", (1e308, 1e308)), ("-", (-1e308, 1e308)), ("*", (1e308, 10)), ("/", (1e308, 0.1)), ("+", (HUGE, 1.5)),
        ("/", (HUGE, 3)), ("/", (1, 0)), ("/", (0,)), ("/", (INF, 0)), ("quot", (5, 0)), ("rem", (5, 0.0)),
        ("mod", (5, 0)), ("quot", (1e300, 1e-300)), ("mod", (HUGE, 1.5)), ("Math/floorMod", (1, 0)),
    ],
)  # fmt: skip
def test_numeric_faults_are_arithmetic_errors(ref, args):
    assert fault(ref, *args).kind is FaultKind.ARITHMETIC_ERROR


@pytest.mark.parametrize("ref", ["+", "-", "*", "/", "quot", "rem", "mod"])
@pytest.mark.parametrize("bad", [None, "1", True, kw("a"), [1], {}])
def test_other_values_are_type_errors_that_name_the_argument(ref, bad):
    for args, position in (((bad, 1), 1), ((1, bad), 2)):
        trap = fault(ref, *args)
        assert trap.kind is FaultKind.TYPE_ERROR
        assert trap.message.startswith(f"{ref}: argument {position} must be a number, got ")


def test_the_position_is_right_with_many_arguments():
    assert "argument 3 must be a number, got nil" in fault("+", 1, 2, None, 4).message
    assert "argument 1 must be a number" in fault("-", None).message
    assert fault("inc", None).kind is fault("dec", "x").kind is FaultKind.TYPE_ERROR


def test_hints_say_how_to_mend_it():
    assert "(or x 0)" in (fault("+", None, 1).hint or "")
    assert "parse-long" in (fault("*", 2, " 12 ").hint or "")
    assert "parse-double" in (fault("+", "-1.5e3", 2).hint or "")
    assert "(str a b)" in (fault("+", "abc", 2).hint or "")
    assert "(:a m)" in (fault("+", kw("a"), 2).hint or "")
    assert "apply" in (fault("+", [1, 2]).hint or "")


def test_integers_are_bounded():
    square = 1 << (MAX_BITS // 2 + 1)
    assert mul2(square, 2).bit_length() == MAX_BITS // 2 + 3
    assert fault("*", square, square).kind is FaultKind.ARITHMETIC_ERROR


def test_a_product_is_refused_by_its_bits_and_costs_nothing_but_itself():
    half = 1 << (MAX_BITS // 2)
    assert mul2(half, half >> 1).bit_length() == MAX_BITS
    with pytest.raises(Trap, match="more than 1000000 bits"):
        mul2(half, -half)
    tracemalloc.start()
    try:
        mul2(12_345, 67_890)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000


def test_integer_arithmetic_goes_beyond_64_bits():
    assert run("inc", 2**63 - 1) == 2**63
    assert run("-", -(2**63), 1) == -(2**63) - 1
    assert REGISTRY.bare["*'"].fn(2**62, 4) == 2**64
