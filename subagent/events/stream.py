"""The stream of one tree of runs: numbers events and hands them to subscribers."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from subagent.events.kinds import AnyEvent
from subagent.events.mailbox import TaskMailbox, ThreadMailbox, report_raised

Subscriber = Callable[[AnyEvent], object]


class Stream:
    """Numbers events and delivers them in the order of their numbers. Safe to use from several threads.

    A subscriber with a true attribute `inline` is called at once, where the event happens; it must be quick. Any other
    function is called in a thread of its own, a coroutine function in a task; between them and the run stands a bounded
    queue, so that slow ones lose events (a warning says how many) and hold up nothing. A subscriber that raises is logged
    and gets no more events. A true attribute `payloads` makes events carry what a replay needs, a true attribute `tokens`
    has replies streamed.
    """

    def __init__(self, subscribers: Iterable[Subscriber] = (), around: Stream | None = None) -> None:
        """`around`: the stream of the run that called this one; it gets the same events and numbers them."""
        self._given = list(subscribers)
        self._inline = [one for one in self._given if getattr(one, "inline", False)]
        self._readers: list[ThreadMailbox | TaskMailbox] = []
        self._number = 0
        self._around = around
        self._lock: threading.RLock = threading.RLock() if around is None else around._lock
        self.payloads = self._wanted("payloads")
        self.tokens = self._wanted("tokens")

    @property
    def dropped(self) -> int:
        """Events that slow subscribers did not get."""
        return sum(reader.dropped for reader in self._readers)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Delivers for the length of the block. At its end it waits a moment for subscribers that are behind."""
        for one in self._given:
            if not getattr(one, "inline", False):
                self._readers.append(TaskMailbox(one) if _is_async(one) else ThreadMailbox(one))
        try:
            yield
        except BaseException:
            for reader in self._readers:
                reader.abandon()
            raise
        await self._drain()

    def emit(self, kind: type[AnyEvent], fields: dict[str, Any]) -> AnyEvent:
        """Makes an event with the next number and the time, and delivers it."""
        with self._lock:
            if self._around is None:
                self._number += 1
                event = kind(seq=self._number, at=time.time(), **fields)
            else:
                event = self._around.emit(kind, fields)
            for subscriber in tuple(self._inline):
                self._deliver(subscriber, event)
            for reader in self._readers:
                reader.put(event)
            return event

    def _wanted(self, what: str) -> bool:
        inside = any(getattr(one, what, False) for one in self._given)
        return inside or (self._around is not None and bool(getattr(self._around, what)))

    def _deliver(self, subscriber: Subscriber, event: AnyEvent) -> None:
        try:
            subscriber(event)
        except Exception:  # noqa: BLE001 - a subscriber is somebody else's code; the run must go on
            self._inline.remove(subscriber)
            report_raised(event)

    async def _drain(self) -> None:
        import anyio  # noqa: PLC0415 - the events themselves need no event loop

        for reader in self._readers:
            if isinstance(reader, TaskMailbox):
                await reader.drained()
            else:
                await anyio.to_thread.run_sync(reader.close)


def _is_async(subscriber: object) -> bool:
    return any(map(inspect.iscoroutinefunction, (subscriber, type(subscriber).__call__)))
