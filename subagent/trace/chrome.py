"""A trace in the Trace Event Format, which Perfetto and the profilers of browsers open."""

from __future__ import annotations

from typing import Any

from subagent.trace.reading import Trace
from subagent.trace.tree import Node, forest

_SHOWN = (
    "turn", "model", "error_kind", "error_type", "input_tokens", "output_tokens", "steps", "tool_calls", "cached", "cost_usd",
)  # fmt: skip


def chrome_events(trace: Trace) -> dict[str, Any]:
    """The trace as the object that such a file holds: a process per tree, and a lane for whatever runs beside something
    else. Times are in microseconds since the beginning of the trace."""
    if not trace.records:
        return {"traceEvents": [], "displayTimeUnit": "ms"}
    zero = trace.records[0]["at"]
    events: list[dict[str, Any]] = []
    for process, root in enumerate(forest(trace.records), start=1):
        events.append(_named("process_name", process, 0, root.name))
        lanes = _Lanes()
        lanes.place(root, 0)
        events += [_event(node, process, lane, zero) for node, lane in lanes.placed]
    return {"traceEvents": events, "displayTimeUnit": "ms"}


class _Lanes:
    """Gives each node its parent's lane, or another when a sibling is there at the same time."""

    def __init__(self) -> None:
        self.placed: list[tuple[Node, int]] = []
        self._next = 1

    def place(self, node: Node, lane: int) -> None:
        """Places a node and what is below it."""
        self.placed.append((node, lane))
        free_from = {lane: node.start}
        for child in sorted(node.children, key=lambda child: child.start):
            found = next((one for one, free in free_from.items() if free <= child.start), None)
            if found is None:
                found, self._next = self._next, self._next + 1
            free_from[found] = _end(child)
            self.place(child, found)


def _event(node: Node, process: int, lane: int, zero: float) -> dict[str, Any]:
    record = {**node.started, **(node.finished or {})}
    return {
        "name": node.name,
        "cat": node.kind,
        "ph": "X",
        "ts": round((node.start - zero) * 1e6),
        "dur": max(1, round((_end(node) - node.start) * 1e6)),
        "pid": process,
        "tid": lane,
        "args": {"status": node.status, **{name: record[name] for name in _SHOWN if name in record}},
    }


def _end(node: Node) -> float:
    if node.finished is not None:
        return node.finished["at"]
    ends = [_end(child) for child in node.children]
    return max([node.start, *ends])


def _named(kind: str, process: int, lane: int, name: str) -> dict[str, Any]:
    return {"name": kind, "ph": "M", "pid": process, "tid": lane, "args": {"name": name}}
