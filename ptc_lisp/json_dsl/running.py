"""PTC-JSON for hosts: `run`, `arun`, `run_or_raise`, `check`, `to_lisp`, `format_error`.

Programs run in the same workers as PTC-Lisp. What the host itself does with a program is parse and validate it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ptc_lisp.analyzer.state import AnalysisFailed, Env, ToolShape
from ptc_lisp.core import nodes as n
from ptc_lisp.core.unparse import unparse
from ptc_lisp.core.walk import walk
from ptc_lisp.faults import Actor, Fault, FaultKind, Phase, PtcError, Trap
from ptc_lisp.json_dsl.front import JsonProgram, fault_of
from ptc_lisp.limits import Limits
from ptc_lisp.session import Session
from ptc_lisp.step import Step
from ptc_lisp.tool import Tools, tool_table
from ptc_lisp.values.memory import Memory

if TYPE_CHECKING:
    from ptc_lisp.signature import Signature

Program = Mapping[str, Any] | str | bytes
"""A PTC-JSON program: the map `{"program": …}`, or its JSON text."""

_MAX_LINE = 200
_MAX_LINE_WITH_PREFIX = 220
_SYMBOL = re.compile(r"[A-Za-z_][A-Za-z0-9_+*<>=?!-]*")
_LITERALS = frozenset({"nil", "true", "false"})
_PREFIXES: dict[FaultKind, str] = {
    FaultKind.PARSE_ERROR: "ParseError",
    FaultKind.PROGRAM_TOO_LARGE: "ParseError",
    FaultKind.VALIDATION_ERROR: "ValidationError",
    FaultKind.TIMEOUT: "TimeoutError",
    FaultKind.MEMORY_EXCEEDED: "MemoryError",
    FaultKind.TYPE_ERROR: "TypeError",
    FaultKind.ARITHMETIC_ERROR: "ArithmeticError",
    FaultKind.UNBOUND_VAR: "UndefinedVariable",
}


def run(
    program: Program,
    *,
    context: Mapping[str, Any] | None = None,
    tools: Tools | None = None,
    memory: Mapping[str, Any] | Memory | bytes | None = None,
    limits: Limits | None = None,
    signature: str | Signature | None = None,
) -> Step:
    """Runs one program in a fresh worker process and returns its Step, as `ptc_lisp.run` does.

    context: what `load` reads. tools: what `call` may call; unusable ones are a validation_error of the Step. memory: what
    `var` reads, from earlier programs (`step.memory`) or plain values by name.

    Raises:
        TypeError, ValueError: another argument is unusable, or the program is not JSON data.
        SandboxError: this machine cannot start worker processes.
    """
    text, refused = _prepared(program, tools)
    if refused is not None:
        return refused
    with _session(context, tools, memory, limits) as session:
        return session.eval(text, signature=signature)


async def arun(
    program: Program,
    *,
    context: Mapping[str, Any] | None = None,
    tools: Tools | None = None,
    memory: Mapping[str, Any] | Memory | bytes | None = None,
    limits: Limits | None = None,
    signature: str | Signature | None = None,
) -> Step:
    """`run` for coroutines (asyncio or trio). Cancelling it kills the worker."""
    text, refused = _prepared(program, tools)
    if refused is not None:
        return refused
    with _session(context, tools, memory, limits) as session:
        return await session.aeval(text, signature=signature)


def run_or_raise(
    program: Program,
    *,
    context: Mapping[str, Any] | None = None,
    tools: Tools | None = None,
    memory: Mapping[str, Any] | Memory | bytes | None = None,
    limits: Limits | None = None,
) -> Any:
    """The value of a program. Raises PtcError if there is none, and what `run` raises."""
    return run(program, context=context, tools=tools, memory=memory, limits=limits).unwrap()


def check(program: Program, *, tools: Tools | None = None) -> list[Fault]:
    """All faults that can be found without running the program; empty if there are none. Without `tools`, every tool name is
    accepted."""
    if tools is None:
        env = Env()
    else:
        table = {name: tool for name, tool in tool_table(tools).items() if tool.visibility == "public"}
        shapes = {name: ToolShape(*tool.parameters, tool.kinds) for name, tool in table.items()}
        env = Env(tools=frozenset(table), shapes=shapes)
    made = _lowered(program, env)
    return made if isinstance(made, list) else []


def to_lisp(program: Program) -> str:
    """The PTC-Lisp program that does the same. Only a `var` that has no value, and the name of a builtin, is that builtin
    there and null here.

    Raises:
        PtcError: the program is not valid.
        ValueError: it has a name that no Lisp program can contain.
    """
    made = _lowered(program, Env())
    if isinstance(made, list):
        raise PtcError(made[0])
    for node in walk(made.core.body):
        if isinstance(node, n.DataRef | n.Global | n.ToolCall) and not _is_writable(node):
            raise ValueError(f"the name {node.name!r} cannot be written in PTC-Lisp: rename it")
    return unparse(made.core)


def _is_writable(node: n.DataRef | n.Global | n.ToolCall) -> bool:
    if isinstance(node, n.Global) and node.name in _LITERALS:
        return False
    return _SYMBOL.fullmatch(node.name) is not None


def format_error(error: Fault | Step | BaseException) -> str:
    """A fault (or that of a Step or a PtcError) as one line of at most 220 characters for a model."""
    if isinstance(error, Step):
        error = error.error if error.error is not None else PtcError(_NOTHING)
    if isinstance(error, PtcError):
        error = error.fault
    if not isinstance(error, Fault):
        return f"Error: {_line(str(error))}"
    return f"{_prefix(error)}: {_line(_message(error))}"[:_MAX_LINE_WITH_PREFIX]


_NOTHING = Fault(FaultKind.INTERNAL_ERROR, Phase.HOST, "the step has no error")


def _prefix(fault: Fault) -> str:
    if fault.phase is Phase.ANALYZE:
        return "ValidationError"
    return _PREFIXES.get(fault.kind) or ("Error" if fault.actor is Actor.HOST else "ExecutionError")


def _message(fault: Fault) -> str:
    if fault.kind is FaultKind.TIMEOUT:
        return f"the program ran longer than {fault.details.get('limit_ms')} ms"
    if fault.kind is FaultKind.MEMORY_EXCEEDED:
        return f"the program needs more than {fault.details.get('limit_bytes')} bytes of memory"
    path = fault.details.get("path")
    hint = f" ({fault.hint})" if fault.hint and fault.phase is Phase.ANALYZE else ""
    return f"{fault.message}{f' at {path}' if path else ''}{hint}"


def _line(text: str) -> str:
    first = text.split("\n", 1)[0]
    return first if len(first) <= _MAX_LINE else f"{first[: _MAX_LINE - 1]}…"


def _session(
    context: Mapping[str, Any] | None,
    tools: Tools | None,
    memory: Mapping[str, Any] | Memory | bytes | None,
    limits: Limits | None,
) -> Session:
    return Session(context=context, tools=tools, memory=memory, limits=limits, language="ptc-json")


def _prepared(program: Program, tools: Tools | None) -> tuple[str, Step | None]:
    """The text of a program, and the Step of one that need not be run."""
    try:
        text = text_of(program)
    except PtcError as error:
        return "", Step(ok=False, error=error.fault, faults=(error.fault,))
    try:
        tool_table(tools)
    except (TypeError, ValueError) as error:
        fault = Fault(FaultKind.VALIDATION_ERROR, Phase.HOST, f"tools: {error}")
        return text, Step(ok=False, error=fault, faults=(fault,))
    return text, None


def text_of(program: Program) -> str:
    """The JSON text of a program. Raises PtcError for bytes that are no UTF-8, TypeError for what is no JSON data."""
    if isinstance(program, str):
        return program
    if isinstance(program, bytes):
        try:
            return program.decode("utf-8-sig")
        except UnicodeDecodeError:
            message = "JSON decode error: the program is not UTF-8 text"
            raise PtcError(Fault(FaultKind.PARSE_ERROR, Phase.READ, message)) from None
    if not isinstance(program, Mapping):
        raise TypeError(f'a program is JSON text or a dict {{"program": …}}, got {type(program).__name__}')
    try:
        return json.dumps(dict(program), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"a program must hold JSON data only: {error}") from error


def _lowered(program: Program, env: Env) -> JsonProgram | list[Fault]:
    try:
        return JsonProgram(text_of(program), env, Limits().max_program_bytes)
    except PtcError as error:
        return [error.fault]
    except Trap as trap:
        return [fault_of(trap)]
    except AnalysisFailed as failed:
        return [fault_of(trap) for trap in failed.traps]
