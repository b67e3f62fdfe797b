"""The only maker of a Step: from the state of a run that is done."""

from __future__ import annotations

from typing import Any, Literal

from ptc_lisp import Fault, FaultKind, Memory, Phase
from ptc_lisp.signature import ConversionError
from subagent.events import AnyEvent
from subagent.loop.held import Held
from subagent.loop.records import ChildRun
from subagent.loop.state import AgentState
from subagent.messages import Message
from subagent.output_types import OutputType
from subagent.step import Step


def step_of(
    state: AgentState,
    *,
    agent: str,
    run_id: str,
    trace: tuple[AnyEvent, ...],
    cause: BaseException | None,
    with_messages: bool = True,
    with_turns: bool | Literal["on_error"] = True,
    field_descriptions: dict[str, str] | None = None,
    output: OutputType | None = None,
    warnings: tuple[str, ...] = (),
    prelude_trace: dict[str, Any] | None = None,
) -> Step:
    """The Step of a run. `trace` are its events, `cause` what a tool raised when that ended it, `output` the type that
    its value gets, `warnings` those about its inputs, `prelude_trace` says which preludes it had."""
    answer = state.answer
    assert answer is not None
    plain = None if answer.value is None else answer.value.value
    value, error = _typed(output, plain) if answer.ok else (None, answer.error)
    keep = with_turns is True or (with_turns == "on_error" and error is not None)
    return Step(
        ok=error is None,
        agent=agent,
        run_id=run_id,
        value=value,
        plain_value=plain,
        error=error,
        text=state.turns[-1].shown if answer.ok and state.turns else "",
        turns=state.turns if keep else (),
        children=state.children if keep else (),
        memory=Memory.from_bytes(state.memory) if state.memory else Memory(),
        journal=Memory.from_bytes(state.journal) if state.journal else Memory(),
        summaries=state.summaries,
        messages=(Message("system", state.system), *state.messages)
        if state.messages and with_messages
        else (),
        field_descriptions=field_descriptions or {},
        state=state if keep else None,
        trace=trace if keep else (),
        usage=state.usage,
        warnings=(*warnings, *answer.warnings),
        cause=cause,
        prelude_trace=prelude_trace,
    )


def child_of(step: Step) -> ChildRun:
    """A run as its parent keeps it."""
    return ChildRun(
        run_id=step.run_id,
        agent=step.agent,
        ok=step.ok,
        held=Held(step.plain_value),
        error=step.error,
        turns=step.turns,
        children=step.children,
        usage=step.usage,
    )


def _typed(output: OutputType | None, plain: Any) -> tuple[Any, Fault | None]:
    """A value of the output type. Only one that stood in for an answer can fail here: answers are looked at before."""
    if output is None:
        return plain, None
    try:
        return output.value(plain), None
    except ConversionError as error:
        words = f"the last value is not of the output type: {error}"
        return None, Fault(
            FaultKind.VALIDATION_ERROR, Phase.RESULT, words, details={"problems": list(error.problems)}
        )
