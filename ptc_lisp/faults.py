"""Everything that can go wrong, as data.

    Fault                      what went wrong: kind, phase, message, place, hint, details
    Trap(Exception)            raised inside the worker by builtins and compiled code; becomes a Fault at the boundary
      ├─ (kind=...)            one class for all kinds: code branches on `kind`, never on text
    PtcError(Exception)        what `Step.unwrap()` raises in the host; carries the Fault

Nothing here renders for a particular reader: `fault_text` turns a Fault into words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from ptc_lisp.source import Span


class FaultKind(StrEnum):
    """Everything that can go wrong with a program, its limits, its tools or its host."""

    PARSE_ERROR = "parse_error"
    PROGRAM_TOO_LARGE = "program_too_large"
    SYMBOL_LIMIT_EXCEEDED = "symbol_limit_exceeded"
    INVALID_FORM = "invalid_form"
    INVALID_PLACEHOLDER = "invalid_placeholder"
    UNSUPPORTED_PATTERN = "unsupported_pattern"
    DUPLICATE_KEY = "duplicate_key"
    ARITY_ERROR = "arity_error"
    UNBOUND_VAR = "unbound_var"
    TYPE_ERROR = "type_error"
    DESTRUCTURE_ERROR = "destructure_error"
    ARITHMETIC_ERROR = "arithmetic_error"
    NOT_CALLABLE = "not_callable"
    LOOP_LIMIT_EXCEEDED = "loop_limit_exceeded"
    STEP_LIMIT_EXCEEDED = "step_limit_exceeded"
    RECURSION_LIMIT_EXCEEDED = "recursion_limit_exceeded"
    TIMEOUT = "timeout"
    MEMORY_EXCEEDED = "memory_exceeded"
    RESULT_TOO_LARGE = "result_too_large"
    UNKNOWN_TOOL = "unknown_tool"
    PRIVATE_TOOL_UNAUTHORIZED = "private_tool_unauthorized"
    INVALID_TOOL_ARGS = "invalid_tool_args"
    TOOL_ERROR = "tool_error"
    TOOL_CALL_LIMIT_EXCEEDED = "tool_call_limit_exceeded"
    EFFECT_NOT_ALLOWED = "effect_not_allowed"
    PARALLEL_CAPACITY_EXCEEDED = "parallel_capacity_exceeded"
    VALIDATION_ERROR = "validation_error"
    FAILED = "failed"
    CANCELLED = "cancelled"
    WORKER_CRASHED = "worker_crashed"
    PROTECTION_MISSING = "protection_missing"
    PRELUDE_ATTACH_FAILED = "prelude_attach_failed"
    INTERNAL_ERROR = "internal_error"
    # The agent layer.
    LLM_ERROR = "llm_error"
    NO_PROGRAM = "no_program"
    MULTIPLE_PROGRAMS = "multiple_programs"
    MULTIPLE_TOOL_CALLS = "multiple_tool_calls"
    MIXED_WITH_LISP_EVAL = "mixed_with_lisp_eval"
    EMPTY_RESPONSE = "empty_response"
    JSON_PARSE_ERROR = "json_parse_error"
    MUST_RETURN_MISSING = "must_return_missing"
    MAX_TURNS_EXCEEDED = "max_turns_exceeded"
    REPEATED_PROGRAM = "repeated_program"
    BUDGET_EXCEEDED = "budget_exceeded"
    MAX_DEPTH_EXCEEDED = "max_depth_exceeded"
    MISSION_TIMEOUT = "mission_timeout"
    MEMORY_LIMIT_EXCEEDED = "memory_limit_exceeded"
    CHAINED_FAILURE = "chained_failure"
    CHAIN_ERROR = "chain_error"
    PARTIAL_SIDE_EFFECTS = "partial_side_effects"


class Phase(StrEnum):
    """When something went wrong."""

    READ = "read"
    ANALYZE = "analyze"
    RUN = "run"
    RESULT = "result"
    HOST = "host"
    AGENT = "agent"


class Actor(StrEnum):
    """Who can do something about a Fault."""

    MODEL = "model"
    USER = "user"
    HOST = "host"


_HOST_KINDS = frozenset(
    {
        FaultKind.WORKER_CRASHED,
        FaultKind.PROTECTION_MISSING,
        FaultKind.PRELUDE_ATTACH_FAILED,
        FaultKind.INTERNAL_ERROR,
        FaultKind.CANCELLED,
    }
)
_USER_KINDS = frozenset(
    {
        FaultKind.LLM_ERROR,
        FaultKind.BUDGET_EXCEEDED,
        FaultKind.MISSION_TIMEOUT,
        FaultKind.MAX_DEPTH_EXCEEDED,
        FaultKind.CHAIN_ERROR,
        FaultKind.PARTIAL_SIDE_EFFECTS,
    }
)


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that went wrong: its kind, phase, message, place in the program (`span`) and hint.

    `str(fault)` is one line; `ptc_lisp.fault_text.render` also shows the excerpt. `details` is plain JSON-shaped data."""

    kind: FaultKind
    phase: Phase
    message: str
    span: Span | None = None
    hint: str | None = None
    details: dict[str, Any] = {}
    excerpt: str | None = None  # the source line with carets, when there is a span

    @property
    def actor(self) -> Actor:
        """Who must act: the model (repair the program), the user (configuration, budget) or the host."""
        if self.kind in _HOST_KINDS:
            return Actor.HOST
        return Actor.USER if self.kind in _USER_KINDS else Actor.MODEL

    def __str__(self) -> str:
        """Place, kind and message in a line; `fault_text.render` tells all of it."""
        place = f" at line {self.span.line}, column {self.span.column}" if self.span else ""
        return f"{self.kind}{place}: {self.message}"


class Trap(Exception):  # noqa: N818 - an interruption of one program, not an error of the host
    """Raised while reading, analysing or running a program. Its place is found by whoever catches it,
    or given as character offsets `start`/`end` by the reader and the analyzer."""

    def __init__(
        self,
        kind: FaultKind,
        message: str,
        *,
        hint: str | None = None,
        details: dict[str, Any] | None = None,
        start: int | None = None,
        end: int | None = None,
        phase: Phase = Phase.RUN,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint
        self.details = details or {}
        self.start = start
        self.end = end
        self.phase = phase


class Portable:
    """An exception that can be pickled, whatever its constructor takes: process pools send exceptions that way."""

    def __reduce__(self) -> tuple[Any, ...]:
        made: Any = self
        return _without_constructor, (type(self), made.args), vars(self)


def _without_constructor(kind: type[Any], args: tuple[Any, ...]) -> Any:
    return kind.__new__(kind, *args)


class PtcError(Portable, Exception):
    """Raised by `Step.unwrap()`; `fault` says what went wrong."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.kind}: {fault.message}")
        self.fault = fault
