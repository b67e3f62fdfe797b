"""Where in the tree an event belongs."""

from __future__ import annotations

import os

from subagent.events.kinds import Event, Level

_AROUND: dict[Level, tuple[Level, ...]] = {
    "run": (),
    "turn": ("run",),
    "model": ("turn", "run"),
    "program": ("turn", "run"),
    "tool": ("program", "turn", "run"),
    "point": ("program", "model", "turn", "run"),
}
"""Level → levels that may be around it, the nearest first."""


class Spans:
    """The open spans of one run. Turns, requests and programs follow one another; tool calls may overlap, so they are
    known by their own ids."""

    def __init__(self, caller: str | None = None) -> None:
        """`caller`: the span of the tool call that this run answers."""
        self._caller = caller
        self._open: dict[Level, str] = {}

    def place(self, kind: type[Event], call_id: str | None = None) -> tuple[str, str | None]:
        """The ids of the span that an event of this kind begins, ends or (at a point in time: "") none, and of the one
        around it. `call_id` is the span of a tool's event."""
        level = kind.level
        around = self._caller if level == "run" else self._nearest(level)
        if level in {"tool", "point"}:
            return call_id or "", around
        if kind.ends:
            return self._open.pop(level, ""), around
        self._open[level] = os.urandom(8).hex()
        return self._open[level], around

    def _nearest(self, level: Level) -> str | None:
        return next((self._open[outer] for outer in _AROUND[level] if outer in self._open), self._caller)
