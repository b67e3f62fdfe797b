"""How well turns go, over one run and over many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from subagent.trace.reading import Record, Trace
from subagent.trace.tree import Node, forest

_NO_PROGRAM = "no_program"
_SEVERAL = "multiple_programs"
_UNREADABLE = "parse_error"


class TurnMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """The turns of one run, children left out. first_turn_ok: the first turn had no fault. first_tool_turn: the turn of
    the first tool call. budget_exhausted: it ended because turns, tokens or money ran out."""

    ok: bool
    turns: int
    first_turn_ok: bool
    failed_turns: int
    unreadable: int
    without_program: int
    several_programs: int
    first_tool_turn: int | None
    budget_exhausted: bool
    errors: dict[str, int]

    @property
    def dominant_error(self) -> str | None:
        """The kind of error that most turns ended with."""
        return max(self.errors, key=lambda kind: self.errors[kind], default=None)


class Aggregate(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over many runs. All rates are between 0 and 1. salvage_rate: the share of runs with a failed turn that succeeded."""

    runs: int
    ok_rate: float
    first_turn_ok_rate: float
    unreadable_rate: float
    without_program_rate: float
    several_programs_rate: float
    salvage_rate: float | None
    mean_turns: float
    errors: dict[str, int]


def turn_metrics(records: Iterable[Record]) -> list[TurnMetrics]:
    """The metrics of every run among the records, child runs too."""
    nodes = [node for root in forest(records) for _, node in root.walk()]
    return [_of_run(node) for node in nodes if node.kind == "run"]


def aggregate(traces: Iterable[Trace]) -> Aggregate:
    """The metrics of the outermost runs of many traces, as rates over runs or turns."""
    found = [_of_run(root) for trace in traces for root in forest(trace.records) if root.kind == "run"]
    turns = sum(metrics.turns for metrics in found)
    failing = [metrics for metrics in found if metrics.failed_turns]
    errors: Counter[str] = Counter()
    for metrics in found:
        errors.update(metrics.errors)
    return Aggregate(
        runs=len(found),
        ok_rate=_rate(sum(metrics.ok for metrics in found), len(found)),
        first_turn_ok_rate=_rate(sum(metrics.first_turn_ok for metrics in found), len(found)),
        unreadable_rate=_rate(sum(metrics.unreadable for metrics in found), turns),
        without_program_rate=_rate(sum(metrics.without_program for metrics in found), turns),
        several_programs_rate=_rate(sum(metrics.several_programs for metrics in found), turns),
        salvage_rate=_rate(sum(metrics.ok for metrics in failing), len(failing)) if failing else None,
        mean_turns=_rate(turns, len(found)),
        errors=dict(errors.most_common()),
    )


def _of_run(run: Node) -> TurnMetrics:
    turns = [node for node in run.children if node.kind == "turn"]
    errors = Counter(turn.status for turn in turns if turn.status != "ok")
    return TurnMetrics(
        ok=run.status == "ok",
        turns=len(turns),
        first_turn_ok=bool(turns) and turns[0].status == "ok",
        failed_turns=errors.total(),
        unreadable=errors[_UNREADABLE],
        without_program=errors[_NO_PROGRAM],
        several_programs=errors[_SEVERAL],
        first_tool_turn=_first_tool_turn(turns),
        budget_exhausted=run.status in {"max_turns_exceeded", "budget_exceeded"},
        errors=dict(errors.most_common()),
    )


def _first_tool_turn(turns: Sequence[Node]) -> int | None:
    for turn in turns:
        if any(node.kind == "tool" for _, node in turn.walk()):
            return turn.started["turn"]
    return None


def _rate(part: float, whole: int) -> float:
    return part / whole if whole else 0.0
