"""Tokens and children to forms: the actions of the grammar.

The parser calls one method per terminal that it shifts and per rule that it reduces, so that forms are built without
recursion, however deep a program nests.
"""

# ruff: noqa: N802 - the parser finds the actions of terminals by their names

from __future__ import annotations

import re
from math import isinf, nan
from typing import Any

from lark import Token, Transformer

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    QuoteForm,
    RegexForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VarForm,
    VectorForm,
)

MAX_DIGITS = 100
_ESCAPES = {"\\": "\\", '"': '"', "n": "\n", "t": "\t", "r": "\r"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_REGEX_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CHARS = {"newline": "\n", "space": " ", "tab": "\t", "return": "\r", "backspace": "\b", "formfeed": "\f"}
_SPECIAL = {"##Inf": float("inf"), "##-Inf": float("-inf"), "##NaN": nan}
_WORDS = {"nil": None, "true": True, "false": False}


def parse_fault(message: str, start: int, end: int, hint: str | None = None, **details: Any) -> Trap:
    """A parse_error at a place of the program text."""
    return Trap(
        FaultKind.PARSE_ERROR, message, hint=hint, details=details, start=start, end=end, phase=Phase.READ
    )


class Lexeme:
    """One token of a program. Leaner than the parser library's own, which there are thousands of per program."""

    __slots__ = ("end_pos", "start_pos", "type", "value")

    # What the library reads off a token for its messages, which nobody sees.
    line = column = end_line = end_column = 0

    def __init__(self, kind: str, value: str, start: int, end: int) -> None:
        self.type = kind
        self.value = value
        self.start_pos = start
        self.end_pos = end


class Builder(Transformer[Token, Any]):
    """The grammar's actions. Terminals give atoms, rules give collections; `discard` and `stray` give None.

    Raises parse_error for literals that no value can hold.
    """

    def SYMBOL(self, token: Lexeme) -> Form:
        """`nil`, `true`, `false`, or a symbol split at its first slash."""
        return symbol_form(token.value, token.start_pos, token.end_pos)

    def KEYWORD(self, token: Lexeme) -> Form:
        """A keyword, without its colon."""
        return KeywordForm(token.start_pos, token.end_pos, token.value[1:])

    def NUMBER(self, token: Lexeme) -> Form:
        """An integer, or a float when there is a fraction or an exponent."""
        start, end = token.start_pos, token.end_pos
        return LiteralForm(start, end, _number(token.value, start, end))

    def SPECIAL(self, token: Lexeme) -> Form:
        """`##Inf`, `##-Inf` or `##NaN`."""
        return LiteralForm(token.start_pos, token.end_pos, _SPECIAL[token.value])

    def STRING(self, token: Lexeme) -> Form:
        """A string with its escapes replaced."""
        start, end = token.start_pos, token.end_pos
        return LiteralForm(start, end, _string(token.value[1:-1], start, end))

    def REGEX(self, token: Lexeme) -> Form:
        """The pattern of a regex literal; escapes that mean something to strings are replaced."""
        pattern = _REGEX_ESCAPE.sub(_regex_escape, token.value[2:-1])
        return RegexForm(token.start_pos, token.end_pos, pattern)

    def CHAR(self, token: Lexeme) -> Form:
        """A character literal as a string of one character."""
        start, end = token.start_pos, token.end_pos
        name = token.value[1:]
        if len(name) == 5 and name[0] == "u":
            return LiteralForm(start, end, _string(token.value, start, end))
        return LiteralForm(start, end, _CHARS.get(name, name))

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


def symbol_form(text: str, start: int, end: int) -> Form:
    """The form of a SYMBOL: `nil`, `true` and `false` are literals."""
    if text in _WORDS:
        return LiteralForm(start, end, _WORDS[text])
    if "/" in text:
        ns, _, name = text.partition("/")
        if ns and name:
            return SymbolForm(start, end, name, ns)
    return SymbolForm(start, end, text)


def json_colon(place: int) -> Trap:
    """The fault of a colon between key and value, as JSON has it."""
    return parse_fault(
        "a map has no colon between key and value",
        place,
        place + 1,
        'write {"a" 1} or {:a 1}: keys and values in turn, separated by spaces',
    )


def _inner(items: list[Any]) -> tuple[Form, ...]:
    inner = items[1:-1]
    return tuple([item for item in inner if item is not None]) if None in inner else tuple(inner)


def _number(text: str, start: int, end: int) -> int | float:
    mantissa, _, exponent = text.lower().partition("e")
    whole, dot, _ = mantissa.partition(".")
    if len(whole.lstrip("+-")) > MAX_DIGITS:
        raise parse_fault(
            f"a number literal has at most {MAX_DIGITS} digits", start, end, "compute it, e.g. (pow 10 200)"
        )
    if not dot and not exponent:
        return int(text)
    value = float(text)
    if isinf(value):
        raise parse_fault(f"{text[:40]} is too large for a float", start, end, "write ##Inf for infinity")
    return value


def _string(body: str, start: int, end: int) -> str:
    if "\\" not in body:
        return body
    text = _ESCAPE.sub(_string_escape, body)
    if "\\u" not in body:
        return text
    if not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    try:
        # A pair of \uXXXX escapes can stand for one character, as in JSON.
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise parse_fault(
            "a \\uXXXX escape is half of a character", start, end, "write the character itself"
        ) from None


def _string_escape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _ESCAPES.get(match[2], match[0])


def _regex_escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[0])
