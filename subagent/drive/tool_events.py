"""Tools of a run, each wrapped so that its calls become events."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import Any, Self

from ptc_lisp import BoundCall, Tool, current_call
from subagent.drive.hooking import after_tool, before_tool
from subagent.drive.payloads import RESULT, plain
from subagent.drive.scope import CALL, CURRENT, Call, Scope
from subagent.events import ToolFinished, ToolStarted
from subagent.hooks import Answer, ToolOutcome, ToolUse, Veto
from subagent.prompting.preview import preview
from subagent.threads import in_thread
from subagent.wording import told


def observed(tool: Tool, scope: Scope, *, positional: bool = False) -> Tool:
    """The same tool, reporting to the scope's stream. What it gives and raises is untouched; `positional`: see Tool."""

    def around(bound: BoundCall) -> BoundCall:
        def call() -> Any:
            with _Observed(tool, scope, bound) as observation:
                return observation.result(bound.run())

        async def acall() -> Any:
            with _Observed(tool, scope, bound) as observation:
                return observation.result(await bound.run())

        if any(getattr(one, point, None) for one in scope.hooks for point in ("before_tool", "after_tool")):
            return bound.replaced(partial(_hooked, tool, scope, bound), is_async=True)
        return bound.replaced(acall if bound.is_async else call)

    return tool.surrounded(around, positional=positional)


class Vetoed(Exception):  # noqa: N818 - its name is what the calling program reads
    """A hook refused the call."""


async def _hooked(tool: Tool, scope: Scope, bound: BoundCall) -> Any:
    """The call with the hooks around it. They are asked in the event loop; a plain function still runs in a thread."""
    info = current_call()
    given = ToolUse(
        agent=scope.agent, run_id=scope.run_id, depth=scope.depth, turn=scope.turn, call_id=_id(), name=tool.name,
        args=bound.args, effect=tool.effect, origin=None if info is None else info.origin,
    )  # fmt: skip
    use, verdict = await before_tool(scope, given)
    with _Observed(tool, scope, bound, use) as observation:
        started = time.perf_counter()
        result, error = None, None
        try:
            result = await _performed(bound, None if use.args is given.args else use.args, verdict)
        except Exception as raised:  # noqa: BLE001 - a hook may answer in place of a failing tool
            error = raised
        took_ms = (time.perf_counter() - started) * 1000
        outcome = ToolOutcome(use=use, result=result, error=error, duration_ms=took_ms)
        said = await after_tool(scope, outcome)
        if isinstance(said, Veto):
            raise Vetoed(said.reason) from error
        if isinstance(said, Answer):
            return observation.result(said.value)
        if error is not None:
            raise error
        return observation.result(result)


async def _performed(bound: BoundCall, changed: dict[str, Any] | None, verdict: Veto | Answer | None) -> Any:
    if isinstance(verdict, Veto):
        raise Vetoed(verdict.reason)
    if isinstance(verdict, Answer):
        return verdict.value
    run = bound.run if changed is None else bound.again(changed)
    if bound.is_async:
        return await run()
    return await in_thread(run)


def _id() -> str:
    info = current_call()
    return os.urandom(8).hex() if info is None else info.id


class _Observed:
    """One call, from its start to its end."""

    def __init__(self, tool: Tool, scope: Scope, bound: BoundCall, use: ToolUse | None = None) -> None:
        self._tool = tool
        self._scope = scope
        self._usable = bound.usable
        self._args = bound.args if use is None else use.args
        info = current_call()
        self._branch = () if info is None else info.branch
        self._origin = None if info is None else info.origin
        self._call = Call(_id() if use is None else use.call_id, tool.name)
        self._turn = scope.turn
        self._shown = ""
        self._value: Any = None

    def __enter__(self) -> Self:
        scope = self._scope
        scope.calls[self._call.id] = self._call
        if scope.place is not None:
            scope.place.leave_soon()
        self._tokens = (CURRENT.set(scope), CALL.set(self._call))
        scope.emit(
            ToolStarted, turn=self._turn, call_id=self._call.id, name=self._tool.name, branch=self._branch, origin=self._origin,
            args=self._args, description=self._tool.description or None,
        )  # fmt: skip
        return self

    def result(self, value: Any) -> Any:
        """Notes what the tool gave, and gives it back. Raises what the program is told when it cannot be a result."""
        self._usable(value)
        self._call.result = value
        self._shown = preview(value, RESULT)
        self._value = plain(value) if self._scope.stream.payloads else None
        return value

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if not self._call.over:
            self._call.over = True
            self._scope.emit(
                ToolFinished, turn=self._turn, call_id=self._call.id, name=self._tool.name, ok=error is None,
                result=self._shown, value=self._value,
                error=None if error is None else told(error),
                error_type=None if error is None else type(error).__qualname__,
                duration_ms=(time.perf_counter() - self._call.started) * 1000,
            )  # fmt: skip
        current, call = self._tokens
        CALL.reset(call)
        CURRENT.reset(current)
