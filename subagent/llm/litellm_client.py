"""Models behind litellm. The library is slow to import, so it is imported by the first call and nowhere else."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

import anyio
import msgspec
from anyio import to_thread

from subagent.llm import guard
from subagent.llm.caching import cache_marks
from subagent.llm.connections import close_with_loop
from subagent.llm.constrain import body_fields, refusal
from subagent.llm.embedding import Embeddings, from_reply
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.llm.litellm_errors import HINTS, explain, timed_out
from subagent.llm.replies import from_completion, token_usage
from subagent.messages import Delta, Grammar, LLMRequest, LLMResponse, OnDelta

_DEFAULT_TIMEOUT_MS = 120_000
_OPENAI_ADDRESS = frozenset({"OPENAI_BASE_URL", "OPENAI_API_BASE"})  # litellm reads them


class LiteLLM:
    """A model by its litellm name, e.g. `LiteLLM("openai/gpt-4.1-mini", temperature=0)`.

    Args:
        model: provider and model as litellm spells them, or a model group of `router`.
        stream: always ask for streamed replies, even if nobody reads the pieces.
        timeout_ms: the longest that one call may take.
        cache: ask the provider to cache the beginning of every conversation, whatever the request says.
        router: a `litellm.Router`, which balances and falls back between deployments of a model group.
        options: passed to litellm (api_base, api_key, temperature, max_tokens, ...). What a provider does not support is
            dropped. Options of the request take precedence.

    Retries are not made here: see `RetryPolicy`.
    """

    def __init__(
        self, model: str, *, stream: bool = False, timeout_ms: int = _DEFAULT_TIMEOUT_MS, cache: bool = False,
        router: Any = None, **options: Any,
    ) -> None:  # fmt: skip
        if not model or model.strip() != model:
            raise ValueError(f"model must be a litellm model name such as openai/gpt-4.1-mini, got {model!r}")
        self.model = model
        self._always_stream = stream
        self.timeout_ms = timeout_ms
        self.cache = cache
        self.router = router
        self.options = options

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The reply. Raises LLMError, whose kind says what went wrong and whose hint says who can mend it."""
        return await self._ask(request, None)

    async def stream(self, request: LLMRequest, on_delta: OnDelta) -> LLMResponse:
        """As `complete`, with the pieces of the reply as they come. Where a provider cannot stream, the reply comes
        whole."""
        return await self._ask(request, on_delta)

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """One vector per text, by an embedding model. Raises LLMError as `complete`."""
        self._check_guard(self.options)
        litellm = await _imported()
        options = dict(self.options)
        if "api_key" not in options and self.router is None:
            self._require_key(litellm, options)
        arguments = {
            "drop_params": True,
            "max_retries": 0,
            **options,
            "model": self.model,
            "input": list(texts),
        }
        try:
            with anyio.fail_after(self.timeout_ms / 1000):
                await close_with_loop()
                reply = await (self.router or litellm).aembedding(**arguments)
        except TimeoutError as error:
            raise timed_out(self._where, self.timeout_ms) from error
        except Exception as error:
            raise explain(litellm, error, self._where, self.timeout_ms) from error
        return from_reply(reply, len(texts), self.model, _cost(litellm, reply))

    def missing_keys(self) -> tuple[str, ...]:
        """The environment variables that the provider's key is looked for in, when there is no key."""
        if self.router is not None or self.options.keys() & {"api_key", "api_base", "base_url"}:
            return ()
        return tuple(_litellm().validate_environment(self.model).get("missing_keys") or ())

    async def _ask(self, request: LLMRequest, on_delta: OnDelta | None) -> LLMResponse:
        self._check_guard({**self.options, **request.options})
        litellm = await _imported()
        arguments = self._arguments(litellm, request, streamed=on_delta is not None)
        try:
            with anyio.fail_after(self.timeout_ms / 1000):
                await close_with_loop()
                reply = await (self.router or litellm).acompletion(**arguments)
                if arguments.get("stream"):
                    chunks: list[Any] = []
                    async for chunk in reply:
                        chunks.append(chunk)
                        if on_delta is not None:
                            _hand_out(chunk, on_delta)
                    reply = litellm.stream_chunk_builder(chunks, messages=arguments["messages"])
        except TimeoutError as error:
            raise timed_out(self._where, self.timeout_ms) from error
        except Exception as error:
            raise explain(litellm, error, self._where, self.timeout_ms) from error
        response = self._respond(litellm, reply)
        if arguments.get("stream") and not response.content and not response.tool_calls:
            # litellm makes an empty, finished stream of a body that is no stream at all.
            raise LLMError(
                LLMErrorKind.MALFORMED,
                f"the stream of {self._where} held no text",
                hint=HINTS[LLMErrorKind.MALFORMED],
            )
        return response

    def _arguments(self, litellm: Any, request: LLMRequest, *, streamed: bool) -> dict[str, Any]:
        options = {**self.options, **request.options}
        if "api_key" not in options and self.router is None:
            self._require_key(litellm, options)
        if self._always_stream or (streamed and self._can_stream(litellm, request)):
            options |= {"stream": True, "stream_options": {"include_usage": True}}
        if request.constraint is not None:
            options["extra_body"] = self._extra_body(litellm, request.constraint, options)
        if request.schema is not None:
            options["response_format"] = _response_format(request.schema)
        elif request.tools:
            options["tools"] = list(request.tools)
            options |= _without_mcp()
            options |= {} if request.tool_choice is None else {"tool_choice": request.tool_choice}
        messages = request.chat_messages()
        if self.cache or request.cache:
            messages, pinned = cache_marks(self.model, messages)
            if pinned:
                options["extra_body"] = {**pinned, **(options.get("extra_body") or {})}
        return {
            "timeout": self.timeout_ms / 1000,
            "drop_params": True,
            "num_retries": 0,
            "max_retries": 0,
            **options,
            "model": self.model,
            "messages": messages,
        }

    def _can_stream(self, litellm: Any, request: LLMRequest) -> bool:
        if request.constraint is not None and request.constraint.server == "openai":
            return False  # litellm does not stream custom tools
        if self.router is not None:
            return True
        try:
            known = litellm.get_supported_openai_params(self.model)
        except Exception:  # noqa: BLE001 - a model that litellm does not know: the call itself will say so
            return True
        return known is None or "stream" in known

    def _extra_body(self, litellm: Any, grammar: Grammar, options: dict[str, Any]) -> dict[str, Any]:
        """The body fields beside those of the chat API, with the grammar. Raises LLMError if it would not arrive."""
        try:
            provider = str(litellm.get_llm_provider(self.model)[1])
        except litellm.exceptions.BadRequestError as error:
            raise explain(litellm, error, self._where, self.timeout_ms) from error
        own = bool(options.keys() & {"api_base", "base_url"}) or not _OPENAI_ADDRESS.isdisjoint(os.environ)
        if (why := refusal(grammar, provider, options, own_server=own)) is not None:
            raise LLMError(
                LLMErrorKind.CONFIGURATION, f"the model {self.model} cannot be given the grammar: {why}"
            )
        return {**(options.get("extra_body") or {}), **body_fields(grammar)}

    def _require_key(self, litellm: Any, options: dict[str, Any]) -> None:
        """Puts a placeholder where a local server needs no key; raises when a provider's key is missing."""
        missing = litellm.validate_environment(self.model).get("missing_keys") or []
        if not missing:
            return
        if "api_base" in options or "base_url" in options:
            options["api_key"] = "none"
            return
        names = " or ".join(missing)
        raise LLMError(
            LLMErrorKind.AUTHENTICATION,
            f"no key for the model {self.model}: the environment variable {names} is not set",
            hint=f"export {missing[0]}=..., or pass LiteLLM({self.model!r}, api_key=...)",
        )

    def _check_guard(self, options: Mapping[str, Any]) -> None:
        base = options.get("api_base") or options.get("base_url")
        if not (base and guard.is_loopback(str(base))):
            guard.check(self.model)

    def _respond(self, litellm: Any, reply: Any) -> LLMResponse:
        response = from_completion(reply)
        usage = getattr(reply, "usage", None)
        return msgspec.structs.replace(
            response,
            usage=response.usage if usage is None else token_usage(usage, cost_usd=_cost(litellm, reply)),
            model=response.model or self.model,
        )

    @property
    def _where(self) -> str:
        base = self.options.get("api_base") or self.options.get("base_url")
        return f"{self.model} at {base}" if base else self.model


def _response_format(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as providers take it. Strict mode knows no optional fields and no open objects."""
    named = {"name": "answer", "schema": schema, "strict": _is_strict(schema)}
    return {"type": "json_schema", "json_schema": named}


def _is_strict(schema: Any) -> bool:
    if isinstance(schema, list):
        return all(_is_strict(item) for item in schema)
    if not isinstance(schema, dict):
        return True
    if not schema:
        return False
    kind = schema.get("type")
    if "object" in (kind if isinstance(kind, list) else [kind]):
        names = schema.get("properties") or {}
        closed = schema.get("additionalProperties") is False
        return (
            closed
            and set(schema.get("required") or ()) == set(names)
            and all(_is_strict(inner) for inner in names.values())
        )
    return _is_strict(schema["items"]) if "items" in schema else True


def _hand_out(chunk: Any, on_delta: OnDelta) -> None:
    """The pieces of a chunk."""
    for choice in getattr(chunk, "choices", None) or ():
        delta = choice.delta
        if thought := getattr(delta, "reasoning_content", None):
            on_delta(Delta(thought, "reasoning"))
        if delta.content:
            on_delta(Delta(delta.content))
        for call in getattr(delta, "tool_calls", None) or ():
            function = call.function
            if function.name or function.arguments:
                on_delta(Delta(function.arguments or "", "tool_args", call.index or 0, function.name))


@cache
def _without_mcp() -> dict[str, Any]:
    """Keeps litellm from looking for MCP servers among the tools, for which it would need a further library."""
    handler = find_spec("litellm.responses.mcp.chat_completions_handler")
    return {} if handler is None else {"_skip_mcp_handler": True}


async def _imported() -> Any:
    """litellm, imported by a thread where it is not yet: the event loop has other runs and requests to serve."""
    if _litellm.cache_info().currsize:
        return _litellm()
    return await to_thread.run_sync(_litellm, abandon_on_cancel=True)


@cache
def _litellm() -> Any:
    # Without this litellm fetches its price table over the network while it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm  # noqa: PLC0415 - 1.7 s of import time: only a run that talks to a provider pays it

    litellm.suppress_debug_info = True
    # Its background worker warns about each new event loop; every sync run has its own.
    logging.getLogger("LiteLLM").setLevel(logging.ERROR)
    return litellm


def _cost(litellm: Any, reply: Any) -> float | None:
    """What litellm says the call cost; None for models without a price (local ones, for instance)."""
    hidden = getattr(reply, "_hidden_params", None) or {}
    cost = hidden.get("response_cost")
    if cost is None:
        try:
            cost = litellm.completion_cost(reply)
        except Exception:  # noqa: BLE001 - litellm raises many classes for "no price known"
            return None
    return float(cost) if cost else None
