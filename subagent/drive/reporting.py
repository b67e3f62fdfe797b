"""Events of a run and its programs: what they say, and what they carry for a replay."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from ptc_lisp import Memory
from subagent.drive.payloads import RESULT, definition, plain, shape
from subagent.drive.programs import Programs
from subagent.drive.scope import Call, Scope
from subagent.events import (
    BudgetSpent,
    HistoryCompacted,
    MemoryChanged,
    ProgramFinished,
    ProgramStarted,
    RunFinished,
    RunStarted,
    ToolFinished,
    ToolStarted,
    TurnFinished,
)
from subagent.loop.records import ToolCall, Turn
from subagent.loop.state import AgentState, Answer, Begin, Decision, Execute, Input, Ran, Stopped
from subagent.preludes import stored
from subagent.prepare import Prepared
from subagent.prompting.preview import preview
from subagent.usage import Usage


def run_started(scope: Scope, prepared: Prepared, model: str) -> None:
    """The run begins."""
    heavy: dict[str, Any] = {}
    prelude, policy = prepared.prelude, prepared.policy
    if scope.stream.payloads:
        positional = policy.repair == "apply"
        heavy = {
            "context": plain(prepared.context),
            "memory": prepared.memory or None,
            "journal": prepared.journal or (Memory().to_bytes() if policy.journaling else None),
            "definition": definition(prepared.agent, prelude),
            "preludes": () if prelude is None else tuple(stored([prelude])),
            "tools": tuple(shape(name, tool, positional=positional) for name, tool in prepared.tools.items()),
        }
    scope.emit(
        RunStarted,
        task=prepared.task,
        model=model,
        depth=scope.depth,
        description=prepared.agent.description,
        signature=prepared.agent.contract,
        trace_context=None
        if prepared.options.trace_context is None
        else dict(prepared.options.trace_context),
        prelude_trace=prepared.prelude_trace,
        **heavy,
    )


def run_finished(scope: Scope, answer: Answer, usage: Usage) -> None:
    """The run is over, with an answer or a fault."""
    scope.emit(
        RunFinished,
        ok=answer.ok,
        value=None if answer.value is None else answer.value.value,
        error=answer.error,
        error_kind=None if answer.error is None else answer.error.kind.value,
        usage=usage,
    )


def decided(scope: Scope, before: AgentState, happened: Input, decision: Decision) -> None:
    """What the loop did besides going on: it shortened the conversation, or found a budget spent."""
    state = decision.state
    stats = state.usage.compaction
    if stats is not None and stats is not before.usage.compaction:
        scope.emit(
            HistoryCompacted, turn=len(state.turns) + 1, strategy="trim", reason=stats.reason,
            messages_before=stats.messages_before, messages_after=stats.messages_after,
            tokens_before=stats.estimated_tokens_before, tokens_after=stats.estimated_tokens_after,
        )  # fmt: skip
    if state.answer is None:
        return
    error = state.answer.error
    budget = None if error is None else error.details.get("budget")
    overspent = None if isinstance(happened, Begin | Stopped) else happened.clock.overspent
    if state.answer.fallback_used and state.answer.ok:
        scope.emit(BudgetSpent, budget=overspent or "max_turns", action="partial")
    elif isinstance(budget, str):
        scope.emit(BudgetSpent, budget=budget, action="fail")


def turn_finished(scope: Scope, turn: Turn) -> None:
    """A turn is over."""
    scope.emit(
        TurnFinished,
        turn=turn.number,
        ok=turn.ok,
        error=turn.error,
        error_kind=None if turn.error is None else turn.error.kind.value,
        shown=turn.shown,
        prints=turn.prints,
        usage=turn.usage,
        record=turn,
    )


def program_started(scope: Scope, turn: int, effect: Execute, programs: Programs) -> None:
    """A program goes to the sandbox."""
    heavy: dict[str, Any] = {}
    if scope.stream.payloads:
        heavy = {
            "failure": effect.failure,
            "budget": effect.budget,
            **programs.set_elsewhere(),
            "limits": msgspec.to_builtins(programs.limits_now(effect), enc_hook=str),
        }
    scope.emit(ProgramStarted, turn=turn, program=effect.program, language=scope.language, **heavy)


def program_finished(scope: Scope, turn: int, ran: Ran) -> None:
    """A program ended: its tool calls that never reached a tool, what it changed, its end."""
    for call in ran.tool_calls:
        if call.id not in scope.calls:
            unperformed(scope, turn, call)
    for call in list(scope.calls.values()):
        if not call.over:
            _abandoned(scope, turn, call)
    if ran.previews:
        scope.emit(MemoryChanged, turn=turn, names=tuple(ran.previews), bytes=len(ran.memory))
    heavy: dict[str, Any] = {}
    if scope.stream.payloads:
        heavy = {"value": None if ran.value is None else ran.value.value, "repaired": ran.repaired}
    scope.emit(
        ProgramFinished,
        turn=turn,
        ok=ran.ok,
        returned=ran.returned,
        shown=ran.shown,
        error=ran.error,
        error_kind=None if ran.error is None else ran.error.kind.value,
        steps=ran.usage.steps,
        tool_calls=len(ran.tool_calls),
        prints=len(ran.prints),
        duration_ms=ran.usage.program_ms,
        **heavy,
    )


def unperformed(scope: Scope, turn: int, call: ToolCall) -> None:
    """A call that was refused or answered without the tool."""
    head = {"turn": turn, "call_id": call.id, "name": call.name}
    scope.emit(ToolStarted, **head, branch=call.branch, origin=call.origin, args=call.args)
    scope.emit(
        ToolFinished, **head, ok=call.ok, cached=call.cached, result=preview(call.result, RESULT) if call.ok else "",
        value=call.result if scope.stream.payloads and not call.truncated else None, error=call.error,
        error_type=None if call.ok else "refused", duration_ms=call.duration_ms,
    )  # fmt: skip


def _abandoned(scope: Scope, turn: int, call: Call) -> None:
    """A call whose tool had not answered when the program ended."""
    call.over = True
    scope.emit(
        ToolFinished, turn=turn, call_id=call.id, name=call.name, ok=False,
        error="abandoned: the program ended before the tool answered", error_type="abandoned",
        duration_ms=(time.perf_counter() - call.started) * 1000,
    )  # fmt: skip
