"""What goes to a model and what comes back, as data. Leaf of the agent: imports nothing of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

Role = Literal["system", "user", "assistant", "tool"]
GrammarSyntax = Literal["gbnf", "lark"]
GrammarServer = Literal["llama.cpp", "vllm", "vllm-guided", "openai"]


class _Keyed(msgspec.Struct, frozen=True):
    """Lets a callable that was written for dicts read a struct: `request["messages"]`, `message.get("content")`."""

    def __getitem__(self, name: str) -> Any:
        if name not in self.__struct_fields__:
            raise KeyError(name)
        return getattr(self, name)

    def get(self, name: str, default: Any = None) -> Any:
        """The field `name`, or `default` when there is no such field."""
        return getattr(self, name) if name in self.__struct_fields__ else default


class NativeToolCall(_Keyed, frozen=True, omit_defaults=True):
    """A tool call in a model's reply, in the provider's own form. `args_error` says why the arguments could not be read;
    `args` is empty then."""

    id: str
    name: str
    args: dict[str, Any] = {}
    args_error: str | None = None

    def as_openai(self) -> dict[str, Any]:
        """The call as the OpenAI chat API writes it."""
        arguments = msgspec.json.encode(self.args).decode()
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": arguments}}


class Message(_Keyed, frozen=True, omit_defaults=True):
    """One message of the conversation; the system text travels beside the messages, not among them. `tool_calls` are
    those of an assistant message; a message of the role "tool" answers the one whose id is `tool_call_id`."""

    role: Role
    content: str
    tool_calls: tuple[NativeToolCall, ...] = ()
    tool_call_id: str | None = None

    def as_openai(self) -> dict[str, Any]:
        """The message as the OpenAI chat API writes it."""
        message: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            message["content"] = self.content or None
            message["tool_calls"] = [call.as_openai() for call in self.tool_calls]
        if self.tool_call_id is not None:
            message["tool_call_id"] = self.tool_call_id
        return message


def message_of(data: Mapping[str, Any]) -> Message:
    """The message that a dict says: with our fields, or as the OpenAI chat API writes it.

    Raises:
        TypeError, ValueError: it is none.
    """
    said = dict(data)
    content = said.get("content")
    said["content"] = "".join(map(_text_of, content)) if isinstance(content, list) else content or ""
    if "tool_calls" in said:
        said["tool_calls"] = [_call_of(call) for call in said["tool_calls"] or ()]
    return msgspec.convert(said, Message)


def _text_of(part: Any) -> str:
    text = part.get("text") if isinstance(part, Mapping) else None
    if not isinstance(text, str):
        raise TypeError(f"only text can be part of a message, got {part!r:.80}")
    return text


def _call_of(call: Any) -> Any:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return call
    arguments = function.get("arguments") or "{}"
    args = msgspec.json.decode(arguments) if isinstance(arguments, str) else arguments
    return {"id": call.get("id"), "name": function.get("name"), "args": args}


class Grammar(_Keyed, frozen=True):
    """What the text of a reply must fit (for the server "openai": the input of its one tool), if the model's server can
    enforce it. `server` says whose form of request is meant."""

    syntax: GrammarSyntax
    text: str
    server: GrammarServer


class LLMRequest(_Keyed, frozen=True, kw_only=True, omit_defaults=True):
    """One call of a model, as plain data: it can be stored, hashed and replayed.

    options: passed to the provider (temperature, max_tokens, stop, ...).
    tools: native tools, in OpenAI's function format. tool_choice: "none" forbids calling them.
    schema: the JSON Schema of the reply; takes precedence over `tools`.
    constraint: the grammar of the reply; a model that cannot enforce one may ignore it, since every reply is checked.
    cache: whether to ask the provider to cache the beginning of the conversation.
    turn, agent, tool_names: tell callables and tests where in a run the call happens; not sent to a provider.
    """

    system: str
    messages: tuple[Message, ...]
    options: dict[str, Any] = {}
    turn: int = 1
    agent: str | None = None
    tool_names: tuple[str, ...] = ()
    constraint: Grammar | None = None
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: Literal["none"] | None = None
    schema: dict[str, Any] | None = None
    cache: bool = False

    def chat_messages(self) -> list[dict[str, Any]]:
        """The conversation in the shape of the OpenAI chat API, system message first."""
        head = [{"role": "system", "content": self.system}] if self.system else []
        return [*head, *(message.as_openai() for message in self.messages)]


class TokenUsage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tokens and cost of one call; the cost is None if nobody stated it."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float | None = None


class LLMResponse(_Keyed, frozen=True, omit_defaults=True):
    """The reply of a model. `finish_reason` "length" means that the text was cut; `attempts` counts retried calls.
    `tool_calls` are native ones; `reasoning` is the model's reasoning, if the provider returns it."""

    content: str
    usage: TokenUsage = TokenUsage()
    model: str | None = None
    finish_reason: str | None = None
    id: str | None = None
    attempts: int = 1
    tool_calls: tuple[NativeToolCall, ...] = ()
    reasoning: str = ""


class Delta(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of a streamed reply: of its text, of the model's reasoning, or of the JSON arguments of its tool call number
    `index` (from 0), whose `name` is in the first piece of that call."""

    text: str
    kind: Literal["text", "reasoning", "tool_args"] = "text"
    index: int = 0
    name: str | None = None


OnDelta = Callable[[Delta], object]
"""Gets the pieces of a reply in their order. What it raises is logged and does not harm the call."""


@runtime_checkable
class LLM(Protocol):
    """Everything that an agent needs from a model. An optional attribute `model` names it in traces. An optional method
    `stream(request, on_delta)` does what `complete` does and delivers the reply in pieces meanwhile; without it the whole
    reply is one piece."""

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The reply to a request.

        Raises:
            LLMError: the model could not be asked, or its answer could not be understood.
        """
        ...
