"""Limits, descriptions and allowed values that the annotations of a tool name: they are kept, and models are told."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import annotated_types
import msgspec
import pydantic
import pytest
from pydantic import Field

import ptc_lisp
from ptc_lisp import Tool
from subagent import ScriptedLLM, SubAgent


class Model(pydantic.BaseModel):
    n: int = Field(description="How many.", ge=0)


class Row(msgspec.Struct):
    n: Annotated[int, msgspec.Meta(gt=3)]


class Holder(msgspec.Struct):
    model: Model


@dataclass
class Pair:
    model: Model


@dataclass
class Size:
    n: Annotated[int, Field(gt=3)]


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def tool(annotation: Any) -> Tool:
    def take(x):
        return repr(x)

    take.__annotations__ = {"x": annotation}
    return Tool(take)


def called(annotation: Any, value: str) -> Any:
    return ptc_lisp.run(f"(let [x {value}] (tool/take {{:x x}}))", tools=[tool(annotation)])


@pytest.mark.parametrize(
    "annotation, good, bad, words",
    [
        (Annotated[int, msgspec.Meta(gt=3)], "4", "3", "argument :x: Expected int >= 4"),
        (Annotated[int, Field(gt=3)], "4", "3", "argument :x: Input should be greater than 3"),
        (Annotated[int, annotated_types.Gt(3)] | None, "4", "3", "should be greater than 3"),
        (pydantic.PositiveInt, "4", "-1", "should be greater than 0"),
        (list[Annotated[str, Field(max_length=2)]], '["ab"]', '["ab" "abc"]', "field [1]: String should have at most 2"),
        (Row, "{:n 4}", "{:n 3}", "field n: Expected int >= 4"),
        (Size, "{:n 4}", "{:n 3}", "field n: Input should be greater than 3"),
        (Pair, "{:model {:n 1}}", "{:model {:n -1}}", "field model.n: Input should be greater than or equal to 0"),
        (Holder, "{:model {:n 1}}", "{:model {:n -1}}", "field model.n: Input should be greater than or equal to 0"),
    ],
)  # fmt: skip
def test_a_value_beyond_the_limits_of_an_annotation_is_refused(annotation, good, bad, words):
    assert called(annotation, good).ok
    step = called(annotation, bad)
    assert step.error.kind == "invalid_tool_args"
    assert words in step.error.message


def test_a_validator_of_an_annotation_is_run_and_may_take_another_kind_of_value():
    assert called(Annotated[str, pydantic.AfterValidator(str.upper)], '"a"').value == "'A'"
    counted = Annotated[int, pydantic.BeforeValidator(len)]
    assert ptc_lisp.run('(tool/take {:x "abc"})', tools=[tool(counted)]).value == "3"


def test_an_argument_with_limits_keeps_its_static_check():
    step = ptc_lisp.run('(tool/take {:x "abc"})', tools=[tool(Annotated[int, msgspec.Meta(gt=3)])])
    assert (step.error.phase, step.tool_calls) == ("analyze", [])


def test_a_union_that_neither_library_reads_is_left_to_the_function():
    assert called(Model | Row, "{:n 1}").value == "{'n': 1}"


def test_limits_that_cannot_be_checked_are_the_mistake_of_the_host():
    class Mixed(msgspec.Struct):
        n: Annotated[int, Field(gt=3)]

    with pytest.raises(TypeError, match=r"tool take: the type of x cannot be checked: .*Mixed"):
        called(Mixed, "{:n 1}")


def test_a_field_of_pydantic_as_the_default_is_the_mistake_of_the_host():
    def take(x: int = Field(default=1, gt=3)) -> int:
        return x

    with pytest.raises(TypeError, match=r"tool take: the default of x .* Annotated\[type, Field"):
        ptc_lisp.run("(tool/take {})", tools=[take])
    assert ptc_lisp.run("(tool/take {})", tools=[pydantic.validate_call(take)]).value == 1


def test_the_answer_of_an_agent_keeps_the_limits_of_its_type():
    programs = [f"```clojure\n(return {{:n {n}}})\n```" for n in (3, 4)]
    step = SubAgent(output=Size).run("Go", llm=ScriptedLLM(programs))
    assert (step.value, step.usage.turns) == (Size(4), 2)
    assert "should be greater than 3" in step.turns[0].error.message


def paint(
    shape: Literal["dot", "line"],
    size: Annotated[int, msgspec.Meta(gt=0, le=9)],
    name: Annotated[str, "Shown below it."] = "",
    colour: Colour | None = None,
    model: Model | None = None,
) -> str:
    """Paints.

    Args:
        shape: What to paint.
    """
    return shape


def test_models_are_told_what_annotations_say_of_arguments():
    user = SubAgent("Go", tools=[paint]).preview_prompt().user
    assert ':shape What to paint; one of "dot", "line"' in user
    assert ":size > 0; <= 9" in user
    assert ":name Shown below it." in user
    assert ':colour one of "red", "blue"' in user
    assert ":model.n How many; >= 0" in user


def test_native_tools_have_the_allowed_values_and_what_fields_mean():
    (schema,) = SubAgent("Go", mode="text", tools=[paint]).preview_prompt().tools
    fields = schema["function"]["parameters"]["properties"]
    assert fields["shape"]["enum"] == ["dot", "line"]
    assert fields["colour"]["enum"] == ["red", "blue", None]
    assert fields["size"]["description"] == "> 0; <= 9"
    assert fields["model"]["properties"]["n"]["description"] == "How many; >= 0"


def test_an_mcp_tool_tells_the_values_and_limits_of_its_schema():
    schema = {
        "type": "object",
        "properties": {
            "unit": {"type": "string", "enum": ["C", "F"], "description": "Of the scale."},
            "days": {"type": "integer", "minimum": 1, "exclusiveMaximum": 9},
            "where": {"type": "object", "properties": {"city": {"type": "string", "minLength": 2}}},
            "tags": {"type": "array", "items": {"type": "string", "enum": ["a"]}},
        },
    }
    weather = Tool.from_mcp({"name": "weather", "inputSchema": schema}, lambda args: args)
    assert weather.notes == {
        "unit": 'Of the scale; one of "C", "F"',
        "days": ">= 1; < 9",
        "where.city": "at least 2 long",
        "tags": 'one of "a"',
    }


def test_a_docstring_of_one_line_may_describe_an_argument():
    def find(city: str) -> int:
        ":param city: Which city."
        return 1

    assert (Tool(find).description, Tool(find).notes) == ("", {"city": "Which city."})
