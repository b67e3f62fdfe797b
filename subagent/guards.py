"""Ready-made continuation guards, for `run(..., continuation_guard=...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ptc_lisp import Fault, FaultKind, Phase
from subagent.options import Stop

if TYPE_CHECKING:
    from subagent.loop.records import ToolCall, Turn
    from subagent.loop.state import AgentState


def stop_on_partial_effects(turn: Turn, before: AgentState, after: AgentState) -> Stop | None:
    """Ends the run when a turn failed after it had changed something, so that no retry changes it twice.

    Calls of tools whose effect is "read" or "idempotent" do not count; those of tools that declare none do. The error is
    `partial_side_effects`; its details list the calls as `matched_calls`.
    """
    del before, after
    matched = [call for call in turn.tool_calls if call.took_effect and call.effect != "idempotent"]
    if turn.ok or not matched:
        return None
    names = ", ".join(dict.fromkeys(call.name for call in matched))
    cause = "" if turn.error is None else f": {turn.error.kind}: {turn.error.message}"
    return Stop(
        error=Fault(
            FaultKind.PARTIAL_SIDE_EFFECTS,
            Phase.AGENT,
            f"a program called {names} and then failed, so a retry could do it twice{cause}",
            hint="look at matched_calls, put right what has to be, and run again with that in the task",
            details={"turn": turn.number, "matched_calls": [_as_data(call) for call in matched]},
        )
    )


def _as_data(call: ToolCall) -> dict[str, object]:
    shown = {"name": call.name, "args": call.args, "effect": call.effect, "error": call.error}
    return msgspec.to_builtins(shown, enc_hook=str)
