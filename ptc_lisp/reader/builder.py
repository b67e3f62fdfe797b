"""Tokens and children to forms: the actions of the grammar.

The parser calls one method per terminal that it shifts and per rule that it reduces, so that forms are built without
recursion, however deep a program nests.
"""

# ruff: noqa: N802 - the parser finds the actions of terminals by their names

from __future__ import annotations

from typing import Any

from lark import Token, Transformer

from ptc_lisp.reader import atoms
from ptc_lisp.reader.atoms import Lexeme, json_colon, parse_fault
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    QuoteForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VarForm,
    VectorForm,
)


class Builder(Transformer[Token, Any]):
    """The grammar's actions. Terminals give atoms, rules give collections; `discard` and `stray` give None.

    Raises parse_error for literals that no value can hold.
    """

    def SYMBOL(self, token: Lexeme) -> Form:
        """`nil`, `true`, `false`, or a symbol split at its first slash."""
        return atoms.symbol_form(token.value, token.start_pos, token.end_pos)

    def KEYWORD(self, token: Lexeme) -> Form:
        """A keyword, without its colon."""
        return KeywordForm(token.start_pos, token.end_pos, token.value[1:])

    def NUMBER(self, token: Lexeme) -> Form:
        """An integer, or a float when there is a fraction or an exponent."""
        return atoms.number_form(token.value, token.start_pos, token.end_pos)

    def SPECIAL(self, token: Lexeme) -> Form:
        """`##Inf`, `##-Inf` or `##NaN`."""
        return atoms.special_form(token.value, token.start_pos, token.end_pos)

    def STRING(self, token: Lexeme) -> Form:
        """A string with its escapes replaced."""
        return atoms.string_form(token.value, token.start_pos, token.end_pos)

    def REGEX(self, token: Lexeme) -> Form:
        """The pattern of a regex literal; escapes that mean something to strings are replaced."""
        return atoms.regex_form(token.value, token.start_pos, token.end_pos)

    def CHAR(self, token: Lexeme) -> Form:
        """A character literal as a string of one character."""
        return atoms.char_form(token.value, token.start_pos, token.end_pos)

    def list(self, items: list[Any]) -> Form:
        """`( … )`."""
        return ListForm(items[0].start_pos, items[-1].end_pos, _inner(items))

    def vector(self, items: list[Any]) -> Form:
        """`[ … ]`."""
        return VectorForm(items[0].start_pos, items[-1].end_pos, _inner(items))

    def set(self, items: list[Any]) -> Form:
        """`#{ … }`."""
        return SetForm(items[0].start_pos, items[-1].end_pos, _inner(items))

    def short_fn(self, items: list[Any]) -> Form:
        """`#( … )`."""
        return ShortFnForm(items[0].start_pos, items[-1].end_pos, _inner(items))

    def map(self, items: list[Any]) -> Form:
        """`{ … }`; a string key that touches its keyword value is JSON, not Lisp."""
        entries = _inner(items)
        for key, value in zip(entries[::2], entries[1::2], strict=True):
            if value.start == key.end and isinstance(value, KeywordForm) and isinstance(key, LiteralForm):
                raise json_colon(value.start)
        return MapForm(items[0].start_pos, items[-1].end_pos, entries)

    def quote(self, items: list[Any]) -> Form:
        """`'form`."""
        return QuoteForm(items[0].start_pos, items[-1].end, items[-1])

    def var(self, items: list[Any]) -> Form:
        """`#'name`."""
        mark, symbol = items
        if not isinstance(symbol, SymbolForm):
            raise parse_fault("#' needs a name, e.g. #'inc", mark.start_pos, symbol.end)
        return VarForm(mark.start_pos, symbol.end, symbol)

    def meta(self, items: list[Any]) -> Form:
        """`^tag form` is the form: metadata is read and ignored."""
        return items[-1]

    def discard(self, items: list[Any]) -> None:
        """`#_ form` is nothing."""

    def stray(self, items: list[Any]) -> None:
        """A closer that closes nothing is skipped."""

    def start(self, items: list[Any]) -> list[Form]:
        """The top-level forms."""
        return [item for item in items if item is not None]


def _inner(items: list[Any]) -> tuple[Form, ...]:
    inner = items[1:-1]
    return tuple([item for item in inner if item is not None]) if None in inner else tuple(inner)
