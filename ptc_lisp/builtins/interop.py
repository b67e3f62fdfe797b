"""Java names that programs use out of habit: string methods, `Integer/parseInt`, `Double/NaN` …"""

from __future__ import annotations

import math
import sys

from ptc_lisp.builtins.registry import REGISTRY, builtin, constant
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.string_search import first_index, last_index_of
from ptc_lisp.builtins.support import type_fault
from ptc_lisp.builtins.texts import check_index, check_text
from ptc_lisp.values.collections import set_has
from ptc_lisp.values.equality import equals
from ptc_lisp.values.persistent import LispSet, is_vector, vec_list
from ptc_lisp.values.printing import brief
from ptc_lisp.values.strings import grapheme_count, grapheme_slice
from ptc_lisp.values.types import ABSENT, Value

AREA = "interop"


@builtin(
    ".contains", "s part", "coll x", area=AREA, ns=(), doc="Whether `part` occurs in `s`, or `x` is an item of a vector or set.",
    examples=[('(.contains "yellow" "ell")', "true"), ("(.contains [1 2] 2)", "true")], see_also=("includes?", "contains?"),
)  # fmt: skip
def contains(s: Value, part: Value) -> bool:
    """`(.contains s part)`, `(.contains coll x)`."""
    if s.__class__ is LispSet:
        return set_has(s, part)
    if is_vector(s):
        return _place(s, part) >= 0
    return check_text(part, ".contains", 2) in check_text(s, ".contains")


@builtin(
    ".startsWith", "s prefix", area=AREA, ns=(), doc="Whether `s` starts with `prefix`.",
    examples=[('(.startsWith "yellow" "ye")', "true")], see_also=("starts-with?",),
)  # fmt: skip
def starts_with(s: Value, prefix: Value) -> bool:
    """`(.startsWith s prefix)`."""
    return check_text(s, ".startsWith").startswith(check_text(prefix, ".startsWith", 2))


@builtin(
    ".endsWith", "s suffix", area=AREA, ns=(), doc="Whether `s` ends with `suffix`.",
    examples=[('(.endsWith "yellow" "ow")', "true")], see_also=("ends-with?",),
)  # fmt: skip
def ends_with(s: Value, suffix: Value) -> bool:
    """`(.endsWith s suffix)`."""
    return check_text(s, ".endsWith").endswith(check_text(suffix, ".endsWith", 2))


@builtin(
    ".indexOf", "s part", "s part from", "v x", area=AREA, ns=(),
    doc="The index of the first `part` at or after `from`, or of the first item `x` of a vector; -1 without one.",
    examples=[('(.indexOf "hello" "l")', "2"), ('(.indexOf "hello" "z")', "-1"), ("(.indexOf [:a :b] :b)", "1")],
    see_also=("index-of",),
)  # fmt: skip
def index_of(s: Value, part: Value, start: Value = ABSENT) -> int:
    """`(.indexOf s part from?)`, `(.indexOf v x)`."""
    if start is ABSENT:
        if is_vector(s):
            return _place(s, part)
        start = 0
    text, wanted = check_text(s, ".indexOf"), check_text(part, ".indexOf", 2)
    found = first_index(text, wanted, check_index(start, ".indexOf", 3))
    return -1 if found is None else found


def _place(vector: Value, item: Value) -> int:
    items = vec_list(vector)
    tick(len(items))
    return next((place for place, other in enumerate(items) if equals(other, item)), -1)


@builtin(
    ".lastIndexOf", "s part", area=AREA, ns=(), doc="The index of the last `part`, or -1.",
    examples=[('(.lastIndexOf "yellow" "l")', "3")], see_also=("last-index-of",),
)  # fmt: skip
def last_index(s: Value, part: Value) -> int:
    """`(.lastIndexOf s part)`."""
    found = last_index_of(check_text(s, ".lastIndexOf"), check_text(part, ".lastIndexOf", 2))
    return -1 if found is None else found


@builtin(
    ".length", "s", area=AREA, ns=(), doc="How many characters `s` has.", examples=[('(.length "abc")', "3")], see_also=("count",),
)  # fmt: skip
def length(s: Value) -> int:
    """`(.length s)`."""
    return grapheme_count(check_text(s, ".length"))


@builtin(
    ".substring", "s start", "s start end", area=AREA, ns=(), doc="As `subs`, but an index out of range is a fault.",
    examples=[('(.substring "yellow" 1 3)', '"el"')], see_also=("subs",),
)  # fmt: skip
def substring(s: Value, start: Value, end: Value = ABSENT) -> str:
    """`(.substring s start end?)`. Raises type_error for indexes out of range."""
    text = check_text(s, ".substring")
    size = grapheme_count(text)
    first = _java_index(start, 2)
    last = size if end is ABSENT else _java_index(end, 3)
    if not 0 <= first <= last <= size:
        raise type_fault(
            f".substring: {first} to {last} is out of range for {brief(text)} of {size} characters",
            "subs cuts to the range instead",
        )
    return grapheme_slice(text, first, last)


def _java_index(value: Value, position: int) -> int:
    if value.__class__ is float and math.isfinite(value):
        return int(value)
    return check_index(value, ".substring", position)


@builtin(
    ".toUpperCase", "s", area=AREA, ns=(), doc="`s` in capital letters.", examples=[('(.toUpperCase "abc")', '"ABC"')],
    see_also=("upper-case",),
)  # fmt: skip
def to_upper_case(s: Value) -> str:
    """`(.toUpperCase s)`."""
    return check_text(s, ".toUpperCase").upper()


@builtin(
    ".toLowerCase", "s", area=AREA, ns=(), doc="`s` in small letters.", examples=[('(.toLowerCase "ABC")', '"abc"')],
    see_also=("lower-case",),
)  # fmt: skip
def to_lower_case(s: Value) -> str:
    """`(.toLowerCase s)`."""
    return check_text(s, ".toLowerCase").lower()


@builtin(
    "parseBoolean", "s", area=AREA, ns=("Boolean",), bare=False, doc='Whether `s` is "true" in any case; nil is false.',
    examples=[('(Boolean/parseBoolean "TRUE")', "true"), ('(Boolean/parseBoolean "yes")', "false")], see_also=("parse-boolean",),
)  # fmt: skip
def parse_boolean(s: Value) -> bool:
    """`(Boolean/parseBoolean s)`."""
    return s is not None and check_text(s, "Boolean/parseBoolean").lower() == "true"


def _constants() -> None:
    for name, value, doc in (
        ("POSITIVE_INFINITY", math.inf, "Infinity, above every other number."),
        ("NEGATIVE_INFINITY", -math.inf, "Minus infinity, below every other number."),
        ("NaN", math.nan, "Not a number: equal to nothing."),
    ):
        constant(name, value, doc=doc, ns=("Double",), bare=True)
        REGISTRY.qualified_alias("Float", name, name)
    constant("MAX_VALUE", 2**63 - 1, doc="The greatest 64-bit integer.", ns=("Long",))
    constant("MIN_VALUE", -(2**63), doc="The least 64-bit integer.", ns=("Long",))
    constant("MAX_VALUE", sys.float_info.max, doc="The greatest finite float.", ns=("Double",))
    constant("MIN_VALUE", 5e-324, doc="The least float above 0.", ns=("Double",))
    constant("MAX_VALUE", 2**31 - 1, doc="The greatest 32-bit integer.", ns=("Integer",))
    constant("MIN_VALUE", -(2**31), doc="The least 32-bit integer.", ns=("Integer",))


_constants()
