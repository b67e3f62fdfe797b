"""The schema for structured outputs of model providers, and the spelling of programs that it describes.

Such a schema must be closed and finite, and a tree of operations is neither. So the strict spelling is flat:

    {"nodes": [{"op": "load", "id": "a", "name": "orders"}, {"op": "count", "id": "b"},
               {"op": "pipe", "id": "c", "steps": ["a", "b"]}], "result": "c"}

A node is an operation with an id of its own. A field that holds an expression names a node; where plain values stand often,
it holds a plain value, or {"node": id}. Everything else is as in the tree. A name that no node has, or that would lead round
in a circle, is one of let or the memory, as in `var`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from ptc_lisp.json_dsl.catalog import OPERATIONS
from ptc_lisp.json_dsl.table import MAX_PRECISION, ORDERS, Field, Op

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_SCALARS: list[Schema] = [_TEXT, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]
_ALWAYS = frozenset({"pipe", "literal", "list", "object"})
_LEFT_OUT = {"get": frozenset({"field"})}
"""Fields that another spelling replaces."""
_PLAIN_TOO = frozenset({"then", "else", "default", "left", "right", "summary", "items", "parts"})
_PLAIN_IN = frozenset(
    {("task", "name"), *((op, "value") for op in ("return", "lower", "upper", "trim", "filter_in"))}
)


def to_llm_schema(ops: Collection[str] | None = None) -> Schema:
    """The JSON Schema of the strict spelling. ops: the only operations to include (besides pipe, literal, list and object).

    Raises:
        ValueError: a name is not an operation.
    """
    unknown = sorted(set(ops or ()) - set(OPERATIONS))
    if unknown:
        raise ValueError(f"there is no operation {unknown[0]!r}")
    kept = OPERATIONS.keys() if ops is None else _ALWAYS | set(ops)
    # Operations that are written alike share a branch: providers limit how large a schema may be.
    branches: dict[str, tuple[list[str], dict[str, Schema]]] = {}
    for op in OPERATIONS.values():
        if op.name in kept:
            properties = {field.name: _field(op, field) for field in strict_fields(op)}
            branches.setdefault(json.dumps(properties), ([], properties))[0].append(op.name)
    nodes = [_closed({"op": _one_of(same), "id": _TEXT, **rest}) for same, rest in branches.values()]
    return _closed({"nodes": {"type": "array", "items": {"anyOf": nodes}}, "result": _TEXT})


def strict_fields(op: Op) -> tuple[Field, ...]:
    """The fields of an operation in the strict spelling: all of them are given."""
    left_out = _LEFT_OUT.get(op.name, frozenset())
    return tuple([field for field in op.fields if field.name not in left_out])


def plain_too(op: Op, field: Field) -> bool:
    """Whether an expression in this field may be a plain value, and not the id of a node only."""
    if field.kind == "object" or op.group == "comparisons":
        return True
    return field.name in _PLAIN_TOO or (op.name, field.name) in _PLAIN_IN


def _field(op: Op, field: Field) -> Schema:
    operand = {"anyOf": [*_SCALARS, _closed({"node": _TEXT})]} if plain_too(op, field) else _TEXT
    match field.kind:
        case "expr" | "each":
            return operand
        case "exprs" | "steps":
            return {"type": "array", "items": operand}
        case "object" | "group":
            return {"type": "array", "items": _closed({"name": _TEXT, "value": operand})}
        case "json":
            return {"anyOf": _SCALARS}
        case "text" | "regex":
            return _TEXT
        case "texts":
            return {"type": "array", "items": _TEXT}
        case "count":
            return {"type": "integer"}
        case "precision":
            return {"type": "integer", "enum": list(range(MAX_PRECISION + 1))}
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
