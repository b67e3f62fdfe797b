"""Fresh starts: the next request omits attempts that failed.

Small models copy what they see in the conversation, including their own failed program, whatever they are told about it. Without
it they write another one. The outcome of the last attempt is still told, after the task. The state keeps the whole conversation.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from subagent.loop.policy import Policy
from subagent.loop.records import Turn
from subagent.loop.repeats import repeats
from subagent.loop.state import AgentState
from subagent.messages import Message


def attempts(policy: Policy, state: AgentState) -> tuple[Message, ...]:
    """The messages of the conversation without the attempts that are to be left out."""
    messages, left_out = state.messages, _left_out(policy, state.turns)
    replies = [
        place
        for place, message in enumerate(messages)
        if message.role == "assistant" and place > state.opening_index
    ]
    if not left_out or len(replies) != len(state.turns):
        return messages
    kept = list(messages[: replies[0]])
    for number, place in enumerate(replies):
        after = messages[place + 1 : replies[number + 1] if number + 1 < len(replies) else len(messages)]
        if number not in left_out:
            kept += [messages[place], *after]
        elif number + 1 == len(replies):
            told = "\n\n".join(message.content for message in (kept[-1], *after))
            kept[-1] = msgspec.structs.replace(kept[-1], content=told)
    return tuple(kept)


def _left_out(policy: Policy, turns: Sequence[Turn]) -> set[int]:
    """The places of the turns whose messages are left out."""
    if policy.fresh_start == "never" or policy.mode != "program" or policy.transport != "content":
        return set()
    again = repeats(turns)
    last = len(turns) - 1
    return {
        place
        for place, turn in enumerate(turns)
        if (place == last or not any(call.took_effect for call in turn.tool_calls))
        and (
            (policy.fresh_start == "failed" and turn.error is not None)
            or (again > 1 and place > last - again)
            or _came_again(turns, place)
        )
    }


def _came_again(turns: Sequence[Turn], place: int) -> bool:
    """Whether a turn wrote the program of the turn before, or one that failed and was written again in the next."""
    turn = turns[place]
    if turn.program is None:
        return False
    before = place > 0 and turns[place - 1].program == turn.program
    after = place + 1 < len(turns) and turns[place + 1].program == turn.program
    return before or (after and turn.error is not None)
