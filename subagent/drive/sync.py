"""The synchronous interface of the driver."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio

from subagent.definition import SubAgent
from subagent.drive.driver import run_async
from subagent.drive.scope import CURRENT, Scope
from subagent.llm.connections import close_connections
from subagent.options import RunOptions
from subagent.step import Step


def run_sync(agent: SubAgent, task: str | None, options: RunOptions, *, parent: Scope | None = None) -> Step:
    """Runs an agent to its end; see `SubAgent.run`. Where an event loop already runs in this thread, another thread
    does the work and this one waits. Ctrl-C cancels the run, which ends its worker, and is raised again."""
    run = partial(run_async, agent, task, options, parent=parent or CURRENT.get())
    if not _loop_runs_here():
        return anyio.run(_main, run)
    return _Elsewhere(run).result()


async def _main(run: Callable[[], Awaitable[Step]]) -> Step:
    """A run on an event loop that ends with it."""
    try:
        return await run()
    finally:
        with anyio.CancelScope(shield=True):
            await close_connections()


def _loop_runs_here() -> bool:
    """Whether this thread runs an event loop, of asyncio or trio, or is taken for one that does: a thread with the context
    variables of a loop's thread is, by anyio."""
    sniffio: Any = sys.modules.get("sniffio")
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        if sniffio is None:
            return False
    else:
        return True
    try:
        sniffio.current_async_library()
    except sniffio.AsyncLibraryNotFoundError:
        return False
    return True


class _Elsewhere:
    """A coroutine function run in a thread of its own, with this thread's context variables."""

    def __init__(self, run: Callable[[], Awaitable[Step]]) -> None:
        self._run = run
        self._outcome: list[Step] = []
        self._error: BaseException | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def result(self) -> Step:
        thread = threading.Thread(
            target=contextvars.copy_context().run, args=(self._work,), name="subagent-run"
        )
        thread.start()
        try:
            thread.join()
        except BaseException:
            self._ready.wait()
            if self._loop is not None and self._task is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._task.cancel)
            thread.join()
            raise
        if self._error is not None:
            raise self._error
        return self._outcome[0]

    def _work(self) -> None:
        if (sniffio := sys.modules.get("sniffio")) is not None:
            sniffio.current_async_library_cvar.set(None)  # no loop runs in this thread yet
        try:
            self._outcome.append(anyio.run(self._main))
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
            self._error = error
        finally:
            self._ready.set()

    async def _main(self) -> Step:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._ready.set()
        return await _main(self._run)
