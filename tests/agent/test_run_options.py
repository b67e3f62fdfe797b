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
