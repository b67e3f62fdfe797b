"""From the text of a PTC-JSON program to JSON values, with everything refused that JSON readers disagree about."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn, cast

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.json_dsl.strict_reading import Tree, tree_of
from ptc_lisp.source import half_character

MAX_NESTING = 200
"""Braces and brackets inside each other: an operation takes up to three, and 50 operations nest."""

# Texts, also one that does not end: it must not be looked through from each of its quotes.
_NO_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[^"\[\]{}]+', re.DOTALL)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_WRAP = 'write {"program": {"op": …}}'


def read_program(source: str, max_bytes: int) -> Tree:
    """The program of a text, in either spelling.

    Raises:
        Trap: parse_error or program_too_large; its details hold the JSON path.
    """
    size = len(source) if source.isascii() else len(source.encode("utf-8", "replace"))
    if size > max_bytes:
        raise Trap(
            FaultKind.PROGRAM_TOO_LARGE,
            f"the program has {size} bytes, more than the {max_bytes} allowed",
            hint="load large data by name instead of writing it into the program",
            phase=Phase.READ,
        )
    return program_in(_parsed(source))


def program_in(found: Any) -> Tree:
    """The program of parsed JSON. Raises Trap as `read_program` does."""
    if not isinstance(found, dict):
        raise _broken(f"a program must be a JSON object, got {_kind(found)}", _WRAP)
    outer = cast("dict[str, Any]", found)
    if "program" not in outer and "nodes" in outer:
        return tree_of(outer)
    if "program" not in outer:
        raise _broken("the required field `program` is missing", _WRAP)
    program = outer["program"]
    if not isinstance(program, dict):
        raise _broken(f"`program` must be a map, got {_kind(program)}", _WRAP, "$.program")
    more = sorted(set(outer) - {"program"})
    if more:
        raise _broken(f"unknown field `{more[0][:60]}` beside `program`", "leave it out", "$")
    return Tree(cast("dict[str, Any]", program))


def _parsed(source: str) -> Any:
    if _nesting(source) > MAX_NESTING:
        raise _broken(
            f"braces and brackets are nested more than {MAX_NESTING} levels deep", "bind parts with let"
        )
    try:
        found = json.loads(source, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _broken(
            f"JSON decode error: {error.msg} at {place}", "reply with one JSON object", None
        ) from None
    except (ValueError, RecursionError) as error:
        raise _broken(f"JSON decode error: {str(error)[:200]}", "reply with one JSON object", None) from None
    if _HALF.search(source) and half_character(json.dumps(found, ensure_ascii=False)) is not None:
        raise _broken("a \\uXXXX escape is half of a character", "write the character itself", None)
    return found


def _nesting(source: str) -> int:
    level = deepest = 0
    for bracket in _NO_BRACKETS.sub("", source):
        level += 1 if bracket in "[{" else -1
        deepest = max(deepest, level)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise ValueError(f"the key {json.dumps(twice[:60])} occurs twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _broken(message: str, hint: str, path: str | None = "$") -> Trap:
    details = {} if path is None else {"path": path}
    return Trap(FaultKind.PARSE_ERROR, message, hint=hint, details=details, phase=Phase.READ)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names: dict[type, str] = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "a map",
    }
    return names[type(value)]
