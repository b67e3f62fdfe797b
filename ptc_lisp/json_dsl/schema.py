"""The JSON Schema of PTC-JSON, draft 7: it accepts what validation accepts, and nothing else.

Three things no schema can say are left to validation: the depth of 50, which tools there are, and the syntax of regexes.
"""

from __future__ import annotations

from typing import Any

from ptc_lisp.json_dsl.catalog import operations
from ptc_lisp.json_dsl.table import MAX_PRECISION, ORDERS, Field, Op

Schema = dict[str, Any]

_IS_OPERATION: Schema = {"type": "object", "required": ["op"]}


def to_json_schema() -> Schema:
    """The JSON Schema of whole programs. Where there is no current value (`plain`) fewer operations are allowed than where
    there is one (`fed`)."""
    definitions: dict[str, Schema] = {}
    for fed in (False, True):
        definitions |= {
            _named("operation", fed=fed): _any_operation(
                [op for op in operations() if fed or not op.takes_input], fed=fed
            ),
            _named("slot", fed=fed): {"if": _IS_OPERATION, "then": _ref("operation", fed=fed)},
            _named("expression", fed=fed): {
                "if": _IS_OPERATION,
                "then": _ref("operation", fed=fed),
                "else": {"items": _ref("slot", fed=fed), "additionalProperties": _ref("slot", fed=fed)},
            },
            _named("object", fed=fed): {
                "oneOf": [
                    {"type": "object", "additionalProperties": _ref("slot", fed=fed)},
                    {
                        "type": "array",
                        "items": _closed({"name": {"type": "string"}, "value": _ref("slot", fed=fed)}),
                    },
                ]
            },
        }  # fmt: skip
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "PTC-JSON program",
        **_closed({"program": {"allOf": [{"type": "object"}, _ref("expression", fed=False)]}}),
        "definitions": definitions,
    }


def _named(what: str, *, fed: bool) -> str:
    return f"{'fed' if fed else 'plain'}_{what}"


def _ref(what: str, *, fed: bool) -> Schema:
    return {"$ref": f"#/definitions/{_named(what, fed=fed)}"}


def _closed(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


def _any_operation(ops: list[Op], *, fed: bool) -> Schema:
    """Chosen by name, not `oneOf`: a mistake then gives one message, and checking takes no time exponential in depth."""
    return {
        "type": "object",
        "required": ["op"],
        "properties": {"op": {"enum": [op.name for op in ops]}},
        "allOf": [
            {"if": {"properties": {"op": {"const": op.name}}}, "then": _operation(op, fed=fed)} for op in ops
        ],
    }


def _operation(op: Op, *, fed: bool) -> Schema:
    properties = {field.name: _field(field, fed=fed) for field in op.fields}
    made = _closed({"op": {"const": op.name}, **properties}, ["op", *op.required])
    made["description"] = op.doc
    if op.one_of:
        made["oneOf"] = [{"required": [name]} for name in op.one_of]
    return made


def _field(field: Field, *, fed: bool) -> Schema:
    match field.kind:
        case "expr":
            return _ref("expression", fed=fed)
        case "each":
            return _ref("expression", fed=True)
        case "exprs":
            return {"type": "array", "items": _ref("expression", fed=fed)}
        case "steps":
            return {"type": "array", "items": _ref("expression", fed=True)}
        case "object":
            return _ref("object", fed=fed)
        case "group":
            return _ref("object", fed=True)
        case "json":
            return {}
        case "text" | "regex":
            return {"type": "string"}
        case "texts":
            return {"type": "array", "items": {"type": "string"}}
        case "count":
            return {"type": "integer", "minimum": 0}
        case "precision":
            return {"type": "integer", "minimum": 0, "maximum": MAX_PRECISION}
        case "order":
            return {"enum": list(ORDERS)}
