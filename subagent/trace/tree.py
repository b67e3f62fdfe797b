"""Records as a tree: runs, turns, requests, programs, tool calls, and the runs of agents behind calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from subagent.trace.reading import Record


@dataclass(eq=False)
class Node:
    """What has a beginning and an end. kind: `run`, `turn`, `model`, `program` or `tool`. points: the events inside it
    that have no length (prints, hooks, ...)."""

    kind: str
    span_id: str
    started: Record
    finished: Record | None = None
    parent: Node | None = None
    children: list[Node] = field(default_factory=list["Node"])
    points: list[Record] = field(default_factory=list[Record])

    @property
    def start(self) -> float:
        """When it began, in seconds since the epoch."""
        return self.started["at"]

    @property
    def duration_ms(self) -> float:
        """How long it took; 0 when its end is missing."""
        if self.finished is None:
            return 0.0
        measured = self.finished.get("duration_ms")
        return measured if measured is not None else (self.finished["at"] - self.start) * 1000

    @property
    def status(self) -> str:
        """`ok`, the kind of error, or `unfinished`."""
        if self.finished is None:
            return "unfinished"
        if self.finished.get("ok", True):
            return "ok"
        return str(self.finished.get("error_kind") or self.finished.get("error_type") or "failed")

    @property
    def name(self) -> str:
        """What it is, in a few words."""
        first = self.started
        match self.kind:
            case "run":
                return f"run {first.get('agent', '')}"
            case "turn":
                return f"turn {first['turn']}"
            case "model":
                return f"model {first['model']}"
            case "program":
                return "program"
            case _:
                return f"tool/{first.get('name', '?')}"

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Node]]:
        """The node and what is below it, each with its depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


def forest(records: Iterable[Record]) -> list[Node]:
    """The outermost nodes. What has lost the beginning of what was around it is outermost too."""
    nodes: dict[str, Node] = {}
    roots: list[Node] = []
    for record in records:
        kind, _, moment = record["event"].partition(".")
        span, around = record.get("span_id"), nodes.get(record.get("parent_span_id") or "")
        if moment == "started" and span:
            node = nodes[span] = Node(kind, span, record, parent=around)
            (roots if around is None else around.children).append(node)
        elif moment == "finished" and span in nodes:
            nodes[span].finished = record
        elif around is not None:
            around.points.append(record)
    for node in nodes.values():
        _order(node.children)
    return roots


def _order(children: list[Node]) -> None:
    """Calls in branches of one `pmap` where its first call began and in the order of the program, everything else as it
    happened."""
    began: dict[int, tuple[float, int]] = {}
    children.sort(key=_moment)
    for child in children:
        if branch := _branch(child):
            began.setdefault(branch[0], _moment(child))
    children.sort(
        key=lambda child: (began[branch[0]] if (branch := _branch(child)) else _moment(child), branch)
    )


def _moment(node: Node) -> tuple[float, int]:
    return node.start, node.started["seq"]


def _branch(node: Node) -> list[int]:
    """The place of a call among those of all branches; its first number is the `pmap`'s own."""
    return node.started.get("branch") or []
