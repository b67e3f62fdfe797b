"""Values as text.

    pr_str(v)        readable: what `pr-str` gives and results show
    display(v)       what `str` gives: strings raw, nil empty
    brief(v)         a noun phrase for fault messages, always short: `the string "abc"`
    format_value(v)  readable, cut to bounds without building more than the bounds

Maps and sets print in insertion order, floats with their shortest round-trip digits. Nothing here recurses without
a bound, so deeply nested data cannot exhaust the stack.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from types import FunctionType

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import map_items, set_items, vec_items
from ptc_lisp.values.functions import Builtin, fn_info
from ptc_lisp.values.keys import unkey
from ptc_lisp.values.persistent import LispSet, PMap, PVec, map_raw, vec_list
from ptc_lisp.values.types import Composed, Keyword, Regex, Stream, Symbol, ToolRef, Value, Var

_FIXED_BELOW = 1e16
_MAX_DEPTH = 32
_MIN_CUT = 8
_SPECIAL = re.compile('[\x00-\x1f"\\\\\x7f-\x9f\u2028\u2029\ud800-\udfff]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_REGEX_SPECIAL = re.compile(r'\\["\\ntru]|["\n\t\r]', re.DOTALL)


def pr_str(value: Value) -> str:
    """The readable text of any value. Raises arithmetic_error for an integer with too many digits to print."""
    atom = _ATOMS.get(value.__class__)
    if atom is not None:
        return atom(value)
    if value.__class__ not in _COLLECTIONS:
        return f"#<{value.__class__.__name__}>"
    return _collection_text(value)


def display(value: Value) -> str:
    """The text that `str` makes of one value. Raises as `pr_str`."""
    cls = value.__class__
    if cls is str:
        return value
    if value is None:
        return ""
    special = _DISPLAYED.get(cls)
    return pr_str(value) if special is None else special(value)


def float_text(value: float) -> str:
    """A finite float: fixed notation below 1e16, and for small values whichever of fixed and exponent is shorter."""
    digits = repr(value)
    if "e" not in digits and abs(value) >= 1:
        return digits
    sign, mantissa, exponent = _decimal_parts(digits)
    if not mantissa:
        return digits
    head, tail = mantissa[0], mantissa[1:] or "0"
    scientific = f"{sign}{head}.{tail}e{exponent}"
    if abs(value) >= _FIXED_BELOW:
        return scientific
    fixed = f"{sign}0.{'0' * (-exponent - 1)}{mantissa}"
    return fixed if len(fixed) <= len(scientific) else scientific


def int_text(value: int) -> str:
    """An integer in decimal. Raises arithmetic_error above Python's own limit of 4,300 digits."""
    try:
        return str(value)
    except ValueError:
        raise Trap(
            FaultKind.ARITHMETIC_ERROR,
            f"an integer of about {int(value.bit_length() * math.log10(2)) + 1:,} digits is too long to print",
            hint="work with floats from the start, e.g. (double x), or keep the number smaller",
        ) from None


def quoted(text: str) -> str:
    """A string as a literal of the language."""
    if _SPECIAL.search(text) is None:
        return f'"{text}"'
    return f'"{_SPECIAL.sub(_escape, text)}"'


def instant_text(value: dt.datetime) -> str:
    """An instant in ISO 8601, UTC written as `Z`; fractions of a second have three digits where that is exact, or six."""
    spec = "milliseconds" if value.microsecond and value.microsecond % 1000 == 0 else "auto"
    return value.replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def duration_ms(value: dt.timedelta) -> int:
    """Whole milliseconds of a duration, towards zero."""
    micros = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return micros // 1_000 if micros >= 0 else -(-micros // 1_000)


# --- bounded ---------------------------------------------------------------------------------------------------------


def brief(value: Value, limit: int = 60) -> str:
    """A value in a fault message: what it is, then its text cut to about `limit` characters. Never raises."""
    cls = value.__class__
    if value is None or cls is bool:
        return pr_str(value)
    if cls is Builtin:
        return f"the function {value.ref}"
    text, _ = format_value(value, limit=6, printable_limit=max(_MIN_CUT, limit - 20), max_chars=limit + 20)
    return f"the {_NOUNS.get(cls, 'value')} {text}"


def format_value(
    value: Value, limit: int | None = None, printable_limit: int | None = None, max_chars: int | None = None
) -> tuple[str, bool]:
    """Readable text within bounds, and whether anything was left out. Never raises.

    Args:
        value: any value.
        limit: items shown of the outermost collection; half as many one level deeper, and so on. A cut shows how
            many of how many: `[4 8 ...] (2/6)`.
        printable_limit: characters shown of one string: `"gamma..." (5/17 chars)`.
        max_chars: hard bound of the whole text.

    The work is bounded by the text that comes out, not by the size of the value (strings are never scanned beyond
    the cut; collections hold their counts).
    """
    writer = _Bounded(printable_limit, max_chars)
    text = writer.text(value, limit, 0)
    if max_chars is not None and len(text) > max_chars:
        return text[: max(0, max_chars - 3)] + "...", True
    return text, writer.truncated


class _Bounded:
    """Writes one value within bounds; `truncated` tells afterwards whether it had to cut."""

    def __init__(self, printable_limit: int | None, max_chars: int | None) -> None:
        self._printable = printable_limit
        self._left = max_chars
        self.truncated = False

    def text(self, value: Value, limit: int | None, depth: int) -> str:
        cls = value.__class__
        if cls is str:
            return self._spend(self._string(value))
        if cls is int:
            return self._spend(self._int(value))
        if cls not in _COLLECTIONS:
            return self._spend(pr_str(value))
        opener, closer, count = _shape(value)
        if count and (depth >= _MAX_DEPTH or (limit is not None and limit <= 0)):
            self.truncated = True
            return self._spend(f"{opener}...{closer} (0/{count})")
        self._spend(opener + closer)
        shown, parts = self._items(value, limit, depth)
        body = " ".join(parts)
        if shown == count:
            return f"{opener}{body}{closer}"
        self.truncated = True
        return f"{opener}{body}{' ' if body else ''}...{closer} ({shown}/{count})"

    def _items(self, value: Value, limit: int | None, depth: int) -> tuple[int, list[str]]:
        inner = None if limit is None else max(1, limit // 2)
        is_map = value.__class__ is dict or value.__class__ is PMap
        entries = map_raw(value).items() if is_map else _item_view(value)
        parts: list[str] = []
        for entry in islice(entries, limit):
            if self._left is not None and self._left <= 0:
                break
            if is_map:
                raw, item = entry
                parts.append(f"{self.text(unkey(raw), inner, depth + 1)} {self.text(item, inner, depth + 1)}")
            else:
                parts.append(self.text(entry, inner, depth + 1))
            self._spend(" ")
        return len(parts), parts

    def _string(self, text: str) -> str:
        cut = self._printable
        if self._left is not None:
            cut = max(_MIN_CUT, self._left) if cut is None else min(cut, max(_MIN_CUT, self._left))
        if cut is None or len(text) <= cut:
            return quoted(text)
        self.truncated = True
        return f'{quoted(text[:cut])[:-1]}..." ({cut}/{len(text)} chars)'

    def _int(self, value: int) -> str:
        try:
            return str(value)
        except ValueError:
            self.truncated = True
            return f"#<integer of {value.bit_length()} bits>"

    def _spend(self, text: str) -> str:
        if self._left is not None:
            self._left -= len(text)
        return text


# --- pieces ----------------------------------------------------------------------------------------------------------


def _collection_text(value: Value) -> str:
    out: list[str] = []
    pending: list[tuple[Iterator[Value], str]] = []
    _open(value, "", out, pending)
    while pending:
        items, closer = pending[-1]
        for item in items:
            gap = "" if out[-1] in _OPENERS else " "
            if item.__class__ in _COLLECTIONS:
                _open(item, gap, out, pending)
                break
            out.append(gap + pr_str(item))
        else:
            out.append(closer)
            pending.pop()
    return "".join(out)


def _open(value: Value, gap: str, out: list[str], pending: list[tuple[Iterator[Value], str]]) -> None:
    """Writes a collection of atoms whole; of any other only the opener, leaving its items pending."""
    opener, closer, _ = _shape(value)
    items = _flat_items(value)
    if _ATOMS.keys() >= set(map(type, items)):
        body = " ".join([_ATOMS[item.__class__](item) for item in items])
        out.append(f"{gap}{opener}{body}{closer}")
        return
    if gap:
        out.append(gap)
    out.append(opener)
    pending.append((iter(items), closer))


def _flat_items(value: Value) -> list[Value]:
    cls = value.__class__
    if cls is dict or cls is PMap:
        return list(chain.from_iterable(map_items(value)))
    return set_items(value) if cls is LispSet else vec_items(value)


def _item_view(value: Value) -> Iterable[Value]:
    return map_raw(value.raw).values() if value.__class__ is LispSet else vec_list(value)


def _shape(value: Value) -> tuple[str, str, int]:
    cls = value.__class__
    if cls is dict or cls is PMap:
        return "{", "}", len(map_raw(value))
    if cls is LispSet:
        return "#{", "}", len(map_raw(value.raw))
    return "[", "]", len(vec_list(value))


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return _ESCAPES.get(char) or f"\\u{ord(char):04x}"


def _regex_escape(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] != "\\":
        return _ESCAPES[found]
    # A backslash before one of these would be read as a string escape.
    return "\\\\" + _ESCAPES.get(found[1], found[1]) if found[1] in '"\\' else "\\" + found


def _float(value: float) -> str:
    if math.isfinite(value):
        return float_text(value)
    return "##NaN" if value != value else "##Inf" if value > 0 else "##-Inf"  # noqa: PLR0124 - the test for NaN


def _float_display(value: float) -> str:
    if math.isfinite(value):
        return float_text(value)
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124 - the test for NaN


def _decimal_parts(digits: str) -> tuple[str, str, int]:
    """(sign, significant digits, exponent of the first digit) of a `repr`; no digits for zero."""
    sign = "-" if digits[0] == "-" else ""
    mantissa, _, exponent = digits.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    significant = (whole + fraction).lstrip("0")
    lost = len(whole + fraction) - len(significant)
    return sign, significant.rstrip("0"), int(exponent or 0) + len(whole) - 1 - lost


def _closure(value: FunctionType) -> str:
    info = fn_info(value)
    return "#fn[...]" if info is None else f"#fn[{' '.join(info.shown)}]"


_ATOMS: dict[type, Callable[[Value], str]] = {
    type(None): lambda _: "nil",
    bool: lambda v: "true" if v else "false",
    int: int_text,
    float: _float,
    str: quoted,
    Keyword: lambda v: f":{v.name}",
    Symbol: lambda v: f"'{v.name}",
    Var: lambda v: f"#'{v.name}",
    Regex: lambda v: f'#"{_REGEX_SPECIAL.sub(_regex_escape, v.source)}"',
    ToolRef: lambda v: f"tool/{v.name}",
    Stream: lambda v: v.text,
    FunctionType: _closure,
    Builtin: lambda _: "#<builtin>",
    Composed: lambda _: "#fn[...]",
    dt.date: lambda v: f'"{v.isoformat()}"',
    dt.datetime: lambda v: f'"{instant_text(v)}"',
    dt.timedelta: lambda v: f"#duration[{duration_ms(v)}ms]",
}

_DISPLAYED: dict[type, Callable[[Value], str]] = {
    float: _float_display,
    Regex: lambda v: v.source,
    Symbol: lambda v: v.name,
    dt.date: lambda v: v.isoformat(),
    dt.datetime: instant_text,
}

_COLLECTIONS: frozenset[type] = frozenset({list, PVec, dict, PMap, LispSet})

_OPENERS = frozenset({"[", "{", "#{"})

_NOUNS: dict[type, str] = {
    int: "number",
    float: "number",
    str: "string",
    Keyword: "keyword",
    Symbol: "symbol",
    Var: "var",
    Regex: "regex",
    ToolRef: "tool",
    Stream: "endless sequence",
    FunctionType: "function",
    Composed: "function",
    list: "vector",
    PVec: "vector",
    dict: "map",
    PMap: "map",
    LispSet: "set",
    dt.date: "date",
    dt.datetime: "instant",
    dt.timedelta: "duration",
}
