"""Callbacks for one kind of event, as subscribers."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from subagent.events.kinds import AnyEvent, ModelToken, ToolFinished, ToolStarted, TurnFinished
from subagent.events.stream import Subscriber

_Callback = Callable[[Any], object]


def callbacks(
    on_token: _Callback | None,
    on_tool_start: _Callback | None,
    on_tool_end: _Callback | None,
    on_turn: _Callback | None,
) -> list[Subscriber]:
    """A subscriber for each callback that there is."""
    table: list[tuple[_Callback | None, type[Any]]] = [
        (on_token, ModelToken),
        (on_tool_start, ToolStarted),
        (on_tool_end, ToolFinished),
        (on_turn, TurnFinished),
    ]
    return [_subscriber(callback, kind) for callback, kind in table if callback is not None]


def _subscriber(callback: _Callback, kind: type[Any]) -> Subscriber:
    if any(map(inspect.iscoroutinefunction, (callback, type(callback).__call__))):
        return _AsyncOnly(callback, kind)
    return _Only(callback, kind)


class _Only:
    """Passes events of one kind on; of a turn its record."""

    def __init__(self, callback: _Callback, kind: type[Any]) -> None:
        self.tokens = kind is ModelToken
        self._callback = callback
        self._kind = kind

    def _wanted(self, event: AnyEvent) -> bool:
        return isinstance(event, self._kind)

    def __call__(self, event: AnyEvent) -> None:
        if self._wanted(event):
            self._callback(_subject(event))


class _AsyncOnly(_Only):
    """The same for a coroutine function."""

    async def __call__(self, event: AnyEvent) -> None:  # type: ignore[override] - a subscriber may be a coroutine function
        if self._wanted(event):
            outcome: Any = self._callback(_subject(event))
            await outcome


def _subject(event: AnyEvent) -> Any:
    return event.record if isinstance(event, TurnFinished) else event
