"""Text to checked tokens: everything about a program that can be judged token by token.

After a scan each character belongs to a token, delimiters match, nesting is bounded and no two atoms touch.
A closer whose opener is open nowhere is left out: models add such closers, and nothing else can be meant.
"""

from __future__ import annotations

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.reader.atoms import Lexeme, parse_fault
from ptc_lisp.reader.balance import CLOSER_OF, CLOSERS, PREFIXES, is_unterminated, unbalanced, unterminated
from ptc_lisp.reader.lexicon import BAD, IGNORED, token_pattern
from ptc_lisp.reader.syntax_hints import PREFIXES as PREFIX_SLIPS
from ptc_lisp.reader.syntax_hints import SUSPICIOUS, bad_character, is_odd_space, slip_at, touching
from ptc_lisp.reader.syntax_hints import SYMBOLS as SYMBOL_SLIPS

_NAMES = frozenset({"SYMBOL", "KEYWORD"})
# Atoms that only a delimiter or white space ends: when the next atom touches one, two things were run together.
OPEN_ENDED = frozenset({"NUMBER", "SYMBOL", "KEYWORD", "SPECIAL", "CHAR"})
GLUED = frozenset({"NUMBER", "SYMBOL", "KEYWORD"})
_STRUCTURE = CLOSERS | PREFIXES | frozenset(CLOSER_OF)


def scan(text: str, max_nesting: int, max_symbols: int) -> list[Lexeme]:
    """The tokens of a program, without white space and comments.

    Raises Trap: parse_error, symbol_limit_exceeded.
    """
    tokens: list[Lexeme] = []
    names: set[str] = set()
    nesting = _Nesting(text, max_nesting)
    last_kind, last_end = "", -1
    for match in token_pattern().finditer(text):
        kind = match.lastgroup or BAD
        if kind in IGNORED:
            continue
        start, end = match.span()
        value = match[0]
        if kind == BAD:
            if is_odd_space(value):
                continue
            raise unterminated(text, start) if is_unterminated(text, start) else bad_character(text, start)
        if (
            start == last_end
            and last_kind in OPEN_ENDED
            and (kind in GLUED or _is_quoted_end(kind, last_kind))
        ):
            raise touching(text, tokens[-1].start_pos)
        last_kind, last_end = kind, end
        if kind in CLOSERS and nesting.is_stray(value):
            continue
        token = Lexeme(kind, value, start, end)
        tokens.append(token)
        if kind in _STRUCTURE:
            nesting.step(token, kind)
        else:
            nesting.prefixes = 0
            if kind in _NAMES:
                names.add(value)
                if value[0] in SUSPICIOUS and kind == "SYMBOL" and end - start > 1:
                    _refuse(slip_at(SYMBOL_SLIPS, text, start, end))
        if kind in PREFIXES:
            _refuse(slip_at(PREFIX_SLIPS, text, start))
    nesting.finish()
    if len(names) > max_symbols:
        raise _too_many(len(names), max_symbols)
    return tokens


def _is_quoted_end(kind: str, last_kind: str) -> bool:
    return kind == "QUOTE" and last_kind in ("NUMBER", "KEYWORD")


class _Nesting:
    """Follows delimiters and prefixes. Raises parse_error when they do not match or nest too deeply."""

    def __init__(self, text: str, limit: int) -> None:
        self._text = text
        self._limit = limit
        self._levels: list[
            tuple[str, int]
        ] = []  # the closer of each open delimiter, and the levels it counts for
        self._depth = 0
        self.prefixes = 0  # ' ^ #_ nest what follows them just as delimiters do

    def step(self, token: Lexeme, kind: str) -> None:
        """Takes one token into account."""
        if kind in CLOSER_OF:
            self._levels.append((CLOSER_OF[kind], self.prefixes + 1))
            self._depth += self.prefixes + 1
            self.prefixes = 0
        elif kind in PREFIXES:
            self.prefixes += 1
        else:
            self.prefixes = 0
            if kind in CLOSERS and self._levels:
                closer, height = self._levels.pop()
                if closer != token.value:
                    raise unbalanced(self._text)
                self._depth -= height
            return
        if self._depth + self.prefixes > self._limit:
            raise _too_deep(token, self._limit)

    def is_stray(self, closer: str) -> bool:
        """Whether a closer stands inside delimiters none of which it could close (and behind no prefix)."""
        return (
            bool(self._levels)
            and self._levels[-1][0] != closer
            and not self.prefixes
            and all(expected != closer for expected, _ in self._levels)
        )

    def finish(self) -> None:
        """The text has ended."""
        if self._levels:
            raise unbalanced(self._text)


def _refuse(slip: Trap | None) -> None:
    if slip is not None:
        raise slip


def _too_deep(token: Lexeme, limit: int) -> Trap:
    return parse_fault(
        f"more than {limit} nested delimiters",
        token.start_pos,
        token.end_pos,
        "name inner parts with let or defn, so that the program nests less",
        limit=limit,
    )


def _too_many(count: int, limit: int) -> Trap:
    return Trap(
        FaultKind.SYMBOL_LIMIT_EXCEEDED,
        f"the program uses {count} different names, the limit is {limit}",
        hint="pass bulk data in as context instead of writing it into the program",
        details={"names": count, "limit": limit},
        phase=Phase.READ,
    )
