"""A run goes on from any of its states, in another process if need be."""

import asyncio
import dataclasses
import json
import subprocess
import sys

import pytest

from subagent import AgentState, ScriptedLLM, SubAgent
from subagent.loop.state import VERSION

ROWS = [{"n": 1}, {"n": 2}]
PROGRAMS = [
    "(def xs (map :n data/rows)) (defn twice [x] (* 2 x)) #{:a}",
    "(def ys (map twice xs)) (+ 1 2)",
    "(nope)",
    "(return {:sum (apply + ys) :first *1 :second (count *2) :why (:kind data/fail)})",
]
ANSWER = {"sum": 6, "first": 3, "second": 1, "why": "unbound_var"}


def replies():
    return [f"```clojure\n{program}\n```" for program in PROGRAMS]


def states(agent):
    kept = []
    step = agent.run("go", llm=ScriptedLLM(replies()), context={"rows": ROWS}, on_state=kept.append)
    assert step.value == ANSWER
    return kept


@pytest.mark.parametrize("form", ["to_json", "to_msgpack"])
def test_every_state_leads_to_the_same_answer(form):
    agent = SubAgent()
    kept = states(agent)
    assert [state.status for state in kept] == ["asking", "running"] * 4
    for state in kept:
        stored = getattr(state, form)()
        assert AgentState.of(stored) == state
        rest = replies()[len(state.turns) + (state.status == "running") :]
        step = agent.run(llm=ScriptedLLM(rest), context={"rows": ROWS}, resume=stored)
        assert step.value == ANSWER
        assert [turn.program for turn in step.turns] == PROGRAMS
        assert step.usage.turns == 4


def test_the_run_waits_until_a_coroutine_has_stored_the_state():
    kept = []

    async def store(state):
        await asyncio.sleep(0.01)
        kept.append(state.status)

    def model(request):
        asked.append(list(kept))
        return f"```clojure\n{['(def n 1)', '(return n)'][len(asked) - 1]}\n```"

    asked = []
    assert SubAgent().run("go", llm=model, on_state=store).value == 1
    assert asked == [["asking"], ["asking", "running", "asking"]]


def test_a_state_that_could_not_be_stored_ends_the_run():
    async def store(state):
        raise OSError("disk full")

    llm = ScriptedLLM(["(return 1)"])
    with pytest.raises(OSError, match="disk full"):
        SubAgent().run("go", llm=llm, on_state=store)
    assert llm.requests == []


def test_a_finished_run_resumes_to_its_answer():
    step = SubAgent().run("go", llm=ScriptedLLM(["(return 4)"]))
    assert SubAgent().run(llm=ScriptedLLM([]), resume=step.state).value == 4


def test_row_120_another_process_goes_on(tmp_path):
    state = states(SubAgent())[5]
    (tmp_path / "state.json").write_bytes(state.to_json())
    code = (
        "import json, sys\n"
        "from subagent import ScriptedLLM, SubAgent\n"
        "state, rest = open(sys.argv[1]).read(), json.loads(sys.argv[2])\n"
        "step = SubAgent().run(llm=ScriptedLLM(rest), context={'rows': [{'n': 1}, {'n': 2}]}, resume=state)\n"
        "print(json.dumps(step.value))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "state.json"), json.dumps(replies()[3:])],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == ANSWER


def test_row_120_a_state_of_another_version_is_refused():
    state = json.loads(states(SubAgent())[0].to_json())
    stored = json.dumps({**state, "version": 99})
    with pytest.raises(ValueError, match="this agent state has version 99; this program reads version"):
        SubAgent().run("x", llm=ScriptedLLM([]), resume=stored)


@pytest.mark.parametrize(
    "stored, words",
    [
        ("{}", "no stored agent state"),
        (b"\x80", "no stored agent state"),
        (b'{"version":', "not all of one"),
        (3, "a state is an AgentState"),
    ],
)
def test_what_is_no_state_is_refused(stored, words):
    with pytest.raises((ValueError, TypeError), match=words):
        SubAgent().run("x", llm=ScriptedLLM(["(return 1)"]), resume=stored)


def test_a_stored_state_says_its_version():
    assert json.loads(states(SubAgent())[0].to_json())["version"] == VERSION


def test_a_resumed_run_has_used_some_of_its_turn_budget():
    agent = SubAgent(max_turns=5)
    state = states(agent)[4]
    tight = dataclasses.replace(agent, turn_budget=3)
    step = tight.run(llm=ScriptedLLM(replies()[2:]), context={"rows": ROWS}, resume=state)
    assert step.usage.fallback_used or step.error.details["budget"] == "turn_budget"
    assert len(step.turns) == 3


def test_row_48_earlier_results_are_in_the_history():
    llm = ScriptedLLM(["```clojure\n1\n```", "```clojure\n2\n```", "```clojure\n(return [*1 *2])\n```"])
    assert SubAgent().run("go", llm=llm).value == [2, 1]


def test_initial_memory_and_messages_continue_an_earlier_conversation():
    first = SubAgent().run(
        "count", llm=ScriptedLLM(["```clojure\n(def n 5) (return n)\n```"]), collect_messages=True
    )
    llm = ScriptedLLM(["```clojure\n(return (inc n))\n```"])
    second = SubAgent().run("one more", llm=llm, initial_messages=first.messages, initial_memory=first.memory)
    assert second.value == 6
    roles = [message.role for message in llm.requests[0].messages]
    assert roles == ["user", "assistant", "user"]
    third = SubAgent().run(
        "again",
        llm=ScriptedLLM(["(return n)"]),
        initial_messages=[{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
        initial_memory={"n": [1, 2]},
        collect_messages=True,
    )
    assert third.value == [1, 2]
    assert [message.role for message in third.messages] == ["system", "user", "user", "assistant"]


def test_row_81_the_messages_begin_with_the_system_text_and_end_with_the_last_reply():
    step = SubAgent().run("go", llm=ScriptedLLM(["1", "(return 2)"]), collect_messages=True)
    assert [message.role for message in step.messages] == ["system", "user", "assistant", "user", "assistant"]
    assert "(return 2)" in step.messages[-1].content
    assert SubAgent().run("go", llm=ScriptedLLM(["(return 2)"])).messages == ()
