"""Values from text: numbers, booleans, parts found by a regex. Text that does not fit gives nil, never a fault."""

from __future__ import annotations

import math
import re

from ptc_lisp.builtins.registry import REGISTRY, builtin
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.builtins.texts import CORE_STRING, STRING, check_index, check_text
from ptc_lisp.values.regexes import compile_regex
from ptc_lisp.values.types import Regex, Value

AREA = "parsing"

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|Infinity)|NaN")
_LEAST, _MOST = -(2**63), 2**63 - 1


@builtin(
    "parse-long", "s", area=AREA, ns=CORE_STRING, aliases=("parse-int",), clojure="DIV-18",
    doc="The integer that a string writes, or nil (also for anything that is no string, or does not fit 64 bits).",
    examples=[('(parse-long "42")', "42"), ('(parse-long "4.2")', "nil")], see_also=("parse-double", "extract-int"),
)  # fmt: skip
def parse_long(s: Value) -> int | None:
    """`(parse-long s)`."""
    if s.__class__ is not str or _INTEGER.fullmatch(s) is None:
        return None
    number = int(s)
    return number if _LEAST <= number <= _MOST else None


@builtin(
    "parse-double", "s", area=AREA, ns=CORE_STRING, clojure="DIV-18",
    doc="The float that a string writes (digits on both sides of a point, exponent, Infinity, NaN), or nil.",
    examples=[('(parse-double "2.50")', "2.5"), ('(parse-double "7")', "7.0"), ('(parse-double "x")', "nil")],
    see_also=("parse-long",),
)  # fmt: skip
def parse_double(s: Value) -> float | None:
    """`(parse-double s)`."""
    if s.__class__ is not str or _FLOAT.fullmatch(s) is None:
        return None
    number = float(s)
    return None if math.isinf(number) and "I" not in s else number


@builtin(
    "parse-boolean", "s", area=AREA, ns=CORE_STRING, clojure="DIV-18",
    doc='true for "true", false for "false", nil for everything else.', examples=[('(parse-boolean "true")', "true")],
)  # fmt: skip
def parse_boolean(s: Value) -> bool | None:
    """`(parse-boolean s)`."""
    return None if s.__class__ is not str or s not in {"true", "false"} else s == "true"


@builtin(
    "extract", "pattern s", "pattern s group", area=AREA, ns=STRING, clojure="extension",
    doc="The text of a group (default 1; 0 whole match, -1 last group) of the first match, or nil. The pattern may be a string.",
    examples=[(r'(extract #"id=(\d+)" "id=42")', '"42"'), (r'(extract #"(\d+)" "none")', "nil")],
    see_also=("extract-int", "re-find"),
)  # fmt: skip
def extract(pattern: Value, s: Value, group: Value = 1) -> str | None:
    """`(extract pattern s group?)`."""
    return _extracted(pattern, s, group, "extract")


@builtin(
    "extract-int", "pattern s", "pattern s group", "pattern s group default", area=AREA, ns=STRING, clojure="extension",
    doc="Like `extract`, parsed as an integer; `default` (nil) when there is no match or it is no integer.",
    examples=[(r'(extract-int #"age (\d+)" "age 40")', "40"), (r'(extract-int #"(\d+)" "none" 1 0)', "0")],
    see_also=("extract", "parse-long"),
)  # fmt: skip
def extract_int(pattern: Value, s: Value, group: Value = 1, default: Value = None) -> Value:
    """`(extract-int pattern s group? default?)`."""
    number = parse_long(_extracted(pattern, s, group, "extract-int"))
    return default if number is None else number


def _extracted(pattern: Value, s: Value, group: Value, who: str) -> str | None:
    if pattern.__class__ is str:
        regex = compile_regex(pattern)
    elif pattern.__class__ is Regex:
        regex = pattern
    else:
        raise bad_arg(who, 1, "a regex or a pattern string", pattern)
    text = check_text(s, who, 2)
    wanted = check_index(group, who, 3)
    found = regex.pattern.search(text)
    if found is None:
        return None
    parts = [found[0], *found.groups()]
    if wanted < 0:
        # Counted among the groups, from the last one that took part in the match.
        while len(parts) > 1 and parts[-1] is None:
            parts.pop()
        wanted = len(parts) + wanted or len(parts)
    return parts[wanted] if 0 <= wanted < len(parts) else None


for _space, _name, _target in (
    ("Integer", "parseInt", "parse-long"),
    ("Long", "parseLong", "parse-long"),
    ("Double", "parseDouble", "parse-double"),
    ("Float", "parseFloat", "parse-double"),
):
    REGISTRY.qualified_alias(_space, _name, _target)
