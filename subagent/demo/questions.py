"""The questions of the demo: each needs a join, a grouping or a ranking over tables that no prompt could hold.

`expected` was computed by plain Python (tests/demo/test_questions.py does it again), never by the product.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Question(msgspec.Struct, frozen=True):
    """One question: `tables` go in as data, `tools` names functions of `subagent.demo.tools`."""

    name: str
    task: str
    signature: str
    tables: tuple[str, ...]
    expected: Any
    tools: tuple[str, ...] = ()


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="not-departed",
        task="How many flights from EWR have no dep_time (one number)?",
        signature="-> :int",
        tables=("flights",),
        expected=238,
    ),
    Question(
        name="late-airlines",
        task="Which five airlines arrived latest on average? Look only at flights whose arr_delay is known and only at "
        "airlines with at least 100 of them. Give each airline's name, how many such flights it had, and its mean "
        "arr_delay rounded to 2 decimals; the worst airline first.",
        signature="-> [{name :string, flights :int, mean_delay :float}]",
        tables=("flights", "airlines"),
        expected=[
            {"name": "ExpressJet Airlines Inc.", "flights": 3964, "mean_delay": 25.16},
            {"name": "Endeavor Air Inc.", "flights": 1480, "mean_delay": 10.21},
            {"name": "Envoy Air", "flights": 2203, "mean_delay": 7.88},
            {"name": "Southwest Airlines Co.", "flights": 985, "mean_delay": 5.89},
            {"name": "JetBlue Airways", "flights": 4413, "mean_delay": 4.72},
        ],
    ),
    Question(
        name="top-destinations",
        task="Which five destinations have the most flights? Give each one's code, its name and its time zone as the tool "
        "airport reports them, and the number of flights; the busiest first.",
        signature="-> [{code :string, name :string, time_zone :string, flights :int}]",
        tables=("flights",),
        tools=("airport",),
        expected=[
            {
                "code": "ATL",
                "name": "Hartsfield Jackson Atlanta Intl",
                "time_zone": "America/New_York",
                "flights": 1396,
            },
            {"code": "ORD", "name": "Chicago Ohare Intl", "time_zone": "America/Chicago", "flights": 1269},
            {
                "code": "BOS",
                "name": "General Edward Lawrence Logan Intl",
                "time_zone": "America/New_York",
                "flights": 1245,
            },
            {"code": "MCO", "name": "Orlando Intl", "time_zone": "America/New_York", "flights": 1175},
            {
                "code": "FLL",
                "name": "Fort Lauderdale Hollywood Intl",
                "time_zone": "America/New_York",
                "flights": 1161,
            },
        ],
    ),
    Question(
        name="seats-by-manufacturer",
        task="Which three manufacturers' planes offered the most seats on flights that departed (dep_time is known)? Find "
        "the plane of a flight by its tailnum and leave out flights whose plane is not listed. Give the manufacturer, "
        "the number of flights and the sum of the seats; the most seats first.",
        signature="-> [{manufacturer :string, flights :int, seats :int}]",
        tables=("flights", "planes"),
        expected=[
            {"manufacturer": "BOEING", "flights": 6597, "seats": 1127598},
            {"manufacturer": "AIRBUS", "flights": 3907, "seats": 791539},
            {"manufacturer": "AIRBUS INDUSTRIE", "flights": 3356, "seats": 622891},
        ],
    ),
    Question(
        name="wind",
        task="Do flights leave later in strong wind? Match each flight with a known dep_delay to the weather row of the "
        "same origin, day and hour, and leave out flights without a matching row or without a wind_speed. Windy means "
        "a wind_speed of at least 20. Give the number of windy and of calm flights and the mean dep_delay of each "
        "group rounded to 2 decimals.",
        signature="-> {windy_flights :int, windy_delay :float, calm_flights :int, calm_delay :float}",
        tables=("flights", "weather"),
        expected={"windy_flights": 2235, "windy_delay": 19.76, "calm_flights": 24196, "calm_delay": 9.15},
    ),
    Question(
        name="worst-day",
        task="On which day was the largest share of flights cancelled (a cancelled flight has no dep_time)? Give the day, "
        "the number of flights scheduled and cancelled on it, and for each origin with cancellations on that day its "
        "code and count; the most cancellations first.",
        signature="-> {day :int, scheduled :int, cancelled :int, origins [{origin :string, cancelled :int}]}",
        tables=("flights",),
        expected={
            "day": 30,
            "scheduled": 900,
            "cancelled": 98,
            "origins": [
                {"origin": "EWR", "cancelled": 37},
                {"origin": "LGA", "cancelled": 35},
                {"origin": "JFK", "cancelled": 26},
            ],
        },
    ),
    Question(
        name="time-won",
        task="Some flights leave late and win time back in the air. Of the flights with a dep_delay of at least 60 and a "
        "known arr_delay, which three airlines with at least 50 such flights won back the most minutes on average "
        "(dep_delay minus arr_delay)? Give the airline's name, the number of flights and the mean minutes won rounded "
        "to 2 decimals; the most first.",
        signature="-> [{name :string, flights :int, minutes_won :float}]",
        tables=("flights", "airlines"),
        expected=[
            {"name": "American Airlines Inc.", "flights": 158, "minutes_won": 7.91},
            {"name": "Endeavor Air Inc.", "flights": 170, "minutes_won": 7.58},
            {"name": "Delta Air Lines Inc.", "flights": 119, "minutes_won": 4.7},
        ],
    ),
    Question(
        name="oldest-fleets",
        task="Which three airlines flew the oldest fleets? Count each plane of an airline once (by tailnum), use only "
        "planes with a known year, take the age in 2013, and leave out airlines with fewer than 50 such planes. Give "
        "the airline's name, the number of planes and the mean age rounded to 1 decimal; the oldest first.",
        signature="-> [{name :string, planes :int, mean_age :float}]",
        tables=("flights", "planes", "airlines"),
        expected=[
            {"name": "American Airlines Inc.", "planes": 147, "mean_age": 25.3},
            {"name": "Delta Air Lines Inc.", "planes": 442, "mean_age": 17.7},
            {"name": "United Air Lines Inc.", "planes": 519, "mean_age": 13.2},
        ],
    ),
)
