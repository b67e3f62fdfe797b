"""The options of a run: one class, and keywords that are its fields."""

import dataclasses

import pytest

from subagent import RunOptions, ScriptedLLM, SubAgent
from subagent.options import RunKeywords


def test_every_option_is_a_keyword_of_run():
    assert set(RunKeywords.__annotations__) == {field.name for field in dataclasses.fields(RunOptions)}


def test_an_unknown_option_is_named_with_those_that_exist():
    with pytest.raises(
        TypeError, match="temperature is no option of a run; options are llm, llm_retry, context"
    ):
        SubAgent().run("x", llm=ScriptedLLM([]), temperature=0)


def test_a_step_need_not_keep_its_turns():
    agent = SubAgent()
    bare = agent.run("x", llm=ScriptedLLM(["(return 1)"]), trace=False)
    assert (bare.value, bare.turns, bare.trace, bare.state, bare.usage.turns) == (1, (), (), None, 1)
    assert agent.run("x", llm=ScriptedLLM(["(return 1)"]), trace="on_error").turns == ()
    assert len(agent.run("x", llm=ScriptedLLM(['(fail "no")']), trace="on_error").turns) == 1
    with pytest.raises(ValueError, match='trace must be True, False or "on_error"'):
        agent.run("x", llm=ScriptedLLM([]), trace="always")


def test_the_first_event_says_on_which_occasion():
    step = SubAgent().run("x", llm=ScriptedLLM(["(return 1)"]), trace_context={"request": "r-7"})
    assert step.trace[0].trace_context == {"request": "r-7"}
