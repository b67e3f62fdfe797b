"""Bounded pictures of host values, written the way a program would write or read them: `{:city "Oslo" :n 3}`, and for
PTC-JSON `{"city": "Oslo", "n": 3}`.

Cuts keep the structure: items and depth are limited before characters are, and every cut shows.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Literal

import msgspec

from ptc_lisp.signature import as_value

Language = Literal["ptc-lisp", "ptc-json"]

_MS = dt.timedelta(milliseconds=1)
_KEYWORD = re.compile(r"[A-Za-z_*+!?<>=-][A-Za-z0-9_*+!?<>=-]*\Z")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"})


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one picture; `chars` bounds the whole, `string` one text in it, `digits` the decimals of floats. It is
    written in the notation of `language`."""

    chars: int = 512
    items: int = 10
    depth: int = 4
    string: int = 80
    digits: int | None = None
    language: Language = "ptc-lisp"


def preview(value: Any, bounds: Bounds | None = None) -> str:
    """The picture of a value, at most `bounds.chars` long; "..." marks what is left out."""
    limits = bounds or Bounds()
    text = _write(value, limits, limits.depth)
    return cut(text, limits.chars)


def cut(text: str, limit: int, *, note: str = "") -> str:
    """`text`, or its beginning with "..." and `note` when it is longer than `limit`; the result is never longer."""
    if len(text) <= limit:
        return text
    tail = f"...{note}"
    return text[: max(0, limit - len(tail))] + tail[:limit]


def key_text(key: Any, language: Language = "ptc-lisp") -> str:
    """A map key as a program reads it: `:name` for what can be a keyword, otherwise a literal; in JSON a text."""
    if language == "ptc-json":
        return json.dumps(key if isinstance(key, str) else str(key), ensure_ascii=False)
    if isinstance(key, str) and _KEYWORD.match(key):
        return f":{key}"
    return _write(key, Bounds(), 1)


def type_name(value: Any, language: Language = "ptc-lisp") -> str:
    """The type of a value in the words of signatures: string, int, float, bool, map, list, ..., and nil or null."""
    if value is None:
        return _null(language)
    for types, name in _TYPE_NAMES:
        if isinstance(value, types):
            return name
    return "map" if hasattr(value, "__dict__") or isinstance(value, msgspec.Struct) else type(value).__name__


_TYPE_NAMES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "bool"),
    (int, "int"),
    (float, "float"),
    (str, "string"),
    (Mapping, "map"),
    (list | tuple, "list"),  # type: ignore[assignment] - isinstance takes unions too
    (AbstractSet, "set"),
    (dt.timedelta, "duration"),
)


def _null(language: Language) -> str:
    return "null" if language == "ptc-json" else "nil"


def _write(value: Any, limits: Bounds, depth: int) -> str:
    if value is None:
        return _null(limits.language)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(cut(value, limits.string), limits.language)
    if isinstance(value, int | float):
        return _number(value, limits)
    if isinstance(value, Mapping):
        pairs = (_pair(key, item, limits, depth) for key, item in value.items())
        return "{...}" if depth <= 0 and value else _group("{", pairs, "}", len(value), limits)
    if isinstance(value, AbstractSet):
        opening, closing = ("[", "]") if limits.language == "ptc-json" else ("#{", "}")
        return (
            f"{opening}...{closing}"
            if depth <= 0 and value
            else _items(opening, value, closing, limits, depth)
        )
    if isinstance(value, list | tuple):
        return "[...]" if depth <= 0 and value else _items("[", value, "]", limits, depth)
    if (plain := as_value(value)) is not value:
        return _write(plain, limits, depth)
    other = cut(_other(value), limits.string)
    return _text(other, limits.language) if limits.language == "ptc-json" else other


def _other(value: Any) -> str:
    """Dates and durations as the language prints them, whatever else there is as Python does."""
    if isinstance(value, dt.datetime):
        try:
            utc = value.replace(tzinfo=None) - (value.utcoffset() or dt.timedelta())
        except OverflowError:  # it has no time in UTC, so no program gets it either
            return value.isoformat()
        spec = "milliseconds" if utc.microsecond and utc.microsecond % 1000 == 0 else "auto"
        return utc.isoformat(timespec=spec) + "Z"
    if isinstance(value, dt.timedelta):
        sign = -1 if value < dt.timedelta() else 1
        return f"#duration[{sign * (abs(value) // _MS)}ms]"
    return str(value)


def _text(value: str, language: Language) -> str:
    return (
        json.dumps(value, ensure_ascii=False) if language == "ptc-json" else f'"{value.translate(_ESCAPES)}"'
    )


def _pair(key: Any, item: Any, limits: Bounds, depth: int) -> str:
    between = ": " if limits.language == "ptc-json" else " "
    return f"{key_text(key, limits.language)}{between}{_write(item, limits, depth - 1)}"


def _items(opening: str, values: Any, closing: str, limits: Bounds, depth: int) -> str:
    return _group(opening, (_write(item, limits, depth - 1) for item in values), closing, len(values), limits)


def _group(opening: str, texts: Iterable[str], closing: str, total: int, limits: Bounds) -> str:
    shown: list[str] = []
    length = 0
    for text in texts:
        if len(shown) == limits.items or length > limits.chars:
            shown.append(f"... {total - len(shown)} more")
            break
        shown.append(text)
        length += len(text) + 1
    return opening + (", " if limits.language == "ptc-json" else " ").join(shown) + closing


def _number(value: float, limits: Bounds) -> str:
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 - NaN is the only number that differs from itself
            return "NaN" if limits.language == "ptc-json" else "##NaN"
        if value in (float("inf"), float("-inf")):
            sign = "" if value > 0 else "-"
            return f"{sign}Infinity" if limits.language == "ptc-json" else f"##{sign}Inf"
        return repr(value if limits.digits is None else round(value, limits.digits))
    return str(value) if abs(value) < 10**60 else f"an integer of {value.bit_length()} bits"
