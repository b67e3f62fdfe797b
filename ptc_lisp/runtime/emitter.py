"""One Python function being generated, and what all functions of one compilation share.

Names in generated code (none can collide, since each kind has its prefix):
`l/x` local of the program · `u/x` user name (a Python global) · `b/x` builtin · `p/ns/x` export of a prelude, to be called ·
`q/ns/x` its value · `k/x` keyword constant · `c/n` other constant · `t/n` temporary · `fn/n` closure · `mk/n` its factory.
Helpers are plain identifiers (see `helpers.py`), and `steps` is a cell that all of them share.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import count
from typing import Final, NamedTuple

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.kinds import Known
from ptc_lisp.runtime.parcels import Wanted
from ptc_lisp.values.functions import FnInfo
from ptc_lisp.values.partial import Need, class_of, rows_in
from ptc_lisp.values.types import Value, kw

_fn_numbers = count(1)
_constant_numbers = count(1)

WriteFactory = Callable[["Unit", core.Fn], "tuple[str, list[str]]"]

MAX_PYTHON_BLOCKS: Final = 14
"""CPython refuses more than 20 nested loops in one function; deeper loops move to a function of their own."""


class Inlined(NamedTuple):
    """A function whose body was written into another: the lines `(first, last]` are its own, it is called at `line`."""

    first: int
    last: int
    line: int
    name: str


class LaterFn(NamedTuple):
    """A function that is compiled only when one is needed: its node, and the locals that its maker is given."""

    fn: Callable[[], core.Fn]
    names: tuple[str, ...]


class Unit:
    """What one compilation collects: places, closures, constants, and code at module level (`module`, which sets the globals
    `names`)."""

    def __init__(self, *, step_limit: int | None, write_factory: WriteFactory, mark: str = "") -> None:
        """`write_factory(unit, fn)` writes a closure's factory; it is handed in because functions contain expressions.

        mark: part of the names of functions and constants, which must be unique in the worker that will run the code.
        """
        self.places: list[core.Node] = []
        self.infos: dict[str, FnInfo] = {}
        self.constants: dict[str, Value] = {}
        self.builtins: set[str] = set()
        self.laters: dict[str, LaterFn] = {}
        self.module: list[ast.stmt] = []
        self.names: list[str] = []
        self.known_fns: dict[str, core.Fn] = {}
        self.known = Known()
        self.needs: dict[str, Need] = {}  # entries of the data of which parts will do
        self.flowing: frozenset[str] = frozenset()  # those of them that a loop may decode as it goes
        self._rows: dict[str, list[str]] = {}  # names of fields, and the classes of rows that have them
        self.parts: dict[str, Need] = {}  # constants that are needs, and those that are classes of such rows
        self._results: dict[int, str] = {}  # constants that are `Wanted`, by the nodes of tool calls
        self.inlined: list[Inlined] = []  # inner ones first
        self.step_limit = step_limit
        self.write_factory = write_factory
        self.mark = mark

    def take_parts(self, needs: dict[str, Need], read_once: frozenset[str]) -> None:
        """Notes of which entries of the data which parts will do, and what rows these have. read_once: those that the program
        mentions in one place only."""
        self.needs = needs
        self.flowing = read_once & needs.keys()
        for need in needs.values():
            for rows in rows_in(need):
                ident = self.constant(class_of(rows))
                self.parts[ident] = rows
                for name, _ in rows.of:
                    self._rows.setdefault(name, []).append(ident)

    def take_results(self, needs: dict[int, Need]) -> None:
        """The same of results of tools, by the identity of the nodes of their calls. The classes of their rows are not made yet."""
        for node, need in needs.items():
            idents: list[str] = []
            for rows in rows_in(need):
                ident = self.constant(None)
                idents.append(ident)
                for name, _ in rows.of:
                    self._rows.setdefault(name, []).append(ident)
            self._results[node] = self.constant(Wanted(need, tuple(idents)))

    def wanted(self, node: core.ToolCall) -> str | None:
        """The generated name of what a call of a tool needs of its result, if that is not all."""
        return self._results.get(id(node))

    def rows_with(self, field: str) -> list[str]:
        """The generated names of the classes of rows that a lookup of this field may meet."""
        return self._rows.get(field, [])

    def define(self, name: str, statement: ast.stmt) -> None:
        """Adds a statement that sets a global of that name."""
        self.names.append(name)
        self.module.append(statement)

    def place(self, node: core.Node) -> int:
        """The line number that stands for this node."""
        self.places.append(node)
        return len(self.places)

    def keyword(self, name: str) -> str:
        """The generated name of a keyword constant."""
        ident = f"k/{name}"
        self.constants[ident] = kw(name)
        return ident

    def constant(self, value: Value) -> str:
        """The generated name of a constant that Python syntax cannot hold."""
        ident = f"c/{self.mark}{next(_constant_numbers)}"
        self.constants[ident] = value
        return ident

    def part(self, need: Need) -> str:
        """The generated name of what is needed of an entry."""
        ident = self.constant(need)
        self.parts[ident] = need
        return ident

    def later(self, fn: core.Fn, names: tuple[str, ...]) -> str:
        """The generated name of what makes a closure of the captured values, and compiles it when that is first needed."""
        ident = f"c/{self.mark}{next(_constant_numbers)}"
        self.laters[ident] = LaterFn(lambda: fn, names)
        return ident

    def builtin(self, ref: str) -> str:
        """The generated name of a builtin's Python function (or a constant's value)."""
        self.builtins.add(ref)
        return f"b/{ref}"

    def fn_number(self) -> str:
        """A number no other closure of this worker has."""
        return f"{self.mark}{next(_fn_numbers)}"


class Emitter:
    """Emits the body of one Python function: expressions are returned, statements appended to `body`."""

    def __init__(
        self,
        unit: Unit,
        *,
        own: frozenset[str] = frozenset(),
        self_name: str | None = None,
        once: bool = False,
    ) -> None:
        """once: the function runs only once, as a form of a program does."""
        self.unit = unit
        self.places = unit.places
        self._once = once
        self.body: list[ast.stmt] = []
        self.defined: set[str] = set(own)  # program locals bound in this function
        self.captured: dict[str, None] = {}  # program locals taken from the enclosing function, in order
        self.globals: dict[str, None] = {}  # user names assigned in this function
        self.counts = False  # whether it adds to the steps
        self.self_name = self_name
        self.self_ident = ""
        self.direct_ident = ""  # of the integer code of a function, while that is emitted
        self.blocks = 0
        self.turn_counters: list[str] = []  # of the loops around the current statement, outermost first
        self.recur: Callable[[core.Recur, int], None] | None = None
        self._temporaries = count()

    @property
    def is_cold(self) -> bool:
        """Whether what is written here runs once: then a call of a helper, which is written sooner, is quicker."""
        return self._once and not self.blocks

    def temporary(self) -> str:
        """A fresh Python local."""
        return f"t/{next(self._temporaries)}"

    def local(self, name: str) -> ast.expr:
        """A reference to a program local, captured when it belongs to an enclosing function."""
        if name in self.defined:
            return py.local(name)
        if name == self.self_name:
            return py.name(self.self_ident, 1)
        self.captured[name] = None
        return py.local(name)

    def bind(self, name: str) -> str:
        """The Python name of a program local that this function binds."""
        self.defined.add(name)
        return f"l/{name}"

    def add(self, statement: ast.stmt) -> None:
        """Appends a statement to the current block."""
        self.body.append(statement)

    def block(self) -> _Block:
        """Collects statements into a block of their own."""
        return _Block(self)

    def as_name(self, value: ast.expr, line: int) -> ast.expr:
        """The value as something that can be mentioned twice: itself when it is a local or constant, else a temporary."""
        if is_stable(value):
            return value
        temporary = self.temporary()
        self.add(py.assign(temporary, value, line))
        return py.name(temporary, line)

    def twice(self, value: ast.expr, line: int) -> tuple[ast.expr, ast.expr]:
        """The value as what is evaluated first, and as what can be mentioned after that."""
        if is_stable(value):
            return value, value
        temporary = self.temporary()
        return py.walrus(temporary, value, line), py.name(temporary, line)

    def count_turns(self, counters: list[str], line: int) -> None:
        """Adds finished loops' turns to the steps (with a step limit each turn was added when it was made)."""
        if self.unit.step_limit is not None:
            return
        for counter in counters:
            self.counts = True
            self.add(py.increment("steps", line, by=py.name(counter, line)))

    def count_step(self, line: int) -> None:
        """Adds one step, and checks the limit of steps if there is one."""
        self.counts = True
        self.add(py.increment("steps", line))
        limit = self.unit.step_limit
        if limit is not None:
            over = py.compare(ast.Gt(), py.name("steps", line), py.constant(limit, line), line)
            self.add(py.if_(over, [py.does(py.call_name("steps_over", [], line), line)], [], line))

    def spill(self, values: list[ast.expr], position: int, line: int) -> int:
        """Evaluates the unstable ones of `values` into temporaries at `position` of the body; how many were inserted.

        Called when a later argument turned out to need statements, which must not run before the earlier arguments.
        """
        inserted = 0
        for index, value in enumerate(values):
            if is_stable(value):
                continue
            temporary = self.temporary()
            self.body.insert(position + inserted, py.assign(temporary, value, line))
            values[index] = py.name(temporary, line)
            inserted += 1
        return inserted


class _Block:
    """While statements go into a block of their own; a generator would take three times as long."""

    __slots__ = ("_emitter", "_outer")

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter
        self._outer = emitter.body

    def __enter__(self) -> list[ast.stmt]:
        self._emitter.body = found = []
        return found

    def __exit__(self, *_error: object) -> None:
        self._emitter.body = self._outer


def is_stable(value: ast.expr) -> bool:
    """Whether its value cannot change by running other code in between."""
    if isinstance(value, ast.Constant):
        return True
    return isinstance(value, ast.Name) and value.id[:2] in _STABLE_PREFIXES


_STABLE_PREFIXES = frozenset({"l/", "t/", "k/", "c/", "b/", "v/", "p/", "q/", "fn"})
