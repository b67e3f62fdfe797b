"""`before_answer` hooks look at an answer before it ends the run."""

from dataclasses import dataclass

import pytest

from ptc_lisp import FaultKind
from subagent import AddContext, Candidate, Hooks, ScriptedLLM, SubAgent, Veto, refuse_missed_lookups
from subagent.events import tag_of


def block(program: str):
    return f"```clojure\n{program}\n```"


def script(*programs: str):
    return ScriptedLLM([block(each) for each in programs])


def small(candidate: Candidate):
    return Veto("too small: at least 10") if candidate.value < 10 else None


def test_a_refused_answer_goes_back_to_the_model_with_the_reason():
    llm = script("(return 1)", "(return 12)")
    step = SubAgent(signature=":int").run("go", llm=llm, hooks=Hooks(before_answer=small))
    assert step.value == 12
    first = step.turns[0].error
    assert first is not None
    assert (first.kind, first.details["refusal"]) == (FaultKind.VALIDATION_ERROR, "too small: at least 10")
    told = llm.requests[1].messages[-1].content
    assert "Your answer was not taken yet" in told
    assert "too small: at least 10" in told
    assert "type" not in told.split("</problem>")[0]
    acted = [event for event in step.trace if tag_of(event) == "hook.acted"]
    assert [(event.action, event.reason) for event in acted] == [("vetoed", "too small: at least 10")]


def test_a_run_whose_last_answer_is_refused_fails_with_the_reason():
    step = SubAgent(signature=":int", max_turns=1).run(
        "go", llm=script("(return 1)"), hooks=Hooks(before_answer=small)
    )
    assert not step.ok
    assert step.value is None
    assert step.error is not None
    assert "too small" in step.error.message


def test_a_candidate_says_where_the_run_stands():
    seen: list[Candidate] = []

    def once(candidate: Candidate):
        seen.append(candidate)
        return Veto("again") if len(seen) < 3 else None

    step = SubAgent(name="a", max_turns=4).run(
        "go",
        llm=script("(return 1)", "(return 2)", "(return 3)"),
        context={"n": 5},
        hooks=Hooks(before_answer=once),
    )
    assert step.value == 3
    assert [each.value for each in seen] == [1, 2, 3]
    assert [each.turns_left for each in seen] == [3, 2, 1]
    assert [each.refused for each in seen] == [(), ("again",), ("again", "again")]
    assert seen[2].program == "(return 3)"
    assert (seen[0].turn, seen[0].agent, seen[0].context) == (1, "a", {"n": 5})


@dataclass
class Total:
    total: float


def test_hooks_see_the_typed_value_and_only_answers_of_the_right_type():
    seen: list[object] = []

    async def look(candidate: Candidate):
        seen.append(candidate.value)

    llm = script('(return {:total "x"})', "(return {:total 2.5})")
    step = SubAgent(output=Total).run("go", llm=llm, hooks=Hooks(before_answer=look))
    assert step.value == Total(2.5)
    assert seen == [Total(2.5)]


def test_a_text_answer_is_looked_at_too():
    llm = ScriptedLLM(["maybe", "yes"])
    hook = Hooks(before_answer=lambda c: Veto("say yes or no") if c.value == "maybe" else None)
    step = SubAgent(mode="text").run("is it so?", llm=llm, hooks=hook)
    assert step.value == "yes"


def test_hooks_of_the_caller_look_at_answers_of_children():
    child = SubAgent(name="child", signature="() -> :int", description="Gives a number.")
    parent = SubAgent(tools=[child], signature=":int")
    llm = script("(return (tool/child {}))", "(return 3)", "(return 30)")
    step = parent.run("go", llm=llm, hooks=Hooks(before_answer=small))
    assert step.value == 30


@pytest.mark.parametrize("strict", [False, True])
def test_a_hook_that_raises_is_passed_over_unless_it_is_strict(strict: bool):
    def broken(candidate: Candidate):
        raise RuntimeError("bug")

    step = SubAgent(max_turns=1).run(
        "go", llm=script("(return 1)"), hooks=Hooks(before_answer=broken, strict=strict)
    )
    assert step.ok is not strict


def test_a_hook_that_says_something_else_is_passed_over():
    step = SubAgent(max_turns=1).run(
        "go", llm=script("(return 1)"), hooks=Hooks(before_answer=lambda c: AddContext("x"))
    )
    assert step.value == 1


ORDERS = [
    {"id": 1, "status": "open", "date": "2024-03-02"},
    {"id": 2, "status": "Paid", "date": "2024-04-02"},
]


def test_missed_lookups_are_refused_once():
    program = '(return (count (filter #(= (:date %) "2024-03") data/orders)))'
    hooks = Hooks(before_answer=refuse_missed_lookups)
    llm = script(program, '(return (count (filter #(starts-with? (:date %) "2024-03") data/orders)))')
    step = SubAgent(signature=":int").run(
        "orders in March?", llm=llm, context={"orders": ORDERS}, hooks=hooks
    )
    assert step.value == 1
    assert '(starts-with? (:date row) "2024-03")' in llm.requests[1].messages[-1].content

    insisting = script(program, program)
    step = SubAgent(signature=":int").run("?", llm=insisting, context={"orders": ORDERS}, hooks=hooks)
    assert (step.value, len(step.turns)) == (0, 2)

    single = SubAgent(signature=":int", max_turns=1).run(
        "?", llm=script(program), context={"orders": ORDERS}, hooks=hooks
    )
    assert single.value == 0


@pytest.mark.parametrize(
    "program, words",
    [
        ("(return {nil 2})", "has the key nil"),
        ("(return [nil nil])", "all values of the answer are nil"),
        ("(return {:a nil})", "all values of the answer are nil"),
    ],
)
def test_an_answer_of_nil_is_refused_once(program, words):
    hooks = Hooks(before_answer=refuse_missed_lookups)
    llm = script(program, program)
    step = SubAgent().run("?", llm=llm, hooks=hooks)
    assert (step.ok, len(step.turns)) == (True, 2)
    assert words in llm.requests[1].messages[-1].content


@pytest.mark.parametrize(
    "program", ["(return nil)", "(return [])", "(return [nil 1])", "(return {:a nil :b 1})"]
)
def test_an_answer_with_some_nil_is_taken(program):
    hooks = Hooks(before_answer=refuse_missed_lookups)
    assert len(SubAgent().run("?", llm=script(program), hooks=hooks).turns) == 1


def test_the_program_that_was_run_is_looked_at_not_the_unbalanced_one():
    hooks = Hooks(before_answer=refuse_missed_lookups)
    llm = script("(return (count (filter :kind data/orders))", "(return 2)")
    step = SubAgent(repair="apply").run("?", llm=llm, context={"orders": ORDERS}, hooks=hooks)
    assert step.value == 2
    assert "rows of data/orders have no :kind" in llm.requests[1].messages[-1].content


def test_a_refused_answer_in_text_is_told_without_words_about_programs():
    llm = ScriptedLLM(["1", "12"])
    agent = SubAgent("Go", mode="text", signature=":int")
    assert agent.run(llm=llm, hooks=Hooks(before_answer=small)).value == 12
    told = llm.requests[1].messages[-1].content
    assert told == (
        "The answer was refused: too small: at least 10. Mend it; if it is right after all, give it again."
    )


@dataclass
class Count:
    n: int

    def __post_init__(self):
        if self.n < 10:
            raise ValueError("n is too small")


def test_the_type_of_an_answer_in_text_that_is_no_value_of_it_is_told_as_json():
    llm = ScriptedLLM(['{"n": 1}', '{"n": 12}'])
    assert SubAgent("Go", mode="text", output=Count).run(llm=llm).value == Count(12)
    assert '{"n": int}' in llm.requests[1].messages[-1].content
