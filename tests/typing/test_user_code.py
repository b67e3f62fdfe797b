"""What a type checker tells the users of the package: `make types` judges this file as well, and pytest runs it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict, assert_type

import ptc_lisp
from subagent import LLMTool, ScriptedLLM, Step, SubAgent, run


@dataclass
class Total:
    city: str
    euros: float


class Size(TypedDict):
    width: float


def model(*programs: str) -> ScriptedLLM:
    return ScriptedLLM(list(programs))


TOTAL = '(return {:city "Oslo" :euros 2.5})'


def test_the_answer_has_the_type_of_output() -> None:
    agent = SubAgent("Sum.", output=Total)
    step = agent.run(llm=model(TOTAL))
    assert_type(step, Step[Total])
    assert_type(step.value.euros, float)
    assert_type(step.unwrap(), Total)
    assert step.unwrap() == Total("Oslo", 2.5)


def test_copies_and_streams_and_coroutines_keep_it() -> None:
    agent = replace(SubAgent("Measure.", output=Size), max_turns=2)

    async def main() -> tuple[Size, Size]:
        step = await agent.arun(llm=model("(return {:width 1.5})"))
        stream = agent.stream(llm=model("(return {:width 2.5})"))
        async for _ in stream:
            pass
        return assert_type(step.value, Size), assert_type(stream.step.value, Size)

    assert asyncio.run(main()) == ({"width": 1.5}, {"width": 2.5})


def test_chains_give_the_last_type() -> None:
    first = SubAgent("Sum.", output=Total).run(llm=model(TOTAL))
    rounded = first.then(SubAgent("Round.", output=int), llm=model("(return 3)"))
    assert assert_type(rounded.value, int) == 3
    quick = run("List.", output=list[int], llm=model("(return [1 2])"))
    assert assert_type(quick.value, list[int]) == [1, 2]


def test_what_is_no_class_gives_anything() -> None:
    assert assert_type(SubAgent("Say.", signature=":int").run(llm=model("(return 1)")).value, Any) == 1
    choice: Step[Any] = SubAgent("Choose.", output=Literal["a", "b"]).run(llm=model('(return "b")'))
    assert choice.value == "b"
    optional: Step[Any] = SubAgent("Count.", output=int | None).run(llm=model("(return nil)"))
    assert optional.ok
    schema: Step[Any] = SubAgent("Count.", output={"type": "integer"}).run(llm=model("(return 4)"))
    assert schema.value == 4


def test_tools_come_in_every_documented_shape() -> None:
    def add(a: int, b: int = 1) -> int:
        return a + b

    program = "[(tool/add {:a 1}) (tool/sum {:a 1 :b 2})]"
    step = ptc_lisp.run(
        program, tools={"add": (add, {"cache": True}), "sum": (add, "(a :int, b :int) -> :int")}
    )
    assert_type(step.error, ptc_lisp.Fault | None)
    assert step.value == [2, 3]
    agent = SubAgent("Add.", tools={"add": (add, {"cache": True})})
    assert agent.run(llm=model("(return (tool/add {:a 1}))")).value == 2


def test_agents_and_questions_and_compiled_programs_are_tools() -> None:
    mood = LLMTool(name="mood", prompt="Mood of {{text}}?", signature="(text :string) -> :string")
    child = SubAgent("Double {{n}}.", name="twice", description="Doubles.", signature="(n :int) -> :int")
    program = child.compile(llm=model("(return (* 2 data/n))"))
    agent = SubAgent("Do.", tools=[mood, program, replace(child, name="double")])
    assert agent.run(llm=model("(return (tool/twice {:n 4}))")).value == 8
