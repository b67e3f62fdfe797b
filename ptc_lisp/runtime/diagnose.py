"""Turns a Python exception that left generated code into the Trap that says what the program did wrong."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType, FunctionType, TracebackType
from typing import cast

from ptc_lisp.core import nodes as core
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.runtime.compiler import FILE_PREFIX, Compiled
from ptc_lisp.runtime.libraries import not_attached
from ptc_lisp.runtime.numeric import FOR_INTEGERS
from ptc_lisp.runtime.signals import Interrupted
from ptc_lisp.source import Source
from ptc_lisp.values.functions import (
    FN_INFO,
    Builtin,
    fn_info,
    not_callable,
    wrong_arity,
    wrong_closure_arity,
)
from ptc_lisp.values.types import ABSENT, Value

_MOST_FRAMES = 8
_DEEP_HINT = "use loop/recur, reduce or a (for …) instead of recursion that is not in tail position"


def trap_of(error: BaseException, current: Compiled | None, earlier: dict[str, Compiled], depth: int) -> Trap:
    """The Trap of an exception, with the place in the current program where there is one.

    `earlier` holds programs of previous evaluations by file name (closures of theirs may run now).
    """
    frames = _generated_frames(error.__traceback__)
    trap = _classify(error, frames, current, earlier, depth)
    if trap.start is None and current is not None:
        too_deep = isinstance(error, RecursionError)
        for frame, line in reversed(frames):
            if too_deep and line == frame.f_code.co_firstlineno:
                continue  # on its way into a function: the place is the call
            if frame.f_code.co_filename == current.filename:
                node = current.place(line)
                trap.start, trap.end = node.start, node.end
                break
    return trap


def call_frames(
    error: BaseException, current: Compiled | None, earlier: dict[str, Compiled], source: Source
) -> list[dict[str, object]]:
    """The program's own functions that were being called, innermost first: name, and line/column where the place is in
    `source`. A function that called itself appears once, with `times`."""
    shown: list[dict[str, object]] = []
    for name, node in _functions(error, current, earlier):
        if shown and shown[-1]["function"] == name:
            shown[-1]["times"] = cast("int", shown[-1].get("times", 1)) + 1
            continue
        if len(shown) == _MOST_FRAMES:
            break
        entry: dict[str, object] = {"function": name}
        if node is not None:
            span = source.span(node.start, node.end)
            entry |= {"line": span.line, "column": span.column}
        shown.append(entry)
    return shown


def _functions(
    error: BaseException, current: Compiled | None, earlier: dict[str, Compiled]
) -> Iterator[tuple[str, core.Node | None]]:
    """The functions on the way, innermost first: name, and the place where it went on, if that is in `current`."""
    inner_name = ""
    for frame, frame_line in reversed(_generated_frames(error.__traceback__)):
        filename, line, name = frame.f_code.co_filename, frame_line, frame.f_code.co_name
        if inner_name == f"{name}{FOR_INTEGERS}":
            continue  # the same call: it went on in the code for integers
        inner_name = name
        here = current is not None and filename == current.filename
        unit = current if here else earlier.get(filename)
        if unit is not None:
            for inner in unit.inlined_at(line):
                if inner.first < frame.f_code.co_firstlineno:
                    break  # the function is written there, but is no part of it
                yield inner.name, unit.place(line) if here else None
                line = inner.line
        info = FN_INFO.get(name.partition("#")[0])
        if info is not None:
            yield info.name or "fn", unit.place(line) if here and unit is not None else None


def _generated_frames(tb: TracebackType | None) -> list[tuple[FrameType, int]]:
    frames: list[tuple[FrameType, int]] = []
    while tb is not None:
        if tb.tb_frame.f_code.co_filename.startswith(FILE_PREFIX):
            frames.append((tb.tb_frame, tb.tb_lineno))
        tb = tb.tb_next
    return frames


def _classify(
    error: BaseException,
    frames: list[tuple[FrameType, int]],
    current: Compiled | None,
    earlier: dict[str, Compiled],
    depth: int,
) -> Trap:
    if isinstance(error, Trap):
        return error
    if isinstance(error, Interrupted):
        return error.trap
    if isinstance(error, RecursionError):
        return Trap(
            FaultKind.RECURSION_LIMIT_EXCEEDED,
            f"calls are nested too deeply (about {depth} levels are safe)",
            hint=_DEEP_HINT,
        )
    # CPython raises a SystemError where memory runs out in an iterator written in C ("error return without exception").
    if isinstance(error, MemoryError | SystemError):
        return Trap(FaultKind.MEMORY_EXCEEDED, "the program needs more memory than it may use")
    # Python writes out, and reads, integers of 4,300 digits at most.
    if isinstance(error, OverflowError) or (
        isinstance(error, ValueError) and "digits) for integer" in str(error)
    ):
        return Trap(FaultKind.ARITHMETIC_ERROR, "a number is too large for this operation")
    if isinstance(error, NameError) and error.name is not None and error.name.startswith("u/"):
        return _unbound(error.name[2:])
    if isinstance(error, NameError) and error.name is not None and error.name[:2] in {"p/", "q/"}:
        return not_attached(error.name[2:])
    if isinstance(error, TypeError) and frames and _innermost_is(error, frames):
        found = _bad_call(frames[-1], current, earlier)
        if found is not None:
            return found
    return Trap(
        FaultKind.INTERNAL_ERROR,
        f"internal error ({type(error).__name__})",
        details={"python": str(error)[:500]},
    )


def _unbound(name: str) -> Trap:
    return Trap(
        FaultKind.UNBOUND_VAR,
        f"{name} is not defined yet at this point",
        hint=f"define it first with (def {name} …) on a path that always runs, or write (or {name} default)",
    )


def _innermost_is(error: BaseException, frames: list[tuple[FrameType, int]]) -> bool:
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    return tb is not None and tb.tb_frame is frames[-1][0]


def _bad_call(
    frame: tuple[FrameType, int], current: Compiled | None, earlier: dict[str, Compiled]
) -> Trap | None:
    """CPython refused a direct call in generated code: the callee cannot be called so. Says why, from the callee."""
    filename = frame[0].f_code.co_filename
    unit = current if current is not None and current.filename == filename else earlier.get(filename)
    if unit is None:
        return None
    node = unit.place(frame[1])
    if not isinstance(node, core.Call):
        return None
    callee, count = _callee(node.fn, frame[0]), len(node.args)
    if callee is ABSENT:
        return None
    if callee.__class__ is FunctionType:
        info = fn_info(callee)
        return wrong_closure_arity(info, count) if info is not None and not info.takes(count) else None
    if callee.__class__ is Builtin:
        return None if callee.takes(count) else wrong_arity(callee, count)
    return not_callable(callee, "call")


def _callee(node: core.Node, frame: FrameType) -> Value:
    match node:
        case core.Global():
            return frame.f_globals.get(f"u/{node.name}", ABSENT)
        case core.Local():
            return frame.f_locals.get(f"l/{node.name}", _own_function(frame))
        case _:
            return ABSENT


def _own_function(frame: FrameType) -> Value:
    """The function that a self-call means: the free or local name of the closure being run."""
    for name, value in frame.f_locals.items():
        if name.startswith("fn/") and "#" not in name:
            return value
    return ABSENT
