"""Which call a tool is answering: for idempotency keys, logs and spans of the host."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import msgspec


class ToolCallInfo(msgspec.Struct, frozen=True):
    """One call of a tool by a program.

    id: unique, the same as in the ledger (`ToolCallRecord.id`). branch: for a call in `pmap` or `pcalls`, its position among
    the calls of all branches in the order of the program; else empty. origin: the prelude function that makes the call.
    """

    id: str
    name: str
    branch: tuple[int, ...] = ()
    origin: str | None = None


_CURRENT: ContextVar[ToolCallInfo | None] = ContextVar("ptc_tool_call", default=None)


def current_call() -> ToolCallInfo | None:
    """The tool call in which this code runs; None outside of tools."""
    return _CURRENT.get()


def within(info: ToolCallInfo, call: Callable[[], Any]) -> Any:
    """What `call` gives, with `info` as the current call. Each call runs in context variables of its own, so nothing
    is put back: the coroutine of an async tool starts only after this function ended."""
    _CURRENT.set(info)
    return call()
