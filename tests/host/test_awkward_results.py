"""Results and exceptions of tools that have opinions of their own: subclasses, data frames, objects that raise."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal

import pytest

import ptc_lisp

WHEN = dt.datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
OSLO = dt.timezone(dt.timedelta(hours=1))


class Timestamp(dt.datetime):
    """As in pandas: arithmetic and changes of zone give the same kind again."""


class NotATime(dt.datetime):
    def __eq__(self, other):
        return False

    def __ne__(self, other):
        return True

    __hash__ = dt.datetime.__hash__


class Timedelta(dt.timedelta):
    pass


NA = type("NAType", (), {"__module__": "pandas._libs.missing"})()


def frame(*methods):
    """A table of a library that has these methods."""
    return type("Frame", (), {"__module__": "lib", **dict.fromkeys(methods)})()


class Nanoseconds:
    """A column of times as numpy has it: `tolist` gives integers, unless it is converted first."""

    dtype = "datetime64[ns]"

    def __init__(self, times=None):
        self.times = times

    def astype(self, kind):
        assert kind == "datetime64[us]"
        return Nanoseconds([WHEN.replace(tzinfo=None)])

    def tolist(self):
        return self.times or [1]


def of_tool(result):
    return ptc_lisp.run("(tool/get)", tools={"get": lambda: result})


@pytest.mark.parametrize(
    "result, value",
    [
        (Timestamp(2024, 1, 2, 3, 4, 5, 6), WHEN),
        (Timestamp(2024, 1, 2, 4, 4, 5, 6, tzinfo=OSLO), WHEN),
        (NotATime(2024, 1, 2), None),
        (Timedelta(days=1, microseconds=5), dt.timedelta(days=1, microseconds=5)),
        (NA, None),
        (Nanoseconds(), [WHEN]),
    ],
)
def test_what_data_frames_hold_is_data(result, value):
    rows = [{"at": result}]
    assert of_tool(rows).unwrap() == [{"at": value}]
    assert ptc_lisp.run("data/rows", context={"rows": rows}).unwrap() == [{"at": value}]


@pytest.mark.parametrize(
    "result, words",
    [
        (dt.datetime(1, 1, 1, tzinfo=OSLO), "0001-01-01T00:00:00+01:00, which has no time in UTC"),
        (Decimal("1e999999"), "a Decimal of more than 4300 digits: give it as text"),
        (
            frame("to_dict", "to_dicts"),
            "of type lib.Frame, which programs cannot hold: convert it first, e.g. frame.to_dicts()",
        ),
        (
            frame("to_pylist"),
            "of type lib.Frame, which programs cannot hold: convert it first, e.g. table.to_pylist()",
        ),
    ],
)
def test_what_has_no_form_says_where_it_is(result, words):
    error = of_tool([result]).error
    assert error.kind == "tool_error"
    assert f"the result of tool/get[0] is {words}" in error.message
    with pytest.raises(TypeError, match=r"context\['x'\] is "):
        ptc_lisp.run("1", context={"x": result})


def test_decimals_that_are_no_numbers_are_no_numbers():
    assert [str(x) for x in of_tool([Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")]).unwrap()] == [
        "nan",
        "nan",
        "-inf",
    ]


class Broken(dict):
    def items(self):
        raise LookupError("the cursor is closed")


class Mute(Exception):  # noqa: N818 - an exception of a host
    def __str__(self):
        raise RuntimeError("no words")


def broken():
    return {"rows": Broken(a=1)}


def mute():
    raise Mute


def half():
    raise ValueError("no \ud83d here")


@pytest.mark.parametrize(
    "tool, message",
    [
        (broken, "tool/broken gave something unusable: LookupError: the cursor is closed"),
        (mute, "tool/mute failed: Mute"),
        (half, "tool/half failed: ValueError: no \\ud83d here"),
    ],
)
def test_tools_that_raise_in_odd_ways_fail_for_the_program_only(tool, message):
    program = f"(tool/{tool.__name__})"
    for step in (
        ptc_lisp.run(program, tools=[tool]),
        asyncio.run(ptc_lisp.arun(program, tools=[tool])),
    ):
        assert (step.error.kind, step.error.message) == ("tool_error", message)
        assert step.tool_calls[0].error == message
