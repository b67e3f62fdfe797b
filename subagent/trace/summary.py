"""A trace in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from subagent.trace.reading import Record, Trace
from subagent.trace.tree import Node, forest


class ToolFigures(msgspec.Struct, kw_only=True):
    """The calls of one tool."""

    name: str
    calls: int = 0
    failed: int = 0
    cached: int = 0
    total_ms: float = 0.0
    longest_ms: float = 0.0


class RunFigures(msgspec.Struct, kw_only=True):
    """One tree of runs. Tokens, cost, calls and steps are those of the whole tree; turns too."""

    trace_id: str
    agent: str
    model: str
    status: str
    started_at: float
    duration_ms: float
    runs: int
    turns: int
    failed_turns: int
    requests: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cost_usd: float | None
    model_ms: float
    programs: int
    failed_programs: int
    program_ms: float
    steps: int
    tools: list[ToolFigures]
    errors: dict[str, int]

    @property
    def tool_calls(self) -> int:
        """Calls of all tools."""
        return sum(tool.calls for tool in self.tools)


class Summary(msgspec.Struct, kw_only=True):
    """A trace file: its trees of runs, whether it is complete, and how many of its lines could not be read."""

    path: str
    complete: bool
    damaged_lines: int
    payloads: bool
    events: int
    trees: list[RunFigures]


def summarize(trace: Trace) -> Summary:
    """The figures of every tree of runs in a trace."""
    return Summary(
        path=str(trace.path),
        complete=trace.complete,
        damaged_lines=len(trace.damaged),
        payloads=trace.has_payloads,
        events=len(trace.records),
        trees=[run_figures(records) for records in trace.trees().values()],
    )


def run_figures(records: Sequence[Record]) -> RunFigures:
    """The figures of one tree of runs."""
    nodes = [node for root in forest(records) for _, node in root.walk()]
    kinds = {
        kind: [node for node in nodes if node.kind == kind]
        for kind in ("run", "turn", "model", "program", "tool")
    }
    root = kinds["run"][0] if kinds["run"] else None
    replies = [record for record in records if record["event"] == "model.finished"]
    costs = [record["cost_usd"] for record in replies if record.get("cost_usd") is not None]
    failed = [node for node in nodes if node.status != "ok"]
    return RunFigures(
        trace_id=records[0]["trace_id"],
        agent=records[0].get("agent", "") if root is None else root.started.get("agent", ""),
        model="" if root is None else root.started.get("model", ""),
        status="unfinished" if root is None else root.status,
        started_at=records[0]["at"],
        duration_ms=(records[-1]["at"] - records[0]["at"]) * 1000 if root is None else _length(root, records),
        runs=len(kinds["run"]),
        turns=len(kinds["turn"]),
        failed_turns=_failed(kinds["turn"]),
        requests=sum(record.get("attempts", 1) for record in replies),
        input_tokens=sum(record.get("input_tokens", 0) for record in replies),
        output_tokens=sum(record.get("output_tokens", 0) for record in replies),
        cache_read_tokens=sum(record.get("cache_read_tokens", 0) for record in replies),
        cost_usd=sum(costs) if costs else None,
        model_ms=sum(node.duration_ms for node in kinds["model"]),
        programs=len(kinds["program"]),
        failed_programs=_failed(kinds["program"]),
        program_ms=sum(node.duration_ms for node in kinds["program"]),
        steps=sum((node.finished or {}).get("steps", 0) for node in kinds["program"]),
        tools=_tools(kinds["tool"]),
        errors=dict(Counter(f"{node.kind}: {node.status}" for node in failed).most_common()),
    )


def slowest(trace: Trace, count: int = 10, kind: str | None = None) -> list[Node]:
    """The nodes that took longest; `kind` picks `model`, `program`, `tool`, `turn` or `run`. Without it runs and turns are
    left out, because they only hold the others."""
    nodes = [node for root in forest(trace.records) for _, node in root.walk()]
    kinds = {"model", "program", "tool"} if kind is None else {kind}
    found = [node for node in nodes if node.kind in kinds]
    return sorted(found, key=lambda node: -node.duration_ms)[:count]


def _length(root: Node, records: Sequence[Record]) -> float:
    end = records[-1] if root.finished is None else root.finished
    return (end["at"] - root.start) * 1000


def _failed(nodes: Sequence[Node]) -> int:
    return sum(node.status != "ok" for node in nodes)


def _tools(nodes: Sequence[Node]) -> list[ToolFigures]:
    table: dict[str, ToolFigures] = {}
    for node in nodes:
        name = node.started.get("name", "?")
        row = table.setdefault(name, ToolFigures(name=name))
        row.calls += 1
        row.failed += node.status != "ok"
        row.cached += bool((node.finished or {}).get("cached"))
        row.total_ms += node.duration_ms
        row.longest_ms = max(row.longest_ms, node.duration_ms)
    return sorted(table.values(), key=lambda row: -row.total_ms)
