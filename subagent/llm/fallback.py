"""Several models, each asked if the one before it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import msgspec

from subagent.llm.adapt import model_name
from subagent.llm.errors import LLMError
from subagent.llm.retry import RetryingLLM, RetryPolicy
from subagent.llm.streaming import Deliver, ask
from subagent.messages import LLM, LLMRequest, LLMResponse, OnDelta


class FallbackLLM:
    """Asks the first model, and the next one if it raises an LLMError. The response's `model` says which one answered;
    `attempts` counts the calls of all.

    Raises:
        ValueError: there is no model.
    """

    def __init__(self, llms: Iterable[LLM]) -> None:
        self.llms = tuple(llms)
        if not self.llms:
            raise ValueError('llm is an empty list: give at least one model, e.g. ["openai/gpt-4.1-mini"]')
        self.model = model_name(self.llms[0])

    def with_retries(self, policy: RetryPolicy) -> FallbackLLM:
        """The same models, each tried as often as the policy says before the next one's turn."""
        return FallbackLLM(RetryingLLM(llm, policy) for llm in self.llms)

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The reply of the first model that gives one. Raises the last model's LLMError when none does."""
        return await self._first(lambda llm: llm.complete(request), lambda: True)

    async def stream(self, request: LLMRequest, on_delta: OnDelta) -> LLMResponse:
        """As `complete`. Once a model's reply has begun to come, no other model is asked."""
        deliver = Deliver(on_delta)
        return await self._first(lambda llm: ask(llm, request, deliver), lambda: not deliver.count)

    async def _first(
        self, once: Callable[[LLM], Awaitable[LLMResponse]], may_go_on: Callable[[], bool]
    ) -> LLMResponse:
        spent = 0
        for number, llm in enumerate(self.llms, start=1):
            try:
                response = await once(llm)
            except LLMError as error:
                spent += error.attempts
                if number == len(self.llms) or not may_go_on():
                    error.attempts = spent
                    raise
            else:
                named = response.model or model_name(llm)
                return msgspec.structs.replace(response, attempts=spent + response.attempts, model=named)
        raise AssertionError("a loop over models that are there ends in a reply or an error")


def with_retries(llm: LLM, policy: RetryPolicy) -> LLM:
    """A model whose failed calls are repeated by the policy; of several models each one's."""
    return llm.with_retries(policy) if isinstance(llm, FallbackLLM) else RetryingLLM(llm, policy)
