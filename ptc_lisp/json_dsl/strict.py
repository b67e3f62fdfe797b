"""The schema for structured outputs of model providers: closed objects, every property required, no `$ref`, no recursion.

Such a schema is finite, so it holds the pipelines that models write, not every program: a program is one pipe, whose steps
may hold operands, tests and short pipes (see the levels below). Maps with free names cannot be closed; they are written
as lists of {name, value}. Whatever the schema accepts is a valid program, but for bounds of numbers, which providers
refuse in schemas, and for the syntax of regexes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, cast

from ptc_lisp.json_dsl.catalog import OPERATIONS
from ptc_lisp.json_dsl.table import ORDERS, Field, Op

Schema = dict[str, Any]
Slot = Callable[[Op, Field], Schema]

_TEXT: Schema = {"type": "string"}
_SCALARS: list[Schema] = [_TEXT, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]
_LISTS = frozenset({"in", "filter_in"})
_TESTS = frozenset(op.name for op in OPERATIONS.values() if op.group == "comparisons")
_JUNCTIONS = frozenset({"and", "or", "not"})
_OPERANDS = frozenset({"load", "var", "get", "count", "first", "sum", "avg", "min", "max"})
_MATHS = frozenset({"add", "sub", "mul", "div"})
_NO_SLOTS = frozenset({"text", "texts", "regex", "count", "precision", "order", "json"})
_LEFT_OUT = {"get": frozenset({"field", "default"}), "join": frozenset({"with_field"})}
"""Fields that another spelling replaces, or that can be left to their default."""
_FLAT = frozenset(
    op.name for op in OPERATIONS.values() if all(f.kind in _NO_SLOTS for f in op.fields if f.name != "default")
) | _TESTS | {"filter_in"}  # fmt: skip


def to_llm_schema(ops: Collection[str] | None = None) -> Schema:
    """The schema. `ops` keeps some operations only, for providers that limit the size of schemas. Raises ValueError for
    a name that is no operation."""
    unknown = sorted(set(ops or ()) - set(OPERATIONS))
    if unknown:
        raise ValueError(f"there is no operation {unknown[0]!r}")
    return _closed({"program": _Levels(frozenset(OPERATIONS if ops is None else ops) | {"pipe"}).program()})


class _Levels:
    """The parts of the schema. `kept`: the operations that may occur."""

    def __init__(self, kept: frozenset[str]) -> None:
        self._kept = kept

    def program(self) -> Schema:
        """A pipe of all operations."""
        steps = self.any_of(frozenset(OPERATIONS) - {"pipe"}, self.in_step)
        return self.pipe(steps)

    def pipe(self, step: Schema) -> Schema:
        """A pipe of such steps."""
        return _closed({"op": _one_of(["pipe"]), "steps": {"type": "array", "items": step}})

    def in_step(self, op: Op, field: Field) -> Schema:
        """What an expression in a step of the program may be."""
        if op.name in {"filter", "reject", "if", "not"} and field.name in {"where", "condition"}:
            return self.test(deeper=op.name in {"filter", "reject"})
        if op.name in {"and", "or"}:
            return self.test(deeper=False)
        if field.kind == "each":
            return self.item()
        if op.name == "object":
            return self.part()
        if op.name == "let" and field.name == "in":
            return self.any_of(_OPERANDS | _MATHS, lambda _op, _field: self.cell(), _SCALARS[:2])
        if op.name == "return":
            return self.any_of(_OPERANDS | {"object"}, self.operand_in, _SCALARS)
        if op.group == "texts":
            return self.cell()
        return self.named() if op.group == "combining" or op.name == "join" else self.operand()

    def operand_in(self, op: Op, field: Field) -> Schema:
        """Operands everywhere."""
        del op, field
        return self.operand()

    def named(self) -> Schema:
        """A list or map by name."""
        return self.any_of(frozenset({"load", "var", "get"}), self.operand_in)

    def operand(self) -> Schema:
        """A text or number, a name, a field, an aggregate."""
        return self.any_of(_OPERANDS, self.operand_in, _SCALARS[:2])

    def test(self, *, deeper: bool) -> Schema:
        """A comparison; `deeper`: or one and, or, not of them."""
        return self.any_of(
            _TESTS | (_JUNCTIONS if deeper else frozenset()), lambda _op, _field: self.test(deeper=False)
        )

    def item(self) -> Schema:
        """What map makes of an item."""
        made = frozenset({"get", "var", "object", "call", "round", "pct", "lower", "text"})
        return self.any_of(_MATHS | made, lambda _op, _field: self.cell(), _SCALARS[:2])

    def cell(self) -> Schema:
        """What a calculation with an item takes: a field, a name, a number or a text."""
        return self.any_of(frozenset({"get", "var"}), self.operand_in, _SCALARS[:2])

    def part(self) -> Schema:
        """A value of an object: an operand, a calculation, or a pipe of plain steps and simple filters."""
        # No lists of values here: they would nest deeper than the ten levels that providers take.
        tests = self.any_of(_TESTS - _LISTS, self.operand_in)
        simple = self.any_of(_FLAT | {"filter", "reject"}, lambda _op, _field: tests)
        made = self.any_of(_OPERANDS | _MATHS | {"pct", "round"}, self.operand_in, _SCALARS)
        return {"anyOf": [*made["anyOf"], self.pipe(simple)]}

    def any_of(self, names: frozenset[str], slot: Slot, more: list[Schema] | None = None) -> Schema:
        """One of these operations; those that are written alike share a branch."""
        branches: dict[str, tuple[list[str], dict[str, Schema]]] = {}
        for name, op in OPERATIONS.items():
            if name in names and name in self._kept:
                properties = _properties(op, slot)
                branches.setdefault(json.dumps(properties), ([], properties))[0].append(name)
        made = [_closed({"op": _one_of(same), **properties}) for same, properties in branches.values()]
        return {"anyOf": [*made, *(more or ())]}


def _properties(op: Op, slot: Slot) -> dict[str, Schema]:
    left_out = _LEFT_OUT.get(op.name, frozenset())
    return {field.name: _field(op, field, slot) for field in op.fields if field.name not in left_out}


def _field(op: Op, field: Field, slot: Slot) -> Schema:
    if field.name == "value" and op.name in _TESTS | _LISTS:
        scalar: Schema = {"anyOf": _SCALARS}
        return {"type": "array", "items": scalar} if op.name in _LISTS else scalar
    match field.kind:
        case "expr" | "each":
            return slot(op, field)
        case "exprs" | "steps":
            return {"type": "array", "items": slot(op, field)}
        case "object" | "group":
            return {"type": "array", "items": _closed({"name": _TEXT, "value": slot(op, field)})}
        case "json":
            return {"anyOf": [*_SCALARS, {"type": "array", "items": {"anyOf": _SCALARS}}]}
        case "text" | "regex":
            return _TEXT
        case "texts":
            return {"type": "array", "items": _TEXT}
        case "count":
            return {"type": "integer"}
        case "precision":
            return {"type": "integer", "enum": [0, 1, 2, 3, 4]}
        case "order":
            return _one_of(ORDERS)


def _one_of(words: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(words)}


def _closed(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


# --- the spelling that the schema wants ------------------------------------------------------------------------------


def to_strict(program: Mapping[str, Any]) -> dict[str, Any]:
    """A valid program in the spelling of `to_llm_schema`: one pipe, defaults written out, maps as lists of {name, value},
    members of data as operations. Its meaning stays. Programs that nest deeper than the schema stay too deep for it."""
    made = _strict(program["program"])
    if made.get("op") != "pipe":
        made = {"op": "pipe", "steps": [made]}
    return {"program": made}


def _strict(value: Any) -> Any:
    if isinstance(value, list):
        return {"op": "list", "items": [_member(item) for item in cast("list[Any]", value)]}
    if not isinstance(value, dict):
        return value
    node = cast("dict[str, Any]", value)
    if "op" not in node:
        return {"op": "object", "fields": _pairs(node)}
    op = OPERATIONS[node["op"]]
    if op.name == "get" and "field" in node:
        node = {
            "op": "get",
            "path": [node["field"]],
            **({"default": node["default"]} if "default" in node else {}),
        }
    made: dict[str, Any] = {"op": op.name}
    for field in op.fields:
        if field.name in node:
            made[field.name] = _strict_field(op, field, node[field.name])
        elif field.kind == "object":
            made[field.name] = []
        elif field.default is not None:
            made[field.name] = field.default
    return made


def _strict_field(op: Op, field: Field, value: Any) -> Any:
    match field.kind:
        case "expr" if op.name in _LISTS and isinstance(value, list):
            return cast("list[Any]", value)
        case "expr" | "each":
            return _strict(value)
        case "exprs" | "steps":
            return [_strict(item) for item in value]
        case "object" | "group":
            return _pairs(value)
        case _:
            return value


def _pairs(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        items = cast("list[dict[str, Any]]", value)
        return [{"name": item["name"], "value": _member(item["value"])} for item in items]
    return [{"name": name, "value": _member(item)} for name, item in cast("dict[str, Any]", value).items()]


def _member(value: Any) -> Any:
    """A member of data: an operation, a scalar, or literal data."""
    if isinstance(value, dict) and "op" in value:
        return _strict(value)
    return value if not isinstance(value, dict | list) else {"op": "literal", "value": value}
