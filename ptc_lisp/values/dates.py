"""Dates and instants: reading ISO 8601 and RFC 2822 text, epoch milliseconds. Instants are always UTC."""

from __future__ import annotations

import datetime as dt
import re

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = EPOCH.date().toordinal()

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]{1,9}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2})?)?"
)
_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3},\s*)?([0-9]{1,2})\s+([A-Za-z]{3})\s+([0-9]{4})\s+([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?"
    r"\s*(?:([+-])([0-9]{2})([0-9]{2})|[A-Z]{1,4})?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_date(text: str) -> dt.date | None:
    """The date of `YYYY-MM-DD`, or None."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def parse_instant(text: str, *, strict: bool = True) -> dt.datetime | None:
    """The instant of `YYYY-MM-DDTHH:MM:SS`, with optional fraction and offset (none: UTC), or None.

    Not strict: seconds may be missing and a blank may stand for the `T`.
    """
    found = _INSTANT.fullmatch(text)
    if found is None or (strict and (found[3] is None or text[10] != "T")):
        return None
    day, clock, seconds, fraction, _, sign, hours, minutes = found.groups()
    micros = int(((fraction or "") + "000000")[:6])
    try:
        local = dt.datetime.fromisoformat(f"{day}T{clock}{seconds or ':00'}").replace(microsecond=micros)
        return (local - _offset(sign, hours, minutes)).replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return None


def parse_rfc_2822(text: str) -> dt.datetime | None:
    """The instant of `Mon, 01 Jan 2024 12:00:00 +0200` (a zone name counts as UTC), or None."""
    found = _RFC_2822.fullmatch(text)
    if found is None or found[2].lower() not in _MONTHS:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    number = _MONTHS.index(month.lower()) + 1
    try:
        local = dt.datetime(
            int(year), number, int(day), int(hour), int(minute), int(second or 0), tzinfo=dt.UTC
        )
        return local - _offset(sign, hours, minutes)
    except (ValueError, OverflowError):
        return None


def at_midnight(day: dt.date) -> dt.datetime:
    """The instant at which a date begins in UTC."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def epoch_ms(instant: dt.datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (instant - EPOCH) // dt.timedelta(milliseconds=1)


def from_epoch_ms(ms: int) -> dt.datetime | None:
    """The instant, or None outside of the years 1 to 9999."""
    try:
        return EPOCH + dt.timedelta(milliseconds=ms)
    except OverflowError:
        return None


def epoch_day(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH_DAY


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> dt.timedelta:
    if sign is None or hours is None:
        return dt.timedelta()
    minute = int(minutes or 0)
    if int(hours) > 18 or minute > 59:
        raise ValueError("no such offset")
    offset = dt.timedelta(hours=int(hours), minutes=minute)
    return -offset if sign == "-" else offset
