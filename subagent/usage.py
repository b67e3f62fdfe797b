"""What a run cost: tokens, money, time and work."""

from __future__ import annotations

import msgspec


class CompactionStats(msgspec.Struct, frozen=True, kw_only=True):
    """The latest shortening of the conversation. `reason` is "turns" or "tokens"; over_budget: it is still too long."""

    reason: str
    messages_before: int
    messages_after: int
    estimated_tokens_before: int
    estimated_tokens_after: int
    over_budget: bool = False


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over one turn or one run; a run's include those of its child agents.

    llm_requests: every attempt counts. cost_usd: None if no call stated a cost. steps: calls and loop turns of the programs.
    fallback_used: the answer is the last good value, not an explicit `(return …)`. compaction: how the conversation was
    last shortened. schema_bytes: size of the JSON Schemas in requests.
    """

    turns: int = 0
    llm_requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float | None = None
    tool_calls: int = 0
    steps: int = 0
    duration_ms: float = 0.0
    llm_ms: float = 0.0
    program_ms: float = 0.0
    tool_ms: float = 0.0
    fallback_used: bool = False
    schema_bytes: int = 0
    compaction: CompactionStats | None = None

    @property
    def schema_used(self) -> bool:
        """Whether a request asked for JSON of a schema."""
        return self.schema_bytes > 0

    @property
    def total_tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        """Sums field by field; durations add up, so parallel work counts twice."""
        return Usage(
            turns=self.turns + other.turns,
            llm_requests=self.llm_requests + other.llm_requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            cost_usd=_sum(self.cost_usd, other.cost_usd),
            tool_calls=self.tool_calls + other.tool_calls,
            steps=self.steps + other.steps,
            duration_ms=self.duration_ms + other.duration_ms,
            llm_ms=self.llm_ms + other.llm_ms,
            program_ms=self.program_ms + other.program_ms,
            tool_ms=self.tool_ms + other.tool_ms,
            fallback_used=self.fallback_used or other.fallback_used,
            schema_bytes=self.schema_bytes + other.schema_bytes,
            compaction=self.compaction,
        )


def _sum(left: float | None, right: float | None) -> float | None:
    if left is None:
        return right
    return left if right is None else left + right
