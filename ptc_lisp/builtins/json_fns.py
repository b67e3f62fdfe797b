"""JSON. Text that is no JSON and values that have no JSON give nil (DIV-23, DIV-24)."""

from __future__ import annotations

import math
import re
from typing import cast

import msgspec

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.keys import key
from ptc_lisp.values.persistent import is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.types import Keyword, Value, kw

AREA = "json"

_MAX_DEPTH = 500
_LINES = re.compile(r"\r\n|\n|\r")
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder()


class _NoJson(Exception):  # noqa: N818 - a signal inside this module
    pass


@builtin(
    "parse-string", "s", "s keywords?", area=AREA, ns=("json",), bare=False, clojure="DIV-23",
    doc="The value of a JSON text, or nil when it is not JSON. Map keys are strings; (:key m) finds them. A true second argument makes keywords.",
    examples=[
        (r'(json/parse-string "{\"a\": [1, 2.5, null]}")', '{"a" [1 2.5 nil]}'), ('(json/parse-string "oops")', "nil"),
    ],
    see_also=("json/generate-string", "json/parse-lines"),
)  # fmt: skip
def parse_string(s: Value, keywords: Value = None) -> Value:
    """`(json/parse-string s keywords?)`."""
    value = _parsed(s)
    return value if keywords is None or keywords is False else _with_keys(value, kw, 0)


@builtin(
    "parse-lines", "s", area=AREA, ns=("json",), bare=False, clojure="extension",
    doc="The values of a text with one JSON value a line; blank lines are skipped, a bad line gives nil.",
    examples=[(r'(json/parse-lines "1\n{\"a\":2}\noops")', '[1 {"a" 2} nil]')], see_also=("json/parse-string",),
)  # fmt: skip
def parse_lines(s: Value) -> list[Value] | None:
    """`(json/parse-lines s)`; nil for anything that is no string."""
    if s.__class__ is not str:
        return None
    lines = [line for line in _LINES.split(s) if line.strip()]
    tick(len(lines))
    return [_parsed(line) for line in lines]


@builtin(
    "generate-string", "x", area=AREA, ns=("json",), bare=False, clojure="DIV-24",
    doc="Compact JSON of a value, maps in their order, keywords as strings; nil when something in it has no JSON (a set, a date, ##NaN).",
    examples=[('(json/generate-string {:a [1 nil "x"]})', r'"{\"a\":[1,null,\"x\"]}"'), ("(json/generate-string #{1})", "nil")],
    see_also=("json/parse-string",),
)  # fmt: skip
def generate_string(x: Value) -> str | None:
    """`(json/generate-string x)`."""
    try:
        return _ENCODER.encode(_plain(x, 0)).decode()
    except (_NoJson, UnicodeEncodeError):
        # The second: half a surrogate pair, which a program can write as an escape.
        return None


@builtin(
    "read-str", "s & options", area=AREA, ns=("json",), bare=False, clojure="extension",
    doc="As `json/parse-string`, with clojure.data.json's option `:key-fn`.",
    examples=[(r'(json/read-str "{\"a\":1}" :key-fn keyword)', "{:a 1}")], see_also=("json/parse-string",),
)  # fmt: skip
def read_str(s: Value, *options: Value) -> Value:
    """`(json/read-str s & options)`."""
    if options and (len(options) != 2 or options[0] is not kw("key-fn")):
        raise bad_arg("json/read-str", 2, "the option :key-fn and a function", options[0])
    value = _parsed(s)
    return _with_keys(value, as_fn(options[1], 1, "json/read-str"), 0) if options else value


@builtin(
    "write-str", "x", area=AREA, ns=("json",), bare=False, clojure="extension", doc="As `json/generate-string`.",
    examples=[("(json/write-str [1 :a])", r'"[1,\"a\"]"')], see_also=("json/generate-string",),
)  # fmt: skip
def write_str(x: Value) -> str | None:
    """`(json/write-str x)`."""
    return generate_string(x)


def _parsed(s: Value) -> Value:
    if s.__class__ is not str:
        return None
    tick(len(s) >> 10)
    try:
        return _DECODER.decode(s)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _with_keys(value: Value, key_fn: Value, depth: int) -> Value:
    if depth > _MAX_DEPTH:
        raise _too_deep()
    if value.__class__ is list:
        return [_with_keys(item, key_fn, depth + 1) for item in value]
    if value.__class__ is dict:
        return {key(key_fn(name)): _with_keys(item, key_fn, depth + 1) for name, item in value.items()}
    return value


def _plain(value: Value, depth: int) -> object:
    cls = value.__class__
    if cls is str or value is None or cls is bool:
        return value
    if cls is int:
        return _json_int(value)
    if cls is float:
        if math.isfinite(value):
            return value
        raise _NoJson
    if cls is Keyword:
        return value.name
    if depth > _MAX_DEPTH:
        raise _too_deep()
    if is_vector(value):
        items = vec_list(value)
        tick(len(items))
        return [_plain(item, depth + 1) for item in items]
    if is_map(value):
        entries = map_raw(value)
        tick(len(entries))
        return {_plain_key(name): _plain(item, depth + 1) for name, item in entries.items()}
    raise _NoJson


def _json_int(value: int) -> object:
    if -(2**63) <= value < 2**64:
        return value
    try:
        return msgspec.Raw(str(value).encode())
    except ValueError:
        raise _NoJson from None


def _plain_key(name: Value) -> str:
    cls = name.__class__
    if cls is str:
        return name
    if cls is Keyword:
        return cast("Keyword", name).name
    if cls is int:
        return str(name)
    raise _NoJson


def _too_deep() -> Trap:
    return Trap(
        FaultKind.RECURSION_LIMIT_EXCEEDED, f"json: the value is nested more than {_MAX_DEPTH} levels deep"
    )
