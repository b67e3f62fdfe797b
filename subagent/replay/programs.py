"""Runs every program of a trace again in a worker: does it give what it gave before?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from ptc_lisp import Limits, Session, Step
from subagent.preludes import bundled, selected
from subagent.replay.answers import Answers, recorded_call, recorded_tools
from subagent.trace.lines import packed
from subagent.trace.reading import Trace, TraceError, payload_of
from subagent.trace.tree import Node, forest

_LONGEST_MS = 60_000
_BY_CHANCE = frozenset(
    {"timeout", "memory_exceeded", "worker_crashed", "cancelled", "CancelledError", "mission_timeout"}
)
_CLOCK = re.compile(
    r"\(\s*(?:java\.util\.Date\.|System/currentTimeMillis|System/nanoTime|LocalDate/now|Instant/now)"
)


class Difference(msgspec.Struct, frozen=True):
    """What the recording has, and what came now."""

    field: str
    recorded: Any
    now: Any


class ProgramReplay(msgspec.Struct, frozen=True, kw_only=True):
    """One program. skipped: why it could not be compared."""

    run_id: str
    agent: str
    turn: int
    differences: tuple[Difference, ...] = ()
    skipped: str | None = None

    @property
    def same(self) -> bool:
        """Whether it gave what it gave; False for skipped ones."""
        return not self.differences and self.skipped is None


def replay(trace: Trace) -> Iterator[ProgramReplay]:
    """Executes the programs of all runs again, in their order, with recorded data, memory and tool results, and compares
    value, prints, error, steps and calls. Neither a model nor a tool is called.

    Raises:
        TraceError: the trace has no payloads, or no run.
    """
    runs = [node for root in forest(trace.records) for _, node in root.walk() if node.kind == "run"]
    if not runs:
        raise TraceError(f"{trace.path}: there is no run in this trace")
    for run in runs:
        if "payload" not in run.started:
            raise TraceError(
                f"{trace.path}: a replay needs programs and results, which this trace left out; record it with "
                "JsonlTrace(path, payloads=True) or `ptc run --trace FILE --trace-payloads`"
            )
        yield from _Run(run).programs()


class _Run:
    """The programs of one run, in one session."""

    def __init__(self, run: Node) -> None:
        self._run = run
        self._answers = Answers(())
        started = run.started
        self._tools = recorded_tools(payload_of(started, "tools", []), lambda: self._answers)
        self._context = payload_of(started, "context") or {}
        self._journal = payload_of(started, "journal")
        self._prelude = bundled(selected("preludes", payload_of(started, "preludes", ()), None))
        self._session: Session | None = None

    def programs(self) -> Iterator[ProgramReplay]:
        try:
            for turn in self._run.children:
                for node in turn.children:
                    if node.kind == "program":
                        yield self._program(node)
        finally:
            if self._session is not None:
                self._session.close()

    def _program(self, node: Node) -> ProgramReplay:
        started = node.started
        head = {"run_id": started["run_id"], "agent": started.get("agent", ""), "turn": started["turn"]}
        source = payload_of(started, "program")
        if source is None:
            return ProgramReplay(**head, skipped="its text was not recorded")
        session = self._session_for(node)
        if node.finished is None or node.status in _BY_CHANCE:
            return ProgramReplay(
                **head, skipped=f"it ended with {node.status}, which depends on time or memory"
            )
        self._answers = Answers(recorded_call(child) for child in node.children if child.kind == "tool")
        source = payload_of(node.finished, "repaired") or source
        failure = payload_of(started, "failure")
        step = session.eval(
            source,
            data=None if failure is None else {"fail": failure},
            budget=payload_of(started, "budget"),
        )
        self._journal = step.journal
        differences = tuple(_differences(node, step, self._answers))
        if differences and _CLOCK.search(source):
            return ProgramReplay(**head, skipped="it reads the clock")
        return ProgramReplay(**head, differences=differences)

    def _session_for(self, node: Node) -> Session:
        """The session that goes on, or a new one where the recording started from another memory."""
        memory = payload_of(node.started, "memory")
        if self._session is None or memory is not None:
            if self._session is not None:
                self._session.close()
            self._session = Session(
                context=self._context,
                tools=self._tools,
                limits=_limits(node),
                memory=memory,
                journal=self._journal,
                history=payload_of(node.started, "history", ()),
                language=node.started.get("language", "ptc-lisp"),
                prelude=self._prelude,
            )
        return self._session


def _limits(node: Node) -> Limits:
    """The recorded limits, but more time, and calls as many as were recorded."""
    recorded = payload_of(node.started, "limits") or {}
    known = {name for name in Limits.__struct_fields__ if name != "require"}
    kept: dict[str, Any] = {name: value for name, value in recorded.items() if name in known}
    return msgspec.convert(kept | {"timeout_ms": _LONGEST_MS, "max_tool_calls": None}, Limits)


def _differences(node: Node, step: Step, answers: Answers) -> Iterator[Difference]:
    end = node.finished or {}
    for problem in answers.problems:
        yield Difference("tool calls", "the same calls", problem)
    if answers.left:
        yield Difference("tool calls", [call.name for call in answers.left], "these were not made")
    printed = [payload_of(point, "line") for point in node.points if point["event"] == "program.printed"]
    compared: list[tuple[str, Any, Any]] = [
        ("ok", end.get("ok"), step.ok),
        ("returned", end.get("returned", False), step.returned),
        ("prints", printed, list(step.prints)),
        ("steps", end.get("steps", 0), step.usage.steps),
    ]
    if step.ok:
        compared.append(("value", packed(payload_of(end, "value")), packed(step.value)))
    else:
        fault = payload_of(end, "error") or {}
        now = step.error
        compared.append(("error", fault.get("message"), None if now is None else now.message))
    for name, recorded, now in compared:
        if recorded != now:
            yield Difference(name, recorded, now)
