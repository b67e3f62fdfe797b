"""What functions and providers return, as an `LLMResponse`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from subagent.llm.constrain import TOOL
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.messages import LLMResponse, NativeToolCall, TokenUsage


def to_response(result: object) -> LLMResponse:
    """The LLMResponse that a function meant: text, a mapping with "content" or "tool_calls", an LLMResponse, or a
    completion object of the OpenAI client or of litellm.

    Raises:
        LLMError: it is none of these (kind `configuration`).
    """
    if isinstance(result, LLMResponse):
        return result
    if isinstance(result, str):
        return LLMResponse(result)
    if isinstance(result, Mapping) and (isinstance(result.get("content"), str) or result.get("tool_calls")):
        return _from_mapping(result)
    choices = result.get("choices") if isinstance(result, Mapping) else getattr(result, "choices", None)
    if choices:
        return from_completion(result)
    raise LLMError(
        LLMErrorKind.CONFIGURATION,
        f"the llm function returned {_kind_of(result)}, which is no reply",
        hint='return the reply text, a dict with "content" or "tool_calls", or a subagent.LLMResponse',
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
    functions = [call for call in _field(message, "tool_calls") or [] if _field(call, "function")]
    return LLMResponse(
        content=_custom_inputs(message) or _text_of(_field(message, "content")),
        usage=TokenUsage() if usage is None else token_usage(usage),
        model=_field(result, "model"),
        finish_reason=_field(choices[0], "finish_reason"),
        id=_field(result, "id"),
        tool_calls=tool_calls(functions),
        reasoning=_text_of(_field(message, "reasoning_content")),
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


def tool_calls(calls: Iterable[Any]) -> tuple[NativeToolCall, ...]:
    """Native tool calls out of objects or mappings: those of the OpenAI shape, or of the plain shape `id`, `name` and
    `args`. A call without an id is called `tc_1`, `tc_2`, ... by its place."""
    return tuple(_tool_call(call, number) for number, call in enumerate(calls, start=1))


def _tool_call(call: Any, number: int) -> NativeToolCall:
    if isinstance(call, NativeToolCall):
        return call
    function = _field(call, "function") or call
    name = str(_field(function, "name") or "")
    given = _field(function, "arguments")
    args, problem = _arguments(_field(function, "args") if given is None else given)
    problem = _field(call, "args_error") or problem
    return NativeToolCall(str(_field(call, "id") or f"tc_{number}"), name, args, problem)


def _arguments(given: Any) -> tuple[dict[str, Any], str | None]:
    """The arguments of a call, and what is wrong with them."""
    if given is None or given == "":
        return {}, None
    if isinstance(given, str | bytes):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, UnicodeError) as error:
            return {}, f"the arguments are not valid JSON: {error}"
        except RecursionError:
            return {}, "the arguments are nested too deeply"
    if not isinstance(given, Mapping):
        return {}, f"the arguments must be a JSON object, got {_kind_of(given)}"
    return {str(name): value for name, value in given.items()}, None


def _from_mapping(result: Mapping[str, Any]) -> LLMResponse:
    usage = result.get("usage") or result.get("tokens")
    return LLMResponse(
        content=result.get("content") or "",
        usage=TokenUsage()
        if usage is None
        else usage
        if isinstance(usage, TokenUsage)
        else token_usage(usage),
        model=result.get("model"),
        finish_reason=result.get("finish_reason"),
        id=result.get("id"),
        tool_calls=tool_calls(result.get("tool_calls") or ()),
        reasoning=result.get("reasoning") or "",
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
