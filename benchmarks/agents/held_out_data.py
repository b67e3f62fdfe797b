"""A second world, for the tasks that nobody tunes on: a clinic, weather stations, a library, a gate's log and hotel bookings."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from benchmarks.agents.data import Dice, Row, Tables

GENRES = ("crime", "history", "poetry", "science", "travel")
REGIONS = ("coast", "hills", "lakes", "plain")
_CITIES = ("Bonn", "Graz", "Lund", "Porto", "Tartu")
_REASONS = ("checkup", "injury", "vaccination", "follow-up")
_FIELDS = ("surgery", "pediatrics", "cardiology", "dermatology")
_NAMES = ("Aino", "Bo", "Carla", "Dov", "Elif", "Fay", "Goran", "Hugo", "Ivy", "Jan", "Kaya", "Luz")
_SURNAMES = ("Adler", "Berg", "Cruz", "Duarte", "Eder", "Falk", "Gomes", "Horn", "Ilves", "Jansen")
_TITLE = ("Silent", "Golden", "Lost", "Northern", "Hidden", "Early", "Broken")
_NOUN = ("River", "Garden", "Empire", "Winter", "Machine", "Harbour", "Letters")
_GATES = ("north", "south", "yard")


@cache
def held_out_tables(seed: int = 23) -> Tables:
    """All tables by name. Callers must not change them."""
    dice = Dice(seed)
    return {
        "doctors": _doctors(dice),
        "patients": _patients(dice),
        "visits": _visits(dice),
        "stations": _stations(dice),
        "readings": _readings(dice),
        "volumes": _volumes(dice),
        "loans": _loans(dice),
        "gatelog": _gatelog(dice),
        "bookings": _bookings(dice),
    }


def _doctors(dice: Dice) -> list[Row]:
    return [
        {"id": number, "name": f"Dr {dice.one(_SURNAMES)} {number}", "field": _FIELDS[number % len(_FIELDS)]}
        for number in range(1, 15)
    ]


def _patients(dice: Dice) -> list[Row]:
    return [
        {
            "id": 100 + number,
            "name": f"{dice.one(_NAMES)} {dice.one(_SURNAMES)}",
            "city": dice.one(_CITIES),
            "born": 1935 + dice.below(85),
            "insurer": dice.weighted((("public", 6), ("private", 3), ("none", 1))),
            "chronic": dice.below(4) == 0,
        }
        for number in range(1, 181)
    ]


def _visits(dice: Dice) -> list[Row]:
    fees = set[int]()
    rows: list[Row] = []
    for number in range(1, 701):
        fee = 2_500 + dice.below(20_000)
        while fee in fees:  # a ranking by fee has no ties
            fee += 1
        fees.add(fee)
        rows.append(
            {
                "id": 3_000 + number,
                "patient_id": 101 + dice.below(165),  # the last fifteen patients never came
                "doctor_id": 1 + dice.below(14),
                "reason": dice.one(_REASONS),
                "minutes": 10 + dice.below(50),
                "fee": fee / 100,
                "state": dice.weighted((("done", 7), ("missed", 2), ("planned", 1))),
                "day": _day(dice),
            }
        )
    return rows


def _stations(dice: Dice) -> list[Row]:
    return [
        {
            "id": number,
            "code": f"ST-{number:03d}",
            "region": dice.one(REGIONS),
            "kind": dice.one(("rain", "wind", "air")),
            "height": 40 * (number * 37 % 61) + dice.below(40),
            "automatic": dice.below(3) > 0,
        }
        for number in range(1, 61)
    ]


def _readings(dice: Dice) -> list[Row]:
    return [
        {
            "id": number,
            "station_id": 1 + dice.below(60),
            "value": (dice.below(4_000) - 500) / 100,
            "hour": f"{_day(dice)}T{dice.below(24):02d}:00",
            "flag": dice.weighted(((None, 7), ("suspect", 2), ("broken", 1))),
        }
        for number in range(1, 601)
    ]


def _volumes(dice: Dice) -> list[Row]:
    return [
        {
            "id": number,
            "title": f"{dice.one(_TITLE)} {dice.one(_NOUN)} {number}",
            "genre": dice.one(GENRES),
            "language": dice.weighted((("en", 5), ("fr", 2), ("et", 1))),
            "pages": 80 + 3 * ((number * 83) % 251) + dice.below(3),
            "copies": 1 + dice.below(6),
        }
        for number in range(1, 251)
    ]


def _loans(dice: Dice) -> list[Row]:
    return [
        {
            "id": number,
            "member_id": 1 + dice.below(90),
            "volume_id": 1 + dice.below(250),
            "days": 2 + dice.below(60),
            "fine": 0.0 if dice.below(3) else (50 + dice.below(1_500)) / 100,
            "returned": dice.below(5) > 0,
            "start": _day(dice),
        }
        for number in range(1, 451)
    ]


def _gatelog(dice: Dice) -> list[str]:
    return [
        f"{6 + at // 60:02d}:{at % 60:02d} {dice.weighted((('OPENED', 8), ('DENIED', 2)))} {dice.one(_GATES)} badge {4_000 + dice.below(60)}"
        for at in range(360)
    ]


def _bookings(dice: Dice) -> list[dict[str, Any]]:
    """Records whose shape no prompt lists in full: what is asked lies one or two levels down."""
    return [
        {
            "channel": dice.one(("web", "phone", "agency")),
            "stay": {"city": dice.one(_CITIES), "nights": 1 + dice.below(9)},
            "party": {"adults": 1 + dice.below(4), "children": dice.below(3)},
            "extras": [
                {"name": dice.one(("breakfast", "parking", "spa", "bike")), "times": 1 + dice.below(4)}
                for _ in range(dice.below(4))
            ],
        }
        for _ in range(260)
    ]


def _day(dice: Dice) -> str:
    return (dt.date(2025, 1, 1) + dt.timedelta(days=dice.below(365))).isoformat()
