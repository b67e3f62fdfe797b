"""`SubAgent(output=...)`: answers as values of Python types."""

# pyright: basic, reportOptionalMemberAccess=false, reportOptionalSubscript=false, reportArgumentType=false
import dataclasses
import datetime as dt
import enum
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pytest

from ptc_lisp import FaultKind
from subagent import SubAgent
from subagent.loop.state import AgentState
from subagent.testing import ScriptedLLM


class Row(TypedDict):
    name: str
    n: int


@dataclasses.dataclass
class Total:
    total: float
    rows: list[Row]
    at: dt.datetime | None = None


class Point(msgspec.Struct, rename="camel"):
    x_pos: int
    y_pos: int = 0


class Order(pydantic.BaseModel):
    id: int = pydantic.Field(description="the number on the invoice", gt=0)
    state: Literal["open", "closed"] = "open"


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def returning(*values):
    return ScriptedLLM([f"```clojure\n(return {value})\n```" for value in values])


@pytest.mark.parametrize(
    "output,program,value",
    [
        (Row, '{:name "a" :n 1}', {"name": "a", "n": 1}),
        (Total, '{:total 3 :rows [{:name "a" :n 1}]}', Total(3.0, [{"name": "a", "n": 1}])),
        (Point, "{:x-pos 1}", None),
        (Point, "{:xPos 1}", Point(1)),
        (list[Point], "[{:xPos 1 :yPos 2}]", [Point(1, 2)]),
        (Order, '{:id 7 :state "closed"}', Order(id=7, state="closed")),
        (list[Order], "[{:id 7}]", [Order(id=7)]),
        (Order | None, "nil", None),
        (int, "3", 3),
        (float, "3", 3.0),
        (str, '"x"', "x"),
        (bool, "true", True),
        (Colour, '"red"', Colour.RED),
        (Literal["a", "b"], '"a"', "a"),
        (set[int], "[1 2]", {1, 2}),
        (tuple[int, str], '[1 "a"]', (1, "a")),
        (dict[str, int], '{"a" 1}', {"a": 1}),
        (dt.date, '"2024-01-31"', dt.date(2024, 1, 31)),
        (Decimal, "2.5", Decimal("2.5")),
        (UUID, '"00000000-0000-0000-0000-000000000001"', UUID(int=1)),
        (Path, '"a/b"', Path("a/b")),
        (Any, "[1 :a]", [1, "a"]),
        ({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}, "{:n 1}", {"n": 1}),
    ],
    ids=str,
)
def test_a_returned_value_becomes_one_of_the_type(output, program, value):
    step = SubAgent(output=output, max_turns=1).run("Go", llm=returning(program))
    if value is None and output is Point:
        assert "return.xPos: expected int" in step.error.message
    else:
        assert (step.error, step.value) == (None, value)
        assert type(step.value) is type(value)


def test_what_a_signature_cannot_say_is_checked_and_told():
    llm = returning('{:id 0 :state "lost"}', "{:id 3}")
    step = SubAgent(output=Order).run("Go", llm=llm)
    assert step.value == Order(id=3)
    told = llm.requests[1].messages[-1].content
    assert "return.id: Input should be greater than 0" in told
    assert "return.state: Input should be 'open' or 'closed'" in told
    assert step.turns[0].error.kind is FaultKind.VALIDATION_ERROR


def test_msgspec_types_name_the_place_too():
    class Item(msgspec.Struct):
        kind: Literal["a", "b"]

    llm = returning('[{:kind "a"} {:kind "c"}]', '[{:kind "b"}]')
    step = SubAgent(output=list[Item]).run("Go", llm=llm)
    assert step.value == [Item("b")]
    assert "return[1].kind: Invalid enum value 'c'" in llm.requests[1].messages[-1].content


def test_the_model_is_told_what_fields_mean_and_may_be():
    class Deep(TypedDict):
        orders: list[Order]
        note: Annotated[str, msgspec.Meta(description="one sentence")]

    llm = returning('{:orders [{:id 1}] :note "x"}')
    SubAgent(output=Deep, field_descriptions={"note": "at most ten words"}).run("Go", llm=llm)
    said = llm.requests[0].messages[0].content
    assert 'orders.state: one of "open", "closed"' in said
    assert "orders.id: the number on the invoice" in said
    assert "note: at most ten words" in said
    assert "one sentence" not in said


def test_text_mode_gives_typed_values_from_json():
    llm = ScriptedLLM(['{"total": 1, "rows": [], "at": "2024-01-31T00:00:00Z"}'])
    step = SubAgent(output=Total, mode="text").run("Go", llm=llm)
    assert step.value == Total(1.0, [], dt.datetime(2024, 1, 31, tzinfo=dt.UTC))
    orders = ScriptedLLM(['{"items": [{"id": -1}]}', '{"items": [{"id": 1}]}'])
    step = SubAgent(output=list[Order], mode="text").run("Go", llm=orders)
    assert step.value == [Order(id=1)]
    assert "return[0].id" in orders.requests[1].messages[-1].content


def test_inputs_stand_in_the_signature():
    agent = SubAgent("Count {{region}}", signature="(region :string) -> :any", output=Row)
    assert agent.contract == "(region :string) -> {name :string, n :int}"
    step = agent.run(llm=returning("{:name data/region :n 1}"), context={"region": "EU"})
    assert step.value == {"name": "EU", "n": 1}
    with pytest.raises(ValueError, match="return types differ"):
        SubAgent(signature="(region :string) -> :int", output=Row)


def test_a_copy_may_have_another_type():
    agent = SubAgent("Go", output=int)
    assert dataclasses.replace(agent, output=str).run(llm=returning('"x"')).value == "x"


@pytest.mark.parametrize(
    "output,words",
    [
        ("{n :int}", "write that as signature"),
        ({"type": "object", "oneOf": []}, "oneOf is not supported"),
        (list[object.__class__], "cannot be made from an answer"),
        (type("Plain", (), {}), "it is no TypedDict"),
        (int | list[int] | dict[str, Point] | Point, "cannot be made from an answer"),
    ],
    ids=str,
)
def test_what_is_no_type_is_refused(output, words):
    with pytest.raises((TypeError, ValueError), match=r"SubAgent\.output") as caught:
        SubAgent(output=output)
    assert words in str(caught.value)


def test_steps_and_states_with_typed_values_can_be_stored_and_chained():
    states = []
    agent = SubAgent(output=Order, name="finder", description="finds")
    step = agent.run("Go", llm=returning("{:id 5}"), on_state=states.append)
    assert json.loads(step.to_json())["value"] == {"id": 5}
    assert step.plain_value == {"id": 5}
    assert [state.status for state in states] == ["asking", "running", "verifying"]
    for state in states:
        assert AgentState.from_json(state.to_json()) == state
    resumed = agent.run(llm=ScriptedLLM([]), resume=states[2].to_msgpack())
    assert resumed.value == Order(id=5)
    after = SubAgent().run("Go", llm=returning("data/id"), context=step)
    assert after.value == 5


def test_a_typed_agent_gives_plain_data_to_the_program_that_calls_it():
    child = SubAgent(output=Order, name="find", description="Finds.", llm=returning("{:id 5}"))
    step = SubAgent(tools=[child]).run("Go", llm=returning('(:id (tool/find {:task "x"}))'))
    assert step.value == 5
    assert step.children[0].value == {"id": 5}


def test_a_last_value_of_the_wrong_type_does_not_stand_in():
    agent = SubAgent(output=Order, max_turns=2)
    step = agent.run("Go", llm=ScriptedLLM(["```clojure\n{:id 0}\n```", "```clojure\n{:id 0}\n```"]))
    assert (step.ok, step.error.kind) == (False, FaultKind.MAX_TURNS_EXCEEDED)


class Grade(enum.Enum):
    LOW = "low"
    HIGH = "high"


@dataclasses.dataclass
class Part:
    kind: Literal[1, 2]


@dataclasses.dataclass
class Report:
    level: Grade
    state: Annotated[Literal["open", "shut"] | None, msgspec.Meta(description="of the door")]
    tags: list[Literal["a", "b"]]
    mixed: Literal["x"] | int
    by_name: dict[str, Literal["y"]]
    parts: list[Part] = dataclasses.field(default_factory=list)


def schema_of(output):
    return SubAgent(mode="text", output=output).preview_prompt("go").schema


def test_the_schema_has_the_values_that_a_type_lists_and_what_it_says():
    fields = schema_of(Report)["properties"]
    assert fields["level"]["enum"] == ["low", "high"]
    assert fields["state"]["enum"] == ["open", "shut", None]
    assert fields["state"]["description"].startswith("of the door")
    assert fields["tags"]["items"]["enum"] == ["a", "b"]
    assert fields["parts"]["items"]["properties"]["kind"]["enum"] == [1, 2]
    assert "enum" not in fields["mixed"]
    assert "enum" not in json.dumps(fields["by_name"])
    assert schema_of(Literal[1, 2])["properties"]["value"]["enum"] == [1, 2]
    assert schema_of(list[Part])["properties"]["items"]["items"]["properties"]["kind"]["enum"] == [1, 2]
    described = SubAgent(
        mode="text", signature="{rows [:int]}", field_descriptions={"rows": "the ids", "no": "-"}
    )
    assert described.preview_prompt("go").schema["properties"]["rows"]["description"] == "the ids"
