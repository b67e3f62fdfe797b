"""Whether a host-side value is of a type. Values are JSON-shaped: string keys, keywords as strings, sets as lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import isfinite
from typing import Any

import msgspec

from ptc_lisp.signature.rendering import render
from ptc_lisp.signature.types import KEYWORD_TEXT, ListOf, Primitive, Record, Type, spellings

MAX_PROBLEMS = 20
"""A check stops after this many: nobody mends more at a time."""


class Problem(msgspec.Struct, frozen=True):
    """One thing that does not fit. `str()` gives `return.rows[0].id: expected int, got string "x"`."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, got {self.got}"


def check(kind: Type, value: Any, path: str = "return", *, limit: int = MAX_PROBLEMS) -> list[Problem]:
    """The problems of a value, at most `limit`; empty when it fits. Nothing is converted."""
    problems: list[Problem] = []
    _check(kind, value, path, problems, limit)
    return problems


def describe_value(value: Any) -> str:
    """A value in few words: `nil`, `string "x"`, `int 5`, `map {a, b}`, `vector of 3`."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return f"bool {str(value).lower()}"
    if isinstance(value, str):
        shown = value if len(value) <= 40 else f"{value[:37]}..."
        return f'string "{shown}"'
    if isinstance(value, int):
        return f"int {value}" if value.bit_length() < 200 else "a very large int"
    if isinstance(value, float):
        return f"float {value!r}"
    if isinstance(value, Mapping):
        return f"map {{{_some(value)}}}"
    if isinstance(value, datetime):
        return f"datetime {value.isoformat()}"
    if isinstance(value, date):
        return f"date {value.isoformat()}"
    if isinstance(value, Sequence):
        return f"vector of {len(value)}"
    return type(value).__name__


def expected_text(kind: Type) -> str:
    """A type in few words: `int`, `list`, `map`."""
    if isinstance(kind, Primitive):
        return kind.name
    return "list" if isinstance(kind, ListOf) else "map"


def find_field(value: Mapping[Any, Any], name: str) -> str | None:
    """The key under which a map holds a field, or None."""
    return next((key for key in spellings(name) if key in value), None)


def fits_primitive(name: str, value: Any) -> bool:
    """Whether a value that is not nil fits a primitive type."""
    match name:
        case "any":
            return True
        case "string":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float":
            return isinstance(value, (int, float)) and not isinstance(value, bool) and _is_finite(value)
        case "bool":
            return isinstance(value, bool)
        case "keyword":
            return isinstance(value, str) and KEYWORD_TEXT.fullmatch(value) is not None
        case "map":
            return isinstance(value, Mapping)
        case _:
            return isinstance(value, datetime)


def _check(kind: Type, value: Any, path: str, problems: list[Problem], limit: int) -> None:
    if value is None and (kind.optional or (isinstance(kind, Primitive) and kind.name == "any")):
        return
    if isinstance(kind, Primitive):
        if value is None or not fits_primitive(kind.name, value):
            problems.append(Problem(path, kind.name, describe_value(value)))
    elif isinstance(kind, ListOf):
        if not isinstance(value, (list, tuple)):
            problems.append(Problem(path, f"list {render(kind)}", describe_value(value)))
            return
        for index, item in enumerate(value):
            if len(problems) >= limit:
                return
            _check(kind.item, item, f"{path}[{index}]", problems, limit)
    else:
        _check_record(kind, value, path, problems, limit)


def _check_record(kind: Record, value: Any, path: str, problems: list[Problem], limit: int) -> None:
    if not isinstance(value, Mapping):
        problems.append(Problem(path, f"map {_shape(kind)}", describe_value(value)))
        return
    used: set[str] = set()
    for field in kind.fields:
        if len(problems) >= limit:
            return
        key = find_field(value, field.name)
        if key is not None:
            used.add(key)
            _check(field.type, value[key], f"{path}.{field.name}", problems, limit)
        elif not field.type.optional:
            got = f"nil (missing; the map has {_some(value) or 'no fields'})"
            problems.append(Problem(f"{path}.{field.name}", expected_text(field.type), got))
    if kind.closed:
        for key in value:
            if key not in used and len(problems) < limit:
                problems.append(Problem(f"{path}.{key}", "no such field", describe_value(value[key])))


def _shape(kind: Record) -> str:
    text = render(kind)
    return text if len(text) <= 120 else "{" + ", ".join(field.name for field in kind.fields)[:110] + ", …}"


def _some(value: Mapping[Any, Any]) -> str:
    keys = [str(key)[:30] for _, key in zip(range(7), value, strict=False)]
    return ", ".join(keys[:6]) + (", …" if len(keys) > 6 else "")


def _is_finite(value: float) -> bool:
    return isinstance(value, int) or isfinite(value)
