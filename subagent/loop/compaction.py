"""Long conversations, shortened for the model: the first message and the latest turns stay, the middle is dropped.

What programs defined is kept by the sandbox, and the state keeps the whole conversation; only the request shrinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from subagent.loop.policy import Compaction
from subagent.loop.state import AgentState
from subagent.messages import Message
from subagent.usage import CompactionStats

_CHARS_PER_TOKEN = 4


def estimated_tokens(messages: Sequence[Message], counter: Callable[[str], int] | None = None) -> int:
    """A count of texts and native calls, at least one token per message; without a counter a rough one."""
    count = counter or _roughly
    return sum(max(1, count(_text(message))) for message in messages)


def _text(message: Message) -> str:
    """What a provider counts of a message: programs by tool call stand in the arguments."""
    calls = (msgspec.json.encode(call.args).decode() for call in message.tool_calls)
    return "\n".join([message.content, *calls]) if message.tool_calls else message.content


def _roughly(text: str) -> int:
    return len(text) // _CHARS_PER_TOKEN


def compact(
    rules: Compaction | None, state: AgentState
) -> tuple[tuple[Message, ...], CompactionStats | None]:
    """The messages of the next request, and what was done; None when nothing had to be."""
    messages = state.messages
    if rules is None:
        return messages, None
    before = estimated_tokens(messages, rules.token_counter)
    reason = _reason(rules, len(state.turns) + 1, before)
    if reason is None:
        return messages, None
    kept = _trimmed(rules, messages, state.opening_index)
    after = estimated_tokens(kept, rules.token_counter)
    stats: dict[str, Any] = {
        "reason": reason,
        "messages_before": len(messages),
        "messages_after": len(kept),
        "estimated_tokens_before": before,
        "estimated_tokens_after": after,
        "over_budget": rules.tokens is not None and after >= rules.tokens,
    }
    return kept, CompactionStats(**stats)


def _reason(rules: Compaction, turn: int, tokens: int) -> str | None:
    if rules.turns is not None and turn > rules.turns:
        return "turns"
    return "tokens" if rules.tokens is not None and tokens >= rules.tokens else None


def _trimmed(rules: Compaction, messages: tuple[Message, ...], opening: int) -> tuple[Message, ...]:
    """A turn begins with the model's message, so what answers a tool call is never parted from it. The first message is one to the
    model, because providers refuse others: where the task's is not wanted, the last one before."""
    replies = [place for place, message in enumerate(messages) if message.role == "assistant"]
    if len(replies) <= rules.keep_recent_turns:
        return messages
    start = replies[-rules.keep_recent_turns]
    first = opening
    if not rules.keep_initial_user or opening >= start:
        first = next((place for place in reversed(range(start)) if messages[place].role == "user"), start)
    return (*messages[first : first + 1], *messages[start:]) if first < start else messages[start:]
