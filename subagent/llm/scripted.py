"""A model that gives prepared replies: for tests, demos and dry runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from subagent.llm.adapt import call
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.llm.replies import to_response
from subagent.llm.streaming import pieces
from subagent.messages import LLMRequest, LLMResponse, OnDelta

Reply = str | LLMResponse | dict[str, Any] | BaseException | Callable[[LLMRequest], Any]


class ScriptedLLM:
    """A model for tests that gives prepared replies one after another.

    A reply is a text, an LLMResponse, a dict with "content" or "tool_calls" (each with `name` and `args`), an exception
    (raised), or a sync or async function of the request that returns one of these. `requests` keeps every request, in
    order, for assertions. Streamed replies come in pieces of `piece_chars` characters.
    """

    def __init__(self, replies: Iterable[Reply], *, model: str = "scripted", piece_chars: int = 16) -> None:
        if piece_chars < 1:
            raise ValueError(f"ScriptedLLM.piece_chars must be at least 1, got {piece_chars}")
        if isinstance(replies, str):
            raise TypeError("ScriptedLLM takes a list of replies, got one string: write ScriptedLLM([reply])")
        self.replies = list(replies)
        self.requests: list[LLMRequest] = []
        self.model = model
        self.piece_chars = piece_chars
        self._lock = threading.Lock()

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The next reply. Raises LLMError when there is none left."""
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        given = len(self.replies)
        if number > given:
            raise LLMError(
                LLMErrorKind.SCRIPT,
                f"ScriptedLLM has {given} {'reply' if given == 1 else 'replies'}, and this is request {number}",
                hint="add a reply, or let an earlier program end with (return value)",
            )
        return await _give(self.replies[number - 1], request)

    async def stream(self, request: LLMRequest, on_delta: OnDelta) -> LLMResponse:
        """As `complete`, handed out in pieces."""
        response = await self.complete(request)
        size = self.piece_chars
        for whole in pieces(response):
            for start in range(0, len(whole.text), size):
                name = whole.name if start == 0 else None
                on_delta(msgspec.structs.replace(whole, text=whole.text[start : start + size], name=name))
        return response


async def _give(reply: Reply, request: LLMRequest) -> LLMResponse:
    if isinstance(reply, BaseException):
        raise reply
    if isinstance(reply, type) and issubclass(reply, BaseException):
        raise reply
    if callable(reply):
        return await _give(await call(reply, request), request)
    return to_response(reply)
