"""Bounded queues between a run and its subscribers: a slow one loses events, the run loses nothing."""

from __future__ import annotations

import asyncio
import inspect
import logging
import queue
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextvars import copy_context
from typing import Any

from subagent.events.kinds import AnyEvent, RunFinished

CAPACITY = 10_000
"""Events that may wait for one reader."""

DRAIN_S = 1.0
"""How long the end of a run waits for a reader that is behind."""

_log = logging.getLogger("subagent")


def is_last(event: AnyEvent) -> bool:
    """Whether this is the end of a run. It is never dropped."""
    return isinstance(event, RunFinished)


class ThreadMailbox:
    """Hands events to a function in a thread of its own. The function is given no more after it raised."""

    def __init__(self, reader: Callable[[AnyEvent], object], capacity: int = CAPACITY) -> None:
        self.dropped = 0
        self._reader = reader
        self._capacity = capacity
        self._queue: queue.SimpleQueue[AnyEvent | None] = queue.SimpleQueue()
        self._deaf = False
        context = copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._work,), name="subagent-events", daemon=True
        )
        self._thread.start()

    def put(self, event: AnyEvent) -> None:
        """Leaves an event for the reader, or counts it as dropped."""
        if self._deaf:
            return
        if self._queue.qsize() >= self._capacity and not is_last(event):
            self.dropped += 1
        else:
            self._queue.put(event)

    def close(self) -> None:
        """Waits for the reader to finish what it was given, at most DRAIN_S; then it is left alone."""
        self._queue.put(None)
        if self._thread is threading.current_thread():
            return
        self._thread.join(DRAIN_S)
        if self._thread.is_alive() or self.dropped:
            report_loss(self._reader, self.dropped, self._queue.qsize())

    def abandon(self) -> None:
        """Waits for nothing: the run was cancelled. What the reader was given it still gets."""
        self._queue.put(None)

    def _work(self) -> None:
        while (event := self._queue.get()) is not None:
            if self._deaf:
                continue
            try:
                self._reader(event)
            except Exception:  # noqa: BLE001 - a subscriber is somebody else's code; the run must go on
                self._deaf = True
                report_raised(event)


class LoopMailbox:
    """Events for a reader in an event loop, put there from any thread."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.dropped = 0
        self._capacity = capacity
        self._events: deque[AnyEvent] = deque()
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._closed = False

    def put(self, event: AnyEvent) -> None:
        """Leaves an event for the reader, or counts it as dropped."""
        if len(self._events) >= self._capacity and not is_last(event):
            self.dropped += 1
            return
        self._events.append(event)
        self._notify()

    def close(self) -> None:
        """No more events will come."""
        self._closed = True
        self._notify()

    async def read(self) -> AsyncGenerator[AnyEvent]:
        """The events in their order, until the mailbox is closed and empty."""
        while True:
            while self._events:
                yield self._events.popleft()
            if self._closed:
                return
            self._wake.clear()
            await self._wake.wait()

    def _notify(self) -> None:
        if self._loop.is_closed():
            return
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self._wake.set()
        else:
            self._loop.call_soon_threadsafe(self._wake.set)


class TaskMailbox:
    """Hands events to a coroutine function, in a task of the loop that runs the agent."""

    def __init__(self, reader: Callable[[AnyEvent], Any], capacity: int = CAPACITY) -> None:
        self._reader = reader
        self._box = LoopMailbox(capacity)
        self._task = asyncio.get_running_loop().create_task(self._work())

    @property
    def dropped(self) -> int:
        """How many events the reader did not get."""
        return self._box.dropped

    def put(self, event: AnyEvent) -> None:
        """Leaves an event for the reader, or counts it as dropped."""
        self._box.put(event)

    async def drained(self) -> None:
        """Waits for the reader to finish what it was given, at most DRAIN_S; then it is cancelled."""
        self._box.close()
        done, _ = await asyncio.wait({self._task}, timeout=DRAIN_S)
        if not done:
            self._task.cancel()
        if not done or self.dropped:
            report_loss(self._reader, self.dropped, 0)

    def abandon(self) -> None:
        """Waits for nothing: the run was cancelled. What the reader was given it still gets, if the loop goes on."""
        self._box.close()

    async def _work(self) -> None:
        async for event in self._box.read():
            try:
                outcome = self._reader(event)
                if inspect.isawaitable(outcome):
                    await outcome
            except Exception:  # noqa: BLE001 - as in ThreadMailbox
                report_raised(event)
                return


def report_raised(event: AnyEvent) -> None:
    """Logs, inside an `except`, that a subscriber raised."""
    _log.exception("a subscriber raised on %s and gets no more events", type(event).__name__)


def report_loss(reader: object, dropped: int, waiting: int) -> None:
    """Logs that a subscriber was too slow."""
    name = getattr(reader, "__qualname__", type(reader).__name__)
    _log.warning("the subscriber %s was too slow: %d events dropped, %d not read", name, dropped, waiting)
