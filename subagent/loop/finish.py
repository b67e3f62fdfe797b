"""The only maker of a Step: from the state of a run that is done."""

from __future__ import annotations

from ptc_lisp import Memory
from subagent.events import AnyEvent
from subagent.loop.held import Held
from subagent.loop.records import ChildRun
from subagent.loop.state import AgentState
from subagent.messages import Message
from subagent.step import Step


def step_of(
    state: AgentState,
    *,
    agent: str,
    run_id: str,
    trace: tuple[AnyEvent, ...],
    cause: BaseException | None,
    with_messages: bool = True,
    field_descriptions: dict[str, str] | None = None,
) -> Step:
    """The Step of a run. `trace` are its events, `cause` what a tool raised when that ended it."""
    answer = state.answer
    assert answer is not None
    return Step(
        ok=answer.ok,
        agent=agent,
        run_id=run_id,
        value=None if answer.value is None else answer.value.value,
        error=answer.error,
        text=state.turns[-1].shown if answer.ok and state.turns else "",
        turns=state.turns,
        children=state.children,
        memory=Memory.from_bytes(state.memory) if state.memory else Memory(),
        journal=Memory.from_bytes(state.journal) if state.journal else Memory(),
        summaries=state.summaries,
        messages=(Message("system", state.system), *state.messages)
        if state.messages and with_messages
        else (),
        field_descriptions=field_descriptions or {},
        state=state,
        trace=trace,
        usage=state.usage,
        cause=cause,
    )


def child_of(step: Step) -> ChildRun:
    """A run as its parent keeps it."""
    return ChildRun(
        run_id=step.run_id,
        agent=step.agent,
        ok=step.ok,
        held=Held(step.value),
        error=step.error,
        turns=step.turns,
        children=step.children,
        usage=step.usage,
    )
