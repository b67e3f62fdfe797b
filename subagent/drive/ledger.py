"""Tool calls as a run keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ptc_lisp import ToolCallRecord
from subagent.drive.scope import Scope
from subagent.loop.held import Held
from subagent.loop.records import ChildRun, ToolCall


def entry(
    record: ToolCallRecord, scope: Scope, *, layer: Literal["program", "native"] = "program"
) -> ToolCall:
    """A call as the run keeps it, joined with the run of an agent behind it."""
    call = scope.calls.get(record.id)
    return ToolCall(
        id=record.id,
        name=record.name,
        held_args=Held(record.args),
        held_result=Held(record.result) if record.ok else None,
        error=record.error,
        started_at=record.started_at,
        duration_ms=record.duration_ms,
        result_bytes=record.result_bytes,
        truncated=record.truncated,
        cached=record.cached,
        effect=record.effect,
        took_effect=record.took_effect,
        child=None if call is None else call.child,
        branch=record.branch,
        layer=layer,
        attempts=record.attempts,
        timed_out=record.timed_out,
        warnings=record.warnings,
        origin=record.origin,
    )


def in_order(children: Sequence[ChildRun], calls: Sequence[ToolCall]) -> tuple[ChildRun, ...]:
    """Runs of agents in the order of the calls behind which they are: side by side, they end in any order. Runs that a
    tool started by itself stay where they are."""
    places = {call.child: place for place, call in enumerate(calls) if call.child is not None}
    called = iter(sorted((c for c in children if c.run_id in places), key=lambda c: places[c.run_id]))
    return tuple(next(called) if child.run_id in places else child for child in children)
