"""The table of special forms and macros: each row has its handler, its usage and its documentation.

Handlers live in one file per family; importing `ptc_lisp.analyzer` fills the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from ptc_lisp.builtins.registry import SPECIALS, Special

H = TypeVar("H", bound=Callable[..., Any])


class Entry(msgspec.Struct, frozen=True):
    """One special form. `handler(analysis, form, args, scope)` gives its core node."""

    name: str
    handler: Callable[..., Any]
    least: int
    most: int | None
    takes: str
    usage: str
    reserved: bool


TABLE: dict[str, Entry] = {}


def special(
    name: str,
    *params: str,
    takes: str,
    doc: str,
    area: str,
    examples: Iterable[tuple[str, str]] = (),
    least: int = 0,
    most: int | None = None,
    reserved: bool = False,
    clojure: str = "same",
) -> Callable[[H], H]:
    """Registers the handler of a special form.

    Args:
        name: as the program writes it.
        params: one usage per shape, e.g. `"test then"`, `"test then else"`.
        takes: the same in words, for the fault about a wrong number of forms: `a test, a then and an optional else`.
        doc: one or two sentences. area: group in the reference. examples: (source, printed result) pairs.
        least, most: how many forms it takes; the analyzer checks this before it calls the handler.
        reserved: a local of that name does not hide it in call position.
        clojure: "same", "DIV-nn" or "extension".
    """
    usage = " or ".join(f"({name}{' ' if p else ''}{p})" for p in params)

    def register(handler: H) -> H:
        TABLE[name] = Entry(name, handler, least, most, takes, usage, reserved)
        SPECIALS[name] = Special(name, params, doc, tuple(examples), area, clojure)
        return handler

    return register
