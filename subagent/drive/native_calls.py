"""Tool calls that the model makes itself, under the same rules, events and ledger as those of programs."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from typing import Any, cast

from ptc_lisp import Fault, NativeResult, Tool, ToolOutcome, acall_tools
from subagent.drive.ledger import entry, in_order
from subagent.drive.programs import Programs
from subagent.drive.reporting import unperformed
from subagent.drive.scope import Scope
from subagent.drive.tool_events import observed
from subagent.loop.held import Held
from subagent.loop.records import ToolCall
from subagent.loop.state import AgentState, CallResult, CallTools, Ran
from subagent.messages import NativeToolCall
from subagent.prepare import Prepared
from subagent.prompting.native_tools import bridge_preview, told_natively
from subagent.prompting.preview import Language
from subagent.usage import Usage

_log = logging.getLogger("subagent")


class NativeCalls:
    """The native calls of one run. Limits and cache are those of its programs."""

    def __init__(self, prepared: Prepared, scope: Scope, programs: Programs) -> None:
        self._scope = scope
        self._programs = programs
        self._language: Language = prepared.policy.language
        self._most_calls = prepared.policy.max_tool_calls
        self._allowed = cast("Any", prepared.policy.allow_effects)
        self._tools = {
            name: observed(tool, scope) for name, tool in prepared.tools.items() if tool.expose != "program"
        }

    async def make(self, effect: CallTools, state: AgentState) -> Ran:
        """Makes the calls. Never raises for what a tool did."""
        scope = self._scope
        scope.turn = len(state.turns) + 1
        scope.calls.clear()
        children = len(scope.children)
        sound = [call for call in effect.calls if call.id not in effect.refused]
        outcomes = await acall_tools(
            self._tools,
            [(call.name, call.args) for call in sound],
            limits=self._programs.limits_now(effect),
            tool_cache=self._programs.tool_cache,
            allow_effects=self._allowed,
        )
        made = {call.id: outcome for call, outcome in zip(sound, outcomes, strict=True)}
        entries = {ident: entry(outcome.record, scope, layer="native") for ident, outcome in made.items()}
        ledger = tuple(
            entries.get(call.id) or _refused(call, effect.refused[call.id]) for call in effect.calls
        )
        for call in ledger:
            if call.id not in scope.calls:
                unperformed(scope, scope.turn, call)
        return Ran(
            ok=bool(sound),
            error=None if sound else next(iter(effect.refused.values())),
            results=tuple(
                self._result(call, made[call.id])
                if call.id in made
                else CallResult(id=call.id, error=effect.refused[call.id])
                for call in effect.calls
            ),
            tool_calls=ledger,
            memory=state.memory,
            history=state.history,
            journal=state.journal,
            children=in_order(scope.children[children:], ledger),
            usage=Usage(
                tool_calls=sum(not call.cached for call in entries.values()),
                tool_ms=sum(call.duration_ms for call in ledger),
            ),
            clock=scope.clock(),
        )

    def _result(self, call: NativeToolCall, outcome: ToolOutcome) -> CallResult:
        tool = self._tools[call.name]
        if outcome.fault is not None:
            return CallResult(id=call.id, error=told_natively(outcome.fault, tool, self._most_calls))
        if tool.native_result is None:
            return CallResult(id=call.id, value=Held(outcome.value))
        shown = _shown(tool, tool.native_result, outcome.value)
        return CallResult(
            id=call.id, preview=Held(bridge_preview(tool, call.args, outcome.value, shown, self._language))
        )


def _refused(call: NativeToolCall, fault: Fault) -> ToolCall:
    """The entry of a call that could not be made."""
    return ToolCall(
        id=os.urandom(8).hex(),
        name=call.name,
        held_args=Held(call.args),
        error=fault.message,
        started_at=time.time(),
        layer="native",
    )


def _shown(tool: Tool, native: NativeResult, value: Any) -> Any:
    """What the host's own preview gives; None where there is none, or where it misbehaves."""
    if not callable(native.preview):
        return None
    try:
        made = native.preview(value)
    except Exception:  # noqa: BLE001 - the preview is somebody else's code; the run must go on
        _log.warning("the preview of tool %s raised; its metadata is shown instead", tool.name, exc_info=True)
        return None
    if made is None or isinstance(made, Mapping | list | str | int | float):
        return made
    _log.warning(
        "the preview of tool %s gave a %s; its metadata is shown instead", tool.name, type(made).__name__
    )
    return None
