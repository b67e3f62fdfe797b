"""Tools that answer what a trace says they answered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ptc_lisp import BoundCall, Tool, ToolCallInfo, current_call
from ptc_lisp.faults import FaultKind, Trap
from subagent.trace.lines import packed
from subagent.trace.reading import payload_of
from subagent.trace.tree import Node

_REFUSED = "refused"


class RecordedCall(msgspec.Struct, kw_only=True):
    """One call as the trace has it. `known`: its whole result was recorded, or its failure."""

    name: str
    branch: tuple[int, ...]
    args: Any
    ok: bool
    value: Any
    known: bool
    error: str
    error_type: str


def recorded_call(node: Node) -> RecordedCall:
    """The call behind a node of a trace."""
    end = node.finished or {}
    ok = bool(end.get("ok"))
    return RecordedCall(
        name=node.started["name"],
        branch=tuple(node.started.get("branch", ())),
        args=payload_of(node.started, "args", {}),
        ok=ok,
        value=payload_of(end, "value"),
        known=node.finished is not None
        and (not ok or "value" in end.get("payload", {}) or not end.get("result_chars")),
        error=payload_of(end, "error") or "",
        error_type=end.get("error_type") or "",
    )


class Answers:
    """The recorded calls of one program. Calls outside of branches are answered in their order, calls in branches of a
    `pmap` by their place in it."""

    def __init__(self, calls: Iterable[RecordedCall], *, same: bool = True) -> None:
        """`same`: whether arguments must be those of the recording."""
        self.problems: list[str] = []
        self._same = same
        self._lock = threading.Lock()
        self._in_order: deque[RecordedCall] = deque()
        self._in_branches: dict[tuple[int, ...], RecordedCall] = {}
        for call in calls:
            if call.branch:
                self._in_branches[call.branch] = call
            else:
                self._in_order.append(call)

    @property
    def left(self) -> list[RecordedCall]:
        """Calls that were recorded and not asked for."""
        return [*self._in_order, *self._in_branches.values()]

    def take(self, name: str, args: dict[str, Any], info: ToolCallInfo | None) -> RecordedCall:
        """The recorded call. Raises LookupError when another one, or none, was recorded at this place."""
        branch = () if info is None else info.branch
        with self._lock:
            if branch:
                found = self._in_branches.pop(branch, None)
            else:
                found = self._in_order.popleft() if self._in_order else None
            if found is None or found.name != name:
                recorded = "no further call" if found is None else f"a call of tool/{found.name}"
                raise self._problem(f"it calls tool/{name} where {recorded} was recorded")
            if self._same and packed(found.args) != packed(args):
                raise self._problem(f"it calls tool/{name} with other arguments than recorded")
            if not found.known:
                raise self._problem(f"the result of tool/{name} was not recorded in full")
            return found

    def _problem(self, text: str) -> LookupError:
        self.problems.append(text)
        return LookupError(text)


@dataclass(frozen=True)
class RecordedTool(Tool):
    """A tool with the recorded parameters, whose calls are answered by the recording."""

    shape: dict[str, Any] = field(default_factory=dict[str, Any])
    answers: Callable[[], Answers] = field(default=lambda: Answers(()))

    @property
    def parameters(self) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        """See Tool."""
        shape = self.shape
        return tuple(shape.get("required", ())), tuple(shape.get("optional", ())), bool(shape.get("open"))

    @property
    def kinds(self) -> dict[str, str]:
        """See Tool."""
        return self.shape.get("kinds", {})

    def prepare(self, args: dict[str, Any]) -> BoundCall:
        """See Tool. Nothing is checked: what was refused then is refused now."""
        return answered(lambda: self.answers().take(self.name, args, current_call()), args)


def answered(call: RecordedCall | Callable[[], RecordedCall], args: dict[str, Any]) -> BoundCall:
    """A call that gives what was recorded, or raises what looks the same to a program."""

    def run() -> Any:
        found = call if isinstance(call, RecordedCall) else call()
        if found.ok:
            return found.value
        if found.error_type == _REFUSED:
            raise Trap(FaultKind.INVALID_TOOL_ARGS, found.error)
        kind = found.error_type.rpartition(".")[2] or "ToolFailed"
        raise _exception(kind)(found.error.removeprefix(f"{kind}: "))

    return BoundCall(run, args, is_async=False, warnings=(), again=lambda _: run)


def described(shape: dict[str, Any]) -> dict[str, Any]:
    """The fields of a RecordedTool that a recorded shape gives."""
    return {
        "fn": _never,
        "name": shape["name"],
        "description": shape.get("description", ""),
        "descriptions": shape.get("descriptions", {}),
        "signature": shape.get("signature"),
        "positional": shape.get("positional", False),
        "shape": shape,
    }


def recorded_tools(shapes: Iterable[dict[str, Any]], answers: Callable[[], Answers]) -> list[Tool]:
    """A tool for each shape that a run started with."""
    return [RecordedTool(**described(shape), answers=answers) for shape in shapes]


def _exception(name: str) -> type[Exception]:
    """An exception class of the recorded name: programs read the name, not the class."""
    return type(name, (Exception,), {})


def _never() -> None:
    raise AssertionError("a recorded tool answers in `prepare`")
