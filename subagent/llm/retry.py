"""Retries a failed model call where that can help: a bounded number of times, with jitter, and not before the server allows."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Literal

import anyio
import msgspec

from subagent.llm.adapt import model_name
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.llm.streaming import Deliver, ask
from subagent.messages import LLM, LLMRequest, LLMResponse, OnDelta

_own_random = random.Random()  # noqa: S311 - no secret depends on it; a host that seeds `random` is not disturbed
_GROWTH: dict[str, Callable[[int], int]] = {
    "exponential": lambda attempt: 2 ** (attempt - 1),
    "linear": lambda attempt: attempt,
    "constant": lambda _: 1,
}


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often and after which waits failed model calls are retried.

    backoff: whether a wait doubles each time ("exponential"), grows by the first wait ("linear") or stays ("constant"), up
        to `max_delay_ms`; half of it is random. A server's Retry-After is honoured if it is not above `max_delay_ms`; a
        longer one ends the call at once.
    retry_on: the kinds of LLMError to retry; None: temporary ones (rate limit, timeout, server error, connection, unreadable
        reply).

    Raises:
        ValueError: a field is out of range; the message names field and value.
    """

    max_attempts: int = 3
    base_delay_ms: int = 500
    max_delay_ms: int = 30_000
    backoff: Literal["exponential", "linear", "constant"] = "exponential"
    retry_on: tuple[LLMErrorKind, ...] | None = None

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"RetryPolicy.max_attempts must be at least 1, got {self.max_attempts}")
        for name in ("base_delay_ms", "max_delay_ms"):
            if getattr(self, name) < 0:
                raise ValueError(f"RetryPolicy.{name} must not be negative, got {getattr(self, name)}")
        if self.backoff not in _GROWTH:
            known = ", ".join(f'"{name}"' for name in _GROWTH)
            raise ValueError(f"RetryPolicy.backoff must be one of {known}, got {self.backoff!r}")
        for kind in self.retry_on or ():
            if kind not in set(LLMErrorKind):
                known = ", ".join(f'"{name}"' for name in LLMErrorKind)
                raise ValueError(f"RetryPolicy.retry_on: there is no kind {kind!r}; kinds are {known}")

    def delay_s(self, attempt: int, error: LLMError) -> float | None:
        """Seconds to wait after the failed `attempt` (counted from 1); None: do not try again."""
        retryable = error.retryable if self.retry_on is None else error.kind in self.retry_on
        if attempt >= self.max_attempts or not retryable:
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s * 1000 <= self.max_delay_ms else None
        full = min(self.base_delay_ms * _GROWTH[self.backoff](attempt), self.max_delay_ms) / 1000
        return full * (0.5 + _own_random.random() / 2)


class RetryingLLM:
    """A model whose calls are repeated by a RetryPolicy; the response's `attempts` counts them all."""

    def __init__(self, llm: LLM, policy: RetryPolicy) -> None:
        self.llm = llm
        self.policy = policy
        self.model = model_name(llm)

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The reply. Raises the last LLMError, with `attempts` set, when no attempt succeeded."""
        return await self._repeat(lambda: self.llm.complete(request), lambda: True)

    async def stream(self, request: LLMRequest, on_delta: OnDelta) -> LLMResponse:
        """As `complete`. A reply that broke off after its first piece is not asked for again: nobody could take back
        what was handed out."""
        deliver = Deliver(on_delta)
        return await self._repeat(lambda: ask(self.llm, request, deliver), lambda: not deliver.count)

    async def _repeat(
        self, once: Callable[[], Awaitable[LLMResponse]], may_repeat: Callable[[], bool]
    ) -> LLMResponse:
        spent = 0
        attempt = 1
        while True:
            try:
                response = await once()
            except LLMError as error:
                spent += error.attempts
                delay = self.policy.delay_s(attempt, error) if may_repeat() else None
                if delay is None:
                    error.attempts = spent
                    raise
                await anyio.sleep(delay)
            else:
                total = spent + response.attempts
                return msgspec.structs.replace(response, attempts=total) if spent else response
            attempt += 1
