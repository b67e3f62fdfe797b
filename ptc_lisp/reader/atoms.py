"""Tokens, the forms of single ones, and the fault of a place in the text. Knows no parser."""

from __future__ import annotations

import re
from math import isinf, nan
from typing import Any

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.reader.forms import Form, LiteralForm, RegexForm, SymbolForm

MAX_DIGITS = 100
_ESCAPES = {"\\": "\\", '"': '"', "n": "\n", "t": "\t", "r": "\r"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_REGEX_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CHARS = {"newline": "\n", "space": " ", "tab": "\t", "return": "\r", "backspace": "\b", "formfeed": "\f"}
_SPECIAL = {"##Inf": float("inf"), "##-Inf": float("-inf"), "##NaN": nan}
WORDS = {"nil": None, "true": True, "false": False}


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


def symbol_form(text: str, start: int, end: int) -> Form:
    """The form of a SYMBOL: `nil`, `true` and `false` are literals."""
    if text in WORDS:
        return LiteralForm(start, end, WORDS[text])
    if "/" in text:
        ns, _, name = text.partition("/")
        if ns and name:
            return SymbolForm(start, end, name, ns)
    return SymbolForm(start, end, text)


def number_form(text: str, start: int, end: int) -> Form:
    """The form of a NUMBER: an integer, or a float when there is a fraction or an exponent. Raises parse_error."""
    return LiteralForm(start, end, _number(text, start, end))


def special_form(text: str, start: int, end: int) -> Form:
    """The form of `##Inf`, `##-Inf` or `##NaN`."""
    return LiteralForm(start, end, _SPECIAL[text])


def string_form(text: str, start: int, end: int) -> Form:
    """The form of a STRING, its escapes replaced. Raises parse_error."""
    return LiteralForm(start, end, _string(text[1:-1], start, end))


def regex_form(text: str, start: int, end: int) -> Form:
    """The pattern of a regex literal; escapes that mean something to strings are replaced."""
    return RegexForm(start, end, _REGEX_ESCAPE.sub(_regex_escape, text[2:-1]))


def char_form(text: str, start: int, end: int) -> Form:
    """A character literal as a string of one character. Raises parse_error."""
    name = text[1:]
    if len(name) == 5 and name[0] == "u":
        return LiteralForm(start, end, _string(text, start, end))
    return LiteralForm(start, end, _CHARS.get(name, name))


def json_colon(place: int) -> Trap:
    """The fault of a colon between key and value, as JSON has it."""
    return parse_fault(
        "a map has no colon between key and value",
        place,
        place + 1,
        'write {"a" 1} or {:a 1}: keys and values in turn, separated by spaces',
    )


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
