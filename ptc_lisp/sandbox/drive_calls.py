"""Performs tool calls that no program asked for: those that a model makes natively. The same rules and the same ledger as
for programs' calls, without a worker."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import anyio.to_thread

from ptc_lisp.sandbox.exchange import CallTool
from ptc_lisp.sandbox.tool_calls import Answer, Ticket, ToolCalls


async def perform(calls: ToolCalls, actions: Sequence[CallTool], parallel: int) -> list[Answer]:
    """The answers to some calls, in their order; up to `parallel` of them are under way at once. Cancelling it cancels
    coroutine tools and abandons the threads of others."""
    tickets = [calls.admit(action) for action in actions]
    answers = {ticket.action.call: ticket.answer for ticket in tickets if ticket.answer is not None}
    places = anyio.CapacityLimiter(max(1, parallel))

    async def one(ticket: Ticket) -> None:
        async with places:
            answers.update((answer.call, answer) for answer in await _settled(calls, ticket))

    async with anyio.create_task_group() as tasks:
        for ticket in tickets:
            if ticket.call is not None:
                tasks.start_soon(one, ticket)
    return [answers[action.call] for action in actions]


async def _settled(calls: ToolCalls, ticket: Ticket) -> list[Answer]:
    assert ticket.call is not None
    try:
        if ticket.is_async:
            value = await ticket.call()
        else:
            limiter = anyio.CapacityLimiter(1)  # `places` counts; the shared limiter belongs to the host
            value = await anyio.to_thread.run_sync(ticket.call, abandon_on_cancel=True, limiter=limiter)
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is its answer
        return calls.settle(ticket, None, error)
    return calls.settle(ticket, value, None)
