"""Functions as models, and what functions and providers return as an `LLMResponse`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from anyio import to_thread

from subagent.llm.constrain import TOOL
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.messages import LLMRequest, LLMResponse, TokenUsage


def model_name(llm: object) -> str:
    """How traces call a model: its `model` attribute, the name of the function, or its class."""
    for attribute in ("model", "__name__"):
        name = getattr(llm, attribute, None)
        if isinstance(name, str):
            return name
    return type(llm).__name__


class CallableLLM:
    """A sync or async function of the request as a model. A sync one runs in a thread, so that it cannot hold up
    other agents; a run that is cancelled does not wait for it."""

    def __init__(self, function: Callable[..., Any], *, model: str | None = None) -> None:
        self.function = function
        self.model = model or model_name(function)

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """Calls the function. Raises LLMError when it raises, or returns what is not a reply."""
        try:
            result = await call(self.function, request)
        except LLMError:
            raise
        except Exception as error:
            raise LLMError(
                LLMErrorKind.RAISED,
                f"the llm function {self.model} raised {type(error).__name__}: {error}",
                hint="fix the function, or raise subagent.llm.LLMError to say what may be retried",
            ) from error
        return to_response(result)


async def call(function: Callable[..., Any], *args: Any) -> Any:
    """The result of a sync or async function, awaited when it is awaitable."""
    target = function.func if isinstance(function, partial) else function
    if inspect.iscoroutinefunction(target) or inspect.iscoroutinefunction(getattr(target, "__call__", None)):  # noqa: B004 - an async __call__ is meant
        return await function(*args)
    result = await to_thread.run_sync(partial(function, *args), abandon_on_cancel=True)
    return await result if inspect.isawaitable(result) else result


def to_response(result: object) -> LLMResponse:
    """The LLMResponse that a function meant: text, a mapping with "content", an LLMResponse, or a completion object
    of the OpenAI client or of litellm.

    Raises:
        LLMError: it is none of these (kind `malformed_reply`).
    """
    if isinstance(result, LLMResponse):
        return result
    if isinstance(result, str):
        return LLMResponse(result)
    if isinstance(result, Mapping) and isinstance(result.get("content"), str):
        return _from_mapping(result)
    choices = result.get("choices") if isinstance(result, Mapping) else getattr(result, "choices", None)
    if choices:
        return from_completion(result)
    raise LLMError(
        LLMErrorKind.CONFIGURATION,
        f"the llm function returned {_kind_of(result)}, which is no reply",
        hint='return the reply text, a dict with "content", or a subagent.LLMResponse',
    )


def from_completion(result: Any) -> LLMResponse:
    """The LLMResponse of a chat completion (an object or dict of the OpenAI shape).

    Raises:
        LLMError: the completion has no message (kind `malformed_reply`).
    """
    choices = _field(result, "choices") or []
    message = _field(choices[0], "message") if choices else None
    if message is None:
        raise LLMError(LLMErrorKind.MALFORMED, "the model server sent a completion without a message")
    usage = _field(result, "usage")
    return LLMResponse(
        content=_custom_inputs(message) or _text_of(_field(message, "content")),
        usage=TokenUsage() if usage is None else token_usage(usage),
        model=_field(result, "model"),
        finish_reason=_field(choices[0], "finish_reason"),
        id=_field(result, "id"),
    )


def token_usage(usage: Any, *, cost_usd: float | None = None) -> TokenUsage:
    """The TokenUsage of a provider's usage object or mapping, whichever of the usual names it uses."""
    details = _field(usage, "prompt_tokens_details")
    cache_read = _count(usage, "cache_read_tokens", "cache_read", "cache_read_input_tokens") or (
        _count(details, "cached_tokens") if details is not None else 0
    )
    cost = cost_usd if cost_usd is not None else _field(usage, "cost_usd") or _field(usage, "total_cost")
    return TokenUsage(
        input_tokens=_count(usage, "input_tokens", "prompt_tokens", "input"),
        output_tokens=_count(usage, "output_tokens", "completion_tokens", "output"),
        cache_read_tokens=cache_read,
        cache_write_tokens=_count(
            usage, "cache_write_tokens", "cache_creation", "cache_creation_input_tokens"
        ),
        cost_usd=cost,
    )


def _from_mapping(result: Mapping[str, Any]) -> LLMResponse:
    usage = result.get("usage") or result.get("tokens")
    return LLMResponse(
        content=result["content"],
        usage=TokenUsage()
        if usage is None
        else usage
        if isinstance(usage, TokenUsage)
        else token_usage(usage),
        model=result.get("model"),
        finish_reason=result.get("finish_reason"),
        id=result.get("id"),
    )


def _text_of(content: Any) -> str:
    """Message content as text: providers send a string, null, or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(_field(part, "text") or "") for part in content)
    return ""


def _custom_inputs(message: Any) -> str:
    """What a model gave to its tool for programs, as blocks like those it would have written; "" without a call."""
    calls = [_field(call, "custom") or {} for call in _field(message, "tool_calls") or []]
    programs = [_field(custom, "input") for custom in calls if _field(custom, "name") == TOOL]
    return "\n".join(f"```clojure\n{program}\n```" for program in programs if isinstance(program, str))


def _field(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


def _count(usage: Any, *names: str) -> int:
    for name in names:
        value = _field(usage, name)
        if isinstance(value, int):
            return value
    return 0


def _kind_of(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
