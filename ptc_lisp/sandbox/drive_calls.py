"""Performs tool calls that no program made: those that a model makes natively. Rules and ledger are the same as for the calls of
programs, but there is no worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

from ptc_lisp.sandbox.exchange import CallTool
from ptc_lisp.sandbox.tool_calls import Answer, Ticket, ToolCalls

_T = TypeVar("_T")


async def perform(calls: ToolCalls, actions: Sequence[CallTool], parallel: int) -> list[Answer]:
    """The answers to some calls, in their order; up to `parallel` of them are under way at once. Cancelling it cancels
    coroutine tools and abandons the threads of others."""
    tickets = [calls.admit(action) for action in actions]
    answers = {ticket.action.call: ticket.answer for ticket in tickets if ticket.answer is not None}
    places = anyio.CapacityLimiter(max(1, parallel))
    interrupts: list[KeyboardInterrupt] = []

    async def one(ticket: Ticket) -> None:
        async with places:
            try:
                answers.update((answer.call, answer) for answer in await settled(calls, ticket))
            except KeyboardInterrupt as error:
                interrupts.append(error)
                tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for ticket in tickets:
            if ticket.call is not None:
                tasks.start_soon(one, ticket)
    if interrupts:  # out of the task group, which would make a group of it
        raise interrupts[0]
    return [answers[action.call] for action in actions]


async def settled(calls: ToolCalls, ticket: Ticket) -> list[Answer]:
    """Makes a call and gives what is to be answered now. Whatever a tool raises is its answer, but for KeyboardInterrupt."""
    assert ticket.call is not None
    try:
        if ticket.is_async:
            value = await ticket.call()
        else:
            value = await in_thread(ticket.call, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class() as error:
        await anyio.lowlevel.checkpoint()  # raises here when it was our own scope that was cancelled
        return calls.settle(ticket, None, error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - as said above
        return calls.settle(ticket, None, error)
    return calls.settle(ticket, value, None)


async def in_thread(call: Callable[[], _T], *, abandon_on_cancel: bool = False) -> _T:
    """What the call gives in another thread. Where none can start it is made here: the system allows no more, or the interpreter
    is about to end."""
    began: list[bool] = []

    def noted() -> _T:
        began.append(True)
        return call()

    own = anyio.CapacityLimiter(1)  # the shared limiter belongs to the host
    try:
        return await anyio.to_thread.run_sync(noted, abandon_on_cancel=abandon_on_cancel, limiter=own)
    except RuntimeError:
        if began:
            raise
    return call()
