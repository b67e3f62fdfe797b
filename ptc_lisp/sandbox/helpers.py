"""Threads of the host in which tools run for a synchronous caller.

All are daemons: a tool that hangs must not keep the interpreter from ending. Idle threads are used again. Coroutine
tools share one event loop in a thread of its own, so that clients which they keep open stay usable.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

Done = Callable[[object, BaseException | None], None]


class _Helper:
    """One thread that runs a call at a time."""

    def __init__(self, pool: HelperThreads) -> None:
        self._pool = pool
        self.jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="ptc-tool", daemon=True).start()

    def _work(self) -> None:
        while True:
            self.jobs.get()()
            self._pool.rest(self)


class HelperThreads:
    """Runs calls elsewhere, in the caller's context variables."""

    def __init__(self) -> None:
        self._idle: deque[_Helper] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def rest(self, helper: _Helper) -> None:
        """A helper is free again."""
        self._idle.append(helper)

    def run(self, call: Callable[[], Any], done: Done) -> None:
        """Runs `call` in a helper thread and reports to `done` from there. Where no thread can start, it runs here: the system
        allows no more, or the interpreter is about to end."""
        context = contextvars.copy_context()
        helper = self._helper()
        if helper is None:
            _report(lambda: context.run(call), done)
        else:
            helper.jobs.put(lambda: _report(lambda: context.run(call), done))

    def run_async(self, call: Callable[[], Any], done: Done) -> Callable[[], None]:
        """Runs the coroutine that `call` makes in the event loop thread; gives a function that cancels it. Where that cannot
        start, it is run as other calls are, and is not cancelled."""
        loop = self._event_loop()
        if loop is None:
            self.run(lambda: _alone(call), done)
            return lambda: None
        context = contextvars.copy_context()
        tasks: list[asyncio.Task[None]] = []

        async def work() -> None:
            try:
                value = await call()
            except BaseException as error:  # noqa: BLE001 - whatever a tool raises is its answer
                done(None, error)
            else:
                done(value, None)

        loop.call_soon_threadsafe(lambda: tasks.append(loop.create_task(work(), context=context)))
        return lambda: loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks]) and None

    def _helper(self) -> _Helper | None:
        if sys.is_finalizing():  # no thread runs any more
            return None
        with contextlib.suppress(IndexError):
            return self._idle.pop()
        with contextlib.suppress(RuntimeError):
            return _Helper(self)
        return None

    def _event_loop(self) -> asyncio.AbstractEventLoop | None:
        if sys.is_finalizing():
            return None
        with self._lock:
            if self._loop is None:
                import asyncio  # noqa: PLC0415 - slow to load, and most hosts have no such tools

                loop = asyncio.new_event_loop()
                try:
                    threading.Thread(target=loop.run_forever, name="ptc-async-tools", daemon=True).start()
                except RuntimeError:
                    loop.close()
                    return None
                self._loop = loop
            return self._loop


def _alone(call: Callable[[], Any]) -> Any:
    import asyncio  # noqa: PLC0415 - as above

    async def work() -> Any:
        return await call()

    return asyncio.run(work())


def _report(call: Callable[[], Any], done: Done) -> None:
    try:
        value = call()
    except BaseException as error:  # noqa: BLE001 - whatever a tool raises is its answer
        done(None, error)
    else:
        done(value, None)


HELPERS = HelperThreads()


def _after_fork() -> None:
    HELPERS.__init__()  # the threads belong to the parent


os.register_at_fork(after_in_child=_after_fork)
