"""The way in: the text of a PTC-JSON program becomes a core program, or all of its faults."""

from __future__ import annotations

import re
from typing import Any

from ptc_lisp.analyzer.state import AnalysisFailed, Env
from ptc_lisp.core import nodes as n
from ptc_lisp.core.walk import mentions
from ptc_lisp.faults import Fault, FaultKind, Trap
from ptc_lisp.json_dsl import lower_flow, lower_rows
from ptc_lisp.json_dsl.checking import check_program
from ptc_lisp.json_dsl.lowering import Lowering, Scope
from ptc_lisp.json_dsl.reading import read_program

assert lower_flow
assert lower_rows

_FAILED_TOOL = re.compile(r"tool/(\S+) failed: ")
_TOOL = re.compile(r"tool/([^\s:]+)")
_ARGUMENT = re.compile(r"\b(arguments? |missing |are |, ):([A-Za-z_][\w-]*)")


class JsonProgram:
    """A lowered program. `tree`: what was read. `places`: for the `start` of each node, its JSON path and operation (None for
    data)."""

    def __init__(self, source: str, env: Env, max_bytes: int) -> None:
        """Raises Trap for text that is no program, AnalysisFailed with all faults of one that cannot run."""
        found = read_program(source, max_bytes)
        traps = check_program(found.program, env, found.unused)
        if traps:
            raise AnalysisFailed([found.placed(trap) for trap in traps])
        self.tree = found
        self.places: list[tuple[str, str | None]] = []
        body = Lowering(self.places).expression(found.program, "$.program", Scope(names={}), last=True)
        mentioned = mentions((body,))
        self.core = n.Program(body, (body,), (), mentioned.data, mentioned.tools)


def fault_of(trap: Trap, program: JsonProgram | None = None) -> Fault:
    """The Fault of a trap, with the JSON path of its node and in the words of JSON."""
    details: dict[str, Any] = dict(trap.details)
    message, hint = trap.message, trap.hint
    if program is not None and trap.start is not None and trap.start < len(program.places):
        path, op = program.places[trap.start]
        details.setdefault("path", program.tree.place(path))
        message = _own_name(message, op)
    if trap.kind is FaultKind.TOOL_ERROR:
        message = _FAILED_TOOL.sub(r"tool '\1' raised ", message, count=1)
    message = _TOOL.sub(r"tool '\1'", message, count=1)
    if trap.kind is FaultKind.INVALID_TOOL_ARGS:
        message = _ARGUMENT.sub(lambda found: found[1] + found[2].replace("-", "_"), message)
    # A hint with a form in parentheses shows Lisp.
    if hint is not None and ("(" in hint or "tool/" in hint):
        hint = None
    return Fault(trap.kind, trap.phase, message, hint=hint, details=details)


def _own_name(message: str, op: str | None) -> str:
    """The message of a builtin under the name of the operation that called it."""
    ref, colon, rest = message.partition(": ")
    if op is None or not colon or " " in ref or ref.startswith("tool/") or ref.partition(":")[0] == op:
        return message
    return f"{op}: {rest}"
