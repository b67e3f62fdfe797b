"""Compiled programs as bytes: code, and what belongs to it.

Bytes are made and loaded in workers only. Loading them amounts to running Python, so they are used only for the program whose
text they were made from, in a process that runs nothing else.
"""

from __future__ import annotations

import marshal
from functools import cache, partial
from typing import Any, Final

import msgspec

from ptc_lisp.core import nodes as core
from ptc_lisp.faults import Trap
from ptc_lisp.runtime.compiler import Compiled
from ptc_lisp.runtime.emitter import Inlined, LaterFn
from ptc_lisp.runtime.parcels import Wanted
from ptc_lisp.values import codec
from ptc_lisp.values.functions import FnInfo
from ptc_lisp.values.partial import Fields, Need, as_data, class_of, from_data
from ptc_lisp.values.regexes import compile_regex
from ptc_lisp.values.types import Keyword, Value, kw

_encode = msgspec.msgpack.Encoder().encode
_KEYWORD: Final = "k/"


def packed(compiled: Compiled) -> bytes | None:
    """The bytes of a compiled program; None when it holds what no bytes can: constants of a rare kind."""
    written = compiled.written
    constants = written.constants
    parts = written.parts
    wanted = {ident: v for ident, v in constants.items() if v.__class__ is Wanted}
    known = parts.keys() | wanted.keys()
    others = {ident: v for ident, v in constants.items() if ident[:2] != _KEYWORD and ident not in known}
    try:
        infos = [
            (ident, info.name, info.shown, tuple(info.accepted), info.least_variadic, _encode(info.node))
            for ident, info in written.infos.items()
        ]
        return marshal.dumps(
            (
                compiled.code,
                compiled.forms,
                tuple(ident[2:] for ident, value in constants.items() if value.__class__ is Keyword),
                codec.encode(others) if others else b"",
                tuple(
                    [
                        (ident, isinstance(constants[ident], type), as_data(need))
                        for ident, need in parts.items()
                    ]
                ),
                tuple([(ident, as_data(found.need), found.classes) for ident, found in wanted.items()]),
                tuple(sorted(written.builtins)),
                tuple(infos),
                tuple(map(tuple, written.inlined)),
                _encode([_outline(node) for node in written.places]),
                tuple((ident, later.names, _encode(later.fn())) for ident, later in written.laters.items()),
            )
        )
    except (Trap, OverflowError, ValueError):
        return None


def restored(data: bytes) -> Compiled:
    """The program of such bytes. Raises all sorts of errors for other bytes."""
    code, forms, *rest = marshal.loads(data)  # noqa: S302 - this is the locked worker, and the bytes stand for its program
    return Compiled(_Kept(*rest), code, forms)


class _Kept:
    """What was written about a program; places are looked at when something went wrong."""

    def __init__(self, *parts: Any) -> None:
        keywords, others, needed, wanted, builtins, infos, inlined, places, laters = parts
        self.constants: dict[str, Value] = {}
        for name in keywords:
            self.constants[f"{_KEYWORD}{name}"] = kw(name)
        if others:
            self.constants |= codec.decode(others, _CONSTANTS)
        self.parts: dict[str, Need] = {}
        for ident, is_class, data in needed:
            need = self.parts[ident] = from_data(data)
            self.constants[ident] = class_of(need) if is_class and isinstance(need, Fields) else need
        for ident, data, classes in wanted:
            self.constants[ident] = Wanted(from_data(data), classes)
        self.builtins: tuple[str, ...] = builtins
        self.infos: dict[str, FnInfo] = {}
        for ident, name, shown, accepted, least, node in infos:
            self.infos[ident] = FnInfo(name, shown, frozenset(accepted), least, node)
        self.laters: dict[str, LaterFn] = {
            ident: LaterFn(partial(fn_decoder().decode, node), names) for ident, names, node in laters
        }
        self._inlined: tuple[tuple[Any, ...], ...] = inlined
        self._places: bytes = places
        self._nodes: list[core.Node] | None = None

    @property
    def inlined(self) -> list[Inlined]:
        """The functions that were written into others."""
        return [Inlined(*found) for found in self._inlined]

    @property
    def places(self) -> list[core.Node]:
        """The nodes that lines stand for, without what is inside them."""
        if self._nodes is None:
            self._nodes = nodes_decoder().decode(self._places)
        return self._nodes


@cache
def nodes_decoder() -> msgspec.msgpack.Decoder[list[core.Node]]:
    """For places. Made when it is needed: that takes 8 ms, for the first of the two."""
    return msgspec.msgpack.Decoder(list[core.Node])


@cache
def fn_decoder() -> msgspec.msgpack.Decoder[core.Fn]:
    """For functions that are made when they are called."""
    return msgspec.msgpack.Decoder(core.Fn)


class _Constants:
    """What `codec.decode` may make beside data: regexes. A program has no other functions among its constants."""

    def closure(self, payload: Value) -> Value:
        """There is none."""
        raise ValueError(f"no constant: {type(payload).__name__}")

    def builtin(self, ref: str) -> Value:
        """There is none."""
        raise ValueError(f"no constant: {ref}")

    def composed(self, maker: str, parts: list[Value]) -> Value:
        """There is none."""
        raise ValueError(f"no constant: {maker} of {len(parts)}")

    def regex(self, source: str) -> Value:
        """The compiled regex of a pattern."""
        return compile_regex(source)


_CONSTANTS: Final = _Constants()


def _outline(node: core.Node) -> core.Node:
    """What may be asked of a node after a fault: its place, and which name was called with how many arguments."""
    nothing = core.Const(node.start, node.end, None)
    if isinstance(node, core.Call) and isinstance(node.fn, core.Global | core.Local):
        return core.Call(node.start, node.end, node.fn, (nothing,) * len(node.args))
    return nothing
