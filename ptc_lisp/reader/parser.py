"""The parser of the grammar, which has the last word on what a program is. No type of the parser library leaves this folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from lark import Lark, UnexpectedToken
from lark.lexer import Lexer

from ptc_lisp.reader.atoms import Lexeme
from ptc_lisp.reader.builder import Builder
from ptc_lisp.reader.forms import Form
from ptc_lisp.reader.grammar_file import GRAMMAR


class StuckError(Exception):
    """The tokens do not form a program.

    `token` is where the parser got stuck (None at the end of the text), `before` what it holds so far: forms, and
    tokens of what is still open.
    """

    def __init__(self, token: Lexeme | None, before: list[Any]) -> None:
        super().__init__("unexpected token")
        self.token = token
        self.before = before


class _Given(Lexer):
    """Hands the parser the tokens that the scanner has made and checked."""

    __future_interface__ = 2

    def __init__(self, lexer_conf: object) -> None:
        del lexer_conf

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
        del parser_state
        return iter(lexer_state.text)


@cache
def _lark() -> Lark:
    return Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer=_Given,
        transformer=Builder(),
        maybe_placeholders=False,
    )


def terminals_of_grammar() -> dict[str, str]:
    """The terminals of the grammar, in its order: name to regular expression. `terminals.py` holds a copy."""
    return {terminal.name: terminal.pattern.to_regexp() for terminal in _lark().terminals}


def rules() -> dict[str, list[tuple[str, ...]]]:
    """The rules of the grammar: name to alternatives, each a row of names; those of terminals are in capitals.

    A repetition `x` is there as `x: item x_more` and `x_more: x | nothing`: told apart by the next token.
    """
    found: dict[str, list[tuple[str, ...]]] = {}
    for rule in _lark().rules:
        name = str(rule.origin.name)
        body = tuple(str(symbol.name) for symbol in rule.expansion)
        found.setdefault(name, []).append(body)
    for name, bodies in list(found.items()):
        # The library has it as `x: item | x item`.
        if any(body[:1] == (name,) for body in bodies):
            more = f"{name}_more"
            found[name] = [(*body, more) for body in bodies if body[:1] != (name,)]
            found[more] = [(name,), ()]
    return found


def parse(tokens: list[Lexeme]) -> list[Form]:
    """The top-level forms that checked tokens stand for. Raises StuckError, and Trap for bad literals."""
    try:
        # The library's signature promises text; with a lexer of one's own anything may be handed through.
        forms: Any = _lark().parse(tokens)  # pyright: ignore[reportArgumentType]
    except UnexpectedToken as stuck:
        found: Any = stuck.token
        token = found if isinstance(found, Lexeme) else None
        state = stuck.interactive_parser
        raise StuckError(token, list(state.parser_state.value_stack) if state else []) from None
    return forms


def warm_up() -> None:
    """Loads the grammar, so that processes forked later need not."""
    _lark()
