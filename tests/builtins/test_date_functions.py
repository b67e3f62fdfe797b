"""Dates and the Java names of programs."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from inline_machine import Inline

from ptc_lisp.faults import FaultKind
from ptc_lisp.values.dates import (
    EPOCH,
    epoch_day,
    epoch_ms,
    from_epoch_ms,
    parse_date,
    parse_instant,
    parse_rfc_2822,
)

VALUES = [
    ('[(LocalDate/parse "2024-02-29") (java.time.LocalDate/parse "1970-01-01")]', '["2024-02-29" "1970-01-01"]'),
    ('[(Instant/parse "2024-01-01T12:00:00+02:00") (parse "2024-01-01T00:00:00.5Z")]', '["2024-01-01T10:00:00Z" "2024-01-01T00:00:00.500Z"]'),
    ('(str (.plusDays (LocalDate/parse "2024-02-28") 2))', '"2024-03-01"'),
    ('(- (.toEpochDay (LocalDate/parse "2024-03-01")) (.toEpochDay (LocalDate/parse "2024-02-01")))', "29"),
    ('(map #(.getTime (java.util.Date. %)) [0 -5 1700000000 1700000000000 "2024-01-01" "2024-01-01T12:00:00+02:00"])',
     "[0 -5000 1700000000000 1700000000000 1704067200000 1704103200000]"),
    ('(java.util.Date. "Mon, 01 Jan 2024 12:00:00 +0200")', '"2024-01-01T10:00:00Z"'),
    ('(java.util.Date. (LocalDate/parse "2024-01-01"))', '"2024-01-01T00:00:00Z"'),
    ("(= (java.util.Date.) (Instant/now) (java.util.Date. (System/currentTimeMillis)))", "true"),
    ("(LocalDate/now)", '"2023-11-14"'),
    (('(let [d (Duration/between (Instant/parse "2024-01-11T23:00:00Z") (Instant/parse "2024-01-01T00:00:00Z"))]'
     " [d (.toDays d) (.toHours d) (.toMinutes d) (.toSeconds d) (.toMillis d)])"),
     "[#duration[-946800000ms] -10 -263 -15780 -946800 -946800000]"),
    ('(let [a (LocalDate/parse "2023-12-31") b (LocalDate/parse "2024-02-01")] [(.isBefore a b) (.isAfter a b) (.isBefore a a)])',
     "[true false false]"),
    ('(sort [(LocalDate/parse "2024-02-01") (LocalDate/parse "2023-12-31")])', '["2023-12-31" "2024-02-01"]'),
    ('[(.contains "yellow" "ell") (.startsWith "a" "") (.endsWith "ab" "b") (.length "e\u0301x")]', "[true true true 2]"),
    ('[(.indexOf "hello" "l") (.indexOf "hello" "l" 3) (.indexOf "hello" "z") (.lastIndexOf "hello" "l") (.lastIndexOf "a" "z")]',
     "[2 3 -1 3 -1]"),
    ('[(.substring "hello" 1) (.substring "yellow" 1 3) (.substring "pqr" 3) (.substring "pqr" 1.9)]', '["ello" "el" "" "qr"]'),
    ('[(.toUpperCase "aß") (.toLowerCase "ABC")]', '["ASS" "abc"]'),
    ('[(Boolean/parseBoolean "TRUE") (Boolean/parseBoolean "x") (Boolean/parseBoolean nil)]', "[true false false]"),
    ('[(Integer/parseInt "12") (Long/parseLong "x") (Double/parseDouble "1.5") (Float/parseFloat "2")]', "[12 nil 1.5 2.0]"),
    ("[Double/POSITIVE_INFINITY NEGATIVE_INFINITY NaN Long/MAX_VALUE]", "[##Inf ##-Inf ##NaN 9223372036854775807]"),
]  # fmt: skip

FAULTS = [
    ('(LocalDate/parse "2024-13-01")', "2024-01-31"),
    ('(Instant/parse "2024-01-01T12:00")', "T10:00:00Z"),
    ("(LocalDate/parse nil)", "nil"),
    ("(java.util.Date. nil)", "nil"),
    ("(java.util.Date. 1.5)", "1.5"),
    ('(java.util.Date. "soon")', "soon"),
    ("(java.util.Date. 100000000000000000000)", "9999"),
    ('(.getTime (LocalDate/parse "2024-01-01"))', "java.util.Date."),
    ('(.plusDays "2024-01-01" 1)', "LocalDate/parse"),
    ('(.plusDays (LocalDate/parse "2024-01-01") 1.5)', "integer"),
    ('(.isBefore (LocalDate/parse "2024-01-01") (Instant/parse "2024-01-01T00:00:00Z"))', "as argument 1"),
    ('(.isBefore "2024-01-01" "2024-01-02")', "parse it first"),
    ('(Duration/between (LocalDate/parse "2024-01-01") (LocalDate/parse "2024-01-02"))', "instant"),
    ("(.toDays 5)", "duration"),
    ('(.substring "pqr" 2 9)', "out of range"),
    ('(.startsWith 5 "a")', "string"),
    ("(Boolean/parseBoolean 1)", "string"),
]  # fmt: skip


@pytest.mark.parametrize("source, printed", VALUES)
def test_dates_and_java_names_give(source, printed):
    assert Inline().text(source) == printed


@pytest.mark.parametrize("source, words", FAULTS)
def test_wrong_arguments_are_type_errors_that_help(source, words):
    outcome = Inline().run(source)
    assert not outcome.ok
    fault = outcome.faults[0]
    assert fault.kind is FaultKind.TYPE_ERROR
    assert words in f"{fault.message} {fault.hint}"


def test_a_date_that_leaves_the_calendar_is_an_arithmetic_error():
    assert Inline().fault('(.plusDays (LocalDate/parse "9999-12-31") 1)') is FaultKind.ARITHMETIC_ERROR
    assert (
        Inline().fault('(.minusDays (LocalDate/parse "0001-01-01") 100000000000000000000)')
        is FaultKind.ARITHMETIC_ERROR
    )


@given(st.dates())
def test_a_date_survives_its_text_and_its_day_number(day):
    assert parse_date(day.isoformat()) == day
    assert dt.date(1970, 1, 1) + dt.timedelta(days=epoch_day(day)) == day


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_survives_its_text_in_any_zone(moment):
    # Local mean times of old have seconds in their offset, which ISO 8601 cannot write.
    assume(not moment.utcoffset() % dt.timedelta(minutes=1))
    try:
        expected = moment.astimezone(dt.UTC)
    except OverflowError:
        expected = None
    assert parse_instant(moment.isoformat()) == expected


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_epoch_milliseconds_are_exact(ms):
    found = from_epoch_ms(ms)
    assert found is not None
    assert epoch_ms(found) == ms


@pytest.mark.parametrize(
    "text", ["2024-1-1", "2024-02-30", "0000-01-01", "20240101", "2024-01-01T00:00:00Z", ""]
)
def test_no_date(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01T25:00:00Z",
        "2024-01-01 00:00:00Z",
        "2024-01-01T00:00Z",
        "9999-12-31T23:59:59-01:00",
        "2024-01-01T00:00:00+19:00",
    ],
)
def test_no_instant(text):
    assert parse_instant(text) is None


def test_mail_dates():
    assert parse_rfc_2822("1 Jan 1970 00:00 GMT") == EPOCH
    assert parse_rfc_2822("Thu, 01 Jan 1970 01:30:00 +0130") == EPOCH
    assert parse_rfc_2822("Thu, 01 Foo 1970 00:00:00 GMT") is None
    assert parse_rfc_2822("31 Feb 1970 00:00 GMT") is None
