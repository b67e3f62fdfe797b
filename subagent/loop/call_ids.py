"""Ids of native tool calls, made unique within a conversation: providers insist on that, and small servers do not ensure it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from subagent.messages import LLMResponse, Message, NativeToolCall


def with_own_ids(response: LLMResponse, messages: Iterable[Message]) -> LLMResponse:
    """The reply with another id for each call whose id occurs earlier, in the conversation or in the reply itself."""
    if not response.tool_calls:
        return response
    used = {call.id for message in messages for call in message.tool_calls}
    calls: list[NativeToolCall] = []
    for call in response.tool_calls:
        ident, number = call.id, 1
        while ident in used:
            number += 1
            ident = f"{call.id}_{number}"
        used.add(ident)
        calls.append(call if ident == call.id else msgspec.structs.replace(call, id=ident))
    return msgspec.structs.replace(response, tool_calls=tuple(calls))
