"""The agent: a pure function from a state and an input to the next state and the next effect.

    new --Begin--> asking --Replied--> running --Ran--> asking ... --> done

Between an answer and the end stands `verifying`, where the host has a type for it.
It does no I/O, reads no clock and holds no callable. Whoever drives it performs the effects and feeds back what
happened; how often the model may be asked, what counts as an answer and what the model is told is decided here alone.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ptc_lisp import Fault
from subagent.loop.call_ids import with_own_ids
from subagent.loop.compaction import compact
from subagent.loop.endings import (
    exhausted,
    memory_exceeded,
    mission_timeout,
    overspent,
    repeated,
    too_deep,
    tree_spent,
)
from subagent.loop.held import Held
from subagent.loop.modes import strategy_of
from subagent.loop.modes.native import last_answers
from subagent.loop.policy import Policy
from subagent.loop.recording import opened, record
from subagent.loop.records import TurnKind
from subagent.loop.repeats import MOST_FAILING, failing_repeats
from subagent.loop.requests import pending, schema_bytes
from subagent.loop.state import (
    VERSION,
    AgentState,
    Answer,
    Begin,
    Broke,
    Clock,
    Decision,
    Finish,
    Input,
    Open,
    Ran,
    Replied,
    Stopped,
    Verified,
)
from subagent.loop.verdict import judge, refused, unverified
from subagent.messages import Message
from subagent.usage import Usage


def new_state(policy: Policy, memory: bytes = b"", journal: bytes = b"") -> AgentState:
    """The state of a run that has not begun. `memory`: what earlier programs defined, `journal`: the values of their
    tasks, both encoded."""
    return AgentState(
        version=VERSION,
        work_left=policy.max_turns,
        retry_left=policy.retry_turns,
        memory=memory,
        journal=journal,
    )


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
        case Verified(), "verifying":
            return _verified(policy, state, happened)
        case Broke(), "new" | "asking" | "running" | "verifying":
            return _broke(state, happened)
        case Stopped(), "asking":
            return _finish(state, happened.answer)
        case _:
            raise ValueError(f"a run whose status is {state.status} cannot take {type(happened).__name__}")


def _begin(policy: Policy, state: AgentState, begin: Begin) -> Decision:
    state = _with(
        state,
        system=begin.system,
        messages=(*begin.earlier, Message("user", begin.user)),
        opening_index=len(begin.earlier),
    )
    if policy.depth >= policy.max_depth:
        return _finish(state, too_deep(policy))
    return _ask(policy, state, begin.clock)


def _replied(policy: Policy, state: AgentState, replied: Replied) -> Decision:
    response = with_own_ids(replied.response, state.messages)
    usage = Usage(
        turns=1,
        llm_requests=response.attempts,
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
        cache_read_tokens=response.usage.cache_read_tokens,
        cache_write_tokens=response.usage.cache_write_tokens,
        cost_usd=response.usage.cost_usd,
        schema_bytes=schema_bytes(policy, state),
        llm_ms=replied.clock.at_ms - opened(state).asked_at_ms,
    )
    strategy = strategy_of(policy)
    reading = strategy.read(policy, response)
    said = strategy.remember(policy, response, reading)
    turn = _with(
        opened(state), reply=response.content, program=reading.program, calls=reading.calls, usage=usage
    )
    state = _with(state, open=turn, messages=(*state.messages, said))
    if replied.clock.overspent is not None:
        answer = overspent(policy, state, replied.clock.overspent)
        return _finish(record(state, None, answer.error, replied.clock), answer)
    if reading.answer is not None:
        return _answered(policy, state, reading.answer, replied.clock)
    if reading.program is None and not reading.calls:
        return _close(policy, state, None, reading.fault, replied.clock)
    state = _with(state, status="running")
    return Decision(state, pending(policy, state))


def _answered(policy: Policy, state: AgentState, value: Held, clock: Clock) -> Decision:
    """A final answer without a program is judged as if a program had returned it."""
    given = Ran(ok=True, value=value, returned=True, shown=str(value.value), clock=clock)
    verdict = judge(policy, opened(state).kind, given, direct=True)
    if verdict.answer is not None:
        return _conclude(policy, state, given, verdict.answer)
    return _close(policy, state, given, verdict.fault, clock)


def _ran(policy: Policy, state: AgentState, ran: Ran) -> Decision:
    verdict = judge(policy, opened(state).kind, ran)
    state = _with(
        state,
        good=verdict.good or state.good,
        good_turn=len(state.turns) + 1 if verdict.good else state.good_turn,
        children=(*state.children, *ran.children),
        journal=ran.journal,
        summaries=state.summaries if verdict.fault else {**state.summaries, **ran.summaries},
    )
    limit = policy.memory_limit_bytes
    if verdict.answer is None and limit is not None and len(ran.memory) > limit:
        return _too_much(policy, state, ran, memory_exceeded(len(ran.memory), limit))
    state = _with(state, memory=ran.memory, history=ran.history)
    if verdict.answer is not None:
        return _conclude(policy, state, ran, verdict.answer)
    return _close(policy, state, ran, verdict.fault, ran.clock)


def _conclude(policy: Policy, state: AgentState, ran: Ran, answer: Answer) -> Decision:
    """Ends the run with an answer, once the host has looked at it where it wants to."""
    if not (policy.verify and answer.ok):
        return _finish(record(state, ran, answer.error, ran.clock), answer)
    given = _with(ran, value=answer.value)
    turn = _with(opened(state), given=given, fallback_used=answer.fallback_used, warnings=answer.warnings)
    state = _with(state, status="verifying", open=turn)
    return Decision(state, pending(policy, state))


def _verified(policy: Policy, state: AgentState, verified: Verified) -> Decision:
    turn = opened(state)
    assert turn.given is not None
    if verified.problems or verified.refusal is not None:
        refusal = str(verified.refusal)
        fault = unverified(policy, verified.problems) if verified.problems else refused(policy, refusal)
        return _close(policy, _with(state, good=None), turn.given, fault, verified.clock)
    answer = Answer(ok=True, value=turn.given.value, fallback_used=turn.fallback_used, warnings=turn.warnings)
    return _finish(record(state, turn.given, None, verified.clock), answer)


def _too_much(policy: Policy, state: AgentState, ran: Ran, fault: Fault) -> Decision:
    """The programs keep too much: the run ends, or the turn's definitions and result are gone."""
    if policy.memory_strategy == "strict":
        return _finish(record(state, ran, fault, ran.clock), Answer(ok=False, error=fault))
    return _close(policy, state, _with(ran, previews={}, kept={}, beyond=None), fault, ran.clock)


def _broke(state: AgentState, broke: Broke) -> Decision:
    if state.open is not None:
        usage = broke.usage + Usage(turns=1) if state.status == "asking" else broke.usage
        turn = _with(state.open, usage=state.open.usage + usage)
        state = record(_with(state, open=turn), None, broke.fault, broke.clock)
    return _finish(state, Answer(ok=False, error=broke.fault))


def _close(policy: Policy, state: AgentState, ran: Ran | None, fault: Fault | None, clock: Clock) -> Decision:
    """Ends a turn that did not end the run, and opens the next one if there may be one."""
    state = record(_with(state, failure=fault), ran, fault, clock)
    turn = state.turns[-1]
    kind = _next_kind(state)
    if kind is None:
        return _finish(state, exhausted(policy, state, turn))
    if (times := failing_repeats(state.turns)) >= MOST_FAILING:
        return _finish(state, repeated(policy, state, times))
    told = strategy_of(policy).tell(policy, state, turn, ran, kind)
    return _ask(policy, _with(state, messages=(*state.messages, *told)), clock)


def _ask(policy: Policy, state: AgentState, clock: Clock) -> Decision:
    """Opens a turn, if time and the tree's budget allow one."""
    kind = _next_kind(state)
    assert kind is not None
    if clock.tree_turns_left <= 0:
        return _finish(state, tree_spent(policy, state))
    if clock.overspent is not None:
        return _finish(state, overspent(policy, state, clock.overspent))
    if policy.mission_timeout_ms is not None and clock.at_ms >= policy.mission_timeout_ms:
        return _finish(state, mission_timeout(policy.mission_timeout_ms))
    retry = kind == "retry"
    _, stats = compact(policy.compaction, state)
    state = _with(
        state,
        status="asking",
        open=Open(kind=kind, asked_at_ms=clock.at_ms),
        work_left=state.work_left - (not retry),
        retry_left=state.retry_left - retry,
        usage=state.usage if stats is None else _with(state.usage, compaction=stats),
    )
    return Decision(state, pending(policy, state))


def _next_kind(state: AgentState) -> TurnKind | None:
    if state.work_left > 0:
        return "work" if state.work_left > 1 else "last"
    return "retry" if state.retry_left > 0 else None


def _finish(state: AgentState, answer: Answer) -> Decision:
    usage = _with(state.usage, fallback_used=answer.fallback_used)
    messages = (*state.messages, *last_answers(state))
    done = _with(state, status="done", open=None, answer=answer, usage=usage, messages=messages)
    return Decision(done, Finish(answer))


def _with(struct: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(struct, **changes)
