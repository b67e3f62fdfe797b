"""Drives an exchange from a coroutine, under asyncio or trio. Cancellation kills the worker.

Coroutine tools are awaited here; plain functions run in threads, which are abandoned when the exchange ends early.
"""

from __future__ import annotations

import math

import anyio
import anyio.abc
import anyio.lowlevel
import anyio.to_thread

from ptc_lisp.sandbox.exchange import CallTool, Exchange, Finished
from ptc_lisp.sandbox.pool import Pool, Worker, describe_status
from ptc_lisp.sandbox.tool_calls import Answer, Ticket, ToolCalls

_CHUNK = 1 << 18


async def take(pool: Pool) -> Worker:
    """A fresh worker, without holding up the event loop while the zygote starts."""
    if pool.started:
        return pool.take()
    return await anyio.to_thread.run_sync(pool.take)


async def drive(exchange: Exchange, worker: Worker, calls: ToolCalls, crowd: int = 0) -> Finished:
    """Runs an exchange to its end. Whatever interrupts it (cancellation included) kills the worker first."""
    worker.sock.setblocking(False)
    try:
        return await _Run(exchange, worker, calls, crowd).to_end()
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
        self._sending = anyio.Lock()
        self._threads = anyio.CapacityLimiter(math.inf)
        self._finished: Finished | None = None

    async def to_end(self) -> Finished:
        first = self._exchange.start()
        with anyio.move_on_after(self._exchange.deadline_s(self._crowd)) as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._open, first, scope)
                while self._finished is None:
                    await self._step(tasks)
                tasks.cancel_scope.cancel()
        return self._finished or self._exchange.expired()

    async def _open(self, first: bytes, scope: anyio.CancelScope) -> None:
        await self._send(first)
        sent = anyio.current_time()
        self._exchange.stands()  # the worker is busy with what it got
        scope.deadline += anyio.current_time() - sent

    async def _step(self, tasks: anyio.abc.TaskGroup) -> None:
        await anyio.wait_readable(self._sock)
        try:
            data = self._sock.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            status = await anyio.to_thread.run_sync(self._worker.exit_status, limiter=self._threads)
            self._finished = self._exchange.died(*describe_status(status))
            return
        for action in self._exchange.receive(data):
            if isinstance(action, Finished):
                self._finished = action
            else:
                tasks.start_soon(self._call, action)

    async def _call(self, action: CallTool) -> None:
        ticket = self._calls.admit(action)
        if ticket.answer is not None:
            await self._reply(ticket.answer)
        if ticket.call is not None:
            for answer in await self._perform(ticket):
                await self._reply(answer)

    async def _perform(self, ticket: Ticket) -> list[Answer]:
        assert ticket.call is not None
        try:
            if ticket.is_async:
                value = await ticket.call()
            else:
                value = await anyio.to_thread.run_sync(
                    ticket.call, abandon_on_cancel=True, limiter=self._threads
                )
        except anyio.get_cancelled_exc_class() as error:
            if self._finished is not None:
                raise
            await anyio.lowlevel.checkpoint()  # raises here when it was our own scope that was cancelled
            return self._calls.settle(ticket, None, error)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return self._calls.settle(ticket, None, error)
        return self._calls.settle(ticket, value, None)

    async def _reply(self, answer: Answer) -> None:
        await self._send(self._exchange.answer(answer.call, answer.value, answer.fault))

    async def _send(self, data: bytes) -> None:
        view = memoryview(data)
        async with self._sending:
            while view:
                try:
                    view = view[self._sock.send(view) :]
                except BlockingIOError:
                    await anyio.wait_writable(self._sock)
                except OSError:
                    return  # the worker is gone: the reading side finds out how
