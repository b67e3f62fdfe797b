"""What counts as plain data."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import fractions
import pathlib
import random
import re
import uuid

import pytest

from ptc_lisp.values.codec import encode
from ptc_lisp.values.convert import encode_host, from_host
from ptc_lisp.values.plain import encodes_as_plain, is_plain


class Text(str):
    """A subclass."""

    __slots__ = ()


class Count(int):
    """Another."""


class Colour(enum.StrEnum):
    """Strings with a name."""

    RED = "red"


def walked(value: object) -> bool:
    """The same question, asked item by item."""
    if type(value) is dict:
        return all(type(k) in {str, int} for k in value) and all(map(walked, value.values()))
    if type(value) in {list, tuple}:
        return all(map(walked, value))
    return type(value) in {str, int, float, bool, type(None)}


ODD = [
    Text("t"),
    Colour.RED,
    {1},
    b"b",
    dt.date(2024, 1, 1),
    1j,
    range(3),
    object,
    {True: 1},
    {None: 1},
    {Text("k"): 1},
]


def generated(rng: random.Random, odd: bool, depth: int = 4) -> object:
    """Nested data, perhaps with something odd in it."""
    if odd and rng.random() < 0.03:
        return rng.choice(ODD)
    kind = rng.randrange(4 if depth else 1)
    if kind == 0:
        return rng.choice([1, 1.5, "s", None, True])
    items = [generated(rng, odd, depth - 1) for _ in range(rng.randrange(5))]
    if kind == 1:
        return {rng.choice([f"k{i}", i]): item for i, item in enumerate(items)}
    return items if kind == 2 else tuple(items)


@pytest.mark.parametrize("odd", [True, False])
def test_a_look_by_levels_sees_what_a_walk_sees(odd):
    rng = random.Random(3)
    seen = {walked(value): is_plain(value) for value in (generated(rng, odd) for _ in range(3_000))}
    assert seen == ({True: True, False: False} if odd else {True: True})


@pytest.mark.parametrize("value", [*ODD, [{1: 1}, {True: 2}], [[], {}, Text()]])
def test_one_odd_thing_is_enough(value):
    assert not is_plain(value)
    assert not is_plain([1, {"a": value}])


SLY = {
    "a set": {1, 2},
    "a frozen set": frozenset("ab"),
    "a date": dt.date(2024, 1, 1),
    "an ordered dict": collections.OrderedDict(a=1, b=2),
    "a dict with a default": collections.defaultdict(None, a=1, b=2),
    "a key of a subclass": {Text("a"): 1, "b": 2},
    "a value of a subclass": {"a": Count(1)},
    "a key that is a number with a point": {1.5: 1, "b": 2},
    "a key that is nothing": {None: "a"},
    "bytes": b"",
    "a decimal": {"a": decimal.Decimal(1)},
}


@pytest.mark.parametrize("row", SLY.values(), ids=SLY)
def test_one_sly_row_among_many_is_seen(row):
    rows = [{"a": 1, "b": "x"}, {"a": 2.5, "b": None}, {1: "n", "b": "y"}] * 50
    assert encodes_as_plain(rows)
    rows[77] = row
    assert not encodes_as_plain(rows)


def test_rows_of_other_shapes_are_plain_too():
    emptied: dict[object, object] = {7: 1, "a": 1}
    del emptied[7]
    assert encodes_as_plain([[1, "a"], [2, "b"]])
    assert encodes_as_plain([emptied, {}, {"a": {"b": [1]}}, {3: 4}])


def test_a_key_that_equals_another_is_still_refused():
    with pytest.raises(TypeError, match="keys of maps are text, whole numbers or dates"):
        encode_host([{1: 1}, {True: 2}], "x")


RECORDS = [Text("t"), Colour.RED, {1}, frozenset(), b"b", bytearray(b"b"), dt.date(2024, 1, 1), dt.time(1), dt.timedelta(1),
           dt.datetime.now(dt.UTC), decimal.Decimal("1.5"), decimal.Decimal(10), uuid.UUID(int=1), 2**70, Count(3), range(3),
           1j, pathlib.PurePosixPath("/a"), fractions.Fraction(1, 2), collections.Counter("a"), {"a": {1}}, [()], "\ud800"]  # fmt: skip


@pytest.mark.parametrize("odd", RECORDS, ids=lambda odd: type(odd).__name__)
@pytest.mark.parametrize("beside", [1, 1.5, "s", [1], {"b": 2}], ids=str)
def test_rows_are_encoded_as_the_walk_over_them_would(odd, beside):
    rows = [{"id": i, "beside": beside} for i in range(5_000)]
    rows[4_500]["odd"] = odd
    try:
        walked = encode(from_host(rows, "rows"))
    except TypeError as error:
        with pytest.raises(TypeError, match=re.escape(str(error))):
            encode_host(rows, "rows")
    else:
        assert encode_host(rows, "rows") == walked
