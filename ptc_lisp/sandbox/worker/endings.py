"""Evaluations that end outside of the machine: turns what broke into a fault."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ptc_lisp.faults import Fault, FaultKind, Phase, Trap
from ptc_lisp.runtime.outcome import Outcome
from ptc_lisp.runtime.signals import Interrupted
from ptc_lisp.sandbox import census

_MAX_TRACE = 2_000


def failure(trap: Trap, steps: int) -> Outcome:
    """The outcome of an evaluation that ended with a trap; its worker goes."""
    fault = Fault(trap.kind, Phase.RESULT, trap.message, hint=trap.hint, details=trap.details)
    return Outcome(ok=False, faults=(fault,), steps=steps, discard=True)


def trap_of(error: BaseException) -> Trap:
    """What broke outside of the machine: a limit reached while putting the outcome together, or our own mistake."""
    if isinstance(error, Interrupted):
        return error.trap
    if isinstance(error, Trap):
        return error
    if isinstance(error, MemoryError):
        return Trap(FaultKind.MEMORY_EXCEEDED, "the result needs more memory than the program may use")
    if isinstance(error, RecursionError):
        return Trap(FaultKind.RESULT_TOO_LARGE, "the result is nested too deeply", hint="return flatter data")
    return Trap(
        FaultKind.INTERNAL_ERROR,
        f"internal error ({type(error).__name__})",
        details={"python": _trace(error)[-_MAX_TRACE:]},
    )


def detailed(faults: Iterable[Fault], limit_bytes: int, baseline_bytes: int) -> list[Fault]:
    """The faults of an outcome; those about memory with what was allowed, and a hint."""
    return [
        msgspec.structs.replace(
            fault,
            details={"limit_bytes": limit_bytes, "baseline_bytes": baseline_bytes, **fault.details},
            hint=fault.hint or "keep only what you need: filter and aggregate before you collect",
        )
        if fault.kind is FaultKind.MEMORY_EXCEEDED
        else fault
        for fault in faults
    ]


def _trace(error: BaseException) -> str:
    """Where it was raised, without the lines of the sources, which nobody can read here."""
    lines: list[str] = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        lines.append(f'  File "{code.co_filename}", line {step.tb_lineno}, in {code.co_name}')
        step = step.tb_next
    return "\n".join([*lines, f"{type(error).__name__}: {error}\n"])


def too_large(size: int, limit: int) -> Trap:
    """A result of too many bytes."""
    return Trap(
        FaultKind.RESULT_TOO_LARGE,
        f"the result (or a def) takes {size} bytes, more than the {limit} allowed",
        hint="return less: an aggregate, or the first rows",
        details={"bytes": size, "limit_bytes": limit},
    )


def too_many() -> Trap:
    """A result of too many parts."""
    return Trap(
        FaultKind.RESULT_TOO_LARGE,
        f"the result (or a def) holds more than {census.MAX_COLLECTIONS} vectors, maps and sets",
        hint="return less: an aggregate, or the first rows",
        details={"limit": census.MAX_COLLECTIONS},
    )


def too_much_memory() -> Trap:
    """The fault of a program that has grown too large."""
    return Trap(FaultKind.MEMORY_EXCEEDED, "the program needs more memory than it may use")


def timeout(limit_ms: int) -> Trap:
    """The fault of a program that ran out of time."""
    return Trap(
        FaultKind.TIMEOUT,
        f"the program ran longer than {limit_ms} ms",
        hint="look for a loop that does not end, or do less work per program; time in tools counts",
        details={"limit_ms": limit_ms},
    )


def cpu_timeout(limit_ms: int) -> Trap:
    """The fault of a program that computed for too long."""
    return Trap(
        FaultKind.TIMEOUT,
        f"the program computed for more than {limit_ms} ms",
        hint="look for a loop that does not end, or do less work per program; time in tools does not count",
        details={"limit_ms": limit_ms, "limit": "cpu_ms"},
    )


def parallel_timeout(limit_ms: int) -> Trap:
    """The fault of a program whose branches took too long."""
    return Trap(
        FaultKind.TIMEOUT,
        f"a pmap or pcalls took longer than {limit_ms} ms",
        hint="give it fewer branches, or tools that answer sooner",
        details={"limit_ms": limit_ms, "limit": "parallel_timeout_ms"},
    )
