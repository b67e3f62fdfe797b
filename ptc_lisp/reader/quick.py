"""Plain programs in one pass, several times quicker than through the parser.

The pattern is put together from the terminals of the grammar. Whatever is not plainly right (a mistake, a limit that is
passed, a rare prefix) is left to the parser, which alone decides what a program is and what is said about the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from ptc_lisp.faults import Trap
from ptc_lisp.reader.atoms import (
    WORDS,
    char_form,
    number_form,
    regex_form,
    special_form,
    string_form,
    symbol_form,
)
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
from ptc_lisp.reader.syntax_hints import PREFIXES as PREFIX_SLIPS
from ptc_lisp.reader.syntax_hints import SUSPICIOUS, slip_at
from ptc_lisp.reader.syntax_hints import SYMBOLS as SYMBOL_SLIPS
from ptc_lisp.reader.terminals import TERMINALS

# The order in which terminals are tried. NUMBER comes before SYMBOL, which also begins with a sign.
_ORDER = ("NUMBER", "SYMBOL", "KEYWORD", "LPAR", "RPAR", "LBRACK", "RBRACK", "STRING", "LBRACE", "RBRACE",
          "FN_OPEN", "SET_OPEN", "QUOTE", "REGEX", "CHAR", "SPECIAL", "VAR")  # fmt: skip
_END = "END"
_Maker: TypeAlias = type[ListForm] | type[VectorForm] | type[MapForm] | type[SetForm] | type[ShortFnForm]
_Prefix: TypeAlias = tuple[str, int]  # kind and start
# An open delimiter: its start, what closes it, what it makes, and the items and prefixes around it.
_Frame: TypeAlias = tuple[int, str, _Maker, list[Form], list[_Prefix]]
# Width, closer and form of each opener.
_OPENERS: dict[str, tuple[int, str, _Maker]] = {
    "LPAR": (1, "RPAR", ListForm),
    "LBRACK": (1, "RBRACK", VectorForm),
    "LBRACE": (1, "RBRACE", MapForm),
    "SET_OPEN": (2, "RBRACE", SetForm),
    "FN_OPEN": (2, "RPAR", ShortFnForm),
}
_CLOSERS = frozenset({"RPAR", "RBRACK", "RBRACE"})
_PREFIXES = {"QUOTE": 1, "VAR": 2}
_NAMES = frozenset({"SYMBOL", "KEYWORD"})
_COMMON = frozenset({"->", "->>", "=="})
_MAX_INT = 18  # digits of an integer that needs no check


@cache
def plain_pattern() -> re.Pattern[str]:
    """White space and comments, then one token or the end of the text; `lastgroup` is None where none can start."""
    patterns = TERMINALS
    tokens = "|".join(f"(?P<{name}>{patterns[name]})" for name in _ORDER)
    space = f"(?:{patterns['WHITESPACE']}|{patterns['COMMENT']})*+"
    return re.compile(f"{space}(?:{tokens}|(?P<{_END}>\\Z)|[\\s\\S])")


class _NotPlainError(Exception):
    """The parser has to look at this program."""


def read_plain(text: str, max_nesting: int, max_symbols: int) -> list[Form] | None:
    """The forms that the parser would make of a program, or None when it has to be asked."""
    try:
        return _read(text, max_nesting, max_symbols)
    except (_NotPlainError, Trap):
        return None


def _read(text: str, max_nesting: int, max_symbols: int) -> list[Form]:
    """Raises _NotPlainError, and Trap for literals that no value can hold."""
    items: list[Form] = []  # of the innermost open delimiter
    frames: list[_Frame] = []
    prefixes: list[_Prefix] = []  # before the next form
    names: set[str] = set()
    depth = 0
    atom_end = -1  # where the last atom ended: no other may start there
    for match in plain_pattern().finditer(text):
        kind = match.lastgroup
        end = match.end()
        if kind in _ATOMS:
            word = match[kind]
            start = end - len(word)
            if start == atom_end:
                raise _NotPlainError
            atom_end = end
            if kind in _NAMES:
                names.add(word)
            form = _ATOMS[kind](start, end, word)
        elif kind in _OPENERS:
            depth += len(prefixes) + 1
            if depth > max_nesting:
                raise _NotPlainError
            width, closer, make = _OPENERS[kind]
            frames.append((end - width, closer, make, items, prefixes))
            items, prefixes = [], []
            continue
        elif kind in _CLOSERS:
            if not frames or prefixes:
                raise _NotPlainError
            start, closer, make, outer, prefixes = frames.pop()
            if closer != kind or (make is MapForm and len(items) % 2):
                raise _NotPlainError
            depth -= len(prefixes) + 1
            form = make(start, end, tuple(items))
            items = outer
        elif kind in _PREFIXES:
            start = end - _PREFIXES[kind]
            prefixes.append((kind, start))
            if start == atom_end or depth + len(prefixes) > max_nesting or slip_at(PREFIX_SLIPS, text, start):
                raise _NotPlainError
            continue
        elif kind == _END:
            break
        else:
            raise _NotPlainError
        items.append(_prefixed(form, prefixes) if prefixes else form)
    if frames or prefixes or len(names) > max_symbols:
        raise _NotPlainError
    return items


def _prefixed(form: Form, prefixes: list[_Prefix]) -> Form:
    """The form with the prefixes that stand before it, which are used up."""
    while prefixes:
        kind, start = prefixes.pop()
        if kind == "QUOTE":
            form = QuoteForm(start, form.end, form)
        elif isinstance(form, SymbolForm):
            form = VarForm(start, form.end, form)
        else:
            raise _NotPlainError
    return form


def _symbol(start: int, end: int, word: str) -> Form:
    if word[0] in SUSPICIOUS and len(word) > 1 and word not in _COMMON and slip_at(SYMBOL_SLIPS, word, 0):
        raise _NotPlainError
    return symbol_form(word, start, end) if "/" in word or word in WORDS else SymbolForm(start, end, word)


def _keyword(start: int, end: int, word: str) -> Form:
    return KeywordForm(start, end, word[1:])


def _number(start: int, end: int, word: str) -> Form:
    if len(word) <= _MAX_INT and word.isdigit():
        return LiteralForm(start, end, int(word))
    return number_form(word, start, end)


def _string(start: int, end: int, word: str) -> Form:
    if "\\" not in word:
        return LiteralForm(start, end, word[1:-1])
    return string_form(word, start, end)


def _atom(make: Callable[[str, int, int], Form]) -> Callable[[int, int, str], Form]:
    return lambda start, end, word: make(word, start, end)


_ATOMS: dict[str, Callable[[int, int, str], Form]] = {
    "SYMBOL": _symbol,
    "KEYWORD": _keyword,
    "NUMBER": _number,
    "STRING": _string,
    "REGEX": _atom(regex_form),
    "CHAR": _atom(char_form),
    "SPECIAL": _atom(special_form),
}
