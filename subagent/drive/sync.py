"""The sync face of the driver."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from functools import partial
from typing import Any

import anyio

from subagent.definition import SubAgent
from subagent.drive.driver import run_async
from subagent.drive.scope import CURRENT, Scope
from subagent.options import RunOptions
from subagent.step import Step


def run_sync(agent: SubAgent, task: str | None, options: RunOptions, *, parent: Scope | None = None) -> Step:
    """Runs an agent to its end; see `SubAgent.run`. Where an event loop already runs in this thread, another thread
    does the work and this one waits. Ctrl-C cancels the run, which ends its worker, and is raised again."""
    run = partial(run_async, agent, task, options, parent=parent or CURRENT.get())
    if not _loop_runs_here():
        return anyio.run(run)
    return _Elsewhere(run).result()


def _loop_runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _Elsewhere:
    """A coroutine function run in a thread of its own, with this thread's context variables."""

    def __init__(self, run: Any) -> None:
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
        try:
            self._outcome.append(anyio.run(self._main))
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
            self._error = error
        finally:
            self._ready.set()

    async def _main(self) -> Step:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._ready.set()
        return await self._run()
