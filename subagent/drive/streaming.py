"""A run whose events are read while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Generic, Self

from subagent.definition import SubAgent
from subagent.drive.driver import run_async
from subagent.drive.scope import CURRENT
from subagent.events import AnyEvent
from subagent.events.mailbox import LoopMailbox
from subagent.generics import Out
from subagent.options import RunOptions
from subagent.step import Step

_CANCELLED = "the run was cancelled before it ended: leaving the loop or the block of a stream does that"


class RunStream(Generic[Out]):
    """The events of a run that begins when somebody iterates, or at `async with`.

        stream = agent.stream("How many?")
        async for event in stream: ...
        stream.step

    Leaving the loop early, or the block of `async with`, cancels the run; a loop whose run somebody else cancelled raises
    RuntimeError. A reader that is more than 10,000 events behind loses some (`dropped`), never the last one; the run does not
    wait for it.
    """

    def __init__(self, agent: SubAgent[Out], task: str | None, options: RunOptions, *, tokens: bool) -> None:
        self._agent = agent
        self._task_text = task
        self._options = options
        self._tokens = tokens
        self._box: LoopMailbox | None = None
        self._running: asyncio.Task[Step[Out]] | None = None

    def __repr__(self) -> str:
        run = self._running
        return f"RunStream(agent={self._agent.name!r}, {'new' if run is None else 'ended' if run.done() else 'running'})"

    @property
    def step(self) -> Step[Out]:
        """How the run ended. Raises RuntimeError while it goes on and when it was cancelled, and what `arun` raises."""
        if self._running is None or not self._running.done():
            raise RuntimeError("the run has not ended: read all events first, or await stream.result()")
        return _outcome(self._running)

    @property
    def dropped(self) -> int:
        """Events that came faster than they were read, and were left out."""
        return 0 if self._box is None else self._box.dropped

    async def result(self) -> Step[Out]:
        """Waits for the end of the run and gives its Step. Raises RuntimeError when the run was cancelled, and what `arun`
        raises."""
        running = self._start()
        await asyncio.wait({running})  # a waiter that is cancelled leaves the run alone
        return _outcome(running)

    async def aclose(self) -> None:
        """Cancels the run if it goes on, and waits until it has ended."""
        if self._running is not None and not self._running.done():
            self._running.cancel()
            await asyncio.wait({self._running})

    def __aiter__(self) -> AsyncIterator[AnyEvent]:
        return self._events()

    async def __aenter__(self) -> Self:
        self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _start(self) -> asyncio.Task[Step[Out]]:
        if self._running is None:
            self._box = LoopMailbox()
            given = self._options.on_event
            others = [given] if callable(given) else list(given)
            options = replace(self._options, on_event=[*others, _Into(self._box, tokens=self._tokens)])
            run = run_async(self._agent, self._task_text, options, parent=CURRENT.get())
            self._running = asyncio.get_running_loop().create_task(run)
            box = self._box
            self._running.add_done_callback(lambda _: box.close())
        return self._running

    async def _events(self) -> AsyncGenerator[AnyEvent]:
        running = self._start()
        assert self._box is not None
        try:
            async for event in self._box.read():
                yield event
        finally:
            await self.aclose()
        _outcome(running)


def _outcome(run: asyncio.Task[Step[Out]]) -> Step[Out]:
    """How a run ended that is over. Raises RuntimeError when it was cancelled (a CancelledError would look as if the caller
    were), and what `arun` raises."""
    if run.cancelled():
        raise RuntimeError(_CANCELLED)
    return run.result()


class _Into:
    """A subscriber that leaves every event in a mailbox."""

    inline = True

    def __init__(self, box: LoopMailbox, *, tokens: bool) -> None:
        self.tokens = tokens
        self._box = box

    def __call__(self, event: AnyEvent) -> None:
        self._box.put(event)
