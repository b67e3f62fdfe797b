"""The ways in which a run ends without an answer of its own, in words, and the last good value that may be used instead."""

from __future__ import annotations

from typing import Any

from ptc_lisp import Fault, FaultKind, Phase
from subagent.loop.policy import Policy
from subagent.loop.records import Turn
from subagent.loop.state import AgentState, Answer

_DEPTH = "agents are nested more than {} deep"
_TURNS = "no answer after {} turns"
_RETRIES = "no valid answer after all turns and {}"
_TREE = "the turn budget of this agent and its children is spent"
_SAME = "the model wrote the same failing program {} times in a row"
_MORE = "raise max_turns or turn_budget, state the task more precisely, or use a stronger model"
_SPENT = {
    "token_limit": ("the tokens of this run are spent", "raise token_limit"),
    "cost_limit_usd": ("the money of this run is spent", "raise cost_limit_usd"),
    "budget": ("the budget callback stopped the run", "let the callback return True to go on"),
}


def too_deep(policy: Policy) -> Answer:
    """Agents called agents too often."""
    return _over(FaultKind.MAX_DEPTH_EXCEEDED, _DEPTH.format(policy.max_depth), "raise max_depth")


def mission_timeout(limit_ms: int) -> Answer:
    """The run's time is over."""
    return _over(
        FaultKind.MISSION_TIMEOUT,
        f"the run did not end within {limit_ms} ms",
        "raise mission_timeout_ms, or use a faster model",
        {"limit_ms": limit_ms},
    )


def turn_budget_spent() -> Fault:
    """The run may not take another turn because others took them."""
    return Fault(FaultKind.BUDGET_EXCEEDED, Phase.AGENT, _TREE, hint=_MORE, details={"budget": "turn_budget"})


def tree_spent(policy: Policy, state: AgentState) -> Answer:
    """As `turn_budget_spent`, found before a turn began."""
    return _stand_in(policy, state) or _last(state, FaultKind.BUDGET_EXCEEDED, "turn_budget", _TREE)


def overspent(policy: Policy, state: AgentState, budget: str) -> Answer:
    """Tokens or money are spent; `budget` names which."""
    good = _stand_in(policy, state) if policy.on_budget_exceeded == "return_partial" else None
    message, hint = _SPENT[budget]
    return good or _over(FaultKind.BUDGET_EXCEEDED, message, hint, {"budget": budget})


def exhausted(policy: Policy, state: AgentState, turn: Turn) -> Answer:
    """Work and retry turns are gone."""
    if policy.single_shot and turn.error is not None:
        return Answer(ok=False, error=turn.error)
    if policy.retry_turns:
        count = policy.retry_turns
        words = _RETRIES.format(f"{count} {'retry' if count == 1 else 'retries'}")
        return _stand_in(policy, state) or _last(state, FaultKind.BUDGET_EXCEEDED, "retry_turns", words)
    words = _TURNS.format(policy.max_turns)
    return _stand_in(policy, state) or _last(state, FaultKind.MAX_TURNS_EXCEEDED, "max_turns", words)


def repeated(policy: Policy, state: AgentState, times: int) -> Answer:
    """The model does not get away from a failing program."""
    words = _SAME.format(times)
    return _stand_in(policy, state) or _last(state, FaultKind.REPEATED_PROGRAM, "repeats", words)


def memory_exceeded(size: int, limit: int) -> Fault:
    """Programs defined more than they may keep."""
    return Fault(
        FaultKind.MEMORY_LIMIT_EXCEEDED,
        Phase.AGENT,
        f"the definitions of the programs take {size} bytes, more than the {limit} that may be kept",
        hint="define less: keep counts, sums or the few rows that you need",
        details={"size_bytes": size, "limit_bytes": limit},
    )


def _stand_in(policy: Policy, state: AgentState) -> Answer | None:
    """The last value that could be the answer, unless only `(return …)` counts."""
    if policy.completion == "implicit" and state.good is not None:
        return Answer(ok=True, value=state.good, fallback_used=True)
    return None


def _last(state: AgentState, kind: FaultKind, budget: str, message: str) -> Answer:
    """The fault, with the last turn's in it."""
    last = state.turns[-1].error if state.turns else None
    details: dict[str, Any] = {"budget": budget, "turns": len(state.turns)}
    if last is None:
        return _over(kind, message, _MORE, details)
    details["last_error"] = {"kind": last.kind.value, "message": last.message}
    return _over(kind, f"{message}; the last turn ended with {last.kind}: {last.message}", _MORE, details)


def _over(kind: FaultKind, message: str, hint: str, details: dict[str, Any] | None = None) -> Answer:
    return Answer(ok=False, error=Fault(kind, Phase.AGENT, message, hint=hint, details=details or {}))
