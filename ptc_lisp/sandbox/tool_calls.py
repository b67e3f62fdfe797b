"""The tool calls of one evaluation: admission, the answer for the program, and the ledger for the host.

Knows nothing of threads or event loops: a driver asks `admit` for a ticket, gets the call performed somewhere, and
hands what came of it to `settle`.
"""

from __future__ import annotations

import os
import reprlib
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import groupby
from typing import Any, Protocol

import msgspec

from ptc_lisp.faults import Fault, FaultKind, Phase, Trap
from ptc_lisp.limits import Limits
from ptc_lisp.sandbox.exchange import CallTool
from ptc_lisp.step import ToolCallRecord
from ptc_lisp.tool.current import ToolCallInfo, within
from ptc_lisp.values.codec import decode_plain, encode
from ptc_lisp.values.convert import encode_host

PREVIEW_BYTES = 16_384
_NIL = encode(None)
_MAX_TEXT = 2_000


class HostTool(Protocol):
    """A tool as the sandbox sees it."""

    @property
    def is_async(self) -> bool:
        """Whether what `prepare` gives returns an awaitable."""
        ...

    def prepare(self, args: dict[str, Any]) -> Callable[[], Any]:
        """The call with its arguments bound. Raises a Trap (invalid_tool_args)."""
        ...


class Ticket:
    """One admitted call. `refusal` is the answer when it must not be performed."""

    __slots__ = ("action", "call", "info", "is_async", "refusal", "slot", "started", "started_at")

    def __init__(self, action: CallTool, slot: int) -> None:
        self.action = action
        self.slot = slot
        self.info = ToolCallInfo(os.urandom(8).hex(), action.name, action.path)
        self.started_at = time.time()
        self.started = time.perf_counter()
        self.call: Callable[[], Any] | None = None
        self.is_async = False
        self.refusal: Fault | None = None


class Answer(msgspec.Struct, frozen=True):
    """What the worker is told about a call."""

    call: int
    value: bytes
    fault: Fault | None


class ToolCalls:
    """The ledger and the rules of one evaluation."""

    def __init__(self, tools: Mapping[str, HostTool], limits: Limits) -> None:
        self._tools = tools
        self._limits = limits
        self._tickets: list[Ticket] = []
        self._records: dict[int, ToolCallRecord] = {}
        self._raised: dict[int, BaseException] = {}

    @property
    def cause(self) -> BaseException | None:
        """What the first failing tool raised, in the order of the program."""
        return next((self._raised[t.slot] for t in self._in_order() if t.slot in self._raised), None)

    def admit(self, action: CallTool) -> Ticket:
        """A ticket for a call that a program asks for."""
        ticket = Ticket(action, len(self._tickets))
        self._tickets.append(ticket)
        limit = self._limits.max_tool_calls
        tool = self._tools.get(action.name)
        if limit is not None and len(self._tickets) > limit:
            ticket.refusal = _fault(
                FaultKind.TOOL_CALL_LIMIT_EXCEEDED,
                f"tool/{action.name}: the program may call tools {limit} time{'' if limit == 1 else 's'} at most",
                details={"limit": limit},
            )
        elif tool is None:
            known = ", ".join(sorted(self._tools)) or "none"
            ticket.refusal = _fault(
                FaultKind.UNKNOWN_TOOL, f"there is no tool/{action.name}", hint=f"available tools: {known}"
            )
        else:
            try:
                ticket.call = partial(within, ticket.info, tool.prepare(action.args))
                ticket.is_async = tool.is_async
            except Trap as trap:
                ticket.refusal = _fault(trap.kind, trap.message, hint=trap.hint, details=trap.details)
        return ticket

    def refuse(self, ticket: Ticket) -> Answer:
        """The answer to a ticket with a refusal."""
        assert ticket.refusal is not None
        return self._failed(ticket, ticket.refusal, None)

    def settle(self, ticket: Ticket, value: object, error: BaseException | None) -> Answer:
        """The answer to a performed call: its value, or what it raised."""
        name = ticket.action.name
        if error is not None:
            self._raised[ticket.slot] = error
            return self._failed(ticket, _tool_error(name, error), error)
        try:
            data = encode_host(value, f"the result of tool/{name}")
        except (TypeError, RecursionError) as problem:
            fault = _fault(
                FaultKind.TOOL_ERROR,
                f"tool/{name} gave something unusable: {problem}",
                details={"tool": name},
            )
            return self._failed(ticket, fault, problem)
        limit = self._limits.max_tool_result_bytes
        if len(data) > limit:
            fault = _fault(
                FaultKind.TOOL_ERROR,
                f"tool/{name} gave {len(data)} bytes, more than the {limit} allowed",
                hint="ask the tool for less: a filter, a page, an aggregate",
                details={"tool": name, "bytes": len(data), "limit_bytes": limit},
            )
            return self._failed(ticket, fault, None)
        self._note(ticket, **_preview(value, data))
        return Answer(ticket.action.call, data, None)

    def records(self) -> list[ToolCallRecord]:
        """The ledger in the order of the program; a call that never came back says so."""
        for ticket in self._tickets:
            if ticket.slot not in self._records:
                self._note(ticket, error="abandoned: the program ended before the tool answered")
        return [self._records[ticket.slot] for ticket in self._in_order()]

    def _in_order(self) -> list[Ticket]:
        """The tickets in the order of the program: calls in branches of one `pmap` may have been made in any order."""
        runs = groupby(self._tickets, key=lambda ticket: bool(ticket.action.path))
        return [ticket for _, run in runs for ticket in sorted(run, key=lambda ticket: ticket.action.path)]

    def _failed(self, ticket: Ticket, fault: Fault, error: BaseException | None) -> Answer:
        self._note(ticket, error=fault.message, exception=error)
        return Answer(ticket.action.call, _NIL, fault)

    def _note(self, ticket: Ticket, **fields: Any) -> None:
        self._records[ticket.slot] = ToolCallRecord(
            id=ticket.info.id,
            branch=ticket.info.branch,
            name=ticket.action.name,
            args=ticket.action.args,
            started_at=ticket.started_at,
            duration_ms=(time.perf_counter() - ticket.started) * 1000,
            **fields,
        )


def _preview(value: object, data: bytes) -> dict[str, Any]:
    if len(data) <= PREVIEW_BYTES:
        return {"result": decode_plain(data), "result_bytes": len(data)}
    shown = _SHORT.repr(value).encode(errors="replace")[:PREVIEW_BYTES].decode(errors="ignore")
    return {"result": shown, "result_bytes": len(data), "truncated": True}


_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = 50
_SHORT.maxstring = _SHORT.maxother = 1_000


def _tool_error(name: str, error: BaseException) -> Fault:
    text = str(error)
    text = text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}..."
    kind = type(error).__name__
    hint = None
    if kind == "ProgrammingError" and "thread" in text:
        hint = "the host's tool is bound to one thread: open the connection inside the tool"
    return _fault(
        FaultKind.TOOL_ERROR,
        f"tool/{name} failed: {kind}: {text}" if text else f"tool/{name} failed: {kind}",
        hint=hint,
        details={"tool": name, "error_type": kind},
    )


def _fault(
    kind: FaultKind, message: str, *, hint: str | None = None, details: dict[str, Any] | None = None
) -> Fault:
    return Fault(kind, Phase.RUN, message, hint=hint, details=details or {})
