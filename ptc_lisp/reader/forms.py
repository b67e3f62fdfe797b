"""What the reader makes: forms with places. `start`/`end` are character offsets into the program text."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec


class _Form(msgspec.Struct, frozen=True, tag=True):
    start: int
    end: int


class SymbolForm(_Form, frozen=True):
    """`name` or `ns/name` (`ns` None when there is none)."""

    name: str
    ns: str | None = None

    @property
    def text(self) -> str:
        """As written."""
        return f"{self.ns}/{self.name}" if self.ns is not None else self.name


class KeywordForm(_Form, frozen=True):
    """`:name`, without the colon."""

    name: str


class LiteralForm(_Form, frozen=True):
    """nil, boolean, int, float (also the special ones) or string (also from a character literal)."""

    value: Any


class RegexForm(_Form, frozen=True):
    """`#"…"`: the pattern text after string escapes."""

    pattern: str


class ListForm(_Form, frozen=True):
    """`( … )`."""

    items: tuple[Form, ...]


class VectorForm(_Form, frozen=True):
    """`[ … ]`."""

    items: tuple[Form, ...]


class MapForm(_Form, frozen=True):
    """`{ … }`: key and value forms in turn; always an even number."""

    items: tuple[Form, ...]


class SetForm(_Form, frozen=True):
    """`#{ … }`."""

    items: tuple[Form, ...]


class ShortFnForm(_Form, frozen=True):
    """`#( … )`: the forms between the parentheses; `%` placeholders are still symbols."""

    items: tuple[Form, ...]


class QuoteForm(_Form, frozen=True):
    """`'form`."""

    form: Form


class VarForm(_Form, frozen=True):
    """`#'name`."""

    symbol: SymbolForm


Form: TypeAlias = (
    SymbolForm
    | KeywordForm
    | LiteralForm
    | RegexForm
    | ListForm
    | VectorForm
    | MapForm
    | SetForm
    | ShortFnForm
    | QuoteForm
    | VarForm
)
