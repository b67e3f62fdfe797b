"""The types of signatures, as data. All are immutable and compare by value."""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

from ptc_lisp.faults import Portable

PRIMITIVES = ("string", "int", "float", "bool", "keyword", "map", "any", "datetime")
"""Names of the primitive types; `boolean` is read as `bool`."""

MAX_NESTING = 32
"""How deeply lists and records of one signature may nest."""

IDENT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
"""What a field or parameter can be called."""

KEYWORD_TEXT = re.compile(r"[A-Za-z0-9+\-*<>=?!_]+")
"""What a keyword can be called; on the host side keywords are strings of this shape."""


class _Type(msgspec.Struct, frozen=True, tag=True, omit_defaults=True, kw_only=True):
    optional: bool = False


class Primitive(_Type, frozen=True):
    """`:int`, `:string?` …; `name` is one of PRIMITIVES."""

    name: str


class ListOf(_Type, frozen=True):
    """`[T]`: a vector whose elements are all of type T."""

    item: Type


class Record(_Type, frozen=True):
    """`{name T, …}`: a map with these fields; without fields any map.

    `closed`: further fields are errors (only by import from JSON Schema; the mini-language cannot say it).
    """

    fields: tuple[Field, ...] = ()
    closed: bool = False


Type: TypeAlias = Primitive | ListOf | Record


class Field(msgspec.Struct, frozen=True):
    """A field of a record or a parameter."""

    name: str
    type: Type


class Signature(msgspec.Struct, frozen=True, omit_defaults=True):
    """What goes in and what comes out. `open_params`: written without parameters, so that any arguments will do."""

    params: tuple[Field, ...]
    returns: Type
    open_params: bool = False


class SignatureError(Portable, ValueError):
    """A signature that cannot be read or made. `position` is a character offset into `text` where that is known."""

    def __init__(
        self, message: str, *, text: str = "", position: int | None = None, hint: str | None = None
    ) -> None:
        shown = message
        if position is not None:
            shown += f"\n  {text}\n  {' ' * position}^" if "\n" not in text else f" (at character {position})"
        if hint is not None:
            shown += f"\nhint: {hint}"
        super().__init__(shown)
        self.message = message
        self.text = text
        self.position = position
        self.hint = hint


ANY = Primitive(name="any")


def with_optional(kind: Type, *, optional: bool = True) -> Type:
    """The same type, optional or not."""
    return kind if kind.optional == optional else msgspec.structs.replace(kind, optional=optional)


def spellings(name: str) -> tuple[str, ...]:
    """The keys under which a field is looked for, best first: as written, with `_`, with `-`."""
    return tuple(dict.fromkeys((name, name.replace("-", "_"), name.replace("_", "-"))))
