"""Validation of PTC-JSON: the whole tree before anything runs, all faults at once, each with its JSON path."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from ptc_lisp.analyzer.state import Env, ToolShape
from ptc_lisp.analyzer.suggest import did_you_mean, nearest, shown
from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.json_dsl.catalog import OPERATIONS
from ptc_lisp.json_dsl.table import KINDS, MAX_DEPTH, MAX_PRECISION, ORDERS, Field, Op
from ptc_lisp.values.regexes import compile_regex

_MOST_FAULTS = 50
_PLAIN_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_PAIR = {"name", "value"}


def check_program(program: Mapping[str, Any], env: Env, others: Iterable[tuple[str, Any]] = ()) -> list[Trap]:
    """All faults of what is under `program`, at most 50, in the order of the text. `others`: further expressions, with
    their paths."""
    checker = _Checker(env)
    with contextlib.suppress(_Enough):
        checker.expression(program, "$.program", 1, fed=False)
        for path, other in others:
            checker.expression(other, path, 1, fed=True)
    return checker.traps


class _Enough(Exception):  # noqa: N818 - no mistake: so many faults are told, and finding more takes time
    pass


def member(path: str, name: str) -> str:
    """The path of a member of a map."""
    if name and set(name) <= _PLAIN_NAME and not name[0].isdigit():
        return f"{path}.{name}"
    return f"{path}[{json.dumps(name[:60], ensure_ascii=False)}]"


def pairs_of(value: Any) -> list[tuple[str, Any, str]]:
    """Name, expression and path behind the field, for a map or a list of {name, value}."""
    if isinstance(value, list):
        items = cast("list[dict[str, Any]]", value)
        return [(item["name"], item["value"], f"[{index}].value") for index, item in enumerate(items)]
    return [(name, item, member("", name)) for name, item in cast("dict[str, Any]", value).items()]


class _Checker:
    """One walk over one program. `fed`: whether there is a current value."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.traps: list[Trap] = []

    def fault(
        self, path: str, message: str, hint: str | None = None, kind: FaultKind = FaultKind.VALIDATION_ERROR
    ) -> None:
        self.traps.append(Trap(kind, message, hint=hint, details={"path": path}, phase=Phase.ANALYZE))
        if len(self.traps) == _MOST_FAULTS:
            raise _Enough

    def expression(self, value: Any, path: str, depth: int, *, fed: bool) -> None:
        """Any JSON where an expression stands: an operation, or data whose direct members may be operations."""
        if depth > MAX_DEPTH:
            self.fault(
                path,
                f"expressions are nested more than {MAX_DEPTH} levels deep",
                "bind parts with let, or use pipe",
            )
        elif isinstance(value, dict):
            node = cast("dict[str, Any]", value)
            if "op" in node:
                self.operation(node, path, depth, fed=fed)
            else:
                for name, item in node.items():
                    self.slot(item, member(path, name), depth + 1, fed=fed)
        elif isinstance(value, list):
            for index, item in enumerate(cast("list[Any]", value)):
                self.slot(item, f"{path}[{index}]", depth + 1, fed=fed)

    def slot(self, value: Any, path: str, depth: int, *, fed: bool) -> None:
        """A member of data: an operation, or anything literal."""
        if isinstance(value, dict) and "op" in value:
            self.expression(value, path, depth, fed=fed)

    def operation(self, node: dict[str, Any], path: str, depth: int, *, fed: bool) -> None:
        """One operation and everything inside."""
        name = node["op"]
        op = OPERATIONS.get(name) if isinstance(name, str) else None
        if op is None:
            self._unknown(name, member(path, "op"))
            return
        if op.takes_input and not fed:
            self.fault(
                path,
                f"no input available for {op.name}",
                f"put {op.name} into a pipe, after a step that gives its input",
            )
        self._fields(op, node, path)
        for field in op.fields:
            if field.name in node:
                self.field(op, field, node[field.name], member(path, field.name), depth, fed=fed)
        if op.name == "call":
            self._tool(node, path)
        elif op.name == "load":
            self._data(node, path)

    def _unknown(self, name: object, path: str) -> None:
        if not isinstance(name, str):
            self.fault(path, "`op` must be the name of an operation, as a text")
            return
        guess = did_you_mean(nearest(name, OPERATIONS))
        self.fault(path, f"unknown operation '{name[:60]}'", guess or f"there are: {', '.join(OPERATIONS)}")

    def _fields(self, op: Op, node: dict[str, Any], path: str) -> None:
        known = [field.name for field in op.fields]
        for name in node:
            if name != "op" and name not in known:
                guess = did_you_mean(nearest(name, known))
                takes = f"{op.name} takes {', '.join(known) or 'no fields'}"
                self.fault(
                    member(path, name), f"operation '{op.name}' has no field '{name[:60]}'", guess or takes
                )
        for name in op.required:
            if name not in node:
                field = cast("Field", op.field(name))
                self.fault(
                    path, f"operation '{op.name}' requires field '{name}'", f"`{name}`: {KINDS[field.kind]}"
                )
        if op.one_of and sum(name in node for name in op.one_of) != 1:
            self.fault(
                path, f"operation '{op.name}' requires exactly one of the fields {' and '.join(op.one_of)}"
            )

    def field(self, op: Op, field: Field, value: Any, path: str, depth: int, *, fed: bool) -> None:
        """The value of one field."""
        kind = field.kind
        if kind in {"expr", "each"}:
            self.expression(value, path, depth + 1, fed=fed or kind == "each")
        elif kind in {"exprs", "steps"}:
            if not isinstance(value, list):
                self._wrong(path, field)
                return
            for index, item in enumerate(cast("list[Any]", value)):
                self.expression(item, f"{path}[{index}]", depth + 1, fed=fed or kind == "steps")
        elif kind in {"object", "group"}:
            if not _is_object(value):
                self._wrong(path, field)
                return
            for _, item, behind in pairs_of(value):
                self.slot(item, path + behind, depth + 1, fed=fed or kind == "group")
        elif kind == "count":
            self._count(op, field, value, path)
        elif not _fits(kind, value):
            self._wrong(path, field)
        elif kind == "regex":
            self._regex(value, path)

    def _wrong(self, path: str, field: Field) -> None:
        self.fault(
            path,
            f"field '{field.name}' must be a {KINDS[field.kind]}".replace("must be a any", "must be any"),
        )

    def _count(self, op: Op, field: Field, value: Any, path: str) -> None:
        if not is_whole(value):
            self.fault(path, f"{op.name}: field '{field.name}' must be a whole number")
        elif value < 0:
            self.fault(path, f"{op.name}: field '{field.name}' must not be negative")

    def _regex(self, pattern: str, path: str) -> None:
        try:
            compile_regex(pattern)
        except Trap as trap:
            self.fault(path, trap.message)

    def _data(self, node: dict[str, Any], path: str) -> None:
        name, data = node.get("name"), self.env.data
        if (
            not isinstance(name, str)
            or not self.env.strict_data
            or data is None
            or name in data
            or name == "fail"
        ):
            return
        guess = did_you_mean(nearest(name, data))
        available = f"available: {shown(data)}"
        hint = f"{guess} {available}" if guess else available
        self.fault(member(path, "name"), f"there is no input '{name[:60]}'", hint, FaultKind.UNBOUND_VAR)

    def _tool(self, node: dict[str, Any], path: str) -> None:
        name, args = node.get("tool"), node.get("args", {})
        tools = self.env.tools
        if not isinstance(name, str) or tools is None or not _is_object(args):
            return
        if name not in tools:
            guess = did_you_mean(nearest(name, tools))
            available = f"available: {shown(tools)}"
            self.fault(
                member(path, "tool"), f"tool '{name[:60]}' not found", f"{guess} {available}" if guess else available,
                FaultKind.UNKNOWN_TOOL,
            )  # fmt: skip
            return
        shape = self.env.shapes.get(name)
        if shape is not None:
            self._arguments(name, shape, args, path)

    def _arguments(self, tool: str, shape: ToolShape, args: Any, path: str) -> None:
        params = {_plain(param): param for param in (*shape.required, *shape.optional)}
        given = {_plain(name): (name, behind) for name, _, behind in pairs_of(args)}
        takes = f"{tool} takes {', '.join(params.values()) or 'no arguments'}"
        for plain, (name, behind) in given.items():
            if plain not in params and not shape.more:
                message = f"tool '{tool}' has no argument '{name[:60]}'"
                guess = did_you_mean(nearest(name, params.values()))
                self.fault(
                    member(path, "args") + behind, message, guess or takes, FaultKind.INVALID_TOOL_ARGS
                )
        missing = [param for param in shape.required if _plain(param) not in given]
        if missing:
            self.fault(path, f"tool '{tool}' needs {', '.join(missing)}", takes, FaultKind.INVALID_TOOL_ARGS)


def is_whole(value: object) -> bool:
    """Whether a number is whole: JSON Schema counts 1.0 as an integer too."""
    return type(value) is int or (type(value) is float and value.is_integer())


def _is_object(value: object) -> bool:
    if isinstance(value, dict):
        return True
    if not isinstance(value, list):
        return False
    return all(
        isinstance(item, dict)
        and set(cast("dict[str, Any]", item)) == _PAIR
        and isinstance(item["name"], str)
        for item in cast("list[Any]", value)
    )


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "text" | "regex":
            return isinstance(value, str)
        case "texts":
            return isinstance(value, list) and all(isinstance(item, str) for item in cast("list[Any]", value))
        case "precision":
            return is_whole(value) and 0 <= value <= MAX_PRECISION
        case "order":
            return value in ORDERS if isinstance(value, str) else False
        case _:
            return True


def _plain(name: str) -> str:
    return name.replace("-", "_")
