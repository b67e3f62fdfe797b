"""Tools of a run, each wrapped so that its calls become events."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any, Self

from ptc_lisp import BoundCall, Tool, current_call
from subagent.drive.payloads import RESULT, plain
from subagent.drive.scope import CALL, CURRENT, Call, Scope
from subagent.events import ToolFinished, ToolStarted
from subagent.prompting.preview import preview


def observed(tool: Tool, scope: Scope) -> Tool:
    """The same tool, reporting to the scope's stream. What it gives and raises is untouched."""

    def around(bound: BoundCall) -> BoundCall:
        def call() -> Any:
            with _Observed(tool, scope, bound.args) as observation:
                return observation.result(bound.run())

        async def acall() -> Any:
            with _Observed(tool, scope, bound.args) as observation:
                return observation.result(await bound.run())

        return bound.replaced(acall if bound.is_async else call)

    return replace(tool, around=around)


class _Observed:
    """One call, from its start to its end."""

    def __init__(self, tool: Tool, scope: Scope, args: dict[str, Any]) -> None:
        self._tool = tool
        self._scope = scope
        self._args = args
        info = current_call()
        self._branch = () if info is None else info.branch
        self._call = Call(os.urandom(8).hex() if info is None else info.id, tool.name)
        self._turn = scope.turn
        self._shown = ""
        self._value: Any = None

    def __enter__(self) -> Self:
        scope = self._scope
        scope.calls[self._call.id] = self._call
        self._tokens = (CURRENT.set(scope), CALL.set(self._call))
        scope.emit(
            ToolStarted, turn=self._turn, call_id=self._call.id, name=self._tool.name, branch=self._branch,
            args=self._args, description=self._tool.description or None,
        )  # fmt: skip
        return self

    def result(self, value: Any) -> Any:
        """Notes what the tool gave, and gives it back."""
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
                error=None if error is None else f"{type(error).__name__}: {error}",
                error_type=None if error is None else type(error).__qualname__,
                duration_ms=(time.perf_counter() - self._call.started) * 1000,
            )  # fmt: skip
        current, call = self._tokens
        CALL.reset(call)
        CURRENT.reset(current)
