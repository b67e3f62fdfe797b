"""What a program can hold.

nil, booleans, integers, floats and strings are Python's own. Host data stays as it arrives: a plain `list` is a
vector, a plain `dict` a map. Everything else is a class below. Values are immutable to programs; a `list` or
`dict` that has become a value must never be changed in place.

| Lisp          | Python                                        |
|---------------|-----------------------------------------------|
| vector        | `list`, or `PVec` once it was grown in a loop |
| map           | `dict` (keys in key form, see `keys.py`) or `PMap` |
| set           | `LispSet`                                     |
| keyword       | `Keyword`, interned, compared by identity     |
| quoted symbol | `Symbol`                                      |
| regex, Var, duration | `Regex`, `Var`, `datetime.timedelta`   |
| date, instant | `datetime.date`, `datetime.datetime` (aware, UTC) |
| functions     | plain Python functions made by compiled code (see `functions.py`), `Builtin`, `Composed`, `ToolRef` |
| `(range)`, `(iterate f x)` … | `Stream`                       |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias, final

Value: TypeAlias = Any
"""A Lisp value. The language is dynamically typed; this alias says so where it matters."""


@final
class Keyword:
    """`:name`. Interned: make one with `kw`; equal keywords are the same object."""

    __slots__ = ("name",)
    _table: dict[str, Keyword] = {}
    name: str

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f":{self.name}"


def kw(name: str) -> Keyword:
    """The keyword with that name (without the colon)."""
    table = Keyword._table  # pyright: ignore[reportPrivateUsage] - the intern table belongs to this module
    found = table.get(name)
    if found is None:
        found = table[name] = Keyword(name)
    return found


@final
class Symbol:
    """A quoted symbol, `'name` or `'ns/name`: a reference for discovery forms, equal by name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and other.name == self.name

    def __hash__(self) -> int:
        return hash(("symbol", self.name))

    def __repr__(self) -> str:
        return f"'{self.name}"


@final
class Var:
    """What `(def x …)` gives: shown as `#'x`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Var) and other.name == self.name

    def __hash__(self) -> int:
        return hash(("var", self.name))

    def __repr__(self) -> str:
        return f"#'{self.name}"


@final
class Regex:
    """A compiled regular expression; `source` is the pattern as written by the program."""

    __slots__ = ("pattern", "source")

    def __init__(self, source: str, pattern: re.Pattern[str]) -> None:
        self.source = source
        self.pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Regex) and other.source == self.source

    def __hash__(self) -> int:
        return hash(("regex", self.source))


@final
class ToolRef:
    """`tool/name` as a value: callable with a map or keyword pairs."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToolRef) and other.name == self.name

    def __hash__(self) -> int:
        return hash(("tool", self.name))


@final
class Composed:
    """A function made by a combinator (`comp`, `partial`, `juxt`, …).

    `maker` is the combinator's registry ref and `parts` its arguments, so that the value can be stored and rebuilt by
    calling the combinator again; `fn` takes positional arguments.
    """

    __slots__ = ("fn", "maker", "parts")

    def __init__(self, maker: str, parts: list[Value], fn: Callable[..., Value]) -> None:
        self.maker = maker
        self.parts = parts
        self.fn = fn


@final
class Stream:
    """An unbounded sequence: only bounding functions (`take`, `take-while`, `first`, …) may consume it.

    `start()` gives a fresh iterator; `text` shows how it was written, e.g. `(range)`.
    """

    __slots__ = ("start", "text")

    def __init__(self, text: str, start: Callable[[], Iterator[Value]]) -> None:
        self.text = text
        self.start = start


class Absent:
    """Type of `ABSENT`, which tells "no such key" from nil."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
