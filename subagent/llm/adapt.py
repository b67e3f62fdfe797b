"""Functions as models."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from ptc_lisp.signature.hints import python_signature
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.llm.replies import to_response
from subagent.messages import Delta, LLMRequest, LLMResponse, OnDelta
from subagent.threads import in_thread
from subagent.wording import told


def model_name(llm: object) -> str:
    """How traces call a model: its `model` attribute, the name of the function, or its class."""
    for attribute in ("model", "__name__"):
        name = getattr(llm, attribute, None)
        if isinstance(name, str):
            return name
    return type(llm).__name__


class CallableLLM:
    """A function of the request as a model.

    A synchronous one runs in a thread, so that it cannot hold up other agents; a run that is cancelled does not wait for it.
    To stream, the function takes a second parameter `on_delta` and calls it with text or a Delta, or it is an async
    generator that yields them (and may finally yield an LLMResponse).
    """

    def __init__(self, function: Callable[..., Any], *, model: str | None = None) -> None:
        self.function = function
        self.model = model or model_name(function)

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """Calls the function. Raises LLMError when it raises, or returns what is not a reply."""
        return await self._ask(request, _unheard)

    async def stream(self, request: LLMRequest, on_delta: OnDelta) -> LLMResponse:
        """As `complete`; `on_delta` gets what the function hands out."""
        return await self._ask(request, on_delta)

    async def _ask(self, request: LLMRequest, on_delta: OnDelta) -> LLMResponse:
        function = self.function
        try:
            if inspect.isasyncgenfunction(_target(function)):
                return await _collected(function(request), on_delta)
            if _takes_delta(function):
                return to_response(await call(function, request, partial(_hand_out, on_delta)))
            return to_response(await call(function, request))
        except LLMError:
            raise
        except Exception as error:
            raise LLMError(
                LLMErrorKind.RAISED,
                f"the llm function {self.model} raised {told(error)}",
                hint="fix the function, or raise subagent.llm.LLMError to say what may be retried",
            ) from error


async def call(function: Callable[..., Any], *args: Any) -> Any:
    """The result of a sync or async function, awaited when it is awaitable."""
    if inspect.iscoroutinefunction(_target(function)):
        return await function(*args)
    result = await in_thread(partial(function, *args))
    return await result if inspect.isawaitable(result) else result


def _target(function: Callable[..., Any]) -> Callable[..., Any]:
    """What is really called: the function inside a partial, the `__call__` of an object."""
    inner = function.func if isinstance(function, partial) else function
    return inner if inspect.isroutine(inner) else type(inner).__call__


def _takes_delta(function: Callable[..., Any]) -> bool:
    try:
        return "on_delta" in python_signature(function).parameters
    except (TypeError, ValueError):  # a C function without a signature
        return False


def _hand_out(on_delta: OnDelta, piece: str | Delta) -> None:
    on_delta(Delta(piece) if isinstance(piece, str) else piece)


def _unheard(_: Delta) -> None:
    """For a reply that nobody follows."""


async def _collected(items: AsyncIterator[Any], on_delta: OnDelta) -> LLMResponse:
    """The reply of an async generator: its last LLMResponse, or the text that it yielded."""
    said: list[str] = []
    whole: LLMResponse | None = None
    async for item in items:
        if isinstance(item, str | Delta):
            delta = Delta(item) if isinstance(item, str) else item
            on_delta(delta)
            said += [delta.text] if delta.kind == "text" else []
        else:
            whole = to_response(item)
    return whole or LLMResponse("".join(said))
