"""What a program is told about arguments of a tool that do not fit its types."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Literal, TypedDict

import pydantic
import pytest

import ptc_lisp
from ptc_lisp import Tool


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Line(pydantic.BaseModel):
    sku: str
    pieces: int = 1


class Order(pydantic.BaseModel):
    number: int
    lines: list[Line]


@dataclass
class Span:
    first: dt.date
    days: int
    note: str | None = None


class Size(TypedDict):
    width: float


def order(order: Order) -> int:
    return order.number


def book(span: Span, colour: Colour = Colour.RED) -> int:
    return span.days


def paint(kind: Literal["dot", "line"], size: Size, when: dt.datetime) -> str:
    return kind


def told(tool, args):
    step = ptc_lisp.run(f"(let [args {args}] (tool/{tool.__name__} args))", tools=[tool])
    assert step.error.kind == "invalid_tool_args"
    return step.error.message, step.error.hint


@pytest.mark.parametrize(
    "tool, args, words",
    [
        (order, "{:order {:lines []}}", "tool/order: argument :order, field number: Field required"),
        (
            order,
            '{:order {:number "x" :lines [{:sku 1}]}}',
            "as an integer; argument :order, field lines[0].sku: Input should be a valid string",
        ),
        (book, "{:span {:first 3 :days 1}}", "argument :span, field first: Expected date, got int"),
        (book, '{:span {:first "2024-01-02"}}', "argument :span: Object missing required field days"),
        (
            book,
            '{:span {:first "2024-01-02" :days 1} :colour "grey"}',
            'argument :colour: Invalid enum value \'grey\'; it is one of "red", "blue"',
        ),
    ],
)
def test_the_place_and_the_reason_are_named_in_one_line(tool, args, words):
    message, _ = told(tool, args)
    assert message.endswith(words)


@pytest.mark.parametrize(
    "tool, call",
    [
        (order, '(tool/order {:order {:number 3 :lines [{:sku "..."}]}})'),
        (book, '(tool/book {:span {:first "2024-01-31" :days 3}})'),
        (paint, '(tool/paint {:kind "dot" :size {:width 2.5} :when "2024-01-31T12:00:00Z"})'),
    ],
)
def test_the_example_has_every_required_field(tool, call):
    assert told(tool, "{}")[1] == f"call it like {call}"


def test_the_example_of_an_open_signature_shows_its_arguments():
    tool = Tool(lambda **given: given["n"], name="add", signature="(n :int, note :string?) -> :int")
    step = ptc_lisp.run('(let [args {:n "x"}] (tool/add args))', tools=[tool])
    assert step.error.hint == "call it like (tool/add {:n 3})"


@pytest.mark.parametrize("tool", [order, book, paint])
def test_the_example_can_be_called(tool):
    hint = told(tool, "{}")[1].removeprefix("call it like ")
    assert ptc_lisp.run(hint, tools=[tool]).ok


def test_the_example_has_the_argument_that_was_wrong():
    hint = told(book, '{:span {:first "2024-01-02" :days 1} :colour "grey"}')[1]
    assert hint == 'call it like (tool/book {:span {:first "2024-01-31" :days 3} :colour "red"})'
