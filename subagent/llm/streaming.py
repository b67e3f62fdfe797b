"""Asks a model so that its reply can be read in pieces, whether or not it streams."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from subagent.messages import LLM, Delta, LLMRequest, LLMResponse, OnDelta

_log = logging.getLogger("subagent")


async def ask(llm: LLM, request: LLMRequest, on_delta: OnDelta | None = None) -> LLMResponse:
    """The reply of a model. `on_delta` is called with its pieces as they come: those of the model's `stream`, or the whole
    reply from a model without `stream`. Raises what the model raises."""
    if on_delta is None:
        return await llm.complete(request)
    deliver = Deliver(on_delta)
    stream: Callable[[LLMRequest, OnDelta], Awaitable[LLMResponse]] | None = getattr(llm, "stream", None)
    response = await (llm.complete(request) if stream is None else stream(request, deliver))
    if not deliver.count:
        for delta in pieces(response):
            deliver(delta)
    return response


def pieces(response: LLMResponse) -> list[Delta]:
    """A whole reply as pieces: reasoning, text, then the arguments of each tool call."""
    found = [Delta(response.reasoning, "reasoning")] if response.reasoning else []
    if response.content:
        found.append(Delta(response.content))
    for index, call in enumerate(response.tool_calls):
        function = call.as_openai()["function"]
        found.append(Delta(function["arguments"], "tool_args", index, function["name"]))
    return found


class Deliver:
    """Hands pieces to a callback and counts them. A callback that raises is logged and gets no more of this reply."""

    def __init__(self, on_delta: OnDelta) -> None:
        self._on_delta: OnDelta | None = on_delta
        self.count = 0

    def __call__(self, delta: Delta) -> None:
        """Hands out one piece."""
        self.count += 1
        if self._on_delta is None:
            return
        try:
            self._on_delta(delta)
        except Exception:  # noqa: BLE001 - the callback is somebody else's code; the call must go on
            self._on_delta = None
            _log.exception("a streaming callback raised and gets no more of this reply")
