"""What a call reads: by builtin, and for functions made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ptc_lisp.core import nodes as n
from ptc_lisp.runtime.reads import spots
from ptc_lisp.runtime.reads.args import Handler, Reader
from ptc_lisp.runtime.reads.json_rows import JSON_ROWS
from ptc_lisp.runtime.reads.lookups import LOOKUPS
from ptc_lisp.runtime.reads.sequences import SEQUENCES
from ptc_lisp.runtime.reads.spots import NOTHING, Held

Combiner: TypeAlias = Callable[[Reader, tuple[n.Node, ...], list[Held]], Held]


def _comp(reader: Reader, parts: tuple[n.Node, ...], args: list[Held]) -> Held:
    held = spots.union(args) if not parts else reader.apply(parts[-1], args)
    for part in reversed(parts[:-1]):
        held = reader.apply(part, [held])
    return held


def _juxt(reader: Reader, parts: tuple[n.Node, ...], args: list[Held]) -> Held:
    return spots.many(spots.union([reader.apply(part, args) for part in parts]))


def _questions(reader: Reader, parts: tuple[n.Node, ...], args: list[Held]) -> Held:
    for part in parts:
        reader.apply(part, args)
    return NOTHING


def _some_of(reader: Reader, parts: tuple[n.Node, ...], args: list[Held]) -> Held:
    return spots.union([reader.apply(part, args) for part in parts])


BUILTINS: dict[str, Handler] = {**SEQUENCES, **LOOKUPS, **JSON_ROWS}
"""By registry ref."""

COMBINERS: dict[str, Combiner] = {
    "comp": _comp, "juxt": _juxt, "complement": _questions, "every-pred": _questions, "some-fn": _some_of,
}  # fmt: skip
"""Builtins that make a function of functions."""
