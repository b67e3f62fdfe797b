"""What goes to a model and what comes back, as data. Leaf of the agent: imports nothing of ours."""

from __future__ import annotations

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


class Message(_Keyed, frozen=True, omit_defaults=True):
    """One message of the conversation; the system text travels beside the messages, not among them."""

    role: Role
    content: str


class Grammar(_Keyed, frozen=True):
    """What the text of a reply must fit (for the server "openai": the input of its one tool), if the model's server can
    enforce it. `server` says whose form of request is meant."""

    syntax: GrammarSyntax
    text: str
    server: GrammarServer


class LLMRequest(_Keyed, frozen=True, kw_only=True, omit_defaults=True):
    """One call of a model. Plain data: it can be stored, hashed and replayed.

    `options` are passed to the provider (temperature, max_tokens, stop, ...); `turn`, `agent` and `tool_names` tell
    callables and tests where in a run the call happens and do not reach a provider. `constraint` is the grammar of the
    reply; a model that cannot keep to one may ignore it, since every reply is checked.
    """

    system: str
    messages: tuple[Message, ...]
    options: dict[str, Any] = {}
    turn: int = 1
    agent: str | None = None
    tool_names: tuple[str, ...] = ()
    constraint: Grammar | None = None

    def chat_messages(self) -> list[dict[str, Any]]:
        """The conversation in the shape of the OpenAI chat API, system message first."""
        head = [{"role": "system", "content": self.system}] if self.system else []
        return [*head, *({"role": m.role, "content": m.content} for m in self.messages)]


class TokenUsage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tokens and money of one call; None for a cost that nobody stated."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float | None = None


class LLMResponse(_Keyed, frozen=True, omit_defaults=True):
    """The reply of a model. `finish_reason` "length" says that the text was cut; `attempts` counts retried calls."""

    content: str
    usage: TokenUsage = TokenUsage()
    model: str | None = None
    finish_reason: str | None = None
    id: str | None = None
    attempts: int = 1


@runtime_checkable
class LLM(Protocol):
    """All that an agent needs from a model. An optional attribute `model` names it in traces."""

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The reply to a request.

        Raises:
            LLMError: the model could not be asked, or its answer could not be understood.
        """
        ...
