"""A fresh start: the next request leaves out attempts that failed.

Small models copy what stands in the conversation, their own failed program too, whatever they are told about it. Without it they
write another one. What the last attempt led to is still told, behind the task. The state keeps the whole conversation.
"""

from __future__ import annotations

import msgspec

from subagent.loop.policy import Policy
from subagent.loop.repeats import repeats
from subagent.loop.state import AgentState
from subagent.messages import Message

_TWICE = 2


def attempts(policy: Policy, state: AgentState) -> tuple[Message, ...]:
    """The messages of the conversation without the latest attempts, when these are to be left out."""
    messages, count = state.messages, _left_out(policy, state)
    replies = [
        place
        for place, message in enumerate(messages)
        if message.role == "assistant" and place > state.opening_index
    ]
    if not count or len(replies) < count:
        return messages
    start, told = replies[-count], messages[-1]
    before = messages[start - 1]
    if told.role != "user" or before.role != "user":
        return messages
    merged = msgspec.structs.replace(before, content=f"{before.content}\n\n{told.content}")
    return (*messages[: start - 1], merged)


def _left_out(policy: Policy, state: AgentState) -> int:
    """How many of the latest turns are left out."""
    if policy.fresh_start == "never" or policy.mode != "program" or policy.transport != "content":
        return 0
    same = repeats(state.turns)
    same = same if same >= _TWICE else 0
    return max(same, _failed(state)) if policy.fresh_start == "failed" else same


def _failed(state: AgentState) -> int:
    """How many of the latest turns failed. What one of them changed must stay in sight, unless it is the last, about which the
    model is told anyway."""
    count = 0
    for turn in reversed(state.turns):
        if turn.error is None or (count and any(call.took_effect for call in turn.tool_calls)):
            break
        count += 1
    return count
