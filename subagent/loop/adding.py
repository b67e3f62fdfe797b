"""What a host may add to a conversation between two turns."""

from __future__ import annotations

import msgspec

from subagent.loop.state import Complete, Decision
from subagent.messages import Message


def with_context(decision: Decision, text: str) -> Decision:
    """A decision to ask the model with `text` added to the last message to it. It is part of the state, so that a
    resumed run and the next request find it too."""
    assert isinstance(decision.effect, Complete)
    messages = _added(decision.effect.request.messages, text)
    request = msgspec.structs.replace(decision.effect.request, messages=messages)
    state = msgspec.structs.replace(decision.state, messages=_added(decision.state.messages, text))
    return Decision(state, Complete(request))


def _added(messages: tuple[Message, ...], text: str) -> tuple[Message, ...]:
    if messages and messages[-1].role == "user":
        last = messages[-1]
        return (*messages[:-1], msgspec.structs.replace(last, content=f"{last.content}\n\n{text}"))
    return (*messages, Message("user", text))
