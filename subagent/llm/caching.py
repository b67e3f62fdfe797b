"""Prompt caching: marks for the providers that cache only what is marked."""

from __future__ import annotations

from typing import Any

# Providers whose Anthropic models take marks; others cache by themselves or not at all.
_MARKED = ("anthropic/", "bedrock/", "vertex_ai/", "openrouter/")
_MARK = {"type": "ephemeral"}


def cache_marks(model: str, messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The messages (OpenAI shape) with cache marks on the system text and on the last message, so that the next turn
    finds both; and further fields of the body. Unchanged for models that need no marks.

    OpenRouter is told to stay with one provider, because another one would not have the cache.
    """
    if not _takes_marks(model) or not messages:
        return messages, {}
    marked = [*messages]
    places = [0, len(messages) - 1] if messages[0]["role"] == "system" else [len(messages) - 1]
    for place in dict.fromkeys(places):
        marked[place] = _marked(messages[place])
    pinned = {"provider": {"order": ["anthropic"], "allow_fallbacks": False}}
    return marked, pinned if model.startswith("openrouter/") else {}


def _takes_marks(model: str) -> bool:
    if model.startswith("anthropic/"):
        return True
    return model.startswith(_MARKED) and ("claude" in model or "anthropic" in model)


def _marked(message: dict[str, Any]) -> dict[str, Any]:
    content = message["content"]
    if not content or not isinstance(content, str):
        return message
    return {**message, "content": [{"type": "text", "text": content, "cache_control": _MARK}]}
