"""The doors of the run that is going on in this worker, for the few builtins that are not pure.

One program runs at a time in a worker, so this is module state; `runtime.machine` installs and clears it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import length_hint
from types import CellType
from typing import Any, Protocol

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.prelude.parts import Library
from ptc_lisp.values.types import Value


class Doors(Protocol):
    """What a running program can reach outside itself."""

    def emit(self, text: str) -> None:
        """Adds one printed entry."""
        ...

    def call_tool(self, name: str, args: tuple[Value, ...], origin: str = "", *, wanted: Any = None) -> Value:
        """Calls a host tool with the arguments as the program wrote them (a map, or keyword-value pairs). origin: the
        export of a prelude in whose code the call stands. wanted: what is needed of a large result, if not all."""
        ...

    def now_ms(self) -> int:
        """The host's clock, milliseconds since 1970 (recorded, so that a replay sees the same)."""
        ...

    def libraries(self) -> Mapping[str, Library]:
        """The attached preludes by namespace."""
        ...

    def define(self, name: str, value: Value) -> None:
        """Makes a user name, as `def` does."""
        ...

    def parallel(self, thunks: list[object]) -> list[Value]:
        """Runs zero-argument Python callables as branches of `pmap`/`pcalls`; results in order."""
        ...


class _Steps:
    """Steps of the evaluation: `count` by builtins, in `cell` those that generated code counts, and those of `loops`.

    Generated code adds to a float in a cell of its closures: of all the places to count in, CPython is quickest there. Loops
    that run once need no code for counting: their iterators know how many of their items have been taken.
    """

    __slots__ = ("cell", "count", "limit", "loops")

    def __init__(self) -> None:
        self.cell = CellType(0.0)
        self.count = 0
        self.limit: int | None = None
        self.loops: list[tuple[int, Iterator[Value]]] = []  # how many items there are, and those to come

    def begin(self, limit: int | None) -> None:
        """Sets the counters to the start of an evaluation."""
        self.cell.cell_contents = 0.0
        self.count = 0
        self.limit = limit
        self.loops.clear()

    def total(self) -> int:
        """All steps so far."""
        total = self.count + int(self.cell.cell_contents)
        return total + sum([size - length_hint(items) for size, items in self.loops]) if self.loops else total

    def end(self) -> int:
        """All steps of an evaluation that is over; lets go of what its loops went through, and of the limit."""
        total = self.total()
        self.loops.clear()
        self.limit = None
        return total


class _Origin:
    """Which export of a prelude is running, by its ref; empty for none."""

    __slots__ = ("ref",)

    def __init__(self) -> None:
        self.ref = ""


STEPS = _Steps()
ORIGIN = _Origin()
_doors: Doors | None = None


def tick(count: int) -> None:
    """Counts work of a builtin that loops over `count` items. Raises step_limit_exceeded."""
    STEPS.count += count
    if STEPS.limit is not None and STEPS.count > STEPS.limit:
        raise step_limit_exceeded(STEPS.limit)


def step_limit_exceeded(limit: int) -> Trap:
    """The fault of a program that ran out of steps."""
    return Trap(
        FaultKind.STEP_LIMIT_EXCEEDED,
        f"the program used more than {limit} steps",
        hint="check that every loop and every search in an endless sequence ends, or go through less data",
        details={"limit": limit},
    )


def is_active() -> bool:
    """Whether a program is running."""
    return _doors is not None


def doors() -> Doors:
    """The doors of the active run."""
    if _doors is None:
        raise Trap(FaultKind.INTERNAL_ERROR, "no run is active")
    return _doors


def current_doors() -> Doors | None:
    """The doors that are installed, if any."""
    return _doors


def set_doors(active: Doors | None) -> None:
    """Installs (or clears) the doors of a run."""
    global _doors  # noqa: PLW0603 - one run per worker
    _doors = active
