"""Recorded runs executed again without model and tools, and continued from a turn."""

import json
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ptc_lisp import Limits, Tool
from subagent import JsonlTrace, ScriptedLLM, SubAgent
from subagent.replay import continue_from, replay
from subagent.trace import TraceError, load


def block(program: str):
    return f"```clojure\n{program}\n```"


class World:
    """Tools that count how often they are called, and give something else every time."""

    def __init__(self):
        self.calls = 0
        self._lock = threading.Lock()

    def price_of(self, item: str) -> dict[str, Any]:
        """The price of an item."""
        with self._lock:
            self.calls += 1
            return {"item": item, "price": self.calls, "on": date(2024, 1, self.calls)}

    def broken(self) -> int:
        """Fails."""
        self.calls += 1
        raise KeyError("no such thing")


PROGRAMS = (
    '(println "looking") (def found (tool/price_of {:item "tea"})) (defn twice [x] (* 2 x))',
    "(tool/broken)",
    '(def all (pmap #(tool/price_of {:item %}) ["a" "b" "c"])) (count data/rows)',
    "(tool/price_of {:item (+ 1 1) :other 2})",
    "(+ *1 nil)",
    "(return {:first (twice (:price found)) :rest (map :price all) :rows data/rows :why (:kind data/fail)})",
)


def record(path: Path, *programs: str, **fields: Any):
    world = World()
    llm = ScriptedLLM([block(program) for program in programs])
    agent = SubAgent(name="shop", tools=[world.price_of, world.broken], max_turns=10, **fields)
    with JsonlTrace(path, payloads=True) as trace:
        step = agent.run(
            "Prices?", llm=llm, context={"rows": [1, 2.5, None]}, on_event=trace, collect_messages=True
        )
    return step, world


def test_every_program_gives_the_same_without_model_and_tools(tmp_path: Path):
    step, world = record(tmp_path / "t.jsonl", *PROGRAMS)
    assert {**step.value, "rest": sorted(step.value["rest"])} == {
        "first": 2, "rest": [3, 4, 5], "rows": [1, 2.5, None], "why": "type_error",
    }  # fmt: skip
    called = world.calls
    programs = list(replay(load(tmp_path / "t.jsonl")))
    assert [program.turn for program in programs] == [1, 2, 3, 4, 5, 6]
    assert [(program.differences, program.skipped) for program in programs] == [((), None)] * 6
    assert world.calls == called


def test_child_runs_are_replayed_too(tmp_path: Path):
    child = SubAgent(
        name="child",
        description="c",
        signature="(n :int) -> :int",
        llm=lambda _: block("(return (* 3 data/n))"),
    )
    llm = ScriptedLLM([block("(return (pmap #(tool/child {:n %}) [1 2]))")])
    with JsonlTrace(tmp_path / "t.jsonl", payloads=True) as trace:
        assert SubAgent(name="top", tools=[child]).run("x", llm=llm, on_event=trace).value == [3, 6]
    programs = list(replay(load(tmp_path / "t.jsonl")))
    assert sorted(program.agent for program in programs) == ["child", "child", "top"]
    assert all(program.same for program in programs)


@pytest.mark.parametrize(
    ("event", "field", "value", "differs"),
    [
        ("program.started", "program", "(return 7)", "tool calls"),
        ("program.finished", "value", 8, "value"),
        ("tool.finished", "value", 99, "value"),
        ("tool.started", "args", {"item": "coffee"}, "tool calls"),
        ("program.printed", "line", "other", "prints"),
    ],
)
def test_a_changed_recording_is_found(tmp_path: Path, event: str, field: str, value: Any, differs: str):
    path = tmp_path / "t.jsonl"
    record(path, '(println "p") (return (:price (tool/price_of {:item "tea"})))')
    trace = load(path)
    assert all(program.same for program in replay(trace))
    for one in trace.records:
        if one["event"] == event:
            one["payload"][field] = {"item": "tea", "price": value} if event == "tool.finished" else value
    [program] = replay(trace)
    assert differs in [difference.field for difference in program.differences]


def test_calls_in_another_order_are_another_run(tmp_path: Path):
    def cost(n: int) -> int:
        return n

    def weight(n: int) -> int:
        return n

    program = "(return (+ (tool/cost {:n 1}) (tool/weight {:n 1})))"
    with JsonlTrace(tmp_path / "t.jsonl", payloads=True) as writing:
        SubAgent(tools=[cost, weight]).run("x", llm=ScriptedLLM([block(program)]), on_event=writing)
    trace = load(tmp_path / "t.jsonl")
    other = program.replace("cost", "?").replace("weight", "cost").replace("?", "weight")
    for one in trace.records:
        if one["event"] == "program.started":
            one["payload"]["program"] = other
    [replayed] = replay(trace)
    said = str([difference.now for difference in replayed.differences])
    assert "it calls tool/weight where a call of tool/cost was recorded" in said


def test_what_depends_on_time_is_skipped(tmp_path: Path):
    record(
        tmp_path / "t.jsonl",
        "(loop [i 0] (recur (inc i)))",
        "(return (java.util.Date.))",
        limits=Limits(timeout_ms=1_000, loop_limit=1_000_000_000),
    )
    first, second = replay(load(tmp_path / "t.jsonl"))
    assert "depends on time" in str(first.skipped)
    assert second.skipped == "it reads the clock"


def test_memory_that_was_given_or_rolled_back_is_replayed(tmp_path: Path):
    agent = SubAgent(max_turns=3, memory_limit_bytes=2_000, memory_strategy="rollback")
    llm = ScriptedLLM(
        [block('(def big (apply str (repeat 5000 "x")))'), block("(def b (inc a))"), block("(return [a b])")]
    )
    with JsonlTrace(tmp_path / "t.jsonl", payloads=True) as trace:
        step = agent.run("x", llm=llm, initial_memory={"a": 1}, on_event=trace)
    assert step.value == [1, 2]
    assert [program.differences for program in replay(load(tmp_path / "t.jsonl"))] == [(), (), ()]


def test_arguments_without_names_are_replayed(tmp_path: Path):
    def fetch(ident: str) -> str:
        """A row."""
        return f"row {ident}"

    for number, agent in enumerate(
        [
            SubAgent(tools=[fetch], repair="apply", max_turns=1),
            SubAgent(tools=[Tool(fetch, positional=True)], max_turns=1),
        ]
    ):
        path = tmp_path / f"{number}.jsonl"
        with JsonlTrace(path, payloads=True) as trace:
            llm = ScriptedLLM([block('(return (tool/fetch "d7"))')])
            assert agent.run("x", llm=llm, on_event=trace).value == "row d7"
        assert [program.differences for program in replay(load(path))] == [()]


@pytest.mark.parametrize("given", [None, {"a": 7}])
def test_tasks_are_replayed_and_known_to_a_run_that_goes_on(tmp_path: Path, given: dict[str, int] | None):
    """Each task is done once: later programs, and those behind names that the host defined, get what it gave first."""
    large = "(str (range 20000))"  # kept by the host under a name
    first = '(task "a" (+ 1 2))'
    programs = [f"{first} {large}", '(task "b" (task "a" 98))', '(return [(task "a" 99) (task "b" 99)])']
    path = tmp_path / "t.jsonl"
    with JsonlTrace(path, payloads=True) as trace:
        agent = SubAgent(journaling=given is None, max_turns=5)
        step = agent.run("x", llm=ScriptedLLM(map(block, programs)), on_event=trace, journal=given)
    known = 3 if given is None else 7
    assert step.value == [known, known]
    assert [program.differences for program in replay(load(path))] == [(), (), ()]
    again = continue_from(load(path), 3, ScriptedLLM([block(programs[2])]))
    assert again.value == [known, known]


def test_a_trace_without_payloads_cannot_be_replayed(tmp_path: Path):
    with JsonlTrace(tmp_path / "t.jsonl") as trace:
        SubAgent().run("x", llm=ScriptedLLM([block("(return 1)")]), on_event=trace)
    with pytest.raises(TraceError, match="--trace-payloads"):
        list(replay(load(tmp_path / "t.jsonl")))
    with pytest.raises(TraceError, match="--trace-payloads"):
        continue_from(load(tmp_path / "t.jsonl"), 1, lambda _: "x")


def test_a_run_goes_on_live_from_a_turn(tmp_path: Path):
    step, world = record(tmp_path / "t.jsonl", *PROGRAMS)
    called = world.calls
    live = ScriptedLLM([block("(return {:price (:price found) :rows (count data/rows)})")])
    again = continue_from(load(tmp_path / "t.jsonl"), 4, live)
    assert again.value == {"price": 1, "rows": 3}
    assert [turn.program for turn in again.turns[:3]] == list(PROGRAMS[:3])
    assert world.calls == called
    [request] = live.requests
    assert request.system == step.messages[0].content
    assert request.messages == step.messages[1 : 1 + len(request.messages)]
    assert len(request.messages) == 7


def test_live_tools_answer_what_was_not_recorded(tmp_path: Path):
    record(tmp_path / "t.jsonl", *PROGRAMS)
    program = block('(return [(:price (tool/price_of {:item "a"})) (:price (tool/price_of {:item "new"}))])')
    live = World()
    again = continue_from(load(tmp_path / "t.jsonl"), 2, ScriptedLLM([program]), tools=[live.price_of])
    assert again.value[0] in (3, 4, 5)
    assert again.value[1] == 1
    assert live.calls == 1
    without = continue_from(load(tmp_path / "t.jsonl"), 2, ScriptedLLM([program, block('(fail "stop")')]))
    assert without.turns[1].error is not None
    assert "no such call was recorded" in without.turns[1].error.message


def test_there_must_be_such_a_turn(tmp_path: Path):
    record(tmp_path / "t.jsonl", "(return 1)")
    with pytest.raises(TraceError, match="no turn 5"):
        continue_from(load(tmp_path / "t.jsonl"), 5, lambda _: "x")


def test_a_replay_survives_the_files_being_moved(tmp_path: Path):
    record(tmp_path / "t.jsonl", *PROGRAMS)
    (tmp_path / "elsewhere").mkdir()
    for name in ("t.jsonl", "t.payloads.jsonl"):
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)
    assert all(program.same for program in replay(load(tmp_path / "elsewhere" / "t.jsonl")))
    assert json.loads((tmp_path / "elsewhere" / "t.jsonl").read_text().splitlines()[0])["payloads"] == (
        "t.payloads.jsonl"
    )
