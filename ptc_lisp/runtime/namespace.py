"""The user namespace and the entry points of one machine: the names in generated code that depend on the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, Protocol, cast

from ptc_lisp.builtins import run_state
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.limits import Limits
from ptc_lisp.prelude.parts import Library
from ptc_lisp.runtime.branches import Branches, Thunk, Wire
from ptc_lisp.runtime.helpers import HELPERS
from ptc_lisp.runtime.parcels import Parcel, Wanted
from ptc_lisp.runtime.tool_args import Shape, tool_args
from ptc_lisp.values.collections import flex_get
from ptc_lisp.values.functions import set_tool_caller
from ptc_lisp.values.partial import Need, class_of
from ptc_lisp.values.past import Gone, gone
from ptc_lisp.values.printing import brief, display, int_text
from ptc_lisp.values.types import ABSENT, Keyword, Value


class HostDoors(Protocol):
    """What the worker offers a machine: the way to the host."""

    def tool(self, name: str, args: dict[str, Value], origin: str = "") -> Value:
        """Calls a host tool and gives its result, a large one perhaps as a `Parcel`. origin: see `run_state.Doors`. Raises a
        Trap (tool_error, invalid_tool_args, …) when it failed."""
        ...

    def printed(self, text: str) -> None:
        """Takes one printed entry."""
        ...

    def journalled(self, ident: str, blob: bytes | None) -> None:
        """Takes the value that a task has just got, encoded; None: it was reset."""
        ...

    def now_ms(self) -> int:
        """The host's clock in milliseconds since 1970."""
        ...


class Parts(Protocol):
    """What has entries of the context that are large and perhaps not decoded yet. Names are as programs write them."""

    def large(self, names: Iterable[str]) -> frozenset[str]:
        """Those that are worth being read in part."""
        ...

    def part(self, name: str, need: Need) -> Value:
        """An entry, of which no more than `need` is needed."""
        ...

    def flow(self, name: str, need: Need) -> Value:
        """The same for a loop that runs once, and that nobody else in the program reads the entry beside: perhaps a `Flow`."""
        ...


class RunDoors:
    """The doors of one evaluation (`run_state.Doors`): prints with bounds, tools with argument shapes."""

    def __init__(self, host: HostDoors, limits: Limits, names: UserNames) -> None:
        self._host = host
        self._limits = limits
        self._names = names
        self._branches: Branches | None = None  # made for the first `pmap`
        self._printed = 0

    def emit(self, text: str) -> None:
        """Adds one printed entry, cut to its limits."""
        longest = self._limits.max_print_chars
        if len(text) > longest:
            text = f"{text[:longest]}... ({longest}/{len(text)} chars)"
        self._show(text)

    def _show(self, text: str) -> None:
        if self._branches is not None and self._branches.hold_print(text):
            return
        if self._printed > self._limits.max_print_bytes:
            return
        self._printed += len(text.encode("utf-8", "replace")) + 1  # the end of the line
        if self._printed > self._limits.max_print_bytes:
            text = f"... (further output dropped: more than {self._limits.max_print_bytes} bytes printed)"
        self._host.printed(text)

    def call_tool(
        self, name: str, args: tuple[Value, ...], origin: str = "", *, wanted: Wanted | None = None
    ) -> Value:
        """Calls a host tool with the arguments as the program wrote them. wanted: what is needed of a large result, if not
        all."""
        named = tool_args(name, args, self._names.shapes.get(name))
        if self._branches is None:
            found = self._host.tool(name, named, origin) if origin else self._host.tool(name, named)
        else:
            found = self._branches.call(name, named, origin, lambda: self._host.tool(name, named, origin))
        return found if found.__class__ is not Parcel else self._opened(found, wanted)

    def _opened(self, parcel: Parcel, wanted: Wanted | None) -> Value:
        if wanted is None:
            return parcel.open(None)
        value = parcel.open(wanted.need)
        for ident, rows in wanted.rows():
            self._names.space[ident] = class_of(rows)
        return value

    def now_ms(self) -> int:
        """The host's clock."""
        return self._host.now_ms() if self._branches is None else self._branches.reading(self._host.now_ms)

    def libraries(self) -> Mapping[str, Library]:
        """The attached preludes by namespace."""
        return self._names.libraries

    def define(self, name: str, value: Value) -> None:
        """Makes a user name."""
        self._names.space[f"u/{name}"] = value

    def parallel(self, thunks: list[object]) -> list[Value]:
        """Runs the branches of `pmap`/`pcalls`; what they `def` is forgotten."""
        if self._branches is None:
            self._branches = Branches(_as_wire(self._host), self._limits, self._names)
        return self._branches.run(cast("list[Thunk]", thunks), self._show)


def _as_wire(host: HostDoors) -> Wire | None:
    kind = type(host)
    if kind not in _WIRES:  # the look at a protocol costs as much as a small program
        _WIRES[kind] = isinstance(host, Wire)
    return cast("Wire", host) if _WIRES[kind] else None


_WIRES: dict[type, bool] = {}


class UserNames:
    """The namespace that generated code runs in; user names have the prefix `u/`."""

    def __init__(self) -> None:
        self.space: dict[str, Any] = {"__builtins__": {}, **HELPERS}
        self.libraries: Mapping[str, Library] = {}
        self._rooms: list[dict[str, Any]] = []  # namespaces of preludes
        self._loop_limit = -1
        self.begin(0)
        self.context: dict[str, Value] = {}
        self.parts: Parts | None = None
        self.shapes: Mapping[str, Shape] = {}
        self.past: list[Value] = []
        self.budget: dict[Value, Value] = {}
        self.journal: dict[str, Value] | None = None
        self.tell_task: Callable[[str, Value], None] = _tell_nobody
        self.summaries: dict[str, str] = {}
        self.space |= {
            "data": self._data,
            "data_part": self._data_part,
            "data_flow": self._data_flow,
            "history": self._history,
            "user_name": self.space.get,
            "is_bound": self.space.__contains__,
            "call_tool": _call_tool,
            "call_tool_part": _call_tool_part,
            "loop_over": self._loop_over,
            "steps_over": self._steps_over,
            "task_id": _task_id,
            "task_recall": self._task_recall,
            "task_store": self._task_store,
            "i/step-done": self._step_done,
            "i/task-reset": self._task_reset,
            "i/budget": lambda: self.budget,
        }
        self._last_fixed = next(reversed(self.space))

    def let_go(self) -> None:
        """Drops everything."""
        self.space.clear()
        self.context, self.past, self.journal, self.summaries = {}, [], None, {}

    def begin(self, loop_limit: int) -> None:
        """Sets how many turns a loop may take: `turns` for loops that Python counts, which end with it."""
        if loop_limit != self._loop_limit:
            self._loop_limit = loop_limit
            for space in (self.space, *self._rooms):
                space |= {"loop_limit": float(loop_limit), "turns": range(loop_limit + 1)}

    def room(self) -> dict[str, Any]:
        """A namespace beside this one: the same doors, no user names."""
        made: dict[str, Any] = {}
        for name, value in self.space.items():
            made[name] = value
            if name is self._last_fixed:
                break
        made |= {"user_name": made.get, "is_bound": made.__contains__, "call_tool": _call_tool_from_inside}
        self._rooms.append(made)
        return made

    def settle(self) -> None:
        """What is in the namespace now stays there."""
        self._last_fixed = next(reversed(self.space))

    def snapshot(self) -> dict[str, Value]:
        """The user names as they are (values are immutable)."""
        found = self._idents()
        return {name: self.space[name] for name in found} if found else {}

    def _idents(self) -> list[str]:
        """The user names with their prefix, in order. They come after the fixed names, which are many."""
        found: list[str] = []
        for name in reversed(self.space):
            if name is self._last_fixed:
                break
            if name[:2] == "u/":
                found.append(name)
        found.reverse()
        return found

    def restore(self, saved: dict[str, Value]) -> None:
        """Puts the user names back to a snapshot."""
        for name in self._idents():
            if name not in saved:
                del self.space[name]
        self.space.update(saved)

    def names(self) -> frozenset[str]:
        """The user names, without prefix."""
        return frozenset(name[2:] for name in self._idents())

    def _data(self, name: str) -> Value:
        return flex_get(self.context, name)

    def _data_part(self, name: str, need: Need) -> Value:
        return self._data(name) if self.parts is None else self.parts.part(name, need)

    def _data_flow(self, name: str, need: Need) -> Value:
        return self._data(name) if self.parts is None else self.parts.flow(name, need)

    def _history(self, index: int) -> Value:
        found = self.past[-index] if index <= len(self.past) else None
        if isinstance(found, Gone):
            raise gone(index, found)
        return found

    def _loop_over(self) -> NoReturn:
        limit = int(self.space["loop_limit"])
        raise Trap(
            FaultKind.LOOP_LIMIT_EXCEEDED,
            f"a loop went on for more than {limit} turns",
            hint="check that the loop ends ((rest x) is never nil: test (seq x)), or use map/filter/reduce",
            details={"limit": limit},
        )

    def _steps_over(self) -> NoReturn:
        raise run_state.step_limit_exceeded(run_state.STEPS.limit or 0)

    def _task_recall(self, ident: str) -> Value:
        return ABSENT if self.journal is None else self.journal.get(ident, ABSENT)

    def _task_store(self, ident: str, value: Value) -> None:
        if self.journal is not None:
            self.journal[ident] = value
            self.tell_task(ident, value)

    def _task_reset(self, ident: Value) -> None:
        name = _task_id(ident)
        if self.journal is not None and self.journal.pop(name, ABSENT) is not ABSENT:
            self.tell_task(name, ABSENT)

    def _step_done(self, ident: Value, summary: Value) -> str:
        text = _summary_text(summary, 2)
        self.summaries[_summary_text(ident, 1)] = text
        return text


def _tell_nobody(ident: str, value: Value) -> None:
    del ident, value


def _call_tool(name: str, *args: Value) -> Value:
    if not run_state.is_active():
        raise Trap(FaultKind.UNKNOWN_TOOL, f"tool/{name} cannot be called here: no program is running")
    return run_state.doors().call_tool(name, args)


def _call_tool_part(wanted: Wanted, name: str, *args: Value) -> Value:
    """The same, where not all of a large result is needed."""
    return run_state.doors().call_tool(name, args, wanted=wanted)


def _call_tool_from_inside(name: str, *args: Value) -> Value:
    """A call that stands in a prelude."""
    return run_state.doors().call_tool(name, args, run_state.ORIGIN.ref)


def _call_tool_value(name: str, *args: Value) -> Value:
    """A call of a tool as a value, which only a prelude can have handed out if the tool is private."""
    return _call_tool_from_inside(name, *args) if run_state.ORIGIN.ref else _call_tool(name, *args)


def _task_id(ident: Value) -> str:
    if ident.__class__ is str:
        return cast("str", ident)
    if ident.__class__ is int:
        return int_text(cast("int", ident))
    if ident.__class__ is float:
        return str(ident)
    raise Trap(
        FaultKind.TYPE_ERROR,
        f"task: the id must be a string or number, got {brief(ident)}",
        hint='write (task "load" …)',
    )


def _summary_text(value: Value, position: int) -> str:
    if value.__class__ is int:
        return int_text(cast("int", value))
    if value.__class__ in (str, float, bool):
        return display(value)
    if value.__class__ is Keyword:
        return cast("Keyword", value).name
    raise Trap(
        FaultKind.TYPE_ERROR,
        f"step-done: argument {position} must be a string or number, got {brief(value)}",
        hint='write (step-done "load" "12 rows")',
    )


set_tool_caller(lambda name: lambda *args: _call_tool_value(name, *args))
