"""The SYMBOL terminal without some names: a regular expression that needs no lookaround, which few tools have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_CHARS = [chr(code) for code in range(33, 127)]
_SIGNS = ("", "+", "-")
# What the tables of slips refuse, as beginnings of names and as whole names.
_SLIP_STARTS = ("//", "/*", *(f"{sign}.{digit}" for sign in _SIGNS for digit in "0123456789"))
_SLIP_NAMES = ("=>", "...")


def name_pattern(symbol: str, granted: Mapping[str, Iterable[str]]) -> str:
    """The names that the terminal `symbol` matches, without slips; per namespace in `granted` only the names listed.

    A name that cannot be written is left out.
    """
    wanted = re.compile(symbol)
    starts = {*_SLIP_STARTS, *(f"{ns}/" for ns in granted)}
    parts: list[str] = []
    for ns, names in sorted(granted.items()):
        known = sorted(
            {name for name in names if wanted.fullmatch(f"{ns}/{name}")}, key=lambda n: (-len(n), n)
        )
        if known:
            parts.append(f"{_literal(ns + '/')}({'|'.join(map(_literal, known))})")
    # The granted ones come first, because some tools take the first alternative that fits.
    return "|".join([*parts, _Names(wanted, starts, set(_SLIP_NAMES)).rest("")])


class _Names:
    """Names that neither begin with one of `starts` nor are one of `names`, letter by letter."""

    def __init__(self, symbol: re.Pattern[str], starts: set[str], names: set[str]) -> None:
        self._symbol = symbol
        self._starts = starts
        self._names = names
        self._refused = starts | names
        self._tail = f"{_class(self._next('a'))}*"

    def rest(self, begun: str) -> str:
        """What may follow `begun`, which some refused name begins with."""
        special = {word[len(begun)] for word in self._refused if word.startswith(begun) and word != begun}
        following = self._next(begun)
        options = [_class(following - special) + self._tail]
        for char in sorted(special & following):
            longer = begun + char
            if longer not in self._starts:
                options.append(_literal(char) + self.rest(longer))
        ended = begun and begun not in self._names
        return f"({'|'.join(options)}){'?' if ended else ''}"

    def _next(self, begun: str) -> set[str]:
        return {char for char in _CHARS if self._symbol.fullmatch(begun + char)}


def _class(chars: set[str]) -> str:
    """A set of characters, letters and digits in ranges."""
    parts: list[str] = []
    for run in _runs(sorted(chars)):
        if len(run) > 2 and run.isalnum():
            parts.append(f"{run[0]}-{run[-1]}")
        else:
            parts += [f"\\{char}" if char in "\\]^-/[" else char for char in run]
    return f"[{''.join(parts)}]"


def _runs(chars: list[str]) -> list[str]:
    """Neighbours of one kind together."""
    runs: list[str] = []
    for char in chars:
        if runs and ord(char) == ord(runs[-1][-1]) + 1 and char.isalnum() == runs[-1].isalnum():
            runs[-1] += char
        else:
            runs.append(char)
    return runs


def _literal(text: str) -> str:
    return "".join(char if char.isalnum() or char in "_%=<>!&" else f"\\{char}" for char in text)
