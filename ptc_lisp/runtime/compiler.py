"""A core program → Python code, ready to run one top-level form at a time."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from types import CodeType, FunctionType
from typing import Any, Protocol

from ptc_lisp.builtins.registry import REGISTRY, Constant
from ptc_lisp.builtins.run_state import STEPS
from ptc_lisp.core import nodes as core
from ptc_lisp.core.walk import walk
from ptc_lisp.runtime import gen_calls, gen_control, gen_values  # noqa: F401 # pyright: ignore[reportUnusedImport] - they register
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.closures import finish_body, write_factory
from ptc_lisp.runtime.codegen import RETURN, emit
from ptc_lisp.runtime.emitter import Emitter, Inlined, LaterFn, Unit
from ptc_lisp.runtime.reads import needs
from ptc_lisp.values.functions import FN_INFO, Builtin, FnInfo
from ptc_lisp.values.partial import Need
from ptc_lisp.values.types import Value

_numbers = count(1)

FILE_PREFIX = "<ptc:"
"""Generated code has a file name that begins so; a traceback line in it is an index into the unit's places."""


class Written(Protocol):
    """What belongs to generated code; see `emitter.Unit`."""

    constants: dict[str, Value]
    infos: dict[str, FnInfo]

    @property
    def builtins(self) -> Collection[str]:
        """Refs of the builtins that it calls."""
        ...

    @property
    def places(self) -> Sequence[core.Node]:
        """The nodes of its lines."""
        ...

    @property
    def parts(self) -> Mapping[str, Need]:
        """Those of the constants that are needs, or classes of the rows of such."""
        ...

    @property
    def inlined(self) -> Sequence[Inlined]:
        """The functions that were written into others, inner ones first."""
        ...

    @property
    def laters(self) -> Mapping[str, LaterFn]:
        """The functions that are compiled only when one is needed, by the names of what makes them."""
        ...


class Compiled:
    """Code of one program: run it in a namespace with `install`, then call the functions named in `forms`."""

    def __init__(self, written: Written, code: CodeType, forms: tuple[str, ...]) -> None:
        self.written = written
        self.code = code
        self.forms = forms
        self._added: Unit | None = None  # continues the places of `written`
        self._added_names: list[str] = []

    @property
    def filename(self) -> str:
        """The file name in tracebacks."""
        return self.code.co_filename

    def place(self, line: int) -> core.Node:
        """The node of a line of the generated code."""
        return (self._added or self.written).places[line - 1]

    def inlined_at(self, line: int) -> list[Inlined]:
        """The functions inside which a line was written, innermost first."""
        inlined = (self._added or self.written).inlined
        return [found for found in inlined if found.first < line <= found.last]

    def install(self, namespace: dict[str, Any]) -> None:
        """Defines the program's functions and constants in a namespace that has the helpers."""
        for ident, later in self.written.laters.items():
            namespace[ident] = _Later(self, namespace, later)
        _define(self.written, self.code, namespace)

    def add(self, fn: core.Fn, namespace: dict[str, Any]) -> tuple[str, list[str]]:
        """Compiles one more function of the program: the name of its factory, and the locals that it takes."""
        unit = self._added
        if unit is None:
            unit = self._added = Unit(step_limit=None, write_factory=write_factory)
            unit.places, unit.inlined = list(self.written.places), list(self.written.inlined)
        found = write_factory(unit, fn)
        code = _to_code(unit, self.filename)
        self._added_names += code.co_names
        for ident, later in unit.laters.items():
            namespace.setdefault(ident, _Later(self, namespace, later))
        _define(unit, code, namespace)
        return found

    def uninstall(self, namespace: dict[str, Any]) -> None:
        """Forgets the program: nothing that it made is in use any more."""
        _forget(self.written, self.code.co_names, namespace)
        if self._added is not None:
            _forget(self._added, self._added_names, namespace)


def _define(written: Written, code: CodeType, namespace: dict[str, Any]) -> None:
    namespace.update(written.constants)
    for ref in written.builtins:
        entry = REGISTRY.by_ref[ref]
        namespace[f"v/{ref}"] = entry.value if isinstance(entry, Constant) else entry
        if isinstance(entry, Builtin):
            namespace[f"b/{ref}"] = entry.fn
    FN_INFO.update(written.infos)
    # The code was built node by node from checked core, and this is the locked worker.
    for part in code.co_consts:
        if part.__class__ is CodeType:
            _define_function(part, namespace)


def _define_function(code: CodeType, namespace: dict[str, Any]) -> None:
    """Defines a form, or a factory of closures; of one that takes nothing also its closure."""
    name = code.co_name
    made = FunctionType(code, namespace, name, None, (STEPS.cell,) if code.co_freevars else None)
    namespace[name] = made
    if name[:3] == "mk/" and not code.co_argcount:
        namespace[f"fn{name[2:]}"] = made()


def _forget(written: Written, names: Sequence[str], namespace: dict[str, Any]) -> None:
    for name in (*names, *written.constants, *written.laters):
        if name[:2] in _OWN_PREFIXES or name.startswith("form/"):
            namespace.pop(name, None)
    for ident in written.infos:
        namespace.pop(ident, None)
        FN_INFO.pop(ident, None)


class _Later:
    """Makes closures of one function of a program, which is compiled when the first is asked for."""

    __slots__ = ("_factory", "_in", "_later", "_space")

    def __init__(self, compiled: Compiled, space: dict[str, Any], later: LaterFn) -> None:
        self._in = compiled
        self._space = space
        self._later = later
        self._factory: tuple[str, list[str]] | None = None

    def __call__(self, *values: Value) -> Value:
        """The closure; `values` are those of the captured locals, in the order of their names."""
        if self._factory is None:
            self._factory = self._in.add(self._later.fn(), self._space)
        factory, taken = self._factory
        found = dict(zip(self._later.names, values, strict=True))
        return _closure(self._space, factory, [found[name] for name in taken])


def _closure(space: dict[str, Any], factory: str, captured: list[Value]) -> Value:
    """A closure from its factory `mk/n`; without captured values there is one already, `fn/n`."""
    return space[factory](*captured) if captured else space[f"fn{factory[2:]}"]


_OWN_PREFIXES = frozenset({"c/", "mk"})


def compile_program(
    program: core.Program,
    *,
    step_limit: int | None = None,
    large: frozenset[str] = frozenset(),
    results_in_part: bool = True,
    mark: str = "",
) -> Compiled:
    """Compiles a program. The count of steps is always kept; with `step_limit` it is also checked. large: names of data of
    which no more is to be decoded than the program reads. results_in_part: the same of what tools give. mark: see `Unit`."""
    unit = Unit(step_limit=step_limit, write_factory=write_factory, mark=mark)
    unit.known_fns = _known_fns(program)
    if large or (program.tools and results_in_part):
        found = needs(program, large, unit.known_fns)
        unit.take_parts(found.entries, _read_once(program))
        unit.take_results(found.results)
    forms: list[str] = []
    for index, node in enumerate(program.forms):
        unit.place(node)
        e = Emitter(unit, once=True)
        emit(e, node, RETURN)
        name = f"form/{index}"
        unit.define(name, py.define(name, (), None, finish_body(e, e.body, 1), 1))
        forms.append(name)
    return Compiled(unit, _to_code(unit), tuple(forms))


def make_closure(
    node: core.Fn, captured: dict[str, Value], namespace: dict[str, Any]
) -> tuple[Value, Compiled]:
    """Makes a closure from its stored node and captured values (by unique local name)."""
    unit = Unit(step_limit=None, write_factory=write_factory)
    factory, names = write_factory(unit, node)
    compiled = Compiled(unit, _to_code(unit), ())
    compiled.install(namespace)
    return _closure(namespace, factory, [captured[name] for name in names]), compiled


def _to_code(unit: Unit, filename: str | None = None) -> CodeType:
    """Code that is never run: among its constants are those of the functions that the unit holds. What is around them makes
    the counter of steps a variable of theirs, and their own names global ones."""
    body = [py.globals_(unit.names, 1), *unit.module] if unit.names else [py.returns(py.constant(None, 1), 1)]
    around = py.define("unit", ("steps",), None, body, 1)
    module = ast.Module([around], [])
    filename = filename or f"{FILE_PREFIX}{unit.mark}{next(_numbers)}>"
    code = compile(module, filename, "exec", dont_inherit=True, optimize=0)
    unit.module, unit.names = [], []
    return next(const for const in code.co_consts if isinstance(const, CodeType))


def _known_fns(program: core.Program) -> dict[str, core.Fn]:
    """User names that the program defines exactly once, on its way from form to form, as a function."""
    found: dict[str, core.Fn] = {}
    if not program.defines:
        return found
    seen: set[str] = set()
    always = set(map(id, _always(program.forms)))
    for node in walk(program.body):
        if isinstance(node, core.Def):
            if node.name in seen or node.once or not isinstance(node.value, core.Fn):
                found.pop(node.name, None)
            elif id(node) in always:
                found[node.name] = node.value
            seen.add(node.name)
    return found


def _read_once(program: core.Program) -> frozenset[str]:
    """The names of data that are mentioned in one place."""
    counts = Counter([node.name for node in walk(program.body) if isinstance(node, core.DataRef)])
    return frozenset([name for name, times in counts.items() if times == 1])


def _always(forms: tuple[core.Node, ...]) -> list[core.Node]:
    """The forms, and those inside a `do` of the top level."""
    inner = [_always(form.items) if isinstance(form, core.Do) else [form] for form in forms]
    return [form for group in inner for form in group]
