"""The table of PTC-JSON's operations: what everything else about them is made from.

A row says how an operation is written, what it needs and gives, and shows it at work. Validation, lowering, prompt text,
JSON Schemas, the reference page and one test per example come from here.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Kind = Literal[
    "expr",
    "each",
    "exprs",
    "steps",
    "object",
    "group",
    "json",
    "text",
    "texts",
    "regex",
    "count",
    "precision",
    "order",
]
Gives = Literal["any", "list", "map", "boolean", "number", "text"]

KINDS: dict[Kind, str] = {
    "expr": "expression",
    "each": "expression for each item",
    "exprs": "list of expressions",
    "steps": "list of expressions, each with the value of the one before as its input",
    "object": "map of names to expressions, or list of {name, value}",
    "group": "map of names to expressions for each group, or list of {name, value}",
    "json": "any JSON, taken literally",
    "text": "text",
    "texts": "list of texts",
    "regex": "text of a regex",
    "count": "whole number from 0",
    "precision": "whole number from 0 to 15",
    "order": "`asc` or `desc`",
}
"""What a field holds, in words."""

ORDERS = ("asc", "desc")
MAX_PRECISION = 15
MAX_DEPTH = 50


class Field(msgspec.Struct, frozen=True):
    """A field of an operation."""

    name: str
    kind: Kind
    required: bool = True
    default: Any = None


class Example(msgspec.Struct, frozen=True):
    """An operation at work: `given` is its input (None: none), `value` what it gives."""

    op: dict[str, Any]
    value: Any
    given: Any = None


class Op(msgspec.Struct, frozen=True, kw_only=True):
    """One operation.

    group: heading in the prompt and the reference. takes_input: it works on the current value. gives: the kind of its
    value where that is always the same. ref: the builtin that it is a call of, with the input (when it takes one) and
    the fields as arguments; None: `lowering` knows it by name. one_of: fields of which exactly one must be given.
    beyond: not among the operations that other implementations of PTC-JSON have.
    """

    name: str
    group: str
    fields: tuple[Field, ...] = ()
    takes_input: bool = False
    gives: Gives = "any"
    ref: str | None = None
    one_of: tuple[str, ...] = ()
    doc: str
    example: Example
    beyond: bool = False

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the fields that must be given."""
        return tuple([field.name for field in self.fields if field.required])


def expr(name: str, *, required: bool = True) -> Field:
    """A field that holds an expression."""
    return Field(name, "expr", required)


def text(name: str) -> Field:
    """A field that holds a text."""
    return Field(name, "text")
