"""The answers that the demo is measured by, computed here from the files by plain Python alone."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import pytest

import subagent.demo.questions as demo

DATA = Path(demo.__file__).parent / "data"
EXPECTED = {question.name: question.expected for question in demo.QUESTIONS}


@pytest.fixture(scope="module")
def table():
    loaded = {}
    for path in DATA.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            loaded[path.stem] = list(csv.DictReader(file))
    return loaded


@pytest.fixture(scope="module")
def airline(table):
    return {row["carrier"]: row["name"] for row in table["airlines"]}


def rounded_mean(numbers, places: int) -> float:
    """Rounded exactly; a tie would make the answer depend on the rounding rule, so there must be none."""
    mean = Fraction(sum(numbers), len(numbers)) * 10**places
    assert mean.denominator != 2, "a tie: choose another question"
    return float(round(mean)) / 10**places


def ranked(groups, key, count: int):
    """The keys of the largest groups; the border between in and out must not be a tie."""
    order = sorted(groups, key=lambda name: key(groups[name]), reverse=True)
    values = [key(groups[name]) for name in order]
    assert len(set(values[: count + 1])) == len(values[: count + 1]), "a tie: choose another question"
    return order[:count]


def mean(numbers) -> Fraction:
    return Fraction(sum(numbers), len(numbers))


def test_not_departed(table):
    missing = [flight for flight in table["flights"] if flight["origin"] == "EWR" and not flight["dep_time"]]
    assert EXPECTED["not-departed"] == len(missing)


def test_late_airlines(table, airline):
    delays = defaultdict(list)
    for flight in table["flights"]:
        if flight["arr_delay"]:
            delays[flight["carrier"]].append(int(flight["arr_delay"]))
    delays = {carrier: found for carrier, found in delays.items() if len(found) >= 100}
    assert EXPECTED["late-airlines"] == [
        {"name": airline[c], "flights": len(delays[c]), "mean_delay": rounded_mean(delays[c], 2)}
        for c in ranked(delays, mean, 5)
    ]


def test_top_destinations(table):
    airports = {row["faa"]: row for row in table["airports"]}
    flights = Counter(flight["dest"] for flight in table["flights"])
    assert EXPECTED["top-destinations"] == [
        {"code": d, "name": airports[d]["name"], "time_zone": airports[d]["tzone"], "flights": flights[d]}
        for d in ranked(flights, int, 5)
    ]


def test_seats_by_manufacturer(table):
    planes = {row["tailnum"]: row for row in table["planes"]}
    seats = defaultdict(list)
    for flight in table["flights"]:
        plane = planes.get(flight["tailnum"])
        if plane and flight["dep_time"]:
            seats[plane["manufacturer"]].append(int(plane["seats"]))
    assert EXPECTED["seats-by-manufacturer"] == [
        {"manufacturer": m, "flights": len(seats[m]), "seats": sum(seats[m])} for m in ranked(seats, sum, 3)
    ]


def test_wind(table):
    weather = {(row["origin"], row["day"], row["hour"]): row["wind_speed"] for row in table["weather"]}
    groups = {True: [], False: []}
    for flight in table["flights"]:
        speed = weather.get((flight["origin"], flight["day"], flight["hour"]))
        if speed and flight["dep_delay"]:
            groups[float(speed) >= 20].append(int(flight["dep_delay"]))
    assert EXPECTED["wind"] == {
        "windy_flights": len(groups[True]),
        "windy_delay": rounded_mean(groups[True], 2),
        "calm_flights": len(groups[False]),
        "calm_delay": rounded_mean(groups[False], 2),
    }


def test_worst_day(table):
    scheduled = Counter(flight["day"] for flight in table["flights"])
    cancelled = Counter(flight["day"] for flight in table["flights"] if not flight["dep_time"])
    shares = {day: Fraction(cancelled[day], scheduled[day]) for day in scheduled}
    [day] = ranked(shares, Fraction, 1)
    origins = Counter(f["origin"] for f in table["flights"] if f["day"] == day and not f["dep_time"])
    assert EXPECTED["worst-day"] == {
        "day": int(day),
        "scheduled": scheduled[day],
        "cancelled": cancelled[day],
        "origins": [{"origin": o, "cancelled": origins[o]} for o in ranked(origins, int, 3)],
    }


def test_time_won(table, airline):
    won = defaultdict(list)
    for flight in table["flights"]:
        if flight["dep_delay"] and flight["arr_delay"] and int(flight["dep_delay"]) >= 60:
            won[flight["carrier"]].append(int(flight["dep_delay"]) - int(flight["arr_delay"]))
    won = {carrier: found for carrier, found in won.items() if len(found) >= 50}
    assert EXPECTED["time-won"] == [
        {"name": airline[c], "flights": len(won[c]), "minutes_won": rounded_mean(won[c], 2)}
        for c in ranked(won, mean, 3)
    ]


def test_oldest_fleets(table, airline):
    built = {row["tailnum"]: int(row["year"]) for row in table["planes"] if row["year"]}
    fleets = defaultdict(set)
    for flight in table["flights"]:
        if flight["tailnum"] in built:
            fleets[flight["carrier"]].add(flight["tailnum"])
    ages = {c: [2013 - built[t] for t in fleet] for c, fleet in fleets.items() if len(fleet) >= 50}
    assert EXPECTED["oldest-fleets"] == [
        {"name": airline[c], "planes": len(ages[c]), "mean_age": rounded_mean(ages[c], 1)}
        for c in ranked(ages, mean, 3)
    ]


def test_every_question_is_checked_here():
    checked = {name.removeprefix("test_").replace("_", "-") for name in globals() if name.startswith("test_")}
    assert set(EXPECTED) <= checked
