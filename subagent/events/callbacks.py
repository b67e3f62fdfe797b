"""Callbacks for one kind of event, as subscribers."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

from subagent.events.kinds import AnyEvent, ModelToken, ToolFinished, ToolStarted, TurnFinished
from subagent.events.stream import Subscriber

_Callback = Callable[[Any], object]
_log = logging.getLogger(__name__)


def callbacks(
    on_token: _Callback | None,
    on_tool_start: _Callback | None,
    on_tool_end: _Callback | None,
    on_turn: _Callback | None,
) -> list[Subscriber]:
    """One subscriber for all callbacks that there are, so that they are called in the order of the events."""
    given: dict[type[Any], _Callback | None] = {
        ModelToken: on_token,
        ToolStarted: on_tool_start,
        ToolFinished: on_tool_end,
        TurnFinished: on_turn,
    }
    table = {kind: callback for kind, callback in given.items() if callback is not None}
    if not table:
        return []
    return [_AsyncTable(table) if any(map(_is_coroutine, table.values())) else _Table(table)]


def _is_coroutine(callback: _Callback) -> bool:
    return any(map(inspect.iscoroutinefunction, (callback, type(callback).__call__)))


class _Table:
    """Calls the callback of an event's kind. One that raises is logged and called no more; the others go on."""

    def __init__(self, table: dict[type[Any], _Callback]) -> None:
        self.tokens = ModelToken in table
        self._table = table

    def __call__(self, event: AnyEvent) -> None:
        callback = self._table.get(type(event))
        if callback is None:
            return
        try:
            callback(_subject(event))
        except Exception:  # noqa: BLE001 - a callback is somebody else's code; the run must go on
            self._drop(event)

    def _drop(self, event: AnyEvent) -> None:
        _log.exception("a callback raised on %s and is called no more", type(event).__name__)
        del self._table[type(event)]


class _AsyncTable(_Table):
    """The same where some callbacks are coroutine functions."""

    async def __call__(self, event: AnyEvent) -> None:  # type: ignore[override] - a subscriber may be a coroutine function
        callback = self._table.get(type(event))
        if callback is None:
            return
        try:
            outcome = callback(_subject(event))
            if inspect.isawaitable(outcome):
                await outcome
        except Exception:  # noqa: BLE001 - as above
            self._drop(event)


def _subject(event: AnyEvent) -> Any:
    return event.record if isinstance(event, TurnFinished) else event
