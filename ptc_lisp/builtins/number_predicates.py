"""Predicates about numbers. They never fail: what is no number is simply not positive, not even, …"""

from __future__ import annotations

import math

from ptc_lisp.builtins.numeric import NUMBERS, finite
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.values.types import Value

_AREA = "predicates"


@builtin(
    "number?", "x", area=_AREA, doc="Whether x is an integer or a float.",
    examples=[("(number? 1.5)", "true"), ('(number? "1")', "false")],
)  # fmt: skip
def _is_number(x: Value) -> bool:
    return x.__class__ in NUMBERS


@builtin(
    "int?", "x", area=_AREA, aliases=("integer?",), doc="Whether x is an integer.",
    examples=[("(int? 1)", "true"), ("(int? 1.0)", "false")],
)  # fmt: skip
def _is_int(x: Value) -> bool:
    return x.__class__ is int


@builtin(
    "rational?", "x", area=_AREA, clojure="DIV-20", doc="Whether x is an integer (there are no ratios).",
    examples=[("(rational? 1)", "true"), ("(rational? 0.5)", "false")],
)  # fmt: skip
def _is_rational(x: Value) -> bool:
    return x.__class__ is int


@builtin(
    "float?", "x", area=_AREA, aliases=("double?",), clojure="DIV-45",
    doc="Whether x is a float other than ##Inf, ##-Inf and ##NaN.",
    examples=[("(float? 1.5)", "true"), ("(float? 1)", "false"), ("(float? ##Inf)", "false")],
)  # fmt: skip
def _is_float(x: Value) -> bool:
    return x.__class__ is float and finite(x)


@builtin(
    "ratio?", "x", area=_AREA, clojure="DIV-20", doc="Always false: there are no ratios.",
    examples=[("(ratio? 0.5)", "false")],
)  # fmt: skip
def _is_ratio(x: Value) -> bool:  # noqa: ARG001 - no value is a ratio
    return False


@builtin(
    "decimal?", "x", area=_AREA, clojure="DIV-20", doc="Always false: there are no big decimals.",
    examples=[("(decimal? 1.5)", "false")],
)  # fmt: skip
def _is_decimal(x: Value) -> bool:  # noqa: ARG001 - no value is a big decimal
    return False


@builtin(
    "pos?", "x", area=_AREA, clojure="DIV-31", doc="Whether x is a number above 0.",
    examples=[("(pos? 1)", "true"), ("(pos? nil)", "false")],
)  # fmt: skip
def _is_pos(x: Value) -> bool:
    return x.__class__ in NUMBERS and x > 0


@builtin(
    "neg?", "x", area=_AREA, clojure="DIV-31", doc="Whether x is a number below 0.",
    examples=[("(neg? -1)", "true"), ("(neg? 0)", "false")],
)  # fmt: skip
def _is_neg(x: Value) -> bool:
    return x.__class__ in NUMBERS and x < 0


@builtin(
    "zero?", "x", area=_AREA, clojure="DIV-31", doc="Whether x is the number 0.",
    examples=[("(zero? 0.0)", "true"), ("(zero? nil)", "false")],
)  # fmt: skip
def _is_zero(x: Value) -> bool:
    return x.__class__ in NUMBERS and x == 0


@builtin(
    "pos-int?", "x", area=_AREA, doc="Whether x is an integer above 0.",
    examples=[("(pos-int? 5)", "true"), ("(pos-int? 0)", "false")],
)  # fmt: skip
def _is_pos_int(x: Value) -> bool:
    return x.__class__ is int and x > 0


@builtin(
    "neg-int?", "x", area=_AREA, doc="Whether x is an integer below 0.",
    examples=[("(neg-int? -5)", "true"), ("(neg-int? 0)", "false")],
)  # fmt: skip
def _is_neg_int(x: Value) -> bool:
    return x.__class__ is int and x < 0


@builtin(
    "nat-int?", "x", area=_AREA, doc="Whether x is an integer from 0 on.",
    examples=[("(nat-int? 0)", "true"), ("(nat-int? 2.0)", "false")],
)  # fmt: skip
def _is_nat_int(x: Value) -> bool:
    return x.__class__ is int and x >= 0


@builtin(
    "even?", "x", area=_AREA, clojure="DIV-31", doc="Whether x is an even whole number.",
    examples=[("(even? 4)", "true"), ("(even? 2.0)", "true"), ("(even? 1)", "false")], see_also=("odd?",),
)  # fmt: skip
def _is_even(x: Value) -> bool:
    return x.__class__ in NUMBERS and finite(x) and x % 2 == 0


@builtin(
    "odd?", "x", area=_AREA, clojure="DIV-31", doc="Whether x is an odd whole number.",
    examples=[("(odd? -3)", "true"), ("(odd? 2.0)", "false")], see_also=("even?",),
)  # fmt: skip
def _is_odd(x: Value) -> bool:
    return x.__class__ in NUMBERS and finite(x) and x % 2 == 1


@builtin(
    "infinite?", "x", area=_AREA, doc="Whether x is ##Inf or ##-Inf.",
    examples=[("(infinite? ##Inf)", "true"), ("(infinite? 1.0)", "false")],
)  # fmt: skip
def _is_infinite(x: Value) -> bool:
    return x.__class__ is float and math.isinf(x)


@builtin(
    "NaN?", "x", area=_AREA, clojure="DIV-31", doc="Whether x is ##NaN.",
    examples=[("(NaN? ##NaN)", "true"), ("(NaN? 1)", "false")],
)  # fmt: skip
def _is_nan(x: Value) -> bool:
    return x.__class__ is float and math.isnan(x)
