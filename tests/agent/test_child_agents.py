"""Agents as tools of agents."""

import anyio
import pytest

import ptc_lisp
from ptc_lisp import FaultKind, Limits
from subagent import ScriptedLLM, SubAgent


def block(program):
    return f"```clojure\n{program}\n```"


def script(*programs):
    return ScriptedLLM([block(program) for program in programs])


def counter(**fields):
    fields = {"signature": "(text :string) -> :int", "prompt": "Count the letters of {{text}}."} | fields
    return SubAgent(name="counter", description="Counts letters.", **fields)


CALL = '(return (tool/counter {:text "abc"}))'


def test_row_61_the_childs_answer_is_the_tools_result_and_its_run_is_attached():
    child_llm = script("1", "(return (count data/text))")
    parent_llm = script(CALL)
    step = SubAgent(tools=[counter(llm=child_llm)]).run("go", llm=parent_llm)
    assert step.value == 3
    assert (
        "(tool/counter {:text string}) -> int - Counts letters." in parent_llm.requests[0].messages[0].content
    )
    assert "Count the letters of data/text." in child_llm.requests[0].messages[0].content
    [child] = step.children
    assert (child.agent, child.ok, child.value, len(child.turns)) == ("counter", True, 3, 2)
    assert step.tool_calls[0].child == child.run_id
    assert step.usage.turns == 1
    assert step.usage.llm_requests == 3


def test_row_61_a_failing_child_is_a_tool_error():
    step = SubAgent(tools=[counter(llm=script('(fail "no letters")'))], max_turns=1).run(
        "go", llm=script(CALL)
    )
    assert step.error.kind is FaultKind.TOOL_ERROR
    assert "failed: no letters" in step.error.message
    assert not step.children[0].ok
    assert step.tool_calls[0].child == step.children[0].run_id


def test_row_62_a_child_without_a_model_uses_its_callers():
    llm = ScriptedLLM([block(CALL), block("(return 7)")])
    step = SubAgent(tools=[counter()]).run("go", llm=llm)
    assert step.value == 7
    assert [request.agent for request in llm.requests] == ["agent", "counter"]


def test_row_62_the_childs_own_model_wins_over_the_bound_one_and_that_over_the_callers():
    own, bound = script("(return 1)"), script("(return 2)")
    parent = SubAgent(tools=[counter(llm=own).as_tool(llm=bound)])
    assert parent.run("go", llm=script(CALL)).value == 1
    parent = SubAgent(tools=[counter().as_tool(llm=bound)])
    assert parent.run("go", llm=script(CALL)).value == 2


def test_an_agent_without_inputs_takes_a_task():
    helper = SubAgent(name="helper", description="Does things.", signature="{n :int}")
    llm = ScriptedLLM(
        [block('(return (:n (tool/helper {:task "think of three"})))'), block("(return {:n 3})")]
    )
    assert SubAgent(tools=[helper]).run("go", llm=llm).value == 3
    assert "think of three" in llm.requests[1].messages[0].content


def test_as_tool_needs_a_description_and_takes_another_name():
    with pytest.raises(ValueError, match="needs a description"):
        SubAgent("x").as_tool()
    tool = SubAgent("x").as_tool("other", "Says x.")
    assert (tool.name, tool.description) == ("other", "Says x.")


def test_row_41_parent_and_child_share_the_turn_budget():
    calls = 0

    def llm(request):
        nonlocal calls
        calls += 1
        return block('(println 1) (tool/child {:task "x"})' if request.agent == "parent" else "(println 1) 1")

    child = SubAgent(name="child", description="Never returns.", max_turns=50, completion="explicit")
    parent = SubAgent(name="parent", tools=[child], max_turns=50, turn_budget=7, completion="explicit")
    step = parent.run("go", llm=llm)
    assert step.error.kind is FaultKind.BUDGET_EXCEEDED
    assert calls == 7


def test_row_42_depth_is_bounded():
    third = SubAgent(name="third", description="d")
    second = SubAgent(name="second", description="d", tools=[third], max_depth=2)
    first = SubAgent(name="first", description="d", tools=[second])

    def llm(request):
        inner = {"first": "second", "second": "third"}.get(request.agent)
        return block(f'(return (tool/{inner} {{:task "x"}}))' if inner else "(return 1)")

    assert first.run("go", llm=llm).value == 1
    shallow = SubAgent(
        name="first", tools=[SubAgent(name="second", description="d", max_depth=1)], max_turns=1
    )
    step = shallow.run("go", llm=llm)
    assert step.error.kind is FaultKind.TOOL_ERROR
    assert "max_depth_exceeded" in step.error.message


def test_row_43_a_child_inherits_the_deadline():
    async def llm(request):
        if request.agent == "agent":
            return block(CALL)
        await anyio.sleep(30)
        return "late"

    step = SubAgent(tools=[counter()], mission_timeout_ms=800, limits=Limits(timeout_ms=20_000)).run(
        "go", llm=llm
    )
    assert step.error.kind is FaultKind.MISSION_TIMEOUT


def test_a_plain_program_can_call_an_agent_too():
    tool = counter().as_tool(llm=script("(return (count data/text))"))
    assert ptc_lisp.run('(tool/counter {:text "abcd"})', tools=[tool]).value == 4


def test_a_step_chains_into_the_next_agent():
    first = SubAgent().run("a", llm=script('(return {:text "abc"})'))
    second = counter().run(context=first, llm=script("(return (count data/text))"))
    assert second.value == 3
    failed = SubAgent().run("a", llm=script('(fail "x")'))
    llm = script()
    chained = SubAgent("b").run(context=failed, llm=llm)
    assert chained.error.kind is FaultKind.CHAINED_FAILURE
    assert chained.error.details["cause"]["kind"] == "failed"
    assert llm.requests == []
