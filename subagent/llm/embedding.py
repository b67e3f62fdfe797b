"""Embeddings of texts, for instance for the search tools of a host."""

from __future__ import annotations

from typing import Any

import msgspec

from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.messages import TokenUsage


class Embeddings(msgspec.Struct, frozen=True, kw_only=True):
    """One vector per text, in their order."""

    vectors: tuple[tuple[float, ...], ...]
    usage: TokenUsage = TokenUsage()
    model: str | None = None


def from_reply(reply: Any, count: int, model: str, cost_usd: float | None) -> Embeddings:
    """What litellm's reply holds for `count` texts. Raises LLMError (malformed) when that is something else."""
    rows = sorted(getattr(reply, "data", None) or [], key=lambda row: int(row["index"]))
    if len(rows) != count:
        raise LLMError(LLMErrorKind.MALFORMED, f"{model} gave {len(rows)} vectors for {count} texts")
    used = getattr(reply, "usage", None)
    return Embeddings(
        vectors=tuple(tuple(map(float, row["embedding"])) for row in rows),
        usage=TokenUsage(int(getattr(used, "prompt_tokens", 0) or 0), 0, cost_usd=cost_usd),
        model=getattr(reply, "model", None) or model,
    )
