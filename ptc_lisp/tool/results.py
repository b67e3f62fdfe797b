"""What a tool function gives, before it becomes a value: iterators are read to their end, results so far are kept."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator, ValuesView
from contextvars import ContextVar
from typing import Any, cast

MOST_ITEMS = 1_000_000
"""How many items of an iterator are read."""


class Partial:
    """The result so far of one call: what `note_partial` was given, or else what its iterator has yielded."""

    __slots__ = ("items", "noted", "value")

    def __init__(self) -> None:
        self.items: list[Any] | None = None
        self.noted = False
        self.value: Any = None

    def get(self) -> Any:
        """The result so far; None when there is none."""
        if self.noted:
            return self.value
        return None if self.items is None else list(self.items)


PARTIAL: ContextVar[Partial | None] = ContextVar("ptc_tool_partial", default=None)
"""The result so far of the call that runs in this context."""


def note_partial(value: object) -> None:
    """Called inside a tool: keeps `value` as the partial result that `Tool.on_timeout` gets if time runs out.

    Does nothing outside of a tool, and for tools without `timeout_ms`."""
    partial = PARTIAL.get()
    if partial is not None:
        partial.noted, partial.value = True, value


def is_stream(value: object) -> bool:
    """Whether a result has to be read to its end where the tool ran."""
    return isinstance(value, Iterator | AsyncIterator | ValuesView)


def gathered(value: Any) -> Any:
    """The result of a plain function: a list in place of an iterator. Raises ValueError for one that is too long."""
    if not isinstance(value, Iterator | ValuesView):
        return value
    items = _begun()
    for item in cast("Iterator[Any]", value):
        _add(items, item)
    return items


async def agathered(value: Any) -> Any:
    """The result of an async function or async generator. Raises as `gathered`."""
    if isinstance(value, AsyncIterator):
        items = _begun()
        async for item in cast("AsyncIterator[Any]", value):
            _add(items, item)
        return items
    return gathered(await value if inspect.isawaitable(value) else value)


def _begun() -> list[Any]:
    items: list[Any] = []
    partial = PARTIAL.get()
    if partial is not None:
        partial.items = items
    return items


def _add(items: list[Any], item: Any) -> None:
    if len(items) >= MOST_ITEMS:
        raise ValueError(f"the tool yielded more than {MOST_ITEMS} items: it must stop earlier")
    items.append(item)
