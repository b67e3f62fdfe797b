"""The agent: a pure function from a state and an input to the next state and the next effect.

    new --Begin--> asking --Replied--> running --Ran--> asking ... --> done

It does no I/O, reads no clock and holds no callable. Whoever drives it performs the effects and feeds back what
happened; how often the model may be asked, what counts as an answer and what the model is told is decided here alone.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ptc_lisp import Fault, FaultKind, Phase
from subagent.loop.held import Held
from subagent.loop.modes import strategy_of
from subagent.loop.policy import Policy
from subagent.loop.records import Turn, TurnKind
from subagent.loop.state import (
    AgentState,
    Answer,
    Begin,
    Broke,
    Clock,
    Complete,
    Decision,
    Execute,
    Finish,
    Input,
    Open,
    Ran,
    Replied,
)
from subagent.loop.verdict import judge
from subagent.messages import LLMRequest, Message
from subagent.usage import Usage


def new_state(policy: Policy) -> AgentState:
    """The state of a run that has not begun."""
    return AgentState(work_left=policy.max_turns, retry_left=policy.retry_turns)


def decide(policy: Policy, state: AgentState, happened: Input) -> Decision:
    """The state after what happened, and the next effect.

    Raises:
        ValueError: the input does not fit the state's status; a driver's mistake.
    """
    match happened, state.status:
        case Begin(), "new":
            return _begin(policy, state, happened)
        case Replied(), "asking":
            return _replied(policy, state, happened)
        case Ran(), "running":
            return _ran(policy, state, happened)
        case Broke(), "new" | "asking" | "running":
            return _broke(state, happened)
        case _:
            raise ValueError(f"a run whose status is {state.status} cannot take {type(happened).__name__}")


def _begin(policy: Policy, state: AgentState, begin: Begin) -> Decision:
    state = _with(state, system=begin.system, messages=(Message("user", begin.user),))
    if policy.depth >= policy.max_depth:
        return _finish(
            state, _over(FaultKind.MAX_DEPTH_EXCEEDED, _DEPTH.format(policy.max_depth), "raise max_depth")
        )
    return _ask(policy, state, begin.clock)


def _replied(policy: Policy, state: AgentState, replied: Replied) -> Decision:
    response, opened = replied.response, _opened(state)
    usage = Usage(
        turns=1,
        llm_requests=response.attempts,
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
        cache_read_tokens=response.usage.cache_read_tokens,
        cache_write_tokens=response.usage.cache_write_tokens,
        cost_usd=response.usage.cost_usd,
        llm_ms=replied.clock.at_ms - opened.asked_at_ms,
    )
    strategy = strategy_of(policy)
    reading = strategy.read(policy, response)
    said = strategy.remember(policy, response, reading)
    opened = _with(opened, reply=response.content, program=reading.program, usage=usage)
    state = _with(state, open=opened, messages=(*state.messages, said))
    if reading.answer is not None:
        return _answered(policy, state, reading.answer, replied.clock)
    if reading.program is None:
        return _close(policy, state, None, reading.fault, replied.clock)
    left = None if policy.max_tool_calls is None else max(0, policy.max_tool_calls - state.usage.tool_calls)
    failure = None if state.failure is None else _as_data(state.failure)
    effect = Execute(program=reading.program, failure=failure, tool_calls_left=left)
    return Decision(_with(state, status="running"), effect)


def _answered(policy: Policy, state: AgentState, value: Held, clock: Clock) -> Decision:
    """A final answer without a program is judged as if a program had returned it."""
    given = Ran(ok=True, value=value, returned=True, shown=str(value.value), memory=state.memory, clock=clock)
    verdict = judge(policy, _opened(state).kind, given)
    if verdict.answer is not None:
        return _finish(_record(state, given, None, clock), verdict.answer)
    return _close(policy, state, given, verdict.fault, clock)


def _ran(policy: Policy, state: AgentState, ran: Ran) -> Decision:
    verdict = judge(policy, _opened(state).kind, ran)
    state = _with(
        state,
        good=verdict.good or state.good,
        good_turn=len(state.turns) + 1 if verdict.good else state.good_turn,
        failure=verdict.fault,
        memory=ran.memory,
        children=(*state.children, *ran.children),
    )
    if verdict.answer is not None:
        return _finish(_record(state, ran, verdict.answer.error, ran.clock), verdict.answer)
    return _close(policy, state, ran, verdict.fault, ran.clock)


def _broke(state: AgentState, broke: Broke) -> Decision:
    if state.open is not None:
        usage = broke.usage if state.status == "running" else broke.usage + Usage(turns=1)
        opened = _with(state.open, usage=state.open.usage + usage)
        state = _record(_with(state, open=opened), None, broke.fault, broke.clock)
    return _finish(state, Answer(ok=False, error=broke.fault))


def _close(policy: Policy, state: AgentState, ran: Ran | None, fault: Fault | None, clock: Clock) -> Decision:
    """Ends a turn that did not end the run, and opens the next one if there may be one."""
    state = _record(_with(state, failure=fault), ran, fault, clock)
    turn = state.turns[-1]
    kind = _next_kind(state)
    if kind is None:
        return _finish(state, _exhausted(policy, state, turn))
    told = strategy_of(policy).tell(policy, state, turn, ran, kind)
    return _ask(policy, _with(state, messages=(*state.messages, *told)), clock)


def _ask(policy: Policy, state: AgentState, clock: Clock) -> Decision:
    """Opens a turn, if time and the tree's budget allow one."""
    kind = _next_kind(state)
    assert kind is not None
    if clock.tree_turns_left <= 0:
        return _finish(state, _spent(policy, state, FaultKind.BUDGET_EXCEEDED, "turn_budget", _TREE))
    if policy.mission_timeout_ms is not None and clock.at_ms >= policy.mission_timeout_ms:
        return _finish(state, mission_timeout(policy.mission_timeout_ms))
    retry = kind == "retry"
    state = _with(
        state,
        status="asking",
        open=Open(kind=kind, asked_at_ms=clock.at_ms),
        work_left=state.work_left - (not retry),
        retry_left=state.retry_left - retry,
    )
    request = LLMRequest(
        system=state.system,
        messages=state.messages,
        options=_options(policy, state),
        turn=len(state.turns) + 1,
        agent=policy.agent,
        **strategy_of(policy).request(policy, state, kind),
    )
    return Decision(state, Complete(request))


def _options(policy: Policy, state: AgentState) -> dict[str, Any]:
    """The provider's options. A model that wrote the same program twice would write it again: it is heated up."""
    last = [turn.program for turn in state.turns[-2:]]
    if len(last) < 2 or last[0] is None or last[0] != last[1]:
        return policy.options
    given = policy.options.get("temperature")
    warm = max(given, _WARM) if isinstance(given, int | float) else _WARM
    return {**policy.options, "temperature": warm}


def _next_kind(state: AgentState) -> TurnKind | None:
    if state.work_left > 0:
        return "work" if state.work_left > 1 else "last"
    return "retry" if state.retry_left > 0 else None


def _record(state: AgentState, ran: Ran | None, fault: Fault | None, clock: Clock) -> AgentState:
    """The state with its open turn closed and counted."""
    opened = _opened(state)
    usage = opened.usage + (ran.usage if ran is not None else Usage())
    usage = _with(usage, duration_ms=clock.at_ms - opened.asked_at_ms)
    turn = Turn(
        number=len(state.turns) + 1,
        kind=opened.kind,
        reply=opened.reply,
        program=opened.program,
        returned=ran is not None and ran.returned,
        held=ran.value if ran is not None else None,
        shown=ran.shown if ran is not None else "",
        prints=ran.prints if ran is not None else (),
        tool_calls=ran.tool_calls if ran is not None else (),
        memory=tuple(ran.previews) if ran is not None else (),
        error=fault,
        usage=usage,
    )
    children = ran.children if ran is not None else ()
    total = sum((child.usage for child in children), state.usage + usage)
    return _with(
        state,
        turns=(*state.turns, turn),
        open=None,
        usage=_with(total, duration_ms=clock.at_ms, turns=turn.number),
    )


def _exhausted(policy: Policy, state: AgentState, turn: Turn) -> Answer:
    """The answer when work and retry turns are gone."""
    if policy.single_shot and turn.error is not None:
        return Answer(ok=False, error=turn.error)
    if policy.retry_turns:
        return _spent(
            policy, state, FaultKind.BUDGET_EXCEEDED, "retry_turns", _RETRIES.format(policy.retry_turns)
        )
    return _spent(policy, state, FaultKind.MAX_TURNS_EXCEEDED, "max_turns", _TURNS.format(policy.max_turns))


def _spent(policy: Policy, state: AgentState, kind: FaultKind, budget: str, message: str) -> Answer:
    """The last good value where completion is implicit; otherwise the fault, with the last turn's fault in it."""
    if policy.completion == "implicit" and state.good is not None:
        return Answer(ok=True, value=state.good, fallback_used=True)
    last = state.turns[-1].error if state.turns else None
    details: dict[str, Any] = {"budget": budget, "turns": len(state.turns)}
    if last is None:
        return _over(kind, message, _MORE, details)
    details["last_error"] = {"kind": last.kind.value, "message": last.message}
    return _over(kind, f"{message}; the last turn ended with {last.kind}: {last.message}", _MORE, details)


_WARM = 0.7
_DEPTH = "agents are nested more than {} deep"
_TURNS = "no answer after {} turns"
_RETRIES = "no valid answer after all turns and {} retries"
_TREE = "the turn budget of this agent and its children is spent"
_MORE = "raise max_turns or turn_budget, state the task more precisely, or use a stronger model"


def mission_timeout(limit_ms: int) -> Answer:
    """The answer of a run whose time is over."""
    return _over(
        FaultKind.MISSION_TIMEOUT,
        f"the run did not end within {limit_ms} ms",
        "raise mission_timeout_ms, or use a faster model",
        {"limit_ms": limit_ms},
    )


def turn_budget_spent() -> Fault:
    """The fault of a run that may not take another turn because others took them."""
    return Fault(FaultKind.BUDGET_EXCEEDED, Phase.AGENT, _TREE, hint=_MORE, details={"budget": "turn_budget"})


def _over(kind: FaultKind, message: str, hint: str, details: dict[str, Any] | None = None) -> Answer:
    return Answer(ok=False, error=Fault(kind, Phase.AGENT, message, hint=hint, details=details or {}))


def _finish(state: AgentState, answer: Answer) -> Decision:
    usage = _with(state.usage, fallback_used=answer.fallback_used)
    done = _with(state, status="done", open=None, answer=answer, usage=usage)
    return Decision(done, Finish(answer))


def _as_data(fault: Fault) -> dict[str, Any]:
    """A fault as a program sees it in `data/fail`."""
    data: dict[str, Any] = {"kind": fault.kind.value, "message": fault.message}
    if fault.hint:
        data["hint"] = fault.hint
    return data


def _opened(state: AgentState) -> Open:
    assert state.open is not None
    return state.open


def _with(struct: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(struct, **changes)
