"""Calling tools without a program."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ptc_lisp.faults import Fault
from ptc_lisp.limits import Limits
from ptc_lisp.sandbox.drive_calls import perform
from ptc_lisp.sandbox.exchange import CallTool
from ptc_lisp.sandbox.tool_calls import ToolCalls
from ptc_lisp.step import ToolCallRecord
from ptc_lisp.tool import ToolCache, Tools, allowed_effects, tool_table
from ptc_lisp.values.received import decode_plain

if TYPE_CHECKING:
    from ptc_lisp.tool.options import Effect


class ToolOutcome(msgspec.Struct, frozen=True):
    """The outcome of one call: a value as plain Python, or a fault; and its record."""

    value: Any
    fault: Fault | None
    record: ToolCallRecord

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.fault is None


async def acall_tools(
    tools: Tools,
    calls: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    limits: Limits | None = None,
    tool_cache: ToolCache | None = None,
    allow_effects: Collection[Effect] | None = None,
) -> list[ToolOutcome]:
    """Calls tools by name in parallel, without a program, and returns the outcomes in the order of the calls.

    The rules are those for programs: arguments are checked and converted, effects and `limits.max_tool_calls` are checked
    before the call, equal calls share the cache, and errors of tools are outcomes, not exceptions.

    Raises:
        TypeError, ValueError: `tools` or `allow_effects` are unusable.
    """
    bounds = limits or Limits()
    ledger = ToolCalls(tool_table(tools), bounds, tool_cache, allowed_effects(allow_effects))
    actions = [
        CallTool(number, name, {key.replace("-", "_"): value for key, value in args.items()})
        for number, (name, args) in enumerate(calls)
    ]
    answers = await perform(ledger, actions, bounds.max_parallel)
    return [
        ToolOutcome(None if answer.fault else decode_plain(answer.value), answer.fault, record)
        for answer, record in zip(answers, ledger.records(), strict=True)
    ]
