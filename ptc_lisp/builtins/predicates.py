"""Predicates about the kind of a value, and `type`. They take any value and never fail."""

from __future__ import annotations

import datetime as dt
from types import FunctionType

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.values.functions import Builtin, is_fn
from ptc_lisp.values.persistent import LispSet, PMap, PVec, is_map, is_vector
from ptc_lisp.values.strings import grapheme_count
from ptc_lisp.values.types import Composed, Keyword, Regex, Value, Var, kw

_AREA = "predicates"
_TYPE_NAMES: dict[type, Keyword] = {
    bool: kw("boolean"),
    int: kw("number"),
    float: kw("number"),
    str: kw("string"),
    Keyword: kw("keyword"),
    list: kw("vector"),
    PVec: kw("vector"),
    dict: kw("map"),
    PMap: kw("map"),
    LispSet: kw("set"),
    Regex: kw("regex"),
    FunctionType: kw("function"),
    Builtin: kw("function"),
    Composed: kw("function"),
}


@builtin(
    "type", "x", area=_AREA, clojure="DIV-28",
    doc="The kind of a value as a keyword: :number :string :boolean :keyword :vector :map :set :regex :function or"
    " :unknown; nil for nil.",
    examples=[("(type 1)", ":number"), ('(map type ["a" {} nil])', "[:string :map nil]")],
)  # fmt: skip
def _type(x: Value) -> Value:
    return None if x is None else _TYPE_NAMES.get(x.__class__, kw("unknown"))


@builtin(
    "nil?",
    "x",
    area=_AREA,
    doc="Whether x is nil.",
    examples=[("(nil? nil)", "true"), ("(nil? false)", "false")],
)
def _is_nil(x: Value) -> bool:
    return x is None


@builtin(
    "some?",
    "x",
    area=_AREA,
    doc="Whether x is not nil.",
    examples=[("(some? 0)", "true"), ("(some? nil)", "false")],
)
def _is_some(x: Value) -> bool:
    return x is not None


@builtin("any?", "x", area=_AREA, doc="true for every value.", examples=[("(any? nil)", "true")])
def _is_any(x: Value) -> bool:  # noqa: ARG001 - every value passes
    return True


@builtin(
    "true?",
    "x",
    area=_AREA,
    doc="Whether x is exactly true.",
    examples=[("(true? true)", "true"), ("(true? 1)", "false")],
)
def _is_true(x: Value) -> bool:
    return x is True


@builtin(
    "false?",
    "x",
    area=_AREA,
    doc="Whether x is exactly false.",
    examples=[("(false? false)", "true"), ("(false? nil)", "false")],
)
def _is_false(x: Value) -> bool:
    return x is False


@builtin(
    "boolean?",
    "x",
    area=_AREA,
    doc="Whether x is true or false.",
    examples=[("(boolean? false)", "true"), ("(boolean? nil)", "false")],
)
def _is_boolean(x: Value) -> bool:
    return x.__class__ is bool


@builtin(
    "string?",
    "x",
    area=_AREA,
    doc="Whether x is a string.",
    examples=[('(string? "a")', "true"), ("(string? :a)", "false")],
)
def _is_string(x: Value) -> bool:
    return x.__class__ is str


@builtin(
    "char?",
    "x",
    area=_AREA,
    clojure="DIV-36",
    doc="Whether x is a string of one character.",
    examples=[('(char? "a")', "true"), ('(char? "ab")', "false")],
)
def _is_char(x: Value) -> bool:
    return x.__class__ is str and grapheme_count(x) == 1


@builtin(
    "keyword?",
    "x",
    area=_AREA,
    doc="Whether x is a keyword.",
    examples=[("(keyword? :a)", "true"), ('(keyword? "a")', "false")],
)
def _is_keyword(x: Value) -> bool:
    return x.__class__ is Keyword


@builtin(
    "simple-keyword?",
    "x",
    area=_AREA,
    doc="Whether x is a keyword; all of them are without a namespace.",
    examples=[("(simple-keyword? :a)", "true")],
)
def _is_simple_keyword(x: Value) -> bool:
    return x.__class__ is Keyword


@builtin(
    "qualified-keyword?",
    "x",
    area=_AREA,
    clojure="DIV-13",
    doc="Always false: keywords have no namespace.",
    examples=[("(qualified-keyword? :a)", "false")],
)
def _is_qualified_keyword(x: Value) -> bool:  # noqa: ARG001 - no keyword passes
    return False


@builtin(
    "ident?",
    "x",
    area=_AREA,
    clojure="DIV-19",
    doc="Whether x is a keyword (symbols are no values).",
    examples=[("(ident? :a)", "true"), ('(ident? "a")', "false")],
)
def _is_ident(x: Value) -> bool:
    return x.__class__ is Keyword


@builtin(
    "symbol?",
    "x",
    area=_AREA,
    clojure="DIV-19",
    doc="Always false: a quoted symbol is only a reference to a name.",
    examples=[("(symbol? :a)", "false")],
)
def _is_symbol(x: Value) -> bool:  # noqa: ARG001 - no value passes
    return False


@builtin(
    "regex?",
    "x",
    area=_AREA,
    ns="regex",
    clojure="extension",
    doc="Whether x is a regular expression.",
    examples=[('(regex? #"a")', "true"), ('(regex? "a")', "false")],
)
def _is_regex(x: Value) -> bool:
    return x.__class__ is Regex


@builtin(
    "inst?",
    "x",
    area=_AREA,
    doc="Whether x is an instant (a date with a time).",
    examples=[('(inst? "2024-01-02")', "false")],
)
def _is_inst(x: Value) -> bool:
    return x.__class__ is dt.datetime


@builtin(
    "var?",
    "x",
    area=_AREA,
    doc="Whether x is what def returns.",
    examples=[("(var? (def answer 42))", "true"), ("(var? 42)", "false")],
)
def _is_var(x: Value) -> bool:
    return x.__class__ is Var


@builtin(
    "fn?",
    "x",
    area=_AREA,
    doc="Whether x is a function; keywords and maps only act as one, see ifn?.",
    examples=[("(fn? inc)", "true"), ("(fn? :a)", "false")],
    see_also=("ifn?",),
)
def _is_fn(x: Value) -> bool:
    return is_fn(x)


@builtin(
    "ifn?",
    "x",
    area=_AREA,
    doc="Whether x can be called: a function, keyword, map, set or vector.",
    examples=[("(ifn? :a)", "true"), ("(ifn? [1])", "true"), ("(ifn? 5)", "false")],
    see_also=("fn?",),
)
def _is_ifn(x: Value) -> bool:
    return is_fn(x) or x.__class__ is Keyword or is_map(x) or is_vector(x) or x.__class__ is LispSet
