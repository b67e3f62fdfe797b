"""What the numeric builtins share: which values are numbers, the faults for those that are not, and bounds.

Numbers are Python's `int` and `float`; `True` is none. Integers are unbounded up to `MAX_BITS`.
"""

from __future__ import annotations

import math
import re

from ptc_lisp.builtins.field_hints import read_field, rows_to_number
from ptc_lisp.builtins.support import arithmetic_fault, bad_arg
from ptc_lisp.faults import Trap
from ptc_lisp.values.persistent import is_map
from ptc_lisp.values.printing import pr_str
from ptc_lisp.values.types import Keyword, Value

NUMBERS = frozenset({int, float})
"""Classes of numbers; test with `x.__class__ in NUMBERS`, so that booleans stay out."""

MAX_BITS = 1_000_000
"""Larger integers are refused before they eat time and memory."""


INF = math.inf
NAN = math.nan

_LOOKS_NUMERIC = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)


def number_hint(got: Value, who: str = "") -> str | None:
    """How to mend an argument of `who` that should have been a number."""
    if got is None:
        return "a lookup gave nil: check the key, or use (or x 0); (keep f coll) leaves nils out"
    if got.__class__ is str:
        if _LOOKS_NUMERIC.fullmatch(got[:40]):
            return "the string looks like a number: use (parse-long s) or (parse-double s)"
        return (
            "to join text use (str a b)"
            if who == "+"
            else "(parse-double s) gives a number, or nil when s is none"
        )
    if got.__class__ is list:
        return (
            rows_to_number(got, NUMBERS)
            or "to use the items as arguments, write (apply f xs) or (reduce f xs)"
        )
    if got.__class__ is Keyword:
        return f"look it up in a map: ({pr_str(got)} m)"
    if not is_map(got):
        return None
    return read_field(got, NUMBERS, "a number") or "take a number out of it first, e.g. (:price m)"


def not_a_number(who: str, position: int, got: Value) -> Trap:
    """The type_error for an argument that should have been a number."""
    return bad_arg(who, position, "a number", got, number_hint(got, who))


def not_an_integer(who: str, position: int, got: Value) -> Trap:
    """The type_error for an argument that should have been an integer."""
    hint = "(int x), (round x) and (quot x 1) make an integer" if got.__class__ is float else number_hint(got)
    return bad_arg(who, position, "an integer", got, hint)


def check_numbers(who: str, *values: Value) -> None:
    """Raises type_error for the first value that is not a number."""
    for position, value in enumerate(values, 1):
        if value.__class__ not in NUMBERS:
            raise not_a_number(who, position, value)


def check_integers(who: str, *values: Value) -> None:
    """Raises type_error for the first value that is not an integer."""
    for position, value in enumerate(values, 1):
        if value.__class__ is not int:
            raise not_an_integer(who, position, value)


def check_size(who: str, bits: int) -> None:
    """Raises arithmetic_error when an integer of `bits` bits would be too large."""
    if bits > MAX_BITS:
        raise too_large(who)


def too_large(who: str) -> Trap:
    """The fault for an integer beyond `MAX_BITS`."""
    return arithmetic_fault(
        f"{who}: the result is an integer of more than {MAX_BITS} bits",
        hint="use floats, e.g. (double x), or take (mod x n) in between",
    )


def overflow(who: str) -> Trap:
    """The fault for a float result beyond the largest float."""
    return arithmetic_fault(
        f"{who}: the result is too large for a float", hint="check the operands, or scale them down"
    )


def to_float(value: float, who: str) -> float:
    """A number as a float. Raises arithmetic_error for an integer that no float can hold."""
    try:
        return float(value)
    except OverflowError:
        raise arithmetic_fault(f"{who}: the integer is too large for a float") from None


def finite(value: float) -> bool:
    """Whether a number is neither infinite nor NaN. Integers of any size are finite."""
    return value.__class__ is int or value - value == 0.0
