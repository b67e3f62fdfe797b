"""Tries a failed model call again, where that can help: bounded, with jitter, and as late as the server asked."""

from __future__ import annotations

import random

import anyio
import msgspec

from subagent.llm.adapt import model_name
from subagent.llm.errors import LLMError
from subagent.messages import LLM, LLMRequest, LLMResponse


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often and how patiently. A wait doubles each time, up to `max_delay_ms`; half of it is chance. A server's
    Retry-After is honoured when it is not above `max_delay_ms`; a longer one ends the call at once.

    Raises:
        ValueError: a field is out of range; the message names field and value.
    """

    max_attempts: int = 3
    base_delay_ms: int = 500
    max_delay_ms: int = 30_000

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"RetryPolicy.max_attempts must be at least 1, got {self.max_attempts}")
        for name in ("base_delay_ms", "max_delay_ms"):
            if getattr(self, name) < 0:
                raise ValueError(f"RetryPolicy.{name} must not be negative, got {getattr(self, name)}")

    def delay_s(self, attempt: int, error: LLMError) -> float | None:
        """Seconds to wait after the failed `attempt` (counted from 1); None: do not try again."""
        if attempt >= self.max_attempts or not error.retryable:
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s * 1000 <= self.max_delay_ms else None
        full = min(self.base_delay_ms * 2 ** (attempt - 1), self.max_delay_ms) / 1000
        return full * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not cryptography


class RetryingLLM:
    """A model whose calls are repeated by a RetryPolicy; the response's `attempts` counts them all."""

    def __init__(self, llm: LLM, policy: RetryPolicy) -> None:
        self.llm = llm
        self.policy = policy
        self.model = model_name(llm)

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The reply. Raises the last LLMError, with `attempts` set, when no attempt succeeded."""
        attempt = 1
        while True:
            try:
                response = await self.llm.complete(request)
            except LLMError as error:
                error.attempts = attempt
                delay = self.policy.delay_s(attempt, error)
                if delay is None:
                    raise
                await anyio.sleep(delay)
            else:
                return msgspec.structs.replace(response, attempts=attempt) if attempt > 1 else response
            attempt += 1
