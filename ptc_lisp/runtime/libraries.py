"""Preludes in a machine: each namespace runs in a Python namespace of its own, and the program gets what it exports.

User names cannot be seen from there, and nothing there can be set by a program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from ptc_lisp.builtins import run_state
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.prelude.parts import Export, Library, Namespace
from ptc_lisp.runtime.compiler import Compiled
from ptc_lisp.runtime.namespace import UserNames
from ptc_lisp.values.functions import Builtin
from ptc_lisp.values.types import Value

Function = Callable[..., Value]
Guard = Callable[[Export, Function], Function]


class Built(NamedTuple):
    """A namespace and its code."""

    namespace: Namespace
    compiled: Compiled


class Libraries:
    """The attached namespaces of one machine."""

    def __init__(self, names: UserNames, programs: dict[str, Compiled], guard: Guard | None = None) -> None:
        self._names = names
        self._programs = programs
        self._guard = guard
        self.by_name: dict[str, Library] = {}
        self.values: dict[str, Value] = {}  # of the exports, by ref
        self.current: Compiled | None = None  # the namespace that is being installed

    def install(self, built: Sequence[Built]) -> None:
        """Runs the definitions and makes the exports available. Raises what a constant raises: Traps and other errors."""
        names: dict[str, Value] = {}
        rooms = [self._names.room() for _ in built]
        outer = run_state.current_doors()
        run_state.set_doors(_Shut())
        try:
            for room, (namespace, compiled) in zip(rooms, built, strict=True):
                room.update(names)
                self._programs[compiled.filename] = self.current = compiled
                compiled.install(room)
                for form in compiled.forms:
                    room[form]()
                for export in namespace.exports:
                    names |= self._exported(export, room[f"u/{export.symbol}"])
                self.by_name[namespace.name] = Library(namespace)
        finally:
            run_state.set_doors(outer)
        for room in (*rooms, self._names.space):
            room.update(names)
        self._names.libraries = self.by_name
        self._names.settle()

    def _exported(self, export: Export, value: Value) -> dict[str, Value]:
        """What code finds under the ref of an export: what it calls, and the value."""
        if export.kind == "constant":
            self.values[export.ref] = value
            return {f"q/{export.ref}": value}
        call = _inside(export.ref, value) if export.requires or export.effect != "read" else value
        call = call if self._guard is None else self._guard(export, call)
        self.values[export.ref] = function = _function(export, call)
        return {f"p/{export.ref}": call, f"q/{export.ref}": function}


def missing(ref: str) -> Builtin:
    """What stands in memory for an export whose prelude is not attached any more: its call is a fault."""

    def call(*_args: Value) -> NoReturn:
        raise not_attached(ref)

    return _function(Export(ref=ref, symbol=ref.partition("/")[2], variadic=0), call)


def not_attached(ref: str) -> Trap:
    """The fault for an export that was there when the program was written."""
    space = ref.partition("/")[0]
    return Trap(
        FaultKind.UNBOUND_VAR,
        f"{ref} is not there: the prelude {space} is not attached to this run",
        hint="define the function that mentions it anew, with what there is",
    )


def _function(export: Export, fn: Function) -> Builtin:
    most = None if export.variadic is not None else max(export.arities, default=0)
    space = export.ref.partition("/")[0]
    return Builtin(
        name=export.symbol, ref=export.ref, fn=fn, least=export.min_arity, most=most, params=export.usages,
        doc=export.doc or "", examples=(), area=space, namespaces=(space,), clojure="extension", pure=False, see_also=(),
    )  # fmt: skip


def _inside(ref: str, fn: Function) -> Function:
    """The function, which leaves a note while it runs: tools are told which export called them."""
    origin = run_state.ORIGIN

    def call(*args: Value) -> Value:
        outer, origin.ref = origin.ref, ref
        try:
            return fn(*args)
        finally:
            origin.ref = outer

    return call


class _Shut:
    """Doors while constants are worked out: they depend on nothing but the source."""

    def emit(self, text: str) -> NoReturn:
        """Refused."""
        raise _closed("prints", text)

    def call_tool(
        self, name: str, args: tuple[Value, ...], origin: str = "", *, wanted: Any = None
    ) -> NoReturn:
        """Refused."""
        del args, origin, wanted
        raise _closed("calls a tool", f"tool/{name}")

    def now_ms(self) -> NoReturn:
        """Refused."""
        raise _closed("reads the clock", "now")

    def libraries(self) -> Mapping[str, Library]:
        """None is attached yet."""
        return {}

    def define(self, name: str, value: Value) -> NoReturn:
        """Refused."""
        del value
        raise _closed("defines a name", name)

    def parallel(self, thunks: list[object]) -> list[Value]:
        """One after the other."""
        return [thunk() if callable(thunk) else None for thunk in thunks]


def _closed(does: str, what: str) -> Trap:
    return Trap(
        FaultKind.INVALID_FORM,
        f"the value of a prelude's def {does} ({what[:60]}): it may depend on nothing but the source",
        hint="make it a function: (defn name [] …)",
    )
