"""From the strict spelling to a tree of operations.

Whatever the schema of the spelling accepts has a tree, and a valid one as long as it does not nest too deep. What a schema
cannot say has a meaning here: a name without a node is one of let or the memory, a negative count is 0, a negative index
finds nothing, and an operation without input has null as its input.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import msgspec

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.json_dsl.catalog import OPERATIONS
from ptc_lisp.json_dsl.strict import plain_too
from ptc_lisp.json_dsl.table import MAX_DEPTH, Field, Op

_DEEPEST = MAX_DEPTH + 10
_MOST_OPERATIONS = 5_000
_NOWHERE = 2**53 - 1
_REFERENCE = {"node"}


class Tree(msgspec.Struct, frozen=True):
    """A program as a tree. unused: nodes that it does not hold, with their paths. places: for paths of the tree, those in
    the spelling that it was written in; empty when that is the tree."""

    program: dict[str, Any]
    unused: tuple[tuple[str, Any], ...] = ()
    places: dict[str, str] = {}

    def place(self, path: str) -> str:
        """A path of the tree as a path of the text."""
        for end in range(len(path), 0, -1):
            if (end == len(path) or path[end] in ".[") and path[:end] in self.places:
                return self.places[path[:end]] + path[end:]
        return path

    def placed(self, trap: Trap) -> Trap:
        """A trap with its path in the text."""
        if self.places and "path" in trap.details:
            trap.details["path"] = self.place(trap.details["path"])
        return trap


def tree_of(strict: dict[str, Any]) -> Tree:
    """The tree of `{"nodes": […], "result": id}`.

    Raises:
        Trap: parse_error for what is no such thing, program_too_large when nodes stand for too many operations.
    """
    nodes, result = _nodes(strict), strict.get("result")
    if not isinstance(result, str):
        raise _broken("`result` must be the id of a node", "$.result")
    reader = _Reader(nodes)
    program = _map(reader.at(result, "$.program", fed=False).written)
    if reader.starved:
        reader = _Reader(nodes)
        step = reader.at(result, "$.program.steps[0]", fed=True).written
        program = {"op": "pipe", "steps": [step]}
    return Tree(program, tuple(_unused(reader, len(nodes))), reader.places)


def _unused(reader: _Reader, count: int) -> Iterator[tuple[str, Any]]:
    for number in reversed(range(count)):
        if number not in reader.used:
            path = f"$.nodes[{number}]"
            yield path, reader.node(number, path, fed=True).written


class _Made(NamedTuple):
    """An expression. written: as an expression. data: what it is when it holds no operation, in a list of one."""

    written: Any
    data: list[Any] | None = None

    @property
    def slot(self) -> Any:
        """As a member of data."""
        if self.data is None or (isinstance(self.data[0], dict) and "op" in self.data[0]):
            return self.written if self.data is None else {"op": "literal", "value": self.data[0]}
        return self.data[0]


class _Reader:
    """One reading. used: the numbers of the nodes that it met. starved: an operation lacks its input."""

    def __init__(self, nodes: list[dict[str, Any]]) -> None:
        self._nodes = nodes
        self._numbers = {node["id"]: number for number, node in reversed(list(enumerate(nodes)))}
        self._open: list[int] = []
        self._count = 0
        self.used: set[int] = set()
        self.starved = False
        self.places: dict[str, str] = {}

    def at(self, ident: str, path: str, *, fed: bool) -> _Made:
        """What the node of that id stands for; without one, the name of let or the memory."""
        number = self._numbers.get(ident)
        if number is None or number in self._open:
            return _Made({"op": "var", "name": ident})
        return self.node(number, path, fed=fed)

    def node(self, number: int, path: str, *, fed: bool) -> _Made:
        """What a node stands for."""
        self.used.add(number)
        self.places[path] = place = f"$.nodes[{number}]"
        self._count += 1
        if self._count > _MOST_OPERATIONS:
            words = f"the nodes stand for more than {_MOST_OPERATIONS} operations, since some are named more than once"
            raise Trap(
                FaultKind.PROGRAM_TOO_LARGE, words, hint="bind shared values with let", phase=Phase.READ
            )
        if len(self._open) > _DEEPEST:
            words = f"expressions are nested more than {MAX_DEPTH} levels deep"
            hint, details = "bind parts with let, or use pipe", {"path": place}
            raise Trap(FaultKind.VALIDATION_ERROR, words, hint=hint, details=details, phase=Phase.ANALYZE)
        self._open.append(number)
        made = self._made(self._nodes[number], path, fed=fed)
        self._open.pop()
        return made

    def _made(self, node: dict[str, Any], path: str, *, fed: bool) -> _Made:
        rest = {name: value for name, value in node.items() if name != "id"}
        op = OPERATIONS.get(node["op"]) if isinstance(node.get("op"), str) else None
        if op is None:
            return _Made(rest)
        self.starved |= op.takes_input and not fed
        members: list[_Made] = []
        for each in op.fields:
            if each.name in rest:
                rest[each.name] = self._field(
                    op, each, rest[each.name], f"{path}.{each.name}", members, fed=fed
                )
        if op.name == "nth" and _is_negative(node.get("index")):
            rest["index"] = _NOWHERE
        return _folded(op.name, rest, members)

    def _field(self, op: Op, each: Field, value: Any, path: str, members: list[_Made], *, fed: bool) -> Any:
        kind, inner = each.kind, fed or each.kind in {"each", "steps", "group"}
        if kind in {"expr", "each"}:
            return self._operand(op, each, value, path, fed=inner).written
        if kind in {"exprs", "steps"} and isinstance(value, list):
            items = enumerate(cast("list[Any]", value))
            members += [self._operand(op, each, item, f"{path}[{i}]", fed=inner) for i, item in items]
            return [member.written for member in members]
        if kind in {"object", "group"} and isinstance(value, list):
            return [
                self._pair(op, each, pair, f"{path}[{i}].value", members, fed=inner)
                for i, pair in enumerate(cast("list[Any]", value))
            ]
        return 0 if kind == "count" and _is_negative(value) else value

    def _pair(self, op: Op, each: Field, pair: Any, path: str, members: list[_Made], *, fed: bool) -> Any:
        if not isinstance(pair, dict) or "value" not in pair:
            return cast("Any", pair)
        held = cast("dict[str, Any]", pair)
        made = self._operand(op, each, held["value"], path, fed=fed)
        members.append(made)
        return {**held, "value": made.slot}

    def _operand(self, op: Op, each: Field, value: Any, path: str, *, fed: bool) -> _Made:
        """A named node, or a plain value. What is neither is left for validation, which also takes operations here."""
        if isinstance(value, str) and not plain_too(op, each):
            return self.at(value, path, fed=fed)
        if isinstance(value, dict):
            named = cast("dict[str, Any]", value)
            if named.keys() == _REFERENCE and isinstance(named["node"], str):
                return self.at(named["node"], path, fed=fed)
            return _Made(named)
        return _Made(value) if isinstance(value, list) else _Made(value, [value])


def _folded(name: str, rest: dict[str, Any], members: list[_Made]) -> _Made:
    """The expression, and the data that it is when all of its members are data."""
    held = [member.data[0] for member in members if member.data is not None]
    if len(held) < len(members):
        return _Made(rest)
    if name == "literal" and "value" in rest:
        return _Made(rest, [rest["value"]])
    if name == "list" and isinstance(rest.get("items"), list):
        return _Made({"op": "literal", "value": held}, [held])
    if name == "object" and _are_pairs(rest.get("fields")):
        return _Made(rest, [dict(zip([pair["name"] for pair in rest["fields"]], held, strict=True))])
    if name == "merge" and len(held) == 1 and isinstance(held[0], dict):
        return _Made({"op": "literal", "value": held[0]}, held)
    return _Made(rest)


def _are_pairs(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    items = cast("list[Any]", value)
    return all(
        isinstance(item, dict) and isinstance(item.get("name"), str) and "value" in item for item in items
    )


def _map(written: Any) -> dict[str, Any]:
    return written if isinstance(written, dict) else {"op": "literal", "value": written}


def _is_negative(value: Any) -> bool:
    return isinstance(value, int | float) and value < 0


def _nodes(strict: dict[str, Any]) -> list[dict[str, Any]]:
    nodes = strict.get("nodes")
    if not isinstance(nodes, list):
        raise _broken("`nodes` must be a list of nodes", "$.nodes")
    found = cast("list[Any]", nodes)
    for number, node in enumerate(found):
        if not isinstance(node, dict) or not isinstance(cast("dict[str, Any]", node).get("id"), str):
            raise _broken("a node must be a map with an `id`, which is a text", f"$.nodes[{number}]")
    more = sorted(strict.keys() - {"nodes", "result"})
    if more:
        raise _broken(f"unknown field `{more[0][:60]}` beside `nodes` and `result`", "$")
    return found


def _broken(message: str, path: str) -> Trap:
    hint = 'write {"nodes": [{"op": …, "id": …}, …], "result": id}'
    return Trap(FaultKind.PARSE_ERROR, message, hint=hint, details={"path": path}, phase=Phase.READ)
