"""Ready-made guards: for continuing after a turn, and for answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from ptc_lisp import Fault, FaultKind, Phase
from ptc_lisp.language import missed_lookups
from subagent.hooks import Candidate, Veto
from subagent.loop.json_keys import unknown_fields
from subagent.options import Stop
from subagent.prompting.inventory import row_keys

if TYPE_CHECKING:
    from subagent.loop.records import ToolCall, Turn
    from subagent.loop.state import AgentState

_MOST_FINDINGS = 3


def stop_on_partial_effects(turn: Turn, before: AgentState, after: AgentState) -> Stop | None:
    """For `run(..., continuation_guard=...)`: ends the run if a turn failed after it had changed something, so that no later
    turn changes it twice.

    Tools with the effect "read" or "idempotent" do not count; tools that declare none do. The error is
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


def refuse_missed_lookups(candidate: Candidate) -> Veto | None:
    """A hook for `Hooks(before_answer=...)` that refuses an answer if its program reads a key that no row of its table has, or
    compares a column with a value that no row has, or if the answer consists of nil. Each objection is made once: a repeated
    answer is accepted, and so is one in the last turn."""
    if candidate.program is None or not candidate.turns_left:
        return None
    said = "\n".join(candidate.refused)
    found = [*missed_lookups(candidate.program, candidate.context), *_missed_fields(candidate)]
    found += _nothing(candidate.value)
    found = [each for each in found if each not in said]
    return Veto("\n".join(found[:_MOST_FINDINGS])) if found else None


def _nothing(value: object) -> list[str]:
    """An answer that is a list of nil, or a map with nothing but nil or with nil as a key."""
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value)
        if any(key is None or key == "nil" for key in entries):
            return [
                "the answer has the key nil: what the rows were grouped by is nil, so read another key or text"
            ]
        items: list[object] = list(entries.values())
    else:
        items = cast("list[object]", value) if isinstance(value, list) else []
    if items and all(item is None for item in items):
        return [
            "all values of the answer are nil: a key was read where it is not, so look at what it was read from"
        ]
    return []


def _missed_fields(candidate: Candidate) -> list[str]:
    """The same of a program in PTC-JSON, as far as fields go."""
    assert candidate.program is not None
    keys = row_keys(candidate.context)
    known = "; ".join(f"{name} has {', '.join(names)}" for name, names in keys.items())
    return [f"no table has the field `{name}`: {known}" for name in unknown_fields(candidate.program, keys)]
