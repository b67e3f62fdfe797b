"""A machine in the test's own process: the whole language without a worker, for tests of meaning only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ptc_lisp.fault_text import render
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.limits import Limits
from ptc_lisp.runtime.machine import Machine
from ptc_lisp.runtime.outcome import Outcome


class InlineHost:
    """Host doors over plain Python functions that take keyword arguments."""

    def __init__(self, tools: dict[str, Callable[..., Any]] | None = None) -> None:
        self.tools = tools or {}
        self.prints: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def tool(self, name: str, args: dict[str, Any], origin: str = "") -> Any:
        self.calls.append((name, args))
        try:
            return self.tools[name](**args)
        except RuntimeError as error:
            raise Trap(FaultKind.TOOL_ERROR, f"tool/{name} failed: {error}") from error

    def printed(self, text: str) -> None:
        self.prints.append(text)

    def journalled(self, ident: str, blob: bytes | None) -> None:
        """The outcome has the whole journal."""

    def now_ms(self) -> int:
        return 1_700_000_000_000


class Inline:
    """A session in this process: `run` gives the Outcome, `value` the value, `text` the value as the language prints it."""

    def __init__(
        self, tools: dict[str, Callable[..., Any]] | None = None, limits: Limits | None = None
    ) -> None:
        self.host = InlineHost(tools)
        self.machine = Machine(limits or Limits(), self.host)

    def run(self, source: str, context: dict[str, Any] | None = None, **options: Any) -> Outcome:
        self.host.prints.clear()
        limit = sys.getrecursionlimit()  # the machine owns its process and sets it; here it is a guest
        try:
            return self.machine.evaluate(
                source, context=context or {}, tools=frozenset(self.host.tools), **options
            )
        finally:
            sys.setrecursionlimit(limit)

    def value(self, source: str, context: dict[str, Any] | None = None) -> Any:
        outcome = self.run(source, context)
        assert outcome.ok, "\n".join(render(fault) for fault in outcome.faults)
        return outcome.value

    def text(self, source: str, context: dict[str, Any] | None = None) -> str:
        """What `(pr-str value)` gives."""
        outcome = self.run(f"(pr-str (do {source}\n))", context)
        assert outcome.ok, "\n".join(render(fault) for fault in outcome.faults)
        return outcome.shown if outcome.returned else str(outcome.value)

    def fault(self, source: str, context: dict[str, Any] | None = None) -> FaultKind:
        outcome = self.run(source, context)
        assert not outcome.ok, f"gave {outcome.shown}"
        return outcome.faults[0].kind
