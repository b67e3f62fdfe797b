"""The effect that a state waits for. It depends on policy and state alone, so that a run can continue from a stored state."""

from __future__ import annotations

from typing import Any

import msgspec

from ptc_lisp import Fault
from subagent.loop.compaction import compact
from subagent.loop.fresh import attempts
from subagent.loop.modes import strategy_of
from subagent.loop.modes.text import call_problem
from subagent.loop.policy import Policy
from subagent.loop.recording import opened
from subagent.loop.repeats import repeats
from subagent.loop.state import AgentState, CallTools, Complete, Effect, Execute, Finish, Ran, Verify
from subagent.messages import LLMRequest, NativeToolCall

_LUKEWARM = 0.5
_WARM = (0.7, 1.0)


def pending(policy: Policy, state: AgentState) -> Effect:
    """What the state waits for.

    Raises:
        ValueError: the run has not begun; it waits for `Begin`.
    """
    match state.status:
        case "asking":
            return Complete(_request(policy, state))
        case "running":
            return _calls(policy, state) if opened(state).calls else _execution(policy, state)
        case "verifying":
            return Verify(_given(state).value)
        case "done":
            assert state.answer is not None
            return Finish(state.answer)
        case _:
            raise ValueError("a run that has not begun waits for nothing")


def schema_bytes(policy: Policy, state: AgentState) -> int:
    """The size of the JSON Schema that the request of an asking state carries."""
    schema = strategy_of(policy).request(policy, state, opened(state).kind).get("schema")
    return 0 if schema is None else len(msgspec.json.encode(schema))


def _request(policy: Policy, state: AgentState) -> LLMRequest:
    kept = msgspec.structs.replace(state, messages=attempts(policy, state))
    messages, _ = compact(policy.compaction, kept)
    return LLMRequest(
        system=state.system,
        messages=messages,
        options=_options(policy, state),
        turn=len(state.turns) + 1,
        agent=policy.agent,
        cache=policy.cache,
        **strategy_of(policy).request(policy, state, opened(state).kind),
    )


def _execution(policy: Policy, state: AgentState) -> Execute:
    program = opened(state).program
    assert program is not None
    failure = None if state.failure is None else _as_data(state.failure)
    left = _calls_left(policy, state)
    return Execute(
        program=program, failure=failure, tool_calls_left=left, budget=_budget(policy, state, left)
    )


def _budget(policy: Policy, state: AgentState, calls_left: int | None) -> dict[str, Any]:
    """What is left and what was used, for programs that adapt to it."""
    used = state.usage + opened(state).usage
    return {
        "turns": state.work_left + state.retry_left,
        "work-turns": state.work_left,
        "retry-turns": state.retry_left,
        "depth": {"current": policy.depth, "max": policy.max_depth},
        "tokens": {
            "input": used.input_tokens,
            "output": used.output_tokens,
            "total": used.total_tokens,
            "cache-read": used.cache_read_tokens,
            "cache-write": used.cache_write_tokens,
        },
        "llm-requests": used.llm_requests,
        "tool-calls": calls_left,
    }


def _calls(policy: Policy, state: AgentState) -> CallTools:
    named = policy.native_names
    calls: list[NativeToolCall] = []
    refused: dict[str, Fault] = {}
    for call in opened(state).calls:
        problem = call_problem(policy, call)
        if problem is not None:
            refused[call.id] = problem
        calls.append(msgspec.structs.replace(call, name=named.get(call.name, call.name)))
    return CallTools(calls=tuple(calls), refused=refused, tool_calls_left=_calls_left(policy, state))


def _calls_left(policy: Policy, state: AgentState) -> int | None:
    return None if policy.max_tool_calls is None else max(0, policy.max_tool_calls - state.usage.tool_calls)


def _given(state: AgentState) -> Ran:
    given = opened(state).given
    assert given is not None
    return given


def _options(policy: Policy, state: AgentState) -> dict[str, Any]:
    """The provider's options. A model that wrote the same program twice would write it again, and one that begins anew the
    program that failed: it is heated up."""
    last = state.turns[-1] if state.turns else None
    times = repeats(state.turns)
    if last is not None and policy.fresh_start == "failed":
        times = max(times, sum(turn.program == last.program for turn in state.turns if turn.program))
    if times >= 2:
        warm = _WARM[min(times - 2, len(_WARM) - 1)]
    elif last is not None and last.error is not None and policy.fresh_start == "failed":
        warm = _LUKEWARM
    else:
        return policy.options
    given = policy.options.get("temperature")
    return {**policy.options, "temperature": max(given, warm) if isinstance(given, int | float) else warm}


def _as_data(fault: Fault) -> dict[str, Any]:
    """A fault as a program sees it in `data/fail`."""
    data: dict[str, Any] = {"kind": fault.kind.value, "message": fault.message}
    if fault.hint:
        data["hint"] = fault.hint
    return data
