"""Objects of the host in a context: the model is told of them as programs get them, and signatures take them."""

from __future__ import annotations

import collections
import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import attrs
import pydantic
import pytest

from subagent import ScriptedLLM, SubAgent


class Color(enum.Enum):
    RED = "red"


class NotATime(dt.datetime):
    """As in pandas: a datetime that equals nothing and refuses everything."""

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    __hash__ = dt.datetime.__hash__

    def utcoffset(self) -> dt.timedelta | None:
        raise ValueError("NaTType does not support utcoffset")


class Scalar:
    """A number as numpy has it."""

    dtype = "int64"

    def __init__(self, value: int) -> None:
        self.value = value

    def tolist(self) -> int:
        return self.value


@dataclass
class Point:
    x: int


@attrs.define
class Pair:
    x: int


class Named(NamedTuple):
    x: int


class Order(pydantic.BaseModel):
    price: Decimal
    color: Color


NAT = NotATime(2024, 1, 1)
NA = type("NAType", (), {"__module__": "pandas._libs.missing"})()


def told(value: Any) -> str:
    """What the first message says about the entry `v`."""
    text = SubAgent().preview_prompt("Go", {"v": value}).user
    return text[text.index("data/v - ") + 9 :].split("\n</data>")[0]


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        (NAT, "nil nil"),
        (NA, "nil nil"),
        (Scalar(3), "int 3"),
        (Decimal("1.50"), "float 1.5"),
        (Color.RED, 'string "red"'),
        (UUID(int=5), 'string "00000000-0000-0000-0000-000000000005"'),
        (PurePosixPath("/a"), 'string "/a"'),
        (range(3), "list of 3 values (int), [0 1 2]"),
        (Named(1), "map with 1 key\n  :x int 1"),
        ([Pair(1)], "list of 1 map with keys\n  :x int, e.g. 1"),
        ([{"t": NAT, "n": Scalar(4)}], "list of 1 map with keys\n  :t nil\n  :n int, e.g. 4"),
        ({"a": [NAT, Color.RED]}, 'map with 1 key\n  :a list of 2 values (nil or string), [nil "red"]'),
        (
            [Order(price=Decimal("2.5"), color=Color.RED)],
            'list of 1 map with keys\n  :price float, e.g. 2.5\n  :color string, e.g. "red"',
        ),
    ],
)
def test_the_model_is_told_of_objects_as_programs_get_them(value: Any, entry: str) -> None:
    assert told(value) == entry


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (":int", Scalar(3), 3),
        (":float", Decimal("1.50"), 1.5),
        (":string", Color.RED, "red"),
        (":string", UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        ("[:int]", range(3), [0, 1, 2]),
        ("[:map]", collections.deque([{"a": 1}]), [{"a": 1}]),
        ("{x :int}", Point(1), {"x": 1}),
        ("[{x :int}]", [Pair(1), Named(2)], [{"x": 1}, {"x": 2}]),
        (
            "[{price :float, color :string}]",
            [Order(price=Decimal("2.5"), color=Color.RED)],
            [{"price": 2.5, "color": "red"}],
        ),
        (":datetime?", NAT, None),
        ("[{n :float?}]", [{"n": NA}], [{"n": None}]),
    ],
)
@pytest.mark.parametrize("validation", ["enabled", "strict"])
def test_signatures_take_objects_as_programs_get_them(
    kind: str, value: Any, expected: Any, validation: Any
) -> None:
    agent = SubAgent("Echo {{v}}.", signature=f"(v {kind}) -> :any", validation=validation)
    step = agent.run(llm=ScriptedLLM(["(return data/v)"]), context={"v": value})
    assert (step.error, step.value) == (None, expected)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (":int", Decimal("1.5"), "v: expected int, got float 1.5"),
        (":datetime", NAT, "got nil"),
        (":datetime", dt.datetime(2024, 1, 1), "needs an offset"),  # noqa: DTZ001 - a naive datetime is what is refused
        (":int", object(), "v: expected int, got object"),
        ("{y :int}", Point(1), "v.y: expected int, got nothing"),
    ],
)
def test_what_does_not_fit_is_still_refused(kind: str, value: Any, said: str) -> None:
    agent = SubAgent("Echo {{v}}.", signature=f"(v {kind}) -> :any")
    with pytest.raises(ValueError, match="does not fit the signature") as caught:
        agent.run(llm=ScriptedLLM(["(return data/v)"]), context={"v": value})
    assert said in str(caught.value)
