"""Limits how many programs of one event loop start at the same time.

A machine with two cores that starts a thousand programs at once finishes none of them in time: all run slowly, and their time
limits count. A program holds its place until it first calls a tool, or ends; after that it mostly waits. It never has to get
a place again in the middle, so agents that are called as tools cannot block their callers.
"""

from __future__ import annotations

import asyncio
import os
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

import anyio

_PER_CORE = 8
_GATES: WeakKeyDictionary[asyncio.AbstractEventLoop, anyio.Semaphore] = WeakKeyDictionary()


class Place:
    """The place of one program, from its start to its first tool call or its end."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        gate = _GATES.get(loop)
        if gate is None:
            gate = _GATES[loop] = anyio.Semaphore(_PER_CORE * (os.cpu_count() or 1), fast_acquire=True)
        self._loop = loop
        self._gate = gate
        self._held = False

    async def __aenter__(self) -> Self:
        await self._gate.acquire()
        self._held = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def leave_soon(self) -> None:
        """Gives the place to the next one; may be called from any thread, and more than once."""
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        if self._held:
            self._held = False
            self._gate.release()
