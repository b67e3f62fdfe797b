"""What can be a tool, what a tool can give, and what is read from its docstring or descriptor."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import functools
from array import array
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import NamedTuple, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pytest

import ptc_lisp
from ptc_lisp import Limits, Tool


def run(program, tools, **options):
    return ptc_lisp.run(program, tools=tools, limits=Limits(timeout_ms=10_000), **options)


class Shop:
    def __init__(self, stock):
        self.stock = stock

    def find(self, name: str, limit: int = 2) -> list:
        """Finds articles."""
        return [row for row in self.stock if name in row][:limit]

    async def afind(self, name: str) -> list:
        return self.find(name)

    @classmethod
    def kind(cls, n: int) -> str:
        return cls.__name__ * n

    @staticmethod
    def twice(n: int) -> int:
        return n * 2

    def __call__(self, name: str) -> int:
        return len(self.find(name, 99))


SHOP = Shop(["tea", "tear", "teapot", "cup"])


@pytest.mark.parametrize(
    "tool, program, value",
    [
        (SHOP.find, '(tool/find {:name "tea"})', ["tea", "tear"]),
        (SHOP.afind, '(tool/afind {:name "cup"})', ["cup"]),
        (Shop.kind, "(tool/kind {:n 2})", "ShopShop"),
        (Shop.twice, '(tool/twice {:n "4"})', 8),
        (Tool(SHOP, "shop"), '(tool/shop {:name "tea"})', 3),
        (Tool(functools.partial(SHOP.find, limit=1), "first"), '(tool/first {:name "tea"})', ["tea"]),
        (Tool(lambda a, b=2: a - b, "minus"), "(tool/minus {:a 5})", 3),
    ],
)
def test_functions_of_every_kind_are_tools(tool, program, value):
    assert run(program, [tool]).unwrap() == value


def test_a_callable_with_its_signature_or_options_is_a_tool():
    def add(a, b):
        return a + b

    tools = {"plus": (add, "(a :int, b :int) -> :int"), "and-more": (lambda **n: n, {"cache": True})}
    assert run('[(tool/plus {:a "1" :b 2}) (tool/and-more {:x 1})]', tools).unwrap() == [3, {"x": 1}]
    assert run('(tool/add {:a "1" :b 2})', [(add, "(a :int, b :int) -> :int")]).unwrap() == 3
    with pytest.raises(TypeError, match=r"\(function, signature\)"):
        run("1", [(add, 3)])


def test_row_57_names_arrive_with_underscores_and_positions_are_refused():
    def find(order_id: int, **more) -> dict:
        return {"id": order_id, **more}

    step = run('(tool/find {:order-id 1 :ship-to {:zip-code 2} "a-b" 3})', [find])
    assert step.unwrap() == {"id": 1, "ship_to": {"zip_code": 2}, "a_b": 3}
    step = run("(tool/find 1)", [find])
    assert step.error.kind == "invalid_tool_args"
    assert "named arguments" in step.error.message
    assert "(tool/find {:order-id" in step.error.hint


# results


class Point(NamedTuple):
    x: int
    y: int


class Row(TypedDict):
    id: int


@dataclass
class Order:
    id: int
    at: dt.datetime
    price: Decimal


class Item(msgspec.Struct):
    name: str
    tags: set[str] = set()


class Customer(pydantic.BaseModel):
    name: str
    orders: list[int] = []


def stream():
    yield from (Item("a"), Item("b"))


async def astream():
    for n in range(3):
        await asyncio.sleep(0)
        yield n


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Scalar:
    """What numpy's scalars and arrays are to us."""

    dtype = "float64"

    def __init__(self, value):
        self.value = value

    def tolist(self):
        return self.value


WHEN = dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "result, value",
    [
        (Order(1, WHEN, Decimal("2.50")), {"id": 1, "at": WHEN, "price": 2.5}),
        (Item("a", {"t"}), {"name": "a", "tags": ["t"]}),
        (Customer(name="c", orders=[1]), {"name": "c", "orders": [1]}),
        ([Customer(name="c")], [{"name": "c", "orders": []}]),
        (Point(1, 2), {"x": 1, "y": 2}),
        ({"when": dt.date(2024, 1, 2), "t": dt.time(1, 2)}, {"when": dt.date(2024, 1, 2), "t": "01:02:00"}),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal(3), 3),
        (deque([1, 2]), [1, 2]),
        ({1: "a"}, {1: "a"}),
        (iter([1, 2]), [1, 2]),
        (map(str, [1, 2]), ["1", "2"]),
        ({"a": 1}.values(), [1]),
        (range(3), [0, 1, 2]),
        (1 << 70, 1 << 70),
        (None, None),
        (Colour.RED, "red"),
        ({Colour.RED: Colour.RED}, {"red": "red"}),
        (Level.HIGH, 3),
        (PurePosixPath("/tmp/x"), "/tmp/x"),
        ({2, 1}, [1, 2]),
        (frozenset("ba"), ["a", "b"]),
        (dt.timedelta(hours=1), dt.timedelta(hours=1)),
        (WHEN.replace(tzinfo=None), WHEN),
        (Decimal("0.10"), 0.1),
        (Scalar(1.5), 1.5),
        ([Scalar([1, 2])], [[1, 2]]),
        (array("i", [1, 2]), [1, 2]),
        ((n * n for n in range(3)), [0, 1, 4]),
    ],
)
def test_results_of_every_kind_become_values(result, value):
    assert run("(tool/get)", {"get": lambda: result}).unwrap() == value


@pytest.mark.parametrize(
    "result, words",
    [
        (b"abc", "decode it to str, or encode it with base64"),
        ({"raw": [b"abc"]}, "['raw'][0] is bytes (3 bytes)"),
        (bytearray(b"abc"), "is bytearray (3 bytes), which programs cannot hold: decode it to str"),
        (memoryview(b"abc"), "or encode it with base64"),
        (Fraction(1, 3), "is of type fractions.Fraction, which programs cannot hold"),
        ({1.5: 1}, "keys of maps are text, whole numbers or dates; convert it, e.g. with str()"),
        ({"m": {None: 1}}, "the result of tool/get['m'] has the key None of type NoneType"),
        (object(), "is of type object, which programs cannot hold"),
        (len, "functions go in as tools"),
        ({(1, 2): 3}, "keys of maps are text, whole numbers or dates"),
        ("\ud800", "not valid Unicode"),
    ],
)
def test_results_that_cannot_be_values_are_refused_with_a_remedy(result, words):
    step = run("(tool/get)", {"get": lambda: result})
    assert step.error.kind == "tool_error"
    assert words in step.error.message


@pytest.mark.parametrize(
    "key, printed",
    [
        (dt.date(2024, 1, 2), "2024-01-02"),
        (dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), "2024-01-02T03:00:00Z"),
        (dt.time(3), "03:00:00"),
        (dt.timedelta(seconds=1), "#duration[1000ms]"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (PurePosixPath("a/b"), "a/b"),
    ],
)
def test_keys_become_what_they_are_as_values(key, printed):
    program = "(let [m (tool/get)] [m (= (get m (:key data/row)) 7)])"
    step = run(program, {"get": lambda: {key: 7}}, context={"row": {"key": key}})
    assert step.unwrap() == [{printed: 7}, True]


def test_a_plain_function_that_gives_a_coroutine_is_told_what_to_do():
    async def later():
        return 1

    made = []

    def get():
        made.append(later())
        return made[-1]

    assert "make the tool an async def" in run("(tool/get)", [get]).error.message
    made[0].close()


def test_generators_are_read_to_their_end_where_the_tool_runs():
    assert run("(map :name (tool/stream))", [stream]).unwrap() == ["a", "b"]
    assert run("(tool/astream)", [astream]).unwrap() == [0, 1, 2]
    assert asyncio.run(ptc_lisp.arun("(tool/astream)", tools=[astream])).unwrap() == [0, 1, 2]


def test_a_generator_without_end_is_an_error(monkeypatch):
    monkeypatch.setattr("ptc_lisp.tool.results.MOST_ITEMS", 1000)

    def endless():
        while True:
            yield 1

    assert "more than 1000 items" in run("(tool/endless)", [endless]).error.message


def test_paths_are_made_of_text():
    def size(path: Path, more: list[Path] | None = None, parent: PurePosixPath | None = None) -> list:
        return [path.name, [each.suffix for each in more or ()], parent and parent.parts]

    assert run('(tool/size {:path "/tmp/a.txt"})', [size]).unwrap() == ["a.txt", [], None]
    program = '(tool/size {:path "a" :more ["b.csv"] :parent "x/y"})'
    assert run(program, [size]).unwrap() == ["a", [".csv"], ["x", "y"]]
    assert run(program, [Tool(size, validation="strict")]).unwrap() == ["a", [".csv"], ["x", "y"]]
    assert run("(let [n 5] (tool/size {:path n}))", [size]).error.kind == "invalid_tool_args"


def test_pydantic_models_are_built_for_parameters_wherever_they_stand():
    def save(one: Customer, many: list[Customer], by_name: dict[str, Customer] | None = None) -> list:
        return [one.name, [c.name for c in many], by_name and by_name["x"].orders]

    program = '(tool/save {:one {:name "a"} :many [{:name "b"}] :by-name {"x" {:name "c" :orders ["7"]}}})'
    assert run(program, [save]).unwrap() == ["a", ["b"], [7]]
    step = run('(tool/save {:one {:name "a"} :many [{:nam "b"}]})', [save])
    assert step.error.kind == "invalid_tool_args"
    assert ":many" in step.error.message


# docstrings


def google(city: str, days: int = 1) -> str:
    """Tells the weather.

    More about it.

    Args:
        city: Name of the city.
        days: How many days
            ahead.

    Returns:
        The weather.
    """


def numpy(city: str, days: int = 1) -> str:
    """Tells the weather.

    More about it.

    Parameters
    ----------
    city : str
        Name of the city.
    days : int
        How many days ahead.
    """


def sphinx(city: str, days: int = 1) -> str:
    """Tells the weather.

    More about it.

    :param city: Name of the city.
    :param days: How many days ahead.
    :returns: The weather.
    """


@pytest.mark.parametrize("fn", [google, numpy, sphinx])
def test_row_56_docstrings_of_every_style_describe_tool_and_parameters(fn):
    tool = Tool(fn)
    assert tool.description == "Tells the weather.\n\nMore about it."
    assert tool.descriptions == {"city": "Name of the city.", "days": "How many days ahead."}


def test_the_hosts_own_words_win():
    tool = Tool(google, description="Weather.", descriptions={"city": "Where."})
    assert (tool.description, tool.descriptions) == ("Weather.", {"city": "Where."})
    assert Tool(google, descriptions={"city": "Where."}).description.startswith("Tells")


# MCP


DESCRIPTOR = {
    "name": "find_orders",
    "description": "Finds orders.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "customerId": {"type": "integer", "description": "The customer's\n number."},
            "sort-by": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        },
        "required": ["customerId"],
    },
    "outputSchema": {
        "type": "object",
        "properties": {"ids": {"type": "array", "items": {"type": "integer"}}},
    },
    "annotations": {"readOnlyHint": True},
}


@pytest.mark.parametrize("descriptor", [DESCRIPTOR, SimpleNamespace(**DESCRIPTOR)])
def test_an_mcp_descriptor_is_a_tool(descriptor):
    seen = []

    def call(args):
        seen.append(args)
        return {"content": [{"type": "text", "text": "..."}], "structuredContent": {"ids": [1]}}

    tool = Tool.from_mcp(descriptor, call, cache=True)
    assert (tool.name, tool.description, tool.effect, tool.cache) == (
        "find_orders",
        "Finds orders.",
        "read",
        True,
    )
    assert tool.descriptions == {"customerId": "The customer's number."}
    step = run('(:ids (tool/find_orders {:customerId "5" :sort-by "x"}))', [tool])
    assert (step.unwrap(), seen) == ([1], [{"customerId": 5, "sort-by": "x"}])
    assert "customerId" in run("(tool/find_orders {})", [tool]).error.message


@pytest.mark.parametrize(
    "result, value",
    [
        ({"content": [{"type": "text", "text": "a"}]}, "a"),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, ["a", "b"]),
        (SimpleNamespace(content=[SimpleNamespace(text="a")], structuredContent=None, isError=False), "a"),
        ([1, 2], [1, 2]),
        ({"other": 1}, {"other": 1}),
    ],
)
def test_results_of_mcp_are_taken_out_of_their_wrapping(result, value):
    async def call(args):
        return result

    assert run("(tool/get)", [Tool.from_mcp({"name": "get"}, call)]).unwrap() == value


def test_an_error_of_mcp_is_a_tool_error():
    answer = {"content": [{"type": "text", "text": "no such order"}], "isError": True}
    step = run("(tool/get)", [Tool.from_mcp({"name": "get"}, lambda args: answer)])
    assert step.error.message == "tool/get failed: McpToolFailed: no such order"


@pytest.mark.parametrize(
    "hints, effect",
    [
        ({"readOnlyHint": True}, "read"),
        ({"destructiveHint": True}, "write"),
        ({"destructiveHint": True, "idempotentHint": True}, "idempotent"),
        ({"readOnlyHint": True, "destructiveHint": True}, None),
        ({}, None),
        (None, None),
    ],
)
def test_hints_of_mcp_are_effects(hints, effect):
    assert Tool.from_mcp({"name": "get", "annotations": hints}, print).effect == effect


@pytest.mark.parametrize("descriptor", [{}, {"name": ""}, {"name": "x", "inputSchema": [1]}])
def test_a_descriptor_without_name_or_schema_is_refused(descriptor):
    with pytest.raises(ValueError, match=r"needs a name|must be a JSON Schema"):
        Tool.from_mcp(descriptor, print)


def test_arguments_of_a_partial_become_what_its_function_takes():
    def size(path: Path, unit: str = "kB") -> str:
        return f"{type(path).__name__} {path.suffix} {unit}"

    tool = Tool(functools.partial(size, unit="MB"), name="size")
    assert run('(tool/size {:path "a/b.csv"})', [tool]).value == "PosixPath .csv MB"


def test_one_name_that_only_type_checkers_know_leaves_the_others_their_types():
    def kind(path: Path, other: Unknown = None) -> str:  # noqa: F821 - that is the point
        return f"{type(path).__name__} {other}"

    assert run('(tool/kind {:path "a" :other 1})', [kind]).value == "PosixPath 1"
