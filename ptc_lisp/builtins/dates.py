"""Dates and instants under their Java names: `LocalDate/parse`, `java.util.Date.`, `.plusDays`, `Duration/between` …"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from ptc_lisp.builtins.registry import REGISTRY, builtin
from ptc_lisp.builtins.run_state import doors
from ptc_lisp.builtins.support import arithmetic_fault, bad_arg, type_fault
from ptc_lisp.builtins.texts import check_index
from ptc_lisp.values.dates import (
    at_midnight,
    epoch_day,
    epoch_ms,
    from_epoch_ms,
    parse_date,
    parse_instant,
    parse_rfc_2822,
)
from ptc_lisp.values.printing import brief, duration_ms
from ptc_lisp.values.types import ABSENT, Value

AREA = "dates"
INTEROP = "interop"

_SECONDS_BELOW = 10**12
_A_DATE = "a date (LocalDate/parse s)"
_AN_INSTANT = "an instant (Instant/parse s)"
_FORMATS = 'write "2024-01-31" for a date, "2024-01-31T10:00:00Z" for an instant'


@builtin(
    "parse", "s", area=AREA, ns=("LocalDate", "Instant"), clojure="extension",
    doc="A date from `YYYY-MM-DD`, an instant (in UTC) from `YYYY-MM-DDTHH:MM:SS` with optional fraction and offset.",
    examples=[
        ('(LocalDate/parse "2024-02-29")', '"2024-02-29"'),
        ('(Instant/parse "2024-01-01T12:00:00+02:00")', '"2024-01-01T10:00:00Z"'),
    ],
    see_also=(".plusDays", ".isBefore", "java.util.Date."),
)  # fmt: skip
def parse(s: Value) -> dt.date | dt.datetime:
    """`(LocalDate/parse s)`, `(Instant/parse s)`. Raises type_error for other text."""
    if s.__class__ is not str:
        hint = "a lookup gave nil: check the key" if s is None else _FORMATS
        raise bad_arg("parse", 1, "a date string", s, hint)
    found = parse_date(s) or parse_instant(s)
    if found is None:
        raise type_fault(f"parse: no date or instant in {brief(s)}", _FORMATS)
    return found


@builtin(
    "java.util.Date.", "", "x", area=AREA, ns=(), pure=False, clojure="extension",
    doc=(
        "An instant: now, or from epoch milliseconds (below 10^12 they count as seconds), an ISO or RFC 2822 text, a date or an "
        "instant."
    ),
    examples=[
        ('(.getTime (java.util.Date. "2024-01-01"))', "1704067200000"), ("(java.util.Date. 1700000000)", '"2023-11-14T22:13:20Z"'),
    ],
    see_also=(".getTime", "Instant/parse"),
)  # fmt: skip
def java_date(x: Value = ABSENT) -> dt.datetime:
    """`(java.util.Date.)`, `(java.util.Date. x)`. Raises type_error."""
    if x is ABSENT:
        return _instant_of(doors().now_ms())
    cls = x.__class__
    if cls is int:
        return _instant_of(x * 1_000 if abs(x) < _SECONDS_BELOW else x)
    if cls is dt.datetime:
        return x
    if cls is dt.date:
        return at_midnight(x)
    if cls is not str:
        raise bad_arg("java.util.Date.", 1, "epoch milliseconds, a date text or a date", x)
    day = parse_date(x)
    found = at_midnight(day) if day is not None else parse_instant(x, strict=False) or parse_rfc_2822(x)
    if found is None:
        raise type_fault(f"java.util.Date.: no date in {brief(x)}", _FORMATS)
    return found


def _instant_of(ms: int) -> dt.datetime:
    found = from_epoch_ms(ms)
    if found is None:
        raise type_fault(f"java.util.Date.: {brief(ms)} milliseconds lie outside of the years 1 to 9999")
    return found


@builtin(
    ".getTime", "instant", area=AREA, ns=(), clojure="extension", doc="Milliseconds of an instant since 1970.", aliases=(".toEpochMilli",),
    examples=[('(.getTime (Instant/parse "1970-01-01T00:00:01Z"))', "1000")], see_also=("java.util.Date.",),
)  # fmt: skip
def get_time(instant: Value) -> int:
    """`(.getTime instant)`."""
    return epoch_ms(_instant(instant, ".getTime", 1))


@builtin(
    ".toEpochDay", "date", area=AREA, ns=(), clojure="extension", doc="Days of a date since 1970-01-01.",
    examples=[('(.toEpochDay (LocalDate/parse "1970-01-10"))', "9")], see_also=(".plusDays",),
)  # fmt: skip
def to_epoch_day(date: Value) -> int:
    """`(.toEpochDay date)`."""
    return epoch_day(_date(date, ".toEpochDay", 1))


@builtin(
    ".plusDays", "date days", area=AREA, ns=(), clojure="extension", doc="The date so many days later.",
    examples=[('(.plusDays (LocalDate/parse "2024-02-28") 2)', '"2024-03-01"')], see_also=(".minusDays",),
)  # fmt: skip
def plus_days(date: Value, days: Value) -> dt.date:
    """`(.plusDays date days)`. Raises type_error, or arithmetic_error when the year leaves 1 to 9999."""
    return _shifted(_date(date, ".plusDays", 1), check_index(days, ".plusDays", 2), ".plusDays")


@builtin(
    ".minusDays", "date days", area=AREA, ns=(), clojure="extension", doc="The date so many days earlier.",
    examples=[('(.minusDays (LocalDate/parse "2024-01-01") 1)', '"2023-12-31"')], see_also=(".plusDays",),
)  # fmt: skip
def minus_days(date: Value, days: Value) -> dt.date:
    """`(.minusDays date days)`. Raises as `.plusDays`."""
    return _shifted(_date(date, ".minusDays", 1), -check_index(days, ".minusDays", 2), ".minusDays")


def _field(name: str, field: str, shown: str) -> Callable[[Value], int]:
    @builtin(
        name, "date", area=AREA, ns=(), clojure="extension", doc=f"The {field} of a date, or of an instant in UTC.",
        examples=[(f'({name} (LocalDate/parse "2024-02-28"))', shown)], see_also=("LocalDate/parse",),
    )  # fmt: skip
    def read(date: Value) -> int:
        if date.__class__ is dt.datetime:
            return int(getattr(date, field))
        return int(getattr(_date(date, name, 1), field))

    return read


get_year = _field(".getYear", "year", "2024")
get_month = _field(".getMonthValue", "month", "2")
get_day = _field(".getDayOfMonth", "day", "28")


def _shifted(date: dt.date, days: int, who: str) -> dt.date:
    try:
        return date + dt.timedelta(days=days)
    except OverflowError:
        raise arithmetic_fault(f"{who}: the result lies outside of the years 1 to 9999") from None


@builtin(
    "between", "start end", area=AREA, ns=("Duration",), bare=False, clojure="extension",
    doc="The duration from one instant to another; negative when `end` is earlier.",
    examples=[
        ('(.toDays (Duration/between (Instant/parse "2024-01-01T00:00:00Z") (Instant/parse "2024-01-03T01:00:00Z")))', "2"),
    ],
    see_also=(".toMillis", ".toDays"),
)  # fmt: skip
def between(start: Value, end: Value) -> dt.timedelta:
    """`(Duration/between start end)`."""
    return _instant(end, "Duration/between", 2) - _instant(start, "Duration/between", 1)


def _in_units(name: str, unit: str, ms: int) -> Callable[[Value], int]:
    @builtin(
        name, "duration", area=AREA, ns=(), clojure="extension", doc=f"A duration in {unit}, cut towards zero.",
        examples=[
            (
                f'({name} (Duration/between (Instant/parse "2024-01-01T00:00:00Z") (Instant/parse "2024-01-02T00:00:00Z")))',
                str(86_400_000 // ms),
            )
        ],
        see_also=("Duration/between",),
    )  # fmt: skip
    def convert(duration: Value) -> int:
        if duration.__class__ is not dt.timedelta:
            raise bad_arg(name, 1, "a duration (Duration/between a b)", duration)
        total = duration_ms(duration)
        return total // ms if total >= 0 else -(-total // ms)

    return convert


to_millis = _in_units(".toMillis", "milliseconds", 1)
to_seconds = _in_units(".toSeconds", "seconds", 1_000)
to_minutes = _in_units(".toMinutes", "minutes", 60_000)
to_hours = _in_units(".toHours", "hours", 3_600_000)
to_days = _in_units(".toDays", "whole days", 86_400_000)


@builtin(
    ".isBefore", "a b", area=AREA, ns=(), clojure="extension", doc="Whether `a` is earlier than `b`: two dates or two instants.",
    examples=[('(.isBefore (LocalDate/parse "2023-12-31") (LocalDate/parse "2024-02-01"))', "true")], see_also=(".isAfter",),
)  # fmt: skip
def is_before(a: Value, b: Value) -> bool:
    """`(.isBefore a b)`."""
    _same_kind(a, b, ".isBefore")
    return bool(a < b)


@builtin(
    ".isAfter", "a b", area=AREA, ns=(), clojure="extension", doc="Whether `a` is later than `b`: two dates or two instants.",
    examples=[('(.isAfter (LocalDate/parse "2023-12-31") (LocalDate/parse "2024-02-01"))', "false")], see_also=(".isBefore",),
)  # fmt: skip
def is_after(a: Value, b: Value) -> bool:
    """`(.isAfter a b)`."""
    _same_kind(a, b, ".isAfter")
    return bool(a > b)


@builtin(
    "currentTimeMillis", "", area=AREA, ns=("System",), pure=False, clojure="same",
    doc="Milliseconds since 1970, by the clock of the host.", examples=[("(pos? (System/currentTimeMillis))", "true")],
)  # fmt: skip
def current_time_millis() -> int:
    """`(System/currentTimeMillis)`."""
    return doors().now_ms()


@builtin(
    "now", "", area=AREA, ns=("LocalDate",), bare=False, pure=False, clojure="extension", doc="The date of today, in UTC.",
    examples=[("(string? (str (LocalDate/now)))", "true")], see_also=("System/currentTimeMillis",),
)  # fmt: skip
def today() -> dt.date:
    """`(LocalDate/now)`."""
    return java_date().date()


def _same_kind(a: Value, b: Value, who: str) -> None:
    if a.__class__ is not dt.date and a.__class__ is not dt.datetime:
        raise bad_arg(who, 1, "a date or an instant", a, _parse_first(a))
    if a.__class__ is not b.__class__:
        kind = "a date" if a.__class__ is dt.date else "an instant"
        raise bad_arg(who, 2, f"{kind} as argument 1 is", b, _parse_first(b))


def _date(value: Value, who: str, position: int) -> dt.date:
    if value.__class__ is dt.date:
        return value
    raise bad_arg(who, position, _A_DATE, value, _parse_first(value))


def _instant(value: Value, who: str, position: int) -> dt.datetime:
    if value.__class__ is dt.datetime:
        return value
    hint = "make an instant of it: (java.util.Date. d)" if value.__class__ is dt.date else _parse_first(value)
    raise bad_arg(who, position, _AN_INSTANT, value, hint)


def _parse_first(value: Value) -> str | None:
    return "parse it first: (LocalDate/parse s) or (Instant/parse s)" if value.__class__ is str else None


REGISTRY.qualified_alias("Instant", "now", "java.util.Date.")
