"""From a tree of operations to the strict spelling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ptc_lisp.analyzer.state import Env
from ptc_lisp.faults import PtcError, Trap
from ptc_lisp.json_dsl.catalog import OPERATIONS
from ptc_lisp.json_dsl.checking import check_program, pairs_of
from ptc_lisp.json_dsl.front import fault_of
from ptc_lisp.json_dsl.reading import program_in
from ptc_lisp.json_dsl.strict import plain_too, strict_fields
from ptc_lisp.json_dsl.strict_reading import tree_of
from ptc_lisp.json_dsl.table import Field, Op


def to_strict(program: Mapping[str, Any]) -> dict[str, Any]:
    """The same program in the strict spelling, that of `to_llm_schema`.

    Raises:
        PtcError: the program is not valid.
        ValueError: its literal data is nested too deep for that spelling.
    """
    tree = _valid(program)
    writer = _Writer()
    made = {"nodes": writer.nodes, "result": writer.expression(tree)}
    try:
        wrong = check_program(tree_of(made).program, Env())
    except Trap as trap:
        wrong = [trap]
    if wrong:
        raise ValueError(
            f"{wrong[0].details.get('path')} in the strict spelling: {wrong[0].message}; load large data by name"
        )
    return made


def from_strict(strict: Mapping[str, Any]) -> dict[str, Any]:
    """The program `{"program": …}` for a program in the strict spelling.

    Raises:
        PtcError: it is not valid.
    """
    return {"program": _valid(strict)}


def _valid(program: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = program_in(dict(program))
        wrong = check_program(found.program, Env(), found.unused)
    except Trap as trap:
        raise PtcError(fault_of(trap)) from None
    if wrong:
        raise PtcError(fault_of(found.placed(wrong[0])))
    return found.program


class _Writer:
    """One program being written: each node after those that it names."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []

    def expression(self, value: Any) -> str:
        """The id of the node of an expression."""
        if isinstance(value, list):
            return self._add("list", items=[self._slot(item) for item in cast("list[Any]", value)])
        if not isinstance(value, dict):
            return self._add("literal", value=value)
        node = cast("dict[str, Any]", value)
        if "op" not in node:
            return self._add("object", fields=self._pairs(node))
        if node["op"] == "literal":
            made = self._constant(node["value"])
            # Of an object that is the program's value, `result` is taken out; of a literal map it is not.
            takes_out = isinstance(node["value"], dict) and "result" in node["value"]
            return self._add("merge", objects=[made]) if takes_out else made
        op = OPERATIONS[node["op"]]
        return self._add(op.name, **{field.name: self._field(op, field, node) for field in strict_fields(op)})

    def _add(self, op: str, **fields: Any) -> str:
        ident = f"n{len(self.nodes) + 1}"
        self.nodes.append({"op": op, "id": ident, **fields})
        return ident

    def _operand(self, value: Any) -> Any:
        """A plain value, or the node of an expression."""
        return {"node": self.expression(value)} if isinstance(value, dict | list) else value

    def _slot(self, value: Any) -> Any:
        """A member of data: an operation, or literal."""
        return self._operand(value) if _is_operation(value) else self._data(value)

    def _data(self, value: Any) -> Any:
        if isinstance(value, list):
            return {"node": self._add("list", items=[self._data(item) for item in cast("list[Any]", value)])}
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value).items()
            pairs = [{"name": name, "value": self._data(item)} for name, item in members]
            return {"node": self._add("object", fields=pairs)}
        return value

    def _constant(self, value: Any) -> str:
        """The id of a node that stands for literal data."""
        made = self._data(value)
        return made["node"] if isinstance(value, dict | list) else self._add("literal", value=value)

    def _pairs(self, value: Any) -> list[dict[str, Any]]:
        return [{"name": name, "value": self._slot(item)} for name, item, _ in pairs_of(value)]

    def _field(self, op: Op, field: Field, node: dict[str, Any]) -> Any:
        value = node.get(field.name, field.default)
        write = self._operand if plain_too(op, field) else self.expression
        match field.kind:
            case "expr" | "each":
                return write(value)
            case "exprs" | "steps":
                return [write(item) for item in value]
            case "object":
                return self._pairs(value or {})
            case "group":
                return self._group(node)
            case "texts":
                return [node["field"]] if "field" in node else value
            case "count" | "precision":
                return int(value)
            case _:
                return node["on"] if field.name == "with_field" and value is None else value

    def _group(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        """Results for each group; without any there are its rows."""
        if "fields" not in node:
            return [{"name": "rows", "value": self._add("get", path=[], default=None)}]
        return [
            {"name": name, "value": self.expression(item) if _is_operation(item) else self._constant(item)}
            for name, item, _ in pairs_of(node["fields"])
        ]


def _is_operation(value: Any) -> bool:
    return isinstance(value, dict) and "op" in value
