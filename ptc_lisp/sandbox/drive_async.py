"""Drives an exchange from a coroutine, under asyncio or trio. Cancellation kills the worker.

Coroutine tools are awaited here; plain functions run in threads, which are abandoned when the exchange ends early.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import anyio
from anyio.abc import TaskGroup

from ptc_lisp.sandbox.drive_calls import in_thread, settled
from ptc_lisp.sandbox.exchange import LAST_WORDS_S, CallTool, Exchange, Finished
from ptc_lisp.sandbox.pool import Pool, Worker, describe_status
from ptc_lisp.sandbox.tool_calls import Answer, Ticket, ToolCalls

_CHUNK = 1 << 18


async def take(pool: Pool) -> Worker:
    """A fresh worker, without holding up the event loop while the zygote starts."""
    if pool.started:
        return pool.take()
    return await in_thread(pool.take)


async def drive(
    exchange: Exchange,
    worker: Worker,
    calls: ToolCalls,
    crowd: int = 0,
    meanwhile: Callable[[], object] | None = None,
) -> Finished:
    """Runs an exchange to its end. Whatever interrupts it (cancellation included) kills the worker first. crowd, meanwhile: as in
    `drive_sync`."""
    try:
        return await _Run(exchange, worker, calls, crowd).to_end(meanwhile)
    except BaseException:
        worker.kill()
        raise


class _Run:
    def __init__(self, exchange: Exchange, worker: Worker, calls: ToolCalls, crowd: int) -> None:
        self._exchange = exchange
        self._worker = worker
        self._sock = worker.sock
        self._calls = calls
        self._crowd = crowd
        self._finished: Finished | None = None
        self._interrupt: KeyboardInterrupt | None = None

    async def to_end(self, meanwhile: Callable[[], object] | None) -> Finished:
        self._worker.attention.stop()
        first = self._exchange.start()
        with anyio.move_on_after(self._exchange.deadline_s(self._crowd)) as scope:
            await self._write(first)
            if self._exchange.request.pieces:
                await self._feed(scope)
            if self._exchange.premise is not None:
                sent = anyio.current_time()
                self._finished = (
                    self._exchange.refuted()
                )  # found out while the worker is busy with what it got
                scope.deadline += anyio.current_time() - sent
            if meanwhile is not None:
                meanwhile()
            called = await self._simply()
            if self._finished is None:
                await self._with_tools(called)
        if self._finished is None:
            await self._last_words()
        return self._finished or self._exchange.expired()

    async def _feed(self, scope: anyio.CancelScope) -> None:
        """Sends what follows the request. The time in which this task makes it is not the program's."""
        self._worker.expect_much()
        asked = anyio.current_time()
        for piece in self._exchange.pieces():
            scope.deadline += anyio.current_time() - asked + self._exchange.load_s(len(piece))
            await self._write(piece)
            asked = anyio.current_time()

    async def _last_words(self) -> None:
        """The end as the worker tells it, if it has begun to speak before this task came to listen. The task may come late: others
        hold up the event loop, or the machine is busy. Tools are not called any more."""
        if self._exchange.half_heard or self._worker.poll.poll(0):
            with anyio.move_on_after(LAST_WORDS_S):
                while self._finished is None:
                    await self._listen()
        self._finished = self._finished and self._finished.late()

    async def _simply(self) -> list[Ticket]:
        """Goes on until the end, or until tools are called: as long as nothing else has to go on beside."""
        called: list[Ticket] = []
        while self._finished is None and not called:
            called = await self._read()
        return called

    async def _with_tools(self, called: list[Ticket]) -> None:
        self._sending = anyio.Lock()  # of answers: one of them at a time
        async with anyio.create_task_group() as tasks:
            while self._finished is None:
                for ticket in called:
                    tasks.start_soon(self._call, ticket, tasks)
                called = await self._read()
            tasks.cancel_scope.cancel()
        if self._interrupt is not None:  # out of the task group, which would make a group of it
            raise self._interrupt

    async def _read(self) -> list[Ticket]:
        """The calls of tools in what the worker says next; or it has finished."""
        return [self._calls.admit(call) for call in await self._listen()]

    async def _listen(self) -> list[CallTool]:
        await anyio.wait_readable(self._sock)
        try:
            data = self._sock.recv(_CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            status = await in_thread(self._worker.exit_status)
            self._finished = self._exchange.died(*describe_status(status))
            return []
        called: list[CallTool] = []
        for action in self._exchange.receive(data):
            if isinstance(action, Finished):
                self._finished = action
            else:
                called.append(action)
        return called

    async def _call(self, ticket: Ticket, tasks: TaskGroup) -> None:
        if ticket.answer is not None:
            await self._reply(ticket.answer)
        if ticket.call is None:
            return
        try:
            answers = await settled(self._calls, ticket)
        except KeyboardInterrupt as error:
            self._interrupt = error
            tasks.cancel_scope.cancel()
            return
        for answer in answers:
            await self._reply(answer)

    async def _reply(self, answer: Answer) -> None:
        async with self._sending:
            await self._write(self._exchange.answer(answer.call, answer.value, answer.fault))

    async def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self._sock.send(view, socket.MSG_DONTWAIT) :]
                self._exchange.sent = True
            except BlockingIOError:
                await anyio.wait_writable(self._sock)
            except OSError:
                return  # the worker is gone: the reading side finds out how
