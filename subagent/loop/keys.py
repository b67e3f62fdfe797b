"""Finds keys that a program reads and no data has. A wrong key gives nil, which causes errors far away; naming it saves the
model a turn. A guess based on tokens, used for advice only: nothing is refused because of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"?|;[^\n]*|#\{|[()\[\]{}]|[^\s,()\[\]{}";]+')
_OPENING = {"(": ")", "[": "]", "{": "}", "#{": "}"}
_NO_MAP = -(1 << 30)
_OWN_WORDS = frozenset({":keys", ":as", ":or", ":else", ":when", ":let", ":while", ":strs", ":syms"})


def unknown_keys(
    program: str, keys: Mapping[str, Iterable[str]], earlier: Iterable[str] = (), fields: Iterable[str] = ()
) -> list[str]:
    """The keywords that a program reads though no table has them, in order.

    keys: the keys of each table. earlier: programs of earlier turns, whose maps may be read now. fields: of the
    expected answer. A program that calls tools gets no advice: nobody knows what tools give.
    """
    if not keys or "tool/" in program or any("tool/" in past for past in earlier):
        return []
    read, made = _keywords(program)
    for past in earlier:
        made |= _keywords(past)[1]
    known = {_plain(f":{name}") for names in keys.values() for name in names}
    known |= {_plain(f":{name}") for name in fields} | {_plain(name) for name in made}
    return [name for name in read if _plain(name) not in known and name not in _OWN_WORDS]


def _keywords(program: str) -> tuple[list[str], set[str]]:
    """The keywords that stand elsewhere than as keys of map literals, and those that are such keys."""
    read: dict[str, None] = {}
    made: set[str] = set()
    closers: list[str] = []
    places: list[int] = [0]  # how many forms have begun inside each open bracket
    for word in _TOKEN.findall(program):
        if word.startswith(";"):
            continue
        if closers and word == closers[-1]:
            closers.pop()
            places.pop()
        elif word in _OPENING:
            places[-1] += 1
            closers.append(_OPENING[word])
            places.append(0 if word == "{" else _NO_MAP)
        else:
            if word.startswith(":") and closers and places[-1] >= 0 and places[-1] % 2 == 0:
                made.add(word)
            elif word.startswith(":") and len(word) > 1:
                read[word] = None
            if not re.fullmatch(r"[#'@^]+", word):
                places[-1] += 1
    return list(read), made


def _plain(keyword: str) -> str:
    return keyword.replace("-", "_")
