"""What the operations of PTC-JSON on single values mean: kinds, maps, lists, numbers and texts; and its memory."""

from __future__ import annotations

import re
from collections.abc import Callable

from ptc_lisp.builtins import run_state
from ptc_lisp.builtins.arithmetic import add2, div2, mul2, sub2
from ptc_lisp.builtins.dsl_support import NUMBERS, dsl_builtin, field_of, row_list, type_name, wrong
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import arithmetic_fault
from ptc_lisp.builtins.texts import check_regex
from ptc_lisp.values.collections import flex_get, map_items
from ptc_lisp.values.persistent import is_map, map_raw
from ptc_lisp.values.printing import display
from ptc_lisp.values.types import ABSENT, Keyword, Value

# --- maps and lists --------------------------------------------------------------------------------------------------


@dsl_builtin(
    "keys", "m", doc="The keys of a map as texts, sorted.",
    examples=[('(dsl/keys {"b" 1 "a" 2})', '["a" "b"]')], see_also=("keys",),
)  # fmt: skip
def _keys(value: Value) -> list[Value]:
    if not is_map(value):
        raise wrong("keys: the input", "a map", value)
    return sorted([_name(k) for k, _ in map_items(value)])


def _name(key: Value) -> str:
    return key.name if key.__class__ is Keyword else display(key)


@dsl_builtin(
    "typeof", "x",
    doc="The kind of a value: object, list, string, number, boolean or null.",
    examples=[("(dsl/typeof [])", '"list"'), ("(dsl/typeof nil)", '"null"')], see_also=("type",),
)  # fmt: skip
def _typeof(value: Value) -> str:
    return type_name(value)


@dsl_builtin(
    "merge", "& maps",
    doc="One map of several; of equal keys the last wins. What is no map is an error.",
    examples=[('(dsl/merge {"a" 1} {"a" 2 "b" 3})', '{"a" 2 "b" 3}'), ("(dsl/merge)", "{}")], see_also=("merge",),
)  # fmt: skip
def _merge(*maps: Value) -> dict[Value, Value]:
    made: dict[Value, Value] = {}
    for one in maps:
        if not is_map(one):
            raise wrong("merge: every object", "a map", one)
        made.update(map_raw(one))
    tick(len(made))
    return made


@dsl_builtin(
    "concat", "& lists",
    doc="One list of several. What is no list is an error.",
    examples=[("(dsl/concat [1] [2 3])", "[1 2 3]"), ("(dsl/concat)", "[]")], see_also=("concat",),
)  # fmt: skip
def _concat(*lists: Value) -> list[Value]:
    return [item for one in lists for item in row_list(one, "concat")]


@dsl_builtin(
    "zip", "& lists",
    doc="Lists side by side: the first items, the second ones, … as far as the shortest goes.",
    examples=[('(dsl/zip [1 2] ["a" "b"])', '[[1 "a"] [2 "b"]]'), ("(dsl/zip)", "[]")], see_also=("interleave",),
)  # fmt: skip
def _zip(*lists: Value) -> list[Value]:
    return [list(items) for items in zip(*[row_list(one, "zip") for one in lists], strict=False)]


# --- numbers ---------------------------------------------------------------------------------------------------------


def _number(value: Value, what: str) -> Value:
    if value.__class__ not in NUMBERS:
        raise wrong(what, "a number", value)
    return value


def _maths(
    name: str, what: str, op: Callable[[Value, Value], Value], example: tuple[str, str], see_also: str
) -> None:
    def computed(left: Value, right: Value) -> Value:
        return op(_number(left, f"{name}: left"), _number(right, f"{name}: right"))

    dsl_builtin(
        name, "left right", doc=f"The {what} of two numbers.", examples=[example], see_also=(see_also,)
    )(computed)


_maths("add", "sum", add2, ("(dsl/add 1 2)", "3"), "+")
_maths("sub", "difference", sub2, ("(dsl/sub 5 2)", "3"), "-")
_maths("mul", "product", mul2, ("(dsl/mul 3 2)", "6"), "*")


def _ratio(left: Value, right: Value, op: str, names: tuple[str, str]) -> float:
    _number(left, f"{op}: {names[0]}")
    if _number(right, f"{op}: {names[1]}") == 0:
        raise arithmetic_fault(f"{op}: division by zero", hint=f"choose with if where {names[1]} can be 0")
    return div2(left, right)


@dsl_builtin(
    "div", "left right",
    doc="The quotient of two numbers, a float; a zero divisor is an error.",
    examples=[("(dsl/div 10 4)", "2.5")], see_also=("/",),
)  # fmt: skip
def _div(left: Value, right: Value) -> float:
    return _ratio(left, right, "div", ("left", "right"))


@dsl_builtin(
    "pct", "part whole",
    doc="How many percent of the whole the part is, a float; a zero whole is an error.",
    examples=[("(dsl/pct 1 4)", "25.0")], see_also=("dsl/div",),
)  # fmt: skip
def _pct(part: Value, whole: Value) -> float:
    return _ratio(mul2(100, _number(part, "pct: part")), whole, "pct", ("part", "whole"))


@dsl_builtin(
    "round", "x precision",
    doc="A number rounded to so many decimals, half away from zero, as a float.",
    examples=[("(dsl/round 2.5 0)", "3.0"), ("(dsl/round 2.345 1)", "2.3")], see_also=("round",),
)  # fmt: skip
def _round(value: Value, precision: Value) -> float:
    if _number(value, "round: value").__class__ is float and value - value != 0.0:
        return value
    top, bottom = value.as_integer_ratio()
    scale = 10**precision
    nearest = (abs(top) * scale * 2 + bottom) // (bottom * 2)
    try:
        return (-nearest if top < 0 else nearest) / scale
    except OverflowError:
        raise arithmetic_fault("round: the number is too large for a float") from None


# --- texts -----------------------------------------------------------------------------------------------------------


def _text(value: Value, what: str) -> str:
    if value.__class__ is not str:
        raise wrong(what, "a text", value)
    return value


def _text_test(name: str, param: str, doc: str, test: Callable[[str, str], bool], part: str) -> None:
    def tested(row: Value, field: Value, part: Value) -> bool:
        found = field_of(row, field, name.replace("-", "_"))
        return found.__class__ is str and test(found, part)

    dsl_builtin(
        name, f"row field {param}", doc=f"Whether the field is a text that {doc}; false when it is none.",
        examples=[(f'(dsl/{name} {{"s" "abc"}} "s" "{part}")', "true")], see_also=(f"{name}?",),
    )(tested)  # fmt: skip


_text_test("starts-with", "prefix", "begins so", str.startswith, "ab")
_text_test("ends-with", "suffix", "ends so", str.endswith, "bc")


@dsl_builtin(
    "matches", "row field regex",
    doc="Whether the regex finds a match in the field; false when the field is no text.",
    examples=[(r'(dsl/matches {"s" "a12"} "s" #"\d+")', "true")], see_also=("re-find",),
)  # fmt: skip
def _matches(row: Value, field: Value, regex: Value) -> bool:
    found = field_of(row, field, "matches")
    return found.__class__ is str and check_regex(regex, "matches").search(found) is not None


def _written(
    name: str, doc: str, write: Callable[[str], str], example: tuple[str, str], see_also: str
) -> None:
    def written(value: Value) -> str:
        return write(_text(value, f"{name}: value"))

    dsl_builtin(name, "s", doc=f"The text {doc}.", examples=[example], see_also=(see_also,))(written)


_written("lower", "in lower case", str.lower, ('(dsl/lower "AbC")', '"abc"'), "lower-case")
_written("upper", "in upper case", str.upper, ('(dsl/upper "AbC")', '"ABC"'), "upper-case")
_written("trim", "without blanks around it", str.strip, ('(dsl/trim " a ")', '"a"'), "trim")


@dsl_builtin(
    "split", "s separator",
    doc="The parts of a text between separators.",
    examples=[('(dsl/split "a,b" ",")', '["a" "b"]')], see_also=("split",),
)  # fmt: skip
def _split(value: Value, separator: Value) -> list[Value]:
    if separator == "":
        raise wrong("split: separator", "a text that is not empty", separator)
    parts = _text(value, "split: value").split(_text(separator, "split: separator"))
    tick(len(parts))
    return list(parts)


@dsl_builtin(
    "join-text", "items separator",
    doc="The items of a list as one text with a separator between them.",
    examples=[('(dsl/join-text ["a" 1] "-")', '"a-1"')], see_also=("join",),
)  # fmt: skip
def _join_text(value: Value, separator: Value) -> str:
    return _text(separator, "join_text: separator").join(
        [display(item) for item in row_list(value, "join_text")]
    )


@dsl_builtin(
    "replace", "s find replacement",
    doc="The text with every occurrence of one text replaced by another.",
    examples=[('(dsl/replace "a-b" "-" "+")', '"a+b"')], see_also=("replace",),
)  # fmt: skip
def _replace(value: Value, find: Value, replacement: Value) -> str:
    find, replacement = _text(find, "replace: find"), _text(replacement, "replace: replacement")
    return re.sub(re.escape(find), lambda _: replacement, _text(value, "replace: value"))


# --- memory ----------------------------------------------------------------------------------------------------------


@dsl_builtin(
    "remember", "x", pure=False,
    doc="x itself; when it is a map, each entry also becomes a name of the memory, as def would make it.",
    examples=[('(dsl/remember {"a" 1})', '{"a" 1}')], see_also=("def", "dsl/result"),
)  # fmt: skip
def _remember(value: Value) -> Value:
    if is_map(value):
        for key, item in map_items(value):
            run_state.doors().define(_name(key), item)
    return value


@dsl_builtin(
    "result", "m", pure=False,
    doc="The value under `result`; every other entry of the map becomes a name of the memory.",
    examples=[('(dsl/result {"a" 1 "result" 2})', "2")], see_also=("dsl/remember",),
)  # fmt: skip
def _result(value: Value) -> Value:
    for key, item in map_items(value):
        if key != "result":
            run_state.doors().define(_name(key), item)
    found = flex_get(value, "result", ABSENT)
    return None if found is ABSENT else found
