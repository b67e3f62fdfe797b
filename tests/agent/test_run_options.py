"""The options of a run: one class, and keywords that are its fields."""

import dataclasses

import pytest

import ptc_lisp
from subagent import RunOptions, ScriptedLLM, SubAgent
from subagent import run as quick_run
from subagent.options import RunKeywords


def test_every_option_is_a_keyword_of_run():
    assert set(RunKeywords.__annotations__) == {field.name for field in dataclasses.fields(RunOptions)}


def test_an_unknown_option_is_named_with_those_that_exist():
    with pytest.raises(
        TypeError, match="temperature is no option of a run; known are llm, llm_retry, context"
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


def test_names_that_are_defined_already_are_told():
    library = ptc_lisp.run('(defn rate "Tax." [net] (* 0.25 net)) (def rows [{:a 1}])').memory
    llm = ScriptedLLM(["```clojure\n(return (rate (:a (first rows))))\n```"])
    assert SubAgent().run("go", llm=llm, initial_memory=library).value == 0.25
    told = llm.requests[0].messages[0].content
    assert (
        "<definitions>\n(rate net) - function\nrows - list of 1 map with keys\n  :a int, e.g. 1\n</definitions>"
        in told
    )
    assert "<definitions>" not in SubAgent(mode="text").preview_prompt("go", initial_memory={"a": 1}).user


def test_programs_can_read_what_is_left():
    programs = [
        "(budget/remaining)",
        "(return [(:turns *1) (:work-turns (budget/remaining)) (get-in *1 [:depth :max])])",
    ]
    llm = ScriptedLLM([f"```clojure\n{program}\n```" for program in programs])
    step = SubAgent(max_turns=3, retry_turns=2).run("go", llm=llm)
    assert step.value == [4, 1, 3]


def test_a_misspelt_keyword_is_told_the_nearest():
    with pytest.raises(TypeError, match=r"contxt is no option of a run \(did you mean context\?\)"):
        SubAgent().run("go", contxt={})
    with pytest.raises(
        TypeError, match=r"maxturns is neither a field of SubAgent nor .* \(did you mean max_turns\?\)"
    ):
        quick_run("go", maxturns=3)
    with pytest.raises(TypeError, match=r"max_turn is no field of SubAgent \(did you mean max_turns\?\)"):
        SubAgent(max_turn=3)
    with pytest.raises(TypeError, match=r"max_turn is no field of SubAgent"):
        dataclasses.replace(SubAgent(), max_turn=3)
    with pytest.raises(ValueError, match=r"unknown field max_turn \(did you mean max_turns\?\)"):
        SubAgent.from_dict({"version": 1, "max_turn": 3})
    with pytest.raises(TypeError, match=r"max_turns is no option of a run: .* SubAgent\(max_turns=\.\.\.\)"):
        SubAgent().run("go", max_turns=3)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"on_event": 3}, "on_event must be a function of an event, or several, got int"),
        ({"on_event": [print, "log"]}, "on_event must be a function of an event, or several, got str"),
        ({"on_turn": []}, "on_turn must be a function, got list"),
    ],
)
def test_callbacks_are_functions(options, words):
    with pytest.raises(TypeError, match=words):
        SubAgent().run("go", llm=ScriptedLLM(["(return 1)"]), **options)


def test_subscribers_may_come_from_a_generator():
    kinds, turns = [], []
    given = (each for each in (lambda event: kinds.append(type(event).__name__), turns.append))
    SubAgent().run("go", llm=ScriptedLLM(["(return 1)"]), on_event=given)
    assert kinds[0] == "RunStarted"
    assert len(turns) == len(kinds)


def test_a_name_that_no_program_can_write_is_not_listed_and_warned_about():
    llm = ScriptedLLM(["```clojure\n(return data/ok?)\n```"])
    step = SubAgent().run("Go", llm=llm, context={"ok?": 1, "two words": 2, "größe": 3})
    assert step.value == 1
    assert (
        "data/ok?" in llm.requests[0].messages[0].content,
        "two words" in llm.requests[0].messages[0].content,
    ) == (True, False)
    assert [text for text in step.warnings if "'two words'" in text or "'größe'" in text] == list(
        step.warnings
    )
    assert len(step.warnings) == 2
    llm = ScriptedLLM(['```json\n{"program": {"op": "load", "name": "two words"}}\n```'])
    step = SubAgent(language="ptc-json", max_turns=1).run("Go", llm=llm, context={"two words": 2})
    assert (step.value, step.warnings) == (2, ())
