"""The limits of one run, in one table. On its way from host to agent to run a limit can only become smaller."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Any, Final

import msgspec


class Enforcer(StrEnum):
    """Who stops a program that reaches a limit."""

    HOST = "host"
    WORKER = "worker"
    READER = "reader"
    ANALYZER = "analyzer"


class Row(msgspec.Struct, frozen=True):
    """One limit: its unit, default and ceiling (None: no limit / no ceiling) and who enforces it."""

    name: str
    unit: str
    default: int | None
    ceiling: int | None
    enforcer: Enforcer
    doc: str


TABLE: tuple[Row, ...] = (
    Row(
        "timeout_ms",
        "ms",
        1_000,
        86_400_000,
        Enforcer.HOST,
        "wall time of one evaluation, its tool calls included",
    ),
    Row(
        "cpu_ms",
        "ms",
        None,
        86_400_000,
        Enforcer.WORKER,
        "processor time of one evaluation, waiting for tools not included",
    ),
    Row(
        "memory_bytes",
        "bytes",
        64 << 20,
        16 << 30,
        Enforcer.WORKER,
        "growth above the worker's size with its inputs",
    ),
    Row("step_limit", "steps", None, None, Enforcer.WORKER, "function calls and loop turns (deterministic)"),
    Row("loop_limit", "turns", 1_000_000, None, Enforcer.WORKER, "turns of one loop invocation"),
    Row("recursion_limit", "frames", 5_000, 20_000, Enforcer.WORKER, "nested calls that are not tail calls"),
    Row("max_program_bytes", "bytes", 1_000_000, 16 << 20, Enforcer.READER, "size of the program text"),
    Row("max_nesting", "levels", 64, 200, Enforcer.READER, "nested delimiters"),
    Row(
        "max_symbols",
        "names",
        10_000,
        100_000,
        Enforcer.READER,
        "different symbols and keywords in a program",
    ),
    Row(
        "max_print_chars",
        "chars",
        2_000,
        1 << 20,
        Enforcer.WORKER,
        "length of one printed entry; the rest is cut",
    ),
    Row("max_print_bytes", "bytes", 1 << 20, 64 << 20, Enforcer.WORKER, "all printed text of one evaluation"),
    Row("max_result_bytes", "bytes", 16 << 20, 1 << 30, Enforcer.WORKER, "encoded result or memory"),
    Row("max_tool_calls", "calls", None, None, Enforcer.HOST, "tool calls of one evaluation"),
    Row(
        "max_tool_result_bytes", "bytes", 256 << 20, 1 << 30, Enforcer.HOST, "encoded result of one tool call"
    ),
    Row(
        "max_parallel",
        "calls",
        32,
        64,
        Enforcer.WORKER,
        "tool calls of pmap/pcalls that wait at a time",
    ),
    Row(
        "parallel_timeout_ms",
        "ms",
        None,
        86_400_000,
        Enforcer.WORKER,
        "wall time of one pmap/pcalls with all its branches",
    ),
)

_ROWS = {row.name: row for row in TABLE}

LAYERS: Final = (
    "process",
    "resource-limits",
    "namespaces",
    "capabilities",
    "no-new-privileges",
    "not-dumpable",
    "parent-death-signal",
    "descriptors",
    "landlock",
    "seccomp",
)
"""The protections of a worker, as `ptc doctor` lists them; docs/security.md says what each does."""

LEVELS: Final = {
    "all": frozenset(LAYERS),
    "confined": frozenset(LAYERS) - {"namespaces", "landlock"},
}
"""Names for several layers. `confined`: what every Linux kernel of the last ten years can do for an unprivileged user."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of one program. `ptc_lisp.limits.TABLE` has the fields with units, defaults and ceilings; so has docs/sandbox.md.

    require: protections (`LAYERS`, or `LEVELS`, which stand for several) without which nothing is evaluated; a machine
        that lacks one raises SandboxError.

    Raises:
        ValueError: a value is not positive or above its ceiling, or a protection is unknown; the message names field, value
            and remedy.
    """

    timeout_ms: int = 1_000
    cpu_ms: int | None = None
    memory_bytes: int = 64 << 20
    step_limit: int | None = None
    loop_limit: int = 1_000_000
    recursion_limit: int = 5_000
    max_program_bytes: int = 1_000_000
    max_nesting: int = 64
    max_symbols: int = 10_000
    max_print_chars: int = 2_000
    max_print_bytes: int = 1 << 20
    max_result_bytes: int = 16 << 20
    max_tool_calls: int | None = None
    max_tool_result_bytes: int = 256 << 20
    max_parallel: int = 32
    parallel_timeout_ms: int | None = None

    require: AbstractSet[str] = frozenset()

    def __post_init__(self) -> None:
        for name, row in _ROWS.items():
            _check(row, getattr(self, name))
        if self.require:
            msgspec.structs.force_setattr(self, "require", _layers(self.require))

    def shrink(self, other: Limits) -> Limits:
        """The smaller of both, limit by limit, and the required protections of both. None counts as unlimited."""
        if other == self:
            return self
        merged: dict[str, Any] = {}
        for name in _ROWS:
            values = [v for v in (getattr(self, name), getattr(other, name)) if v is not None]
            merged[name] = min(values) if values else None
        return Limits(**merged, require=self.require | other.require)


def _check(row: Row, value: object) -> None:
    if value is None and row.default is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"Limits.{row.name} must be a whole number of {row.unit}, got {value!r}")
    # A tool call limit of zero is meaningful: the program may not call tools at all.
    least = 0 if row.name == "max_tool_calls" else 1
    if value < least:
        raise ValueError(f"Limits.{row.name} must be at least {least} {row.unit}, got {value}")
    if row.ceiling is not None and value > row.ceiling:
        raise ValueError(
            f"Limits.{row.name} is {value}, above its ceiling of {row.ceiling} {row.unit}: lower it"
        )


def _layers(required: object) -> frozenset[str]:
    if isinstance(required, str) or not isinstance(required, AbstractSet):
        raise ValueError(f'Limits.require must be a set of names, such as {{"seccomp"}}, got {required!r}')
    if unknown := sorted(map(str, required - set(LAYERS) - set(LEVELS))):
        raise ValueError(
            f"Limits.require has the unknown {', '.join(unknown)}: take from {', '.join((*LEVELS, *LAYERS))}"
        )
    return frozenset().union(*(LEVELS.get(name, {name}) for name in required))
