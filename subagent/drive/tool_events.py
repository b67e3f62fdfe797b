"""Tools of a run, each wrapped so that its calls become events."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import Any, Self

from ptc_lisp import BoundCall, Tool
from subagent.drive.scope import CALL, CURRENT, Call, Scope
from subagent.events import ToolFinished, ToolStarted
from subagent.prompting.preview import Bounds, preview

_RESULT = Bounds(chars=2_000, items=20, string=200)


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
        self._call = Call(tool.name)
        self._id = uuid.uuid4().hex[:16]
        self._turn = scope.turn
        self._shown = ""

    def __enter__(self) -> Self:
        scope = self._scope
        scope.calls.append(self._call)
        self._tokens = (CURRENT.set(scope), CALL.set(self._call))
        self._started = time.perf_counter()
        scope.emit(
            ToolStarted, turn=self._turn, call_id=self._id, name=self._tool.name, args=self._args,
            description=self._tool.description or None,
        )  # fmt: skip
        return self

    def result(self, value: Any) -> Any:
        """Notes what the tool gave, and gives it back."""
        self._shown = preview(value, _RESULT)
        return value

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._scope.emit(
            ToolFinished, turn=self._turn, call_id=self._id, name=self._tool.name, ok=error is None, result=self._shown,
            error=None if error is None else f"{type(error).__name__}: {error}",
            error_type=None if error is None else type(error).__qualname__,
            duration_ms=(time.perf_counter() - self._started) * 1000,
        )  # fmt: skip
        current, call = self._tokens
        CALL.reset(call)
        CURRENT.reset(current)
