"""How the open turn becomes a record of the state."""

from __future__ import annotations

from typing import Any

import msgspec

from ptc_lisp import Fault
from subagent.loop.records import Turn
from subagent.loop.state import AgentState, Clock, Open, Ran
from subagent.usage import Usage


def opened(state: AgentState) -> Open:
    """The turn under way."""
    assert state.open is not None
    return state.open


def record(state: AgentState, ran: Ran | None, fault: Fault | None, clock: Clock) -> AgentState:
    """The state with its open turn closed and counted."""
    turn = opened(state)
    usage = turn.usage + (ran.usage if ran is not None else Usage())
    usage = msgspec.structs.replace(usage, duration_ms=clock.at_ms - turn.asked_at_ms)
    happened = {} if ran is None else _of(ran)
    done = Turn(
        number=len(state.turns) + 1,
        kind=turn.kind,
        reply=turn.reply,
        program=(ran.repaired if ran is not None else None) or turn.program,
        error=fault,
        usage=usage,
        **happened,
    )
    children = ran.children if ran is not None else ()
    total = sum((child.usage for child in children), state.usage + usage)
    return msgspec.structs.replace(
        state,
        turns=(*state.turns, done),
        open=None,
        usage=msgspec.structs.replace(total, duration_ms=clock.at_ms, turns=done.number),
    )


def _of(ran: Ran) -> dict[str, Any]:
    return {
        "returned": ran.returned,
        "repaired": ran.repaired is not None,
        "prelude_hash": ran.prelude_hash,
        "held": ran.value,
        "shown": ran.shown,
        "prints": ran.prints,
        "tool_calls": ran.tool_calls,
        "memory": tuple(ran.previews),
        "kept": tuple(ran.kept),
        "tasks": ran.tasks,
    }
