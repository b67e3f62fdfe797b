"""Keeps the latest events in memory, and answers questions about earlier turns."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from subagent.events import AnyEvent, ModelToken, split
from subagent.redact import SECRETS
from subagent.trace.lines import line_of, packed
from subagent.trace.reading import Record, payload_of

BUDGET_BYTES = 8 << 20
PAGE = 100


class Ring:
    """A subscriber that keeps the latest events, at most `budget_bytes` of them as JSON; the oldest go first. With
    `payloads` they keep what the trace file leaves out."""

    inline = True

    def __init__(self, *, budget_bytes: int = BUDGET_BYTES, payloads: bool = True) -> None:
        if budget_bytes < 1:
            raise ValueError(f"budget_bytes must be positive, got {budget_bytes}")
        self.evicted = 0
        self._keep_payloads = payloads
        self._budget = budget_bytes
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    def __call__(self, event: AnyEvent) -> None:
        """Keeps one event."""
        if isinstance(event, ModelToken):
            return
        data, payload = split(event)
        if self._keep_payloads and payload:
            data["payload"] = {name: packed(value) for name, value in payload.items()}
        line = line_of(SECRETS.value(data))
        with self._lock:
            self._lines.append(line)
            self._bytes += len(line)
            while self._bytes > self._budget and len(self._lines) > 1:
                self._bytes -= len(self._lines.popleft())
                self.evicted += 1

    @property
    def records(self) -> list[Record]:
        """The events as records of a trace, the oldest first."""
        with self._lock:
            lines = list(self._lines)
        return [msgspec.json.decode(line) for line in lines]


class Page(msgspec.Struct, frozen=True):
    """A part of a list. `next_cursor` gets the next one; None at the end."""

    items: list[dict[str, Any]]
    next_cursor: int | None
    has_more: bool


class Log:
    """Earlier runs as data, page by page, for programs and dashboards: runs, turns, programs and tool calls.

    Args:
        records: where the records come from, e.g. `lambda: ring.records`, or `lambda: load(path).records`.
        run_id: look at this run only; by default at all of them.
    """

    def __init__(self, records: Callable[[], Iterable[Record]], run_id: str | None = None) -> None:
        self._records = records
        self._run_id = run_id

    def runs(self, limit: int = PAGE, cursor: int = 0) -> Page:
        """One entry per run: id, agent, model, status, turns, tokens."""
        return _page(map(_run, self._of("run.finished")), limit, cursor)

    def turns(self, limit: int = PAGE, cursor: int = 0) -> Page:
        """One entry per turn: run, number, kind of error, what came of it."""
        return _page(map(_turn, self._of("turn.finished")), limit, cursor)

    def programs(self, limit: int = PAGE, cursor: int = 0) -> Page:
        """One entry per program: run, turn, text."""
        return _page(map(_program, self._of("program.started")), limit, cursor)

    def tool_calls(self, limit: int = PAGE, cursor: int = 0) -> Page:
        """One entry per ended call: run, turn, tool, whether it succeeded, duration."""
        return _page(map(_call, self._of("tool.finished")), limit, cursor)

    def _of(self, event: str) -> list[Record]:
        return [
            record
            for record in self._records()
            if record["event"] == event and self._run_id in (None, record["run_id"])
        ]


def _page(items: Iterable[dict[str, Any]], limit: int, cursor: int) -> Page:
    if limit < 1 or cursor < 0:
        raise ValueError(f"limit must be at least 1 and cursor at least 0, got {limit} and {cursor}")
    everything = list(items)
    shown = everything[cursor : cursor + limit]
    more = cursor + limit < len(everything)
    return Page(shown, cursor + limit if more else None, more)


def _head(record: Record) -> dict[str, Any]:
    return {"run_id": record["run_id"], "agent": record.get("agent", ""), "at": record["at"]}


def _run(record: Record) -> dict[str, Any]:
    usage = record.get("usage", {})
    return {
        **_head(record),
        "parent_id": record.get("parent_id"),
        "ok": record["ok"],
        "error": record.get("error_kind"),
        "turns": usage.get("turns", 0),
        "input_tokens": usage.get("input_tokens", 0),
        "output_tokens": usage.get("output_tokens", 0),
    }


def _turn(record: Record) -> dict[str, Any]:
    return {
        **_head(record),
        "turn": record["turn"],
        "ok": record["ok"],
        "error": record.get("error_kind"),
        "shown": payload_of(record, "shown"),
        "prints": payload_of(record, "prints", []),
    }


def _program(record: Record) -> dict[str, Any]:
    text = payload_of(record, "program")
    return {**_head(record), "turn": record["turn"], "program": text}


def _call(record: Record) -> dict[str, Any]:
    return {
        **_head(record),
        "turn": record["turn"],
        "tool": record["name"],
        "call_id": record["call_id"],
        "ok": record["ok"],
        "cached": record.get("cached", False),
        "error": payload_of(record, "error") or record.get("error_type"),
        "duration_ms": record.get("duration_ms", 0.0),
    }
