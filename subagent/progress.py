"""A host's own words on the progress of a run, in place of the checklist."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from subagent.loop.plan import PlanStep
from subagent.loop.records import ToolCall

_log = logging.getLogger("subagent")


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What `progress_fn` gets: the plan, the summaries of `step-done` by id, the tool calls of the turn that ended, its
    number (0 before the first), and `phase`: "start" or "turn"."""

    plan: tuple[PlanStep, ...] = ()
    summaries: dict[str, str] = {}
    tool_calls: tuple[ToolCall, ...] = ()
    turn: int = 0
    phase: Literal["start", "turn"] = "start"


ProgressFn = Callable[[Progress, Any], "tuple[str, Any] | str"]


class Reporter:
    """One run's use of a progress function: keeps what the function wants to know next time (None at first)."""

    def __init__(self, fn: ProgressFn) -> None:
        self._fn = fn
        self._state: Any = None

    def words(self, progress: Progress) -> str:
        """The text for the model. A function that raises costs its text, not the run."""
        try:
            made = self._fn(progress, self._state)
        except Exception:  # noqa: BLE001 - the function is somebody else's code; the run must go on
            _log.exception("progress_fn raised in turn %s", progress.turn)
            return ""
        text = made
        if isinstance(made, tuple):
            text, self._state = made
        return str(text)
