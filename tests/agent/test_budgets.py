"""What a run may spend, and who may end it early."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ptc_lisp import Fault, FaultKind, Phase
from subagent import LLMResponse, RunOptions, ScriptedLLM, Stop, SubAgent, TokenUsage
from subagent.drive.scope import Budget

END = "```clojure\n(return 9)\n```"


def costing(program, tokens=100, usd=None):
    usage = TokenUsage(input_tokens=tokens - 10, output_tokens=10, cost_usd=usd)
    return LLMResponse(f"```clojure\n{program}\n```", usage=usage)


def run(*replies, agent=None, **options):
    return (agent or SubAgent()).run("go", llm=ScriptedLLM(replies), **options)


def test_row_72_a_token_limit_ends_the_run_after_the_reply_that_exceeds_it():
    step = run(costing("(def a 1)"), costing("(return 1)"), token_limit=150)
    assert (step.error.kind, step.error.details["budget"]) == (FaultKind.BUDGET_EXCEEDED, "token_limit")
    assert len(step.turns) == 2
    assert step.turns[1].result is None  # its program was not run


def test_row_72_a_partial_result_is_the_last_value_that_could_be_the_answer():
    options = {"token_limit": 150, "on_budget_exceeded": "return_partial"}
    step = run(costing("41"), costing("(return 1)"), **options)
    assert (step.value, step.usage.fallback_used) == (41, True)
    assert not run(costing("nil"), costing("(return 1)"), **options).ok


def test_a_limit_that_is_just_reached_is_not_exceeded():
    assert run(costing("(return 1)"), token_limit=100).value == 1


def test_money_is_limited_too():
    step = run(costing("1", usd=0.02), costing("(return 1)", usd=0.02), cost_limit_usd=0.03)
    assert (step.error.details["budget"], step.usage.cost_usd) == ("cost_limit_usd", 0.04)


def test_row_72_a_budget_function_sees_the_usage_and_stops():
    seen = []

    def budget(usage):
        seen.append((usage.turns, usage.total_tokens))
        return len(seen) < 2

    step = run(costing("1"), costing("(return 1)"), budget=budget)
    assert seen == [(1, 100), (2, 200)]
    assert step.error.details["budget"] == "budget"


async def says_stop(usage):
    return "stop"


def test_a_budget_function_may_be_async():
    assert run(costing("(return 1)"), budget=says_stop).error.details["budget"] == "budget"


def test_children_spend_the_tokens_of_their_caller():
    replies = [costing("1", 300), costing("(return 1)", 300)]
    child = SubAgent(name="child", description="Answers.", llm=ScriptedLLM(replies))
    agent = SubAgent(tools=[child])
    step = run(costing('(tool/child {:task "x"})'), agent=agent, token_limit=550)
    assert step.children[0].error.details["budget"] == "token_limit"
    assert step.error.details["budget"] == "token_limit"
    assert (step.usage.total_tokens, len(step.turns)) == (700, 1)


def test_a_guard_ends_the_run_between_turns_with_a_value_or_an_error():
    seen = []

    def guard(turn, before, after):
        seen.append((turn.number, turn.result, len(before.turns), len(after.turns)))
        return Stop(value="enough") if turn.number == 2 else None

    step = run("```clojure\n1\n```", "```clojure\n2\n```", END, continuation_guard=guard)
    assert seen == [(1, 1, 0, 1), (2, 2, 1, 2)]
    assert (step.value, len(step.turns)) == ("enough", 2)

    def refuse(turn, before, after):
        return Stop(error="not that tool")

    step = run("no program", END, continuation_guard=refuse)
    assert (step.error.kind, step.error.message) == (FaultKind.FAILED, "not that tool")
    own = Fault(FaultKind.CANCELLED, Phase.AGENT, "mine")
    step = run("```clojure\n1\n```", END, continuation_guard=lambda *_: Stop(error=own))
    assert step.error == own


def test_a_guard_is_not_asked_about_a_run_that_is_over():
    assert run(END, continuation_guard=lambda *_: Stop(value=0)).value == 9


def test_what_a_guard_gives_must_be_a_stop():
    with pytest.raises(TypeError, match=r"continuation_guard must give None or a subagent\.Stop, got bool"):
        run("```clojure\n1\n```", END, continuation_guard=lambda *_: True)


@pytest.mark.parametrize(
    "options,error,words",
    [
        ({"token_limit": -1}, ValueError, "token_limit must not be negative"),
        ({"token_limit": "1"}, TypeError, "token_limit must be a number"),
        ({"cost_limit_usd": True}, TypeError, "cost_limit_usd must be a number"),
        ({"on_budget_exceeded": "go"}, ValueError, 'must be "fail" or "return_partial"'),
        ({"budget": 3}, TypeError, "budget must be a function"),
        ({"initial_messages": [3]}, TypeError, "initial_messages must be messages"),
        ({"initial_memory": [3]}, TypeError, "initial_memory: memory must be"),
        ({"resume": b"{}x"}, ValueError, "JSON is malformed"),
    ],
)
def test_unusable_options_are_raised(options, error, words):
    with pytest.raises(error, match=words):
        SubAgent().run("x", llm=ScriptedLLM([]), **options)


def test_identical_failing_programs_escalate_and_then_end_the_run():
    llm = ScriptedLLM(["```clojure\n(nope)\n```"] * 5)
    step = SubAgent(max_turns=5).run("go", llm=llm)
    assert (step.error.kind, len(step.turns)) == (FaultKind.REPEATED_PROGRAM, 3)
    assert "same failing program 3 times in a row" in step.error.message
    assert "nope" in step.error.message
    assert [request.options for request in llm.requests] == [{}, {}, {"temperature": 0.7}]
    assert "the same program again" in llm.requests[2].messages[-1].content


def test_a_repeated_program_that_works_does_not_end_the_run():
    llm = ScriptedLLM(["```clojure\n(str 5)\n```"] * 3 + [END])
    assert SubAgent(max_turns=6).run("go", llm=llm).value == 9


def test_the_options_are_frozen():
    with pytest.raises(AttributeError):
        RunOptions().llm = 1


def test_the_last_turn_is_taken_once_however_many_children_want_it():
    whole = Budget(3)
    children = [Budget(2, parent=whole) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda child: [child.take_turn() for _ in range(3)], children))
    assert sum(map(sum, taken)) == 3
    assert max(map(sum, taken)) <= 2
    assert whole.turns_left == 0
    assert [child.turns_left for child in children] == [0, 0, 0, 0]
    assert not whole.take_turn()


def test_turns_of_its_own_are_not_taken_from_the_caller():
    whole = Budget(1)
    own = Budget(2, parent=whole, own_turns=True)
    assert [own.take_turn(), own.take_turn(), own.take_turn()] == [True, True, False]
    assert whole.turns_left == 1


def test_a_resumed_run_has_spent_what_it_had_spent():
    states = []
    run(costing("1", usd=0.02), costing("(return 1)", usd=0.02), on_state=states.append)
    later = next(state for state in states if state.status == "asking" and state.turns)
    for limit, ok in (
        ({"cost_limit_usd": 0.03}, False),
        ({"token_limit": 150}, False),
        ({"cost_limit_usd": 0.05}, True),
    ):
        assert run(costing("(return 1)", usd=0.02), resume=later, **limit).ok is ok
