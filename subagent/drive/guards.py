"""What the host hears and says between the effects of a run: it stores the state, its budget function is asked after a
reply, its guard between turns."""

from __future__ import annotations

import inspect

import msgspec

from ptc_lisp import Fault, FaultKind, Phase
from subagent.loop.held import Held
from subagent.loop.state import AgentState, Answer, Decision, Finish, Replied, Stopped
from subagent.options import RunOptions, Stop
from subagent.usage import Usage


async def stored(options: RunOptions, state: AgentState) -> None:
    """Hands the state to the host, and waits until a coroutine of the host has stored it. What it raises is raised."""
    if options.on_state is None:
        return
    said = options.on_state(state)
    if inspect.isawaitable(said):
        await said


async def within_budget(options: RunOptions, state: AgentState, replied: Replied) -> Replied:
    """The reply, with a clock that says so when the host's budget function stops the run. What it raises is raised."""
    if options.budget is None:
        return replied
    usage = replied.response.usage
    spent = state.usage + Usage(
        turns=1,
        llm_requests=replied.response.attempts,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost_usd=usage.cost_usd,
    )
    said = options.budget(spent)
    if inspect.isawaitable(said):
        said = await said
    if said is not False and said != "stop":
        return replied
    return msgspec.structs.replace(replied, clock=msgspec.structs.replace(replied.clock, overspent="budget"))


async def stopped(options: RunOptions, before: AgentState, decision: Decision) -> Stopped | None:
    """What ends the run after a turn that would go on, if the guard says so. What it raises is raised."""
    after = decision.state
    if options.continuation_guard is None or isinstance(decision.effect, Finish):
        return None
    if len(after.turns) == len(before.turns):
        return None
    said = options.continuation_guard(after.turns[-1], before, after)
    if inspect.isawaitable(said):
        said = await said
    if said is None:
        return None
    if not isinstance(said, Stop):
        raise TypeError(f"continuation_guard must give None or a subagent.Stop, got {type(said).__name__}")
    return Stopped(answer_of(said))


def answer_of(stop: Stop) -> Answer:
    """How a run ends by the host's word."""
    if stop.error is None:
        return Answer(ok=True, value=Held(stop.value))
    if isinstance(stop.error, Fault):
        return Answer(ok=False, error=stop.error)
    return Answer(ok=False, error=Fault(FaultKind.FAILED, Phase.AGENT, stop.error))
