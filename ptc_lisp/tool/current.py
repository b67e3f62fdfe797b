"""Which call a tool is answering: for idempotency keys, logs and spans of the host."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import msgspec


class ToolCallInfo(msgspec.Struct, frozen=True):
    """One call of a tool by a program.

    id: unique, the same in the ledger (`ToolCallRecord.id`). branch: of a call in `pmap` or `pcalls`, its place among
    the calls of all branches in the order of the program; else empty. origin: the export of a prelude that makes it.
    """

    id: str
    name: str
    branch: tuple[int, ...] = ()
    origin: str | None = None


_CURRENT: ContextVar[ToolCallInfo | None] = ContextVar("ptc_tool_call", default=None)


def current_call() -> ToolCallInfo | None:
    """The call that the tool around this code is answering; None outside of tools."""
    return _CURRENT.get()


def within(info: ToolCallInfo, call: Callable[[], Any]) -> Any:
    """What `call` gives, with `info` as the current call. Each call runs in context variables of its own, so nothing
    is put back: the coroutine of an async tool starts only after this function ended."""
    _CURRENT.set(info)
    return call()
