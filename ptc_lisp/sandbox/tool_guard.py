"""A tool call with its time limit and its retries. For the drivers it is one call."""

from __future__ import annotations

import inspect
import queue
import random
import time
from collections.abc import Callable
from typing import Any

from ptc_lisp.sandbox.helpers import HELPERS
from ptc_lisp.tool import PARTIAL, UNSET, Partial, Tool

_own_random = random.Random()  # noqa: S311 - no secret depends on it; a host that seeds `random` is not disturbed
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 10.0


class ToolTimeout(Exception):  # noqa: N818 - its name is what the calling program reads
    """A tool did not answer within its `timeout_ms`."""


class Guard:
    """One call under the options of its tool. `attempts` counts how often the function was called, `timed_out` tells
    whether the result is that of `on_timeout`."""

    __slots__ = ("_bound", "_given_up", "_tool", "attempts", "call", "timed_out")

    def __init__(self, tool: Tool, args: dict[str, Any], usable: Callable[[Any], None] | None = None) -> None:
        """Binds the arguments. Raises a Trap (invalid_tool_args). `usable`: see BoundCall."""
        self._tool = tool
        self._bound = tool.prepare(args)
        self._given_up = False
        self.attempts = 0
        self.timed_out = False
        self.call = self._bound.replaced(self._outermost())
        self.call.again = self._again
        self.call.usable = usable or self.call.usable
        if tool.around is not None:
            self.call = tool.around(self.call)

    def give_up(self) -> None:
        """Nobody waits for the call any more: a plain function that is left behind in its thread is not called again."""
        self._given_up = True

    def _again(self, args: dict[str, Any]) -> Callable[[], Any]:
        self._bound = self._tool.prepare(args)
        return self._outermost()

    def _outermost(self) -> Callable[[], Any]:
        limited = self._tool.timeout_ms is not None
        if self._bound.is_async:
            return self._alimited if limited else self._arepeated
        return self._limited if limited else self._repeated

    def _repeated(self) -> Any:
        while True:
            self.attempts += 1
            try:
                return self._bound.run()
            except Exception as error:
                if self.attempts > self._tool.retries:
                    raise
                failed = error
            time.sleep(_pause_s(self.attempts))
            if self._given_up:
                raise failed

    async def _arepeated(self) -> Any:
        while True:
            self.attempts += 1
            try:
                return await self._bound.run()
            except Exception:
                if self.attempts > self._tool.retries:
                    raise
            await _sleep(_pause_s(self.attempts))

    def _limited(self) -> Any:
        """Runs the function in a thread of its own, which is left behind when time runs out."""
        partial = Partial()
        answers: queue.SimpleQueue[tuple[object, BaseException | None]] = queue.SimpleQueue()
        token = PARTIAL.set(partial)
        try:
            HELPERS.run(self._repeated, lambda value, error: answers.put((value, error)))
        finally:
            PARTIAL.reset(token)
        try:
            value, error = answers.get(timeout=self._seconds())
        except queue.Empty:
            self.give_up()
            return self._late(partial)
        if error is not None:
            raise error
        return value

    async def _alimited(self) -> Any:
        import anyio  # noqa: PLC0415 - not needed by hosts without such tools

        partial = Partial()
        token = PARTIAL.set(partial)
        try:
            with anyio.move_on_after(self._seconds()):
                return await self._arepeated()
        finally:
            PARTIAL.reset(token)
        late = self._late(partial)
        return await late if inspect.isawaitable(late) else late

    def _seconds(self) -> float:
        assert self._tool.timeout_ms is not None
        return self._tool.timeout_ms / 1000

    def _late(self, partial: Partial) -> Any:
        tool = self._tool
        if tool.on_timeout == UNSET:
            raise ToolTimeout(f"no answer within {tool.timeout_ms} ms")
        self.timed_out = True
        return (
            tool.on_timeout(self._bound.args, partial.get()) if callable(tool.on_timeout) else tool.on_timeout
        )


def _pause_s(attempts: int) -> float:
    """Doubles from attempt to attempt, with up to a quarter more, so that clients do not return in step."""
    longest = min(_FIRST_PAUSE_S * 2 ** (attempts - 1), _LONGEST_PAUSE_S)
    return longest * _own_random.uniform(1, 1.25)


async def _sleep(seconds: float) -> None:
    import anyio  # noqa: PLC0415 - as above

    await anyio.sleep(seconds)
