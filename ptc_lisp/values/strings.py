"""Text counted as people count it: by extended grapheme cluster (Unicode annex 29).

Nearly all text has one cluster per code point, and one regular expression finds that out, so Python's own slicing
serves. Only text with combining marks, joiners, flags, jamo or CRLF is really split. Which characters combine is what
Python's own Unicode data say.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from functools import cache, lru_cache

from ptc_lisp.values.unicode_classes import category_class

_LINES = re.compile("\r\n|.", re.DOTALL)
_LONG = 200  # characters; below, looking is as fast as remembering

_REGIONAL = "\U0001f1e6-\U0001f1ff"
_PREPEND = (
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3\U0001193f\U00011941"
    "\U00011a3a\U00011a84-\U00011a89\U00011d46\U00011f02"
)
_PICTOGRAPH = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf\u23e9-\u23f3\u23f8-\u23fa"
    "\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612\u2614-\u2685\u2690-\u2705\u2708-\u2712"
    "\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763-\u2767\u2795-\u2797"
    "\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f\U0001f16c-\U0001f171\U0001f17e\U0001f17f\U0001f18e"
    "\U0001f191-\U0001f19a\U0001f1ad-\U0001f1e5\U0001f201-\U0001f20f\U0001f21a\U0001f22f\U0001f232-\U0001f23a"
    "\U0001f23c-\U0001f23f\U0001f249-\U0001f3fa\U0001f400-\U0001f53d\U0001f546-\U0001f64f\U0001f680-\U0001f6ff"
    "\U0001f774-\U0001f77f\U0001f7d5-\U0001f7ff\U0001f80c-\U0001f80f\U0001f848-\U0001f84f\U0001f85a-\U0001f85f"
    "\U0001f888-\U0001f88f\U0001f8ae-\U0001f8ff\U0001f90c-\U0001f93a\U0001f93c-\U0001f945\U0001f947-\U0001faff"
    "\U0001fc00-\U0001fffd"
)
_NOT_SPACING = (
    # Spacing marks (category Mc) that do start a cluster of their own.
    "\u102b\u102c\u1038\u1062\u1063\u1064\u1067\u1068\u1069\u106a\u106b\u106c\u106d\u1083\u1087\u1088\u1089\u108a"
    "\u108b\u108c\u108f\u109a\u109b\u109c\u1a61\u1a63\u1a64\uaa7b\uaa7d\U00011720\U00011721"
)
_ALSO_EXTENDING = "\u200c\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
_CONSONANT = (
    # Letters that a virama joins (conjuncts of Devanagari, Bengali, Gujarati, Oriya, Telugu, Malayalam).
    "\u0915-\u0939\u0958-\u095f\u0978-\u097f\u0995-\u09a8\u09aa-\u09b0\u09b2\u09b6-\u09b9\u09dc\u09dd\u09df\u09f0\u09f1"
    "\u0a95-\u0aa8\u0aaa-\u0ab0\u0ab2\u0ab3\u0ab5-\u0ab9\u0af9\u0b15-\u0b28\u0b2a-\u0b30\u0b32\u0b33\u0b35-\u0b39"
    "\u0b5c\u0b5d\u0b5f\u0b71\u0c15-\u0c28\u0c2a-\u0c39\u0c58-\u0c5a\u0d15-\u0d3a"
)
_VIRAMA = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d"


def graphemes(text: str) -> list[str]:
    """A fresh list of the clusters of `text`."""
    return list(text) if _is_simple(text) else _pattern_for(text).findall(text)


def grapheme_count(text: str) -> int:
    """How many clusters `text` has."""
    if _is_simple(text):
        return len(text)
    return len(text) - text.count("\r\n") if simple_pattern().fullmatch(text) else len(_starts(text)) - 1


def grapheme_slice(text: str, start: int, end: int | None = None) -> str:
    """The clusters `start <= i < end` as text; both must be >= 0, what lies outside is ignored."""
    if _is_simple(text):
        return text[start:end]
    return text[grapheme_offset(text, start) : None if end is None else grapheme_offset(text, end)]


def grapheme_offset(text: str, index: int) -> int:
    """The code point at which cluster `index` (>= 0) starts; the length of `text` when there are fewer."""
    if _is_simple(text):
        return min(index, len(text))
    starts = _starts(text)
    return starts[min(index, len(starts) - 1)]


def grapheme_index(text: str, offset: int) -> int:
    """The index of the cluster that holds code point `offset`, `0 <= offset <= len(text)`."""
    return offset if _is_simple(text) else bisect_right(_starts(text), offset) - 1


def _is_simple(text: str) -> bool:
    if text.isascii():
        return "\r\n" not in text
    return (
        _simple_long(text)
        if len(text) > _LONG
        else simple_pattern().fullmatch(text) is not None and "\r\n" not in text
    )


# The two caches serve loops that take one text apart with `subs`: its hash is kept by Python, so a hit costs nothing.


@lru_cache(maxsize=2)
def _simple_long(text: str) -> bool:
    return simple_pattern().fullmatch(text) is not None and "\r\n" not in text


@lru_cache(maxsize=2)
def _starts(text: str) -> array[int]:
    """Where each cluster starts, and the length of the text."""
    starts = array("I", [match.start() for match in _pattern_for(text).finditer(text)])
    starts.append(len(text))
    return starts


def _pattern_for(text: str) -> re.Pattern[str]:
    # Windows line ends are common and need no table of characters.
    return _LINES if simple_pattern().fullmatch(text) else _cluster_pattern()


@cache
def simple_pattern() -> re.Pattern[str]:
    """Text of characters that never join a neighbour of these same ones. Made when it is needed: that takes 3 ms."""
    return re.compile(
        "[\x00-\u02ff\u0370-\u0482\u048a-\u058f\u1e00-\u200a\u2010-\u205f\u20a0-\u20cf\u2100-\u2bff\u3000-\u3029"
        "\u3031-\u3098\u309b-\ua66e\uac00-\ud7a3\uf900-\ufaff\uff00-\uff9d\U0001f300-\U0001f3fa\U0001f400-\U0001faff]*"
    )


@lru_cache(maxsize=1)
def _cluster_pattern() -> re.Pattern[str]:
    nonspacing = category_class("Mn", "Me")
    extend = f"[{nonspacing}{_ALSO_EXTENDING}]"
    inside_conjunct = f"[{nonspacing}\u200d{_ALSO_EXTENDING}]"
    joining = f"[{nonspacing}{category_class('Mc', without=_NOT_SPACING)}\u0e33\u0eb3\u200d{_ALSO_EXTENDING}]"
    control = (
        "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    )
    lead, vowel, tail = (
        "[\u1100-\u115f\ua960-\ua97c]",
        "[\u1160-\u11a7\ud7b0-\ud7c6]",
        "[\u11a8-\u11ff\ud7cb-\ud7fb]",
    )
    syllables = "\uac00-\ud7a3"
    open_syllable = "".join(map(chr, range(0xAC00, 0xD7A4, 28)))
    cores = (
        f"[{_PICTOGRAPH}](?:{extend}*\u200d[{_PICTOGRAPH}])*",
        f"[{_REGIONAL}]{{2}}",
        f"{lead}*(?:[{open_syllable}]{vowel}*|[{syllables}]|{vowel}+){tail}*",
        f"{lead}+",
        f"{tail}+",
        f"[{_CONSONANT}](?:(?={inside_conjunct}*[{_VIRAMA}]){inside_conjunct}*+[{_CONSONANT}])*",
        f"[^{control}]",
    )
    common = "[ -~\xc0-\u02ff\u0370-\u0482\u048a-\u058f\u4e00-\u9fff]"
    return re.compile(
        f"{common}{joining}*|\r\n|[{control}]|[{_PREPEND}]*(?:{'|'.join(cores)}){joining}*|.", re.DOTALL
    )
