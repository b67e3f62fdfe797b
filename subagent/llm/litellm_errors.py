"""What litellm raises, as an LLMError. The kind is found from the classes of the error and of what caused it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from subagent.llm.errors import LLMError, LLMErrorKind
from subagent.llm.registry import ALIASES


def timed_out(where: str, timeout_ms: int) -> LLMError:
    """The error of a call that took too long."""
    return LLMError(
        LLMErrorKind.TIMEOUT,
        f"the model {where} did not answer within {timeout_ms} ms",
        hint="raise timeout_ms of LiteLLM, or ask for fewer max_tokens",
    )


def explain(litellm: Any, error: Exception, where: str, timeout_ms: int) -> LLMError:
    """The LLMError for what a call of the model `where` raised."""
    if isinstance(error, LLMError):
        return error
    causes = list(_causes(error))
    if any(
        isinstance(cause, ConnectionError | OSError) and not isinstance(cause, TimeoutError)
        for cause in causes
    ):
        return LLMError(
            LLMErrorKind.CONNECTION,
            f"cannot reach the model server of {where}",
            hint="check that the server runs and that api_base is right",
        )
    if isinstance(error, litellm.Timeout):
        return timed_out(where, timeout_ms)
    kind = _kind(litellm, error)
    status = getattr(error, "status_code", None)
    if kind is LLMErrorKind.SERVER and isinstance(status, int) and _answered_with_status(causes):
        kind = _kind_of_refusal(status)
    if any(getattr(cause, "code", None) == "context_length_exceeded" for cause in causes):
        kind = LLMErrorKind.CONTEXT_WINDOW
    if kind is LLMErrorKind.SERVER and not _answered_with_status(causes):
        kind, status = LLMErrorKind.MALFORMED, None
    text = _short(error)
    bare = kind is LLMErrorKind.BAD_REQUEST and "/" not in where
    return LLMError(
        kind, f"{_WORDS[kind].format(model=where)}: {text}", hint=_BARE if bare else HINTS.get(kind), status=status,
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

_BARE = f"full names look like provider/model; short ones are {', '.join(ALIASES)}"
HINTS: dict[LLMErrorKind, str] = {
    LLMErrorKind.RATE_LIMIT: "wait, or use another model or key",
    LLMErrorKind.SERVER: "try again later",
    LLMErrorKind.AUTHENTICATION: "check the key in the environment or the api_key option",
    LLMErrorKind.NOT_FOUND: "check the model name; litellm names look like provider/model",
    LLMErrorKind.CONTEXT_WINDOW: "use a model with a longer context, fewer turns, or smaller feedback limits",
    LLMErrorKind.BAD_REQUEST: "check the model name and its options; litellm names look like provider/model",
    LLMErrorKind.MALFORMED: "check that api_base points at an OpenAI-compatible server (usually it ends in /v1)",
}


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


def _kind_of_refusal(status: int) -> LLMErrorKind:
    """What the server means by a status for which litellm has no class of its own."""
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    can_pass = status >= 500 or status in (408, 409, 425)  # took too long, in conflict, too early
    return LLMErrorKind.SERVER if can_pass else LLMErrorKind.BAD_REQUEST


_OF_STATUS = {
    402: LLMErrorKind.AUTHENTICATION,
    403: LLMErrorKind.AUTHENTICATION,
    410: LLMErrorKind.NOT_FOUND,
    413: LLMErrorKind.CONTEXT_WINDOW,
}


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


def _short(error: Exception) -> str:
    """The provider's own words, without litellm's prefixes, cut to a line."""
    text = str(error).split("Exception - ", 1)[-1].strip().split("\n", 1)[0]
    return text if len(text) <= 300 else f"{text[:300]}..."
