"""The tool calls of one evaluation: admission, the answer for the program, and the ledger for the host.

Knows nothing of threads or event loops: a driver asks `admit` for a ticket, gets the call performed somewhere, and
hands what came of it to `settle`. Effects, limits and arguments are judged before a tool is called.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from itertools import groupby
from typing import Any, Protocol

import msgspec

from ptc_lisp.faults import Fault, FaultKind, Phase, Trap
from ptc_lisp.limits import Limits
from ptc_lisp.prelude.parts import Export
from ptc_lisp.sandbox.exchange import CallTool
from ptc_lisp.sandbox.kept_calls import Kept
from ptc_lisp.sandbox.tool_guard import Guard
from ptc_lisp.step import ToolCallRecord
from ptc_lisp.tool import ALLOWED_EFFECTS, Tool, ToolCache, call_key
from ptc_lisp.tool.current import ToolCallInfo, within
from ptc_lisp.values.codec import encode
from ptc_lisp.values.convert import encode_host

_NIL = encode(None)
_MAX_TEXT = 2_000


class Unusable(Exception):  # noqa: N818 - a finding about a result, not a failure of the tool
    """What a tool gave cannot be its result; `fault` is what the program is told."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Ticket:
    """One call that a program asked for.

    answer: what the program is told without the tool being called (a refusal, a result that is known). call: what has to
    be performed and settled. With neither, an equal call is under way, and its end answers this one too.
    """

    __slots__ = (
        "action",
        "answer",
        "cached",
        "call",
        "encoded",
        "guard",
        "info",
        "key",
        "origin",
        "slot",
        "started",
        "started_at",
        "tool",
    )

    def __init__(self, action: CallTool, slot: int) -> None:
        self.action = action
        self.slot = slot
        self.info = ToolCallInfo(os.urandom(8).hex(), action.name, action.path)
        self.started_at = time.time()
        self.started = time.perf_counter()
        self.tool: Tool | None = None
        self.origin = ""
        self.guard: Guard | None = None
        self.call: Callable[[], Any] | None = None
        self.key: bytes | None = None
        self.encoded: tuple[object, bytes] | None = None
        self.cached = False
        self.answer: Answer | None = None

    def let_go(self) -> None:
        """Of what the record does not keep: a program may make many calls with large arguments."""
        self.action = msgspec.structs.replace(self.action, args={})
        if self.guard is not None:
            self.guard.give_up()
        self.guard = self.call = None

    @property
    def is_async(self) -> bool:
        """Whether what `call` gives has to be awaited."""
        return self.guard is not None and self.guard.call.is_async


class Libraries(Protocol):
    """The preludes of a run."""

    exports: dict[str, Export]
    """By ref."""


class Answer(msgspec.Struct, frozen=True):
    """What the worker is told about a call."""

    call: int
    value: bytes
    fault: Fault | None


class ToolCalls:
    """The ledger and the rules of one evaluation."""

    def __init__(
        self,
        tools: Mapping[str, Tool],
        limits: Limits,
        cache: ToolCache | None = None,
        effects: Collection[str] = ALLOWED_EFFECTS,
        libraries: Libraries | None = None,
    ) -> None:
        self._tools = tools
        self._libraries = libraries
        self._limits = limits
        self._cache = ToolCache() if cache is None else cache
        self._effects = effects
        self._tickets: list[Ticket] = []
        self._counted = 0
        self._under_way: dict[bytes, list[Ticket]] = {}
        self._records: dict[int, ToolCallRecord] = {}
        self._raised: dict[int, BaseException] = {}
        self._kept = Kept()

    @property
    def cause(self) -> BaseException | None:
        """What the first failing tool raised, in the order of the program."""
        return next((self._raised[t.slot] for t in self._in_order() if t.slot in self._raised), None)

    def admit(self, action: CallTool) -> Ticket:
        """A ticket for a call that a program asks for."""
        ticket = Ticket(action, len(self._tickets))
        self._tickets.append(ticket)
        tool = ticket.tool = self._tools.get(action.name)
        exports = {} if self._libraries is None else self._libraries.exports
        if action.origin in exports:
            ticket.origin = action.origin
            ticket.info = msgspec.structs.replace(ticket.info, origin=action.origin)
        if tool is not None and tool.visibility == "private" and not _may_call(tool, exports, ticket.origin):
            return self._refused(ticket, _private(tool, exports))
        if tool is None:
            known = ", ".join(sorted(n for n, t in self._tools.items() if t.visibility == "public")) or "none"
            return self._refused(
                ticket,
                _fault(
                    FaultKind.UNKNOWN_TOOL,
                    f"there is no tool/{action.name}",
                    hint=f"available tools: {known}",
                ),
            )
        if tool.cache and self._known(ticket):
            return ticket
        refusal = self._refusal(tool)
        if refusal is not None:
            return self._refused(ticket, refusal)
        try:
            ticket.guard = Guard(tool, action.args, partial(self._usable, ticket))
        except Trap as trap:
            return self._refused(
                ticket, _fault(trap.kind, trap.message, hint=trap.hint, details=trap.details)
            )
        ticket.call = partial(within, ticket.info, ticket.guard.call.run)
        if ticket.key is not None:
            self._under_way[ticket.key] = []
        return ticket

    def settle(self, ticket: Ticket, value: object, error: BaseException | None) -> list[Answer]:
        """The answers to a performed call, and to the equal calls that waited for it: its value, or what it raised."""
        data, fault = (b"", None) if error is not None else self._encoded(ticket, value)
        if isinstance(error, Unusable):
            fault, error = error.fault, None
        elif error is not None:
            self._raised[ticket.slot] = error
            fault = _tool_error(ticket.action.name, error)
        waiting = [] if ticket.key is None else self._under_way.pop(ticket.key, [])
        if fault is not None:
            return [
                self._failed(each, fault, error if each is ticket else None) for each in (ticket, *waiting)
            ]
        if ticket.key is not None and not (ticket.guard and ticket.guard.timed_out):
            self._cache.keep(ticket.key, data)
        preview = self._kept.result(value, data)
        for each in (ticket, *waiting):
            self._note(each, **preview)
        return [Answer(each.action.call, data, None) for each in (ticket, *waiting)]

    def _known(self, ticket: Ticket) -> bool:
        """Whether the call needs not be made: its result is in the cache, or on its way."""
        try:
            ticket.key = call_key(ticket.action.name, ticket.action.args)
        except RecursionError:  # arguments that are nested too deeply to be compared
            return False
        data = self._cache.find(ticket.key)
        if data is not None:
            ticket.cached = True
            self._note(ticket, **self._kept.result(None, data))
            ticket.answer = Answer(ticket.action.call, data, None)
        elif ticket.key in self._under_way:
            ticket.cached = True
            self._under_way[ticket.key].append(ticket)
        return ticket.cached

    def _refusal(self, tool: Tool) -> Fault | None:
        """Why a call that is going to be made must not be; counts it."""
        if tool.effect is not None and tool.effect not in self._effects:
            return _fault(
                FaultKind.EFFECT_NOT_ALLOWED,
                f"tool/{tool.name} was not called: its effect is {tool.effect}, which this run does not allow",
                hint='go on without it, or (fail "…") with what would have to be done',
                details={"tool": tool.name, "effect": tool.effect, "allowed": sorted(self._effects)},
            )
        self._counted += 1
        limit = self._limits.max_tool_calls
        if limit is None or self._counted <= limit:
            return None
        return _fault(
            FaultKind.TOOL_CALL_LIMIT_EXCEEDED,
            f"tool/{tool.name}: "
            + (
                f"the program may call tools {limit} time{'' if limit == 1 else 's'} at most"
                if limit
                else "no calls of tools are left"
            ),
            details={"limit": limit},
        )

    def _refused(self, ticket: Ticket, fault: Fault) -> Ticket:
        ticket.answer = self._failed(ticket, fault, None)
        return ticket

    def _usable(self, ticket: Ticket, value: object) -> None:
        """Encodes a result ahead of time. Raises Unusable."""
        data, fault = self._encoded(ticket, value)
        if fault is not None:
            raise Unusable(fault)
        ticket.encoded = (value, data)

    def _encoded(self, ticket: Ticket, value: object) -> tuple[bytes, Fault | None]:
        """A result as bytes, or why it cannot be one."""
        early, ticket.encoded = ticket.encoded, None
        if early is not None and early[0] is value:
            return early[1], None
        name = ticket.action.name
        try:
            data = encode_host(value, f"the result of tool/{name}")
        except Exception as problem:  # noqa: BLE001 - told to the program, and kept as the cause
            # A TypeError says what has no form in the language; anything else is raised by the object itself.
            self._raised[ticket.slot] = problem
            what = _text_of(problem) if isinstance(problem, TypeError) else _described(problem)
            return b"", _fault(
                FaultKind.TOOL_ERROR,
                f"tool/{name} gave something unusable: {what}",
                details={"tool": name},
            )
        limit = self._limits.max_tool_result_bytes
        if ticket.tool is not None and ticket.tool.max_result is not None:
            limit = min(limit, ticket.tool.max_result)
        if len(data) <= limit:
            return data, None
        return b"", _fault(
            FaultKind.TOOL_ERROR,
            f"tool/{name} gave {len(data)} bytes, more than the {limit} allowed",
            hint="ask the tool for less: a filter, a page, an aggregate",
            details={"tool": name, "bytes": len(data), "limit_bytes": limit},
        )

    def records(self) -> list[ToolCallRecord]:
        """The ledger in the order of the program; a call that never came back says so."""
        if not self._tickets:
            return []
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
        guard, tool = ticket.guard, ticket.tool
        self._records[ticket.slot] = ToolCallRecord(
            id=ticket.info.id,
            branch=ticket.info.branch,
            name=ticket.action.name,
            args=self._kept.args(ticket.action.args),
            started_at=ticket.started_at,
            duration_ms=0.0 if ticket.cached else (time.perf_counter() - ticket.started) * 1000,
            cached=ticket.cached,
            effect=None if tool is None else tool.effect,
            attempts=0 if guard is None else guard.attempts,
            timed_out=guard is not None and guard.timed_out,
            warnings=() if guard is None else guard.call.warnings,
            origin=ticket.origin or None,
            **fields,
        )
        ticket.let_go()


def _may_call(tool: Tool, exports: Mapping[str, Export], origin: str) -> bool:
    """Whether a private tool is needed by the export that calls it. Which one that is, the worker says."""
    return bool(origin) and f"tool:{tool.name}" in exports[origin].requires


def _private(tool: Tool, exports: Mapping[str, Export]) -> Fault:
    users = [ref for ref, export in exports.items() if f"tool:{tool.name}" in export.requires]
    return _fault(
        FaultKind.PRIVATE_TOOL_UNAUTHORIZED,
        f"tool/{tool.name} is private: programs cannot call it",
        hint=f"it is called by {', '.join(users[:3])}" if users else "go on without it",
        details={"tool": tool.name},
    )


def _tool_error(name: str, error: BaseException) -> Fault:
    text, kind = _text_of(error), type(error).__name__
    hint = None
    if kind == "ProgrammingError" and "thread" in text:
        hint = "the host's tool is bound to one thread: open the connection inside the tool"
    return _fault(
        FaultKind.TOOL_ERROR,
        f"tool/{name} failed: {_described(error)}",
        hint=hint,
        details={"tool": name, "error_type": kind},
    )


def _described(error: BaseException) -> str:
    text = _text_of(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _text_of(error: BaseException) -> str:
    """The message of an exception, bounded, as text that can be sent; "" when it cannot say what it is."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - code of the host that only has to be survived
        return ""
    text = text[: _MAX_TEXT + 1].encode(errors="backslashreplace").decode()
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}..."


def _fault(
    kind: FaultKind, message: str, *, hint: str | None = None, details: dict[str, Any] | None = None
) -> Fault:
    return Fault(kind, Phase.RUN, message, hint=hint, details=details or {})
