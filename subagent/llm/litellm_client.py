"""Models behind litellm. The library is slow to import, so it is imported by the first call and nowhere else."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any

import anyio

from subagent.llm.adapt import from_completion, token_usage
from subagent.llm.constrain import body_fields, refusal
from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.messages import Grammar, LLMRequest, LLMResponse

_DEFAULT_TIMEOUT_MS = 120_000
_OPENAI_ADDRESS = frozenset({"OPENAI_BASE_URL", "OPENAI_API_BASE"})  # litellm reads them


class LiteLLM:
    """A model by its litellm name, e.g. `LiteLLM("openai/gpt-4.1-mini", temperature=0)`.

    Args:
        model: provider and model as litellm spells them.
        stream: ask for a streamed reply; it is collected to the same response.
        timeout_ms: the longest that one call may take.
        options: passed to litellm (api_base, api_key, temperature, max_tokens, ...). What a provider does not know
            is dropped. An option of the request wins.

    Retries are not made here: see `RetryPolicy`.
    """

    def __init__(
        self, model: str, *, stream: bool = False, timeout_ms: int = _DEFAULT_TIMEOUT_MS, **options: Any
    ) -> None:
        if not model or model.strip() != model:
            raise ValueError(f"model must be a litellm model name such as openai/gpt-4.1-mini, got {model!r}")
        self.model = model
        self.stream = stream
        self.timeout_ms = timeout_ms
        self.options = options

    async def complete(self, request: LLMRequest) -> LLMResponse:
        """The reply. Raises LLMError, whose kind says what went wrong and whose hint says who can mend it."""
        litellm = _litellm()
        arguments = self._arguments(litellm, request)
        try:
            with anyio.fail_after(self.timeout_ms / 1000):
                reply = await litellm.acompletion(**arguments)
                if self.stream:
                    chunks = [chunk async for chunk in _iterate(reply)]
                    reply = litellm.stream_chunk_builder(chunks, messages=arguments["messages"])
        except TimeoutError as error:
            raise self._timed_out() from error
        except Exception as error:
            raise self._explain(litellm, error) from error
        response = self._respond(litellm, reply)
        if self.stream and not response.content:
            # litellm makes an empty, finished stream of a body that is no stream at all.
            raise LLMError(
                LLMErrorKind.MALFORMED,
                f"the stream of {self._where} held no text",
                hint=_HINTS[LLMErrorKind.MALFORMED],
            )
        return response

    def _arguments(self, litellm: Any, request: LLMRequest) -> dict[str, Any]:
        options = {**self.options, **request.options}
        if "api_key" not in options:
            self._require_key(litellm, options)
        if self.stream:
            options |= {"stream": True, "stream_options": {"include_usage": True}}
        if request.constraint is not None:
            options["extra_body"] = self._extra_body(litellm, request.constraint, options)
        return {
            "timeout": self.timeout_ms / 1000,
            "drop_params": True,
            "num_retries": 0,
            "max_retries": 0,
            **options,
            "model": self.model,
            "messages": request.chat_messages(),
        }

    def _extra_body(self, litellm: Any, grammar: Grammar, options: dict[str, Any]) -> dict[str, Any]:
        """The body fields beside those of the chat API, with the grammar. Raises LLMError if it would not arrive."""
        try:
            provider = str(litellm.get_llm_provider(self.model)[1])
        except litellm.exceptions.BadRequestError as error:
            raise self._explain(litellm, error) from error
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

    def _respond(self, litellm: Any, reply: Any) -> LLMResponse:
        response = from_completion(reply)
        cost = _cost(litellm, reply)
        usage = getattr(reply, "usage", None)
        return LLMResponse(
            content=response.content,
            usage=response.usage if usage is None else token_usage(usage, cost_usd=cost),
            model=response.model or self.model,
            finish_reason=response.finish_reason,
            id=response.id,
        )

    @property
    def _where(self) -> str:
        base = self.options.get("api_base") or self.options.get("base_url")
        return f"{self.model} at {base}" if base else self.model

    def _timed_out(self) -> LLMError:
        return LLMError(
            LLMErrorKind.TIMEOUT,
            f"the model {self._where} did not answer within {self.timeout_ms} ms",
            hint="raise timeout_ms of LiteLLM, or ask for fewer max_tokens",
        )

    def _explain(self, litellm: Any, error: Exception) -> LLMError:
        """Finds the kind from the classes of the error and of what caused it."""
        if isinstance(error, LLMError):
            return error
        causes = list(_causes(error))
        if any(
            isinstance(cause, ConnectionError | OSError) and not isinstance(cause, TimeoutError)
            for cause in causes
        ):
            return LLMError(
                LLMErrorKind.CONNECTION,
                f"cannot reach the model server of {self._where}",
                hint="check that the server runs and that api_base is right",
            )
        if isinstance(error, litellm.Timeout):
            return self._timed_out()
        kind = _kind(litellm, error)
        status = getattr(error, "status_code", None)
        if any(getattr(cause, "code", None) == "context_length_exceeded" for cause in causes):
            kind = LLMErrorKind.CONTEXT_WINDOW
        if kind is LLMErrorKind.SERVER and not _answered_with_status(causes):
            kind, status = LLMErrorKind.MALFORMED, None
        text = _short(error)
        return LLMError(
            kind, f"{_WORDS[kind].format(model=self._where)}: {text}", hint=_HINTS.get(kind), status=status,
            retry_after_s=_retry_after(causes),
        )  # fmt: skip


_WORDS: dict[LLMErrorKind, str] = {
    LLMErrorKind.RATE_LIMIT: "the model {model} refused the call for now (rate limit)",
    LLMErrorKind.SERVER: "the server of {model} failed",
    LLMErrorKind.AUTHENTICATION: "the key for {model} was not accepted",
    LLMErrorKind.NOT_FOUND: "there is no model {model}",
    LLMErrorKind.CONTEXT_WINDOW: "the prompt is too long for {model}",
    LLMErrorKind.BAD_REQUEST: "{model} rejected the request",
    LLMErrorKind.MALFORMED: "the server of {model} sent a reply that cannot be read",
    LLMErrorKind.RAISED: "the call of {model} failed",
}

_HINTS: dict[LLMErrorKind, str] = {
    LLMErrorKind.RATE_LIMIT: "wait, or use another model or key",
    LLMErrorKind.SERVER: "try again later",
    LLMErrorKind.AUTHENTICATION: "check the key in the environment or the api_key option",
    LLMErrorKind.NOT_FOUND: "check the model name; litellm names look like provider/model",
    LLMErrorKind.CONTEXT_WINDOW: "use a model with a longer context, fewer turns, or smaller feedback limits",
    LLMErrorKind.BAD_REQUEST: "check the model name and its options; litellm names look like provider/model",
    LLMErrorKind.MALFORMED: "check that api_base points at an OpenAI-compatible server (usually it ends in /v1)",
}


@cache
def _litellm() -> Any:
    # Without this litellm fetches its price table over the network while it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm  # noqa: PLC0415 - 1.7 s of import time: only a run that talks to a provider pays it

    litellm.suppress_debug_info = True
    # Its background worker warns about each new event loop; every sync run has its own.
    logging.getLogger("LiteLLM").setLevel(logging.ERROR)
    return litellm


def _kind(litellm: Any, error: Exception) -> LLMErrorKind:
    table: tuple[tuple[tuple[str, ...], LLMErrorKind], ...] = (
        (("ContextWindowExceededError",), LLMErrorKind.CONTEXT_WINDOW),
        (("RateLimitError",), LLMErrorKind.RATE_LIMIT),
        (
            ("AuthenticationError", "PermissionDeniedError", "PaymentRequiredError"),
            LLMErrorKind.AUTHENTICATION,
        ),
        (("NotFoundError",), LLMErrorKind.NOT_FOUND),
        (("BadRequestError", "UnprocessableEntityError"), LLMErrorKind.BAD_REQUEST),
        (
            ("InternalServerError", "ServiceUnavailableError", "BadGatewayError", "APIError"),
            LLMErrorKind.SERVER,
        ),
    )
    for names, kind in table:
        classes = tuple(
            getattr(litellm.exceptions, name) for name in names if hasattr(litellm.exceptions, name)
        )
        if isinstance(error, classes):
            return kind
    return LLMErrorKind.RAISED


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _answered_with_status(causes: list[BaseException]) -> bool:
    """Whether the server itself answered with an error status (otherwise litellm could not read its answer).
    litellm invents status and response for its own errors; only httpx tells what came over the wire."""
    return any(type(cause).__name__ == "HTTPStatusError" for cause in causes)


def _retry_after(causes: list[BaseException]) -> float | None:
    for cause in causes:
        headers = getattr(cause, "litellm_response_headers", None) or getattr(
            getattr(cause, "response", None), "headers", None
        )
        value = headers.get("retry-after") if headers else None
        if value is not None:
            return _seconds(str(value))
    return None


def _seconds(text: str) -> float | None:
    """Seconds of a Retry-After header: a number, or an HTTP date."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    from datetime import UTC, datetime  # noqa: PLC0415 - rarely needed
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - rarely needed

    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


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


def _short(error: Exception) -> str:
    """The provider's own words, without litellm's prefixes, cut to a line."""
    text = str(error).split("Exception - ", 1)[-1].strip().split("\n", 1)[0]
    return text if len(text) <= 300 else f"{text[:300]}..."


async def _iterate(stream: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for chunk in stream:
        yield chunk
