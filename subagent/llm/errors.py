"""Why a model call failed, as data. Nothing is classified by reading a message."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from ptc_lisp import Fault, FaultKind, Phase
from ptc_lisp.faults import Portable


class LLMErrorKind(StrEnum):
    """Closed list of what can go wrong with a model call."""

    RATE_LIMIT = "rate_limit"
    TIMEOUT = "timeout"
    SERVER = "server_error"
    CONNECTION = "connection"
    AUTHENTICATION = "authentication"
    NOT_FOUND = "not_found"
    CONTEXT_WINDOW = "context_window"
    BAD_REQUEST = "bad_request"
    MALFORMED = "malformed_reply"
    SCRIPT = "script_exhausted"
    REPLAY_MISS = "replay_miss"
    CONFIGURATION = "configuration"
    RAISED = "raised"


_RETRYABLE = frozenset(
    {
        LLMErrorKind.RATE_LIMIT,
        LLMErrorKind.TIMEOUT,
        LLMErrorKind.SERVER,
        LLMErrorKind.CONNECTION,
        LLMErrorKind.MALFORMED,
    }
)


class LLMError(Portable, Exception):
    """A model call failed.

    Args:
        kind: what went wrong.
        message: one sentence for the person who runs the agent.
        hint: what that person can do.
        status: the HTTP status, when there was one.
        retry_after_s: how long the server asked to wait.
        attempts: calls made, retries included.
    """

    def __init__(
        self,
        kind: LLMErrorKind,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint
        self.status = status
        self.retry_after_s = retry_after_s
        self.attempts = attempts

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed a little later."""
        return self.kind in _RETRYABLE

    def to_fault(self) -> Fault:
        """The `llm_error` fault that ends a run."""
        details: dict[str, Any] = {"error": self.kind.value, "attempts": self.attempts}
        if self.status is not None:
            details["status"] = self.status
        return Fault(FaultKind.LLM_ERROR, Phase.AGENT, self.message, hint=self.hint, details=details)
