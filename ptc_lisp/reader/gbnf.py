"""Regular expressions of terminals in GBNF, the notation of llama.cpp."""

from __future__ import annotations

import re

_PIECE = re.compile(
    r"(?P<set>\[\^?(?:\\.|[^\]\\])+\])|(?P<open>\((?:\?:)?)|(?P<escape>\\.)|(?P<repeat>[*+?]|\{\d+(?:,\d*)?\})"
    r"|(?P<any>\.)|(?P<mark>[)|])|(?P<char>[\s\S])",
    re.DOTALL,
)
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_IN_SET = {**_ESCAPES, "-": "\\x2D", "]": "\\]", "[": "\\[", "^": "\\x5E"}
_CONTROL = {"n": "\n", "t": "\t", "r": "\r"}


def to_gbnf(pattern: str) -> str:
    """A regular expression (sets, groups, choices, repetition; nothing that looks around) in GBNF."""
    parts: list[tuple[bool, str]] = []  # whether it is a literal, and its text
    for piece in _PIECE.finditer(pattern):
        char = _character(piece)
        if piece["repeat"]:
            literal, text = parts.pop()
            if literal and len(text) > 1:
                parts.append((True, text[:-1]))
                text = text[-1]
            parts.append((False, (_quoted(text) if literal else text) + piece["repeat"]))
        elif char is None:
            parts.append((False, _structure(piece)))
        elif parts and parts[-1][0]:
            parts[-1] = (True, parts[-1][1] + char)
        else:
            parts.append((True, char))
    return " ".join(_quoted(text) if literal else text for literal, text in parts)


def _character(piece: re.Match[str]) -> str | None:
    """The one character that a piece stands for, if it does."""
    if piece["escape"]:
        return _CONTROL.get(piece[0][1], piece[0][1])
    return piece["char"]


def _structure(piece: re.Match[str]) -> str:
    if piece["open"]:
        return "("
    if piece["any"]:
        return "[^\\n]"
    if piece["set"]:
        return _set(piece["set"][1:-1])
    return piece[0]


def _set(body: str) -> str:
    negated = body.startswith("^")
    chars = re.findall(r"\\.|[\s\S]", body[negated:], re.DOTALL)
    shown: list[str] = []
    for place, char in enumerate(chars):
        if char == "-" and 0 < place < len(chars) - 1:
            shown.append("-")
            continue
        plain = _CONTROL.get(char[1], char[1]) if len(char) == 2 else char
        shown.append(_IN_SET.get(plain, plain))
    return f"[{'^' if negated else ''}{''.join(shown)}]"


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(char, char) for char in text) + '"'
