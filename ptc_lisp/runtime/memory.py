"""User names as bytes: memory outlives the worker, functions included.

A closure is stored as its core node and the values it captured; a combinator's result as combinator and arguments; a
builtin by name. Nothing is pickled, and decoding runs no code but the factories of checked core nodes.
"""

from __future__ import annotations

from types import FunctionType

import msgspec

from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.runtime.compiler import Compiled, make_closure
from ptc_lisp.runtime.kept import fn_decoder
from ptc_lisp.runtime.libraries import missing
from ptc_lisp.runtime.namespace import UserNames
from ptc_lisp.values import codec
from ptc_lisp.values.functions import Builtin, fn_info
from ptc_lisp.values.regexes import compile_regex
from ptc_lisp.values.types import Value

_encode_node = msgspec.msgpack.Encoder().encode


class Memory:
    """Encodes and decodes the user names of one machine. Implements `codec.FunctionMaker`."""

    def __init__(self, names: UserNames, programs: dict[str, Compiled]) -> None:
        self._names = names
        self._programs = programs
        self.exports: dict[str, Value] = {}  # of preludes, by ref

    def load(self, blobs: dict[str, bytes]) -> None:
        """Sets user names from encoded values."""
        for name, blob in blobs.items():
            self._names.space[f"u/{name}"] = codec.decode(blob, self)

    def changes(self, before: dict[str, Value]) -> tuple[dict[str, bytes], dict[str, str]]:
        """Encoded values of the names that differ from a snapshot, and the names that cannot be kept, with why."""
        blobs: dict[str, bytes] = {}
        dropped: dict[str, str] = {}
        for ident, value in self._names.snapshot().items():
            if ident in before and before[ident] is value:
                continue
            try:
                blobs[ident[2:]] = codec.encode(value, self._dump)
            except Trap as problem:
                dropped[ident[2:]] = problem.message
        return blobs, dropped

    def journal(self) -> dict[str, bytes]:
        """The encoded journal; empty without one."""
        journal = self._names.journal
        return {ident: codec.encode(value, self._dump) for ident, value in journal.items()} if journal else {}

    def encoded(self, value: Value) -> bytes:
        """The bytes of one value. Raises a Trap when it cannot be kept."""
        return codec.encode(value, self._dump)

    def _dump(self, function: Value) -> Value:
        """As `dump_closure`. Code of preludes is not kept: it would be bound to names that nobody can reach."""
        if function.__class__ is FunctionType and function.__globals__ is not self._names.space:
            raise Trap(
                FaultKind.TYPE_ERROR,
                "a function that a prelude made cannot be stored",
                hint="store what it is made of, and ask the prelude for the function again",
            )
        return dump_closure(function)

    def closure(self, payload: Value) -> Value:
        """The closure that `dump_closure` stored."""
        node, captured = payload
        made, compiled = make_closure(fn_decoder().decode(node), dict(captured), self._names.space)
        self._programs[compiled.filename] = compiled
        return made

    def builtin(self, ref: str) -> Value:
        """The builtin of a registry ref, or the export of a prelude."""
        if ref in self.exports:
            return self.exports[ref]
        return missing(ref) if "/" in ref and ref not in REGISTRY.by_ref else _builtin(ref)

    def composed(self, maker: str, parts: list[Value]) -> Value:
        """What the combinator `maker` makes of `parts`."""
        return _builtin(maker).fn(*parts)

    def regex(self, source: str) -> Value:
        """The compiled regex of a pattern."""
        return compile_regex(source)


def dump_closure(function: Value) -> Value:
    """A closure as data: its core node as bytes, and pairs of captured local and value."""
    info = fn_info(function) if function.__class__ is FunctionType else None
    if info is None:
        raise Trap(FaultKind.TYPE_ERROR, "a function made by the host cannot be stored")
    try:
        node = info.node if isinstance(info.node, bytes) else _encode_node(info.node)
    except OverflowError:
        raise Trap(
            FaultKind.TYPE_ERROR, "a function with an integer literal over 64 bits cannot be stored"
        ) from None
    return [node, [[name, value] for name, value in captured_values(function).items()]]


def captured_values(function: FunctionType) -> dict[str, Value]:
    """The program locals that a closure captured, by unique name."""
    found: dict[str, Value] = {}
    pending, seen = [function], {id(function)}
    while pending:
        current = pending.pop()
        for name, cell in zip(current.__code__.co_freevars, current.__closure__ or (), strict=True):
            value = cell.cell_contents
            if name.startswith("l/"):
                found[name[2:]] = value
            elif name.startswith("fn/") and id(value) not in seen:
                seen.add(id(value))
                pending.append(value)
    return found


def _builtin(ref: str) -> Builtin:
    entry = REGISTRY.by_ref.get(ref)
    if not isinstance(entry, Builtin):
        raise Trap(FaultKind.INTERNAL_ERROR, f"stored memory mentions an unknown builtin {ref}")
    return entry
