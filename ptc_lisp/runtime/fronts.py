"""The languages that a machine takes: how a text becomes a core program, and how a trap of it becomes a Fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from ptc_lisp.analyzer import Env, analyze
from ptc_lisp.analyzer.advice import ADVISED, advise
from ptc_lisp.core.nodes import Program
from ptc_lisp.fault_make import to_fault
from ptc_lisp.faults import Fault, Trap
from ptc_lisp.json_dsl.front import JsonProgram, fault_of
from ptc_lisp.json_dsl.showing import shown_json
from ptc_lisp.limits import Limits
from ptc_lisp.reader import read
from ptc_lisp.runtime.signals import Interrupted
from ptc_lisp.source import Source
from ptc_lisp.values.printing import format_value
from ptc_lisp.values.types import Value

Language = Literal["ptc-lisp", "ptc-json"]

_SHOWN_ITEMS = 50
_SHOWN_STRING = 1_000
_SHOWN_CHARS = 8_000
_MAX_ADVISED = 20
_LONG_SOURCE = 50_000


class Front(Protocol):
    """One program text of one language."""

    @property
    def source(self) -> Source | None:
        """The text that character offsets of nodes point into; None when they are no offsets."""
        ...

    def program(self, env: Env) -> Program:
        """The core program. Raises Trap, or AnalysisFailed with several."""
        ...

    def advise(self, traps: Sequence[Trap], data: frozenset[str]) -> None:
        """Betters the hints of traps."""
        ...

    def fault(self, trap: Trap) -> Fault:
        """The Fault of a trap, with its place."""
        ...

    def show(self, value: Value) -> str:
        """A value as the language writes it, bounded."""
        ...


class LispFront:
    """PTC-Lisp."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.source = Source(text)
        self._text = text
        self._limits = limits

    def program(self, env: Env) -> Program:
        """Reads and analyses the text."""
        limits = self._limits
        forms = read(
            self._text,
            max_nesting=limits.max_nesting,
            max_symbols=limits.max_symbols,
            max_bytes=limits.max_program_bytes,
        )
        return analyze(forms, env)

    def advise(self, traps: Sequence[Trap], data: frozenset[str]) -> None:
        """Looks at the program again. When time or memory runs out meanwhile, the hints stay what they are."""
        found = [trap for trap in traps if trap.kind in ADVISED][:_MAX_ADVISED]
        if not found or len(self._text) > _LONG_SOURCE:
            return
        try:
            forms = read(
                self._text, max_nesting=self._limits.max_nesting, max_symbols=self._limits.max_symbols
            )
            for trap in found:
                trap.hint = advise(trap, forms, self._text, data) or trap.hint
        except (Interrupted, MemoryError, RecursionError):
            return

    def fault(self, trap: Trap) -> Fault:
        """With line, column and excerpt."""
        return to_fault(trap, self.source)

    def show(self, value: Value) -> str:
        """As `pr-str` prints it."""
        return format_value(value, _SHOWN_ITEMS, _SHOWN_STRING, max_chars=_SHOWN_CHARS)[0]


class JsonFront:
    """PTC-JSON."""

    source = None

    def __init__(self, text: str, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._program: JsonProgram | None = None

    def program(self, env: Env) -> Program:
        """Parses, validates and lowers the text."""
        self._program = JsonProgram(self._text, env, self._limits.max_program_bytes)
        return self._program.core

    def advise(self, traps: Sequence[Trap], data: frozenset[str]) -> None:
        """There is nothing to better: the hints of validation are its own."""

    def fault(self, trap: Trap) -> Fault:
        """With a JSON path. A program that was compiled before is lowered again, for its places."""
        if self._program is None and trap.start is not None:
            self.program(Env())
        return fault_of(trap, self._program)

    def show(self, value: Value) -> str:
        """As JSON."""
        return shown_json(value, _SHOWN_ITEMS, _SHOWN_STRING, _SHOWN_CHARS)


def front_of(language: Language, text: str, limits: Limits) -> Front:
    """The front of a language."""
    return JsonFront(text, limits) if language == "ptc-json" else LispFront(text, limits)
