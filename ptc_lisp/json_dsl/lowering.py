"""From a valid PTC-JSON program to core nodes, the same that PTC-Lisp becomes.

The `start` of a node is its number among the places, which says where in the JSON it came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from ptc_lisp.core import nodes as n
from ptc_lisp.json_dsl.catalog import OPERATIONS
from ptc_lisp.json_dsl.checking import member, pairs_of
from ptc_lisp.json_dsl.table import Field, Gives, Op

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_NAME = 30
_RUNS_THROUGH = frozenset({"let", "if", "pipe"})
"""Operations whose value is that of an expression inside."""


class Scope(msgspec.Struct, frozen=True):
    """What an expression sees: the current value (None: there is none), its kind if known, and the names of let."""

    input: n.Node | None = None
    gives: Gives = "any"
    names: Mapping[str, str] | None = None

    def with_input(self, node: n.Node, gives: Gives = "any") -> Scope:
        """The same names with another current value."""
        return msgspec.structs.replace(self, input=node, gives=gives)


class Lowering:
    """One lowering. `last`: the value of the expression is that of the program, which goes into the memory."""

    def __init__(self, places: list[tuple[str, str | None]]) -> None:
        self._places = places
        self._counts: dict[str, int] = {}

    def expression(self, value: Any, path: str, scope: Scope, *, last: bool = False) -> n.Node:
        """The node of an expression."""
        if isinstance(value, dict):
            node = cast("dict[str, Any]", value)
            if "op" in node:
                return self._operation(OPERATIONS[node["op"]], node, path, scope, last=last)
            made = self.map_of(value, path, scope)
            return self._kept(made, node.keys()) if last else made
        at = self.at(path)
        if isinstance(value, list):
            items = cast("list[Any]", value)
            return n.VectorNode(
                *at, tuple([self.slot(x, f"{path}[{i}]", scope) for i, x in enumerate(items)])
            )
        return n.Const(*at, value)

    def slot(self, value: Any, path: str, scope: Scope) -> n.Node:
        """A member of data: an operation, or anything literal."""
        if isinstance(value, dict) and "op" in value:
            return self.expression(value, path, scope)
        return self.literal(value, path)

    def literal(self, value: Any, path: str) -> n.Node:
        """JSON as it is written."""
        at = self.at(path)
        if isinstance(value, dict):
            items: list[n.Node] = []
            for name, item in cast("dict[str, Any]", value).items():
                items += [n.Const(*at, name), self.literal(item, path)]
            return n.MapNode(*at, tuple(items))
        if isinstance(value, list):
            return n.VectorNode(*at, tuple([self.literal(item, path) for item in cast("list[Any]", value)]))
        return n.Const(*at, value)

    def map_of(self, value: Any, path: str, scope: Scope) -> n.MapNode:
        """The map that an object, explicit or implicit, makes."""
        return self.map_node(
            self.at(path),
            {name: self.slot(item, path + behind, scope) for name, item, behind in pairs_of(value)},
        )

    def map_node(self, at: tuple[int, int], entries: Mapping[str, n.Node]) -> n.MapNode:
        """A map of names to nodes."""
        return n.MapNode(
            *at, tuple([node for name, item in entries.items() for node in (n.Const(*at, name), item)])
        )

    def at(self, path: str, op: str | None = None) -> tuple[int, int]:
        """A new place."""
        self._places.append((path, op))
        return len(self._places) - 1, len(self._places)

    def unique(self, name: str) -> str:
        """A local name that no other binding has."""
        name = _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME] or "x"
        seen = self._counts.get(name, 0)
        self._counts[name] = seen + 1
        return name if seen == 0 else f"{name}~{seen}"

    def call(self, at: tuple[int, int], ref: str, *args: n.Node) -> n.Call:
        """A call of a builtin."""
        return n.Call(*at, n.BuiltinRef(*at, ref), args)

    def each(
        self, value: Any, path: str, scope: Scope, *, name: str = "row", boolean: str | None = None
    ) -> n.Fn:
        """A function of one item. `boolean`: the operation that wants true or false from it."""
        at = self.at(path)
        local = self.unique(name)
        body = self.expression(value, path, scope.with_input(n.Local(*at, local)))
        if boolean is not None and gives(value) != "boolean":
            body = self.call(at, "dsl/boolean", body, n.Const(*at, boolean))
        return n.Fn(*at, (n.FnArity((local,), None, body, (name,)),))

    def rows(self, at: tuple[int, int], op: Op, scope: Scope) -> n.Node:
        """The current value, which must be a list."""
        node = current(scope)
        return node if scope.gives == "list" else self.call(at, "dsl/rows", node, n.Const(*at, op.name))

    def _operation(self, op: Op, node: dict[str, Any], path: str, scope: Scope, *, last: bool) -> n.Node:
        at = self.at(path, op.name)
        here = Here(self, op, node, path, scope, at, last=last)
        if op.ref is None:
            made = HANDLERS[op.name](here)
        else:
            args = [here.field(field) for field in op.fields]
            made = self.call(at, op.ref, *((current(scope), *args) if op.takes_input else args))
        if not last or op.name in _RUNS_THROUGH:
            return made
        if op.name == "object":
            return self._kept(made, {name for name, _, _ in pairs_of(node["fields"])})
        return self.call(at, "dsl/remember", made) if _may_be_map(op, node) else made

    def _kept(self, made: n.Node, names: Any) -> n.Node:
        at = (made.start, made.end)
        return self.call(at, "dsl/result" if "result" in names else "dsl/remember", made)


class Here(msgspec.Struct, frozen=True):
    """One operation being lowered."""

    to: Lowering
    op: Op
    node: dict[str, Any]
    path: str
    scope: Scope
    at: tuple[int, int]
    last: bool

    def expr(self, name: str, *, last: bool = False) -> n.Node:
        """The node of an expression in a field."""
        return self.to.expression(self.node[name], member(self.path, name), self.scope, last=last)

    def exprs(self, name: str) -> tuple[n.Node, ...]:
        """The nodes of a list of expressions in a field."""
        path = member(self.path, name)
        return tuple(
            [self.to.expression(x, f"{path}[{i}]", self.scope) for i, x in enumerate(self.node[name])]
        )

    def field(self, field: Field) -> n.Node:
        """The node of a field as an argument of a builtin."""
        value = self.node.get(field.name, field.default)
        match field.kind:
            case "expr":
                return self.expr(field.name) if field.name in self.node else n.Const(*self.at, None)
            case "regex":
                return n.RegexConst(*self.at, value)
            case "count" | "precision":
                return n.Const(*self.at, int(value))
            case _:
                return self.to.literal(value, member(self.path, field.name))

    def call(self, ref: str, *args: n.Node) -> n.Call:
        """A call of a builtin."""
        return self.to.call(self.at, ref, *args)

    def rows(self) -> n.Node:
        """The current value, which must be a list."""
        return self.to.rows(self.at, self.op, self.scope)

    def const(self, value: Any) -> n.Const:
        """A constant."""
        return n.Const(*self.at, value)


def current(scope: Scope) -> n.Node:
    """The node of the current value."""
    return n.Const(0, 0, None) if scope.input is None else scope.input


def gives(value: Any) -> Gives:
    """The kind of an expression's value, where the text says it."""
    while isinstance(value, dict) and "op" in value:
        node = cast("dict[str, Any]", value)
        match node["op"]:
            case "let":
                value = node["in"]
            case "pipe" if node["steps"]:
                value = node["steps"][-1]
            case "if":
                first, second = gives(node["then"]), gives(node["else"])
                return first if first == second else "any"
            case "literal":
                return _kind_of(node["value"])
            case name:
                return OPERATIONS[name].gives
    return _kind_of(value)


def _kind_of(value: Any) -> Gives:
    kinds: dict[type, Gives] = {
        bool: "boolean",
        int: "number",
        float: "number",
        str: "text",
        list: "list",
        dict: "map",
    }
    return kinds.get(type(value), "any")


def _may_be_map(op: Op, node: dict[str, Any]) -> bool:
    return op.name not in {"return", "fail"} and gives(node) in {"any", "map"}


def has_operation(value: Any) -> bool:
    """Whether an expression holds something to evaluate."""
    if isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        return "op" in node or any(isinstance(item, dict) and "op" in item for item in node.values())
    return isinstance(value, list) and any(
        isinstance(item, dict) and "op" in item for item in cast("list[Any]", value)
    )


Handler = Callable[[Here], n.Node]
HANDLERS: dict[str, Handler] = {}
"""Operations that are no plain calls; `lower_flow` and `lower_rows` fill it."""


def handler(*names: str) -> Callable[[Handler], Handler]:
    """Registers the handler of operations."""

    def register(fn: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, fn))
        return fn

    return register
