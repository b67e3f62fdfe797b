"""Programs whose delimiters do not match."""

import pytest

from ptc_lisp import FaultKind
from subagent import ScriptedLLM, SubAgent

OPEN = "```clojure\n(def n (+ 1 2)\n(println n)\n(return n)\n```"
END = "```clojure\n(return 9)\n```"


def test_the_model_is_shown_what_it_probably_meant():
    llm = ScriptedLLM([OPEN, END])
    step = SubAgent().run("x", llm=llm)
    assert step.turns[0].error.kind is FaultKind.PARSE_ERROR
    assert "balanced, it could be:\n  (def n (+ 1 2))" in llm.requests[1].messages[-1].content


def test_applied_repairs_run_and_are_recorded():
    llm = ScriptedLLM([OPEN])
    step = SubAgent(repair="apply").run("x", llm=llm)
    assert step.value == 3
    turn = step.turns[0]
    assert (turn.repaired, turn.program) == (True, "(def n (+ 1 2))\n(println n)\n(return n)")
    assert "(def n (+ 1 2)\n" in turn.reply


def test_the_model_is_told_which_program_ran():
    llm = ScriptedLLM(["```clojure\n(str (+ 1 2)\n```", END])
    SubAgent(repair="apply").run("x", llm=llm)
    assert "in its place:\n<program>\n(str (+ 1 2))\n</program>" in llm.requests[1].messages[-1].content


def test_a_repair_that_cannot_be_right_is_not_told_as_the_models_program():
    llm = ScriptedLLM(["```clojure\n(nope (+ 1 2)\n```", END])
    step = SubAgent(repair="apply").run("x", llm=llm)
    assert (step.turns[0].repaired, step.turns[0].error.kind) == (False, FaultKind.PARSE_ERROR)


def test_what_else_is_wrong_with_the_balanced_program_is_told_at_once():
    llm = ScriptedLLM(["```clojure\n(nope (+ 1 2)\n```", END])
    SubAgent(repair="apply").run("x", llm=llm)
    words = llm.requests[1].messages[-1].content
    assert "is never closed" in words
    assert "nope is not defined" in words


def test_with_applied_repairs_the_value_of_an_only_argument_needs_no_name():
    def find(name: str, limit: int = 3) -> str:
        """Finds."""
        return f"{name} {limit}"

    program = '```clojure\n(return (tool/find "a"))\n```'
    assert SubAgent(tools=[find], repair="apply").run("x", llm=ScriptedLLM([program])).value == "a 3"
    step = SubAgent(tools=[find], max_turns=1).run("x", llm=ScriptedLLM([program]))
    assert step.error.kind is FaultKind.INVALID_TOOL_ARGS


def test_balanced_programs_are_left_alone():
    step = SubAgent(repair="apply").run("x", llm=ScriptedLLM(["(nope)", END]))
    assert not any(turn.repaired for turn in step.turns)


def test_repair_has_two_values():
    with pytest.raises(ValueError, match=r'SubAgent.repair must be "suggest" or "apply"'):
        SubAgent(repair="yes")
