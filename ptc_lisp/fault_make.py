"""Traps to Faults: the one place that turns character offsets into lines, columns and excerpts."""

from __future__ import annotations

from collections.abc import Iterable

from ptc_lisp.faults import Fault, Trap
from ptc_lisp.source import Source

_LONGEST = 2_000  # a message may quote what a program wrote


def to_fault(trap: Trap, source: Source | None) -> Fault:
    """The Fault of a trap, with span and excerpt when both its place and the text are known."""
    span = excerpt = None
    if source is not None and trap.start is not None:
        span = source.span(trap.start, trap.start + 1 if trap.end is None else trap.end)
        excerpt = source.excerpt(span)
    return Fault(
        kind=trap.kind,
        phase=trap.phase,
        message=trap.message if len(trap.message) <= _LONGEST else f"{trap.message[:_LONGEST]}...",
        span=span,
        hint=trap.hint,
        details=dict(trap.details),
        excerpt=excerpt,
    )


def to_faults(traps: Iterable[Trap], source: Source | None) -> list[Fault]:
    """The Faults of several traps in the order of their places; those without a place come last."""
    faults = [to_fault(trap, source) for trap in traps]
    return sorted(faults, key=lambda fault: fault.span.start if fault.span else float("inf"))
