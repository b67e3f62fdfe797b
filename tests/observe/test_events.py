"""The events of real runs: their order, their tree, and what subscribers can do to them."""

import asyncio
import json
import threading
import time
from typing import Any

import pytest

from ptc_lisp import Limits, Tool
from subagent import Compaction, ScriptedLLM, SubAgent
from subagent.events import ProgramStarted, ToolStarted, mailbox, tag_of


def block(program: str):
    return f"```clojure\n{program}\n```"


def double(n: int) -> int:
    """Twice."""
    return 2 * n


async def broken() -> int:
    """Fails."""
    raise KeyError("secret-key")


def agent(**fields: Any):
    return SubAgent(name="worker", description="Works.", tools=[double, broken], **fields)


def replies():
    return ScriptedLLM(
        [
            block('(println "hello") (def a 1) (tool/double {:n 4}) (tool/broken)'),
            block("(return (tool/double {:n 21}))"),
        ]
    )


def test_events_are_numbered_and_tell_the_run_in_order():
    events: list[Any] = []
    step = agent().run("task", llm=replies(), on_event=events.append)
    assert step.value == 42
    assert [tag_of(event) for event in events] == [
        "run.started",
        *("turn.started", "model.started", "model.finished", "program.started", "program.printed"),
        *("tool.started", "tool.finished", "tool.started", "tool.finished"),
        *("program.finished", "turn.finished"),
        *("turn.started", "model.started", "model.finished", "program.started"),
        *("tool.started", "tool.finished", "program.finished", "turn.finished"),
        "run.finished",
    ]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert {event.run_id for event in events} == {event.trace_id for event in events} == {step.run_id}
    assert step.trace == tuple(events)


def test_row_84_every_end_has_its_start_and_parents_form_one_tree():
    child = SubAgent(name="child", description="c", tools=[double], signature="(n :int) -> :int")
    llm = ScriptedLLM(
        [
            block("(return (pmap #(tool/child {:n %}) [1 2 3]))"),
            *[block("(return (tool/double {:n data/n}))")] * 3,
        ]
    )
    events: list[Any] = []
    step = SubAgent(name="top", tools=[child]).run("go", llm=llm, on_event=events.append)
    assert step.value == [2, 4, 6]
    assert {event.trace_id for event in events} == {step.run_id}
    parents = {event.span_id: event.parent_span_id for event in events if event.span_id}
    begun = [event.span_id for event in events if event.level != "point" and not event.ends]
    ended = [event.span_id for event in events if event.ends]
    assert sorted(begun) == sorted(ended)
    assert len(set(begun)) == len(begun)
    assert [span for span, parent in parents.items() if parent not in parents] == [events[0].span_id]
    calls = {e.span_id: e for e in events if tag_of(e) == "tool.started" and e.name == "child"}
    runs = [e for e in events if tag_of(e) == "run.started" and e.depth == 1]
    assert {run.parent_span_id for run in runs} == set(calls)
    assert {run.parent_id for run in runs} == {step.run_id}
    in_order = sorted(calls.values(), key=lambda call: call.branch)
    assert [call.args["n"] for call in in_order] == [1, 2, 3]
    assert [call.id for call in step.tool_calls] == [call.call_id for call in in_order]
    by_caller = {run.parent_span_id: run.run_id for run in runs}
    assert [call.child for call in step.tool_calls] == [by_caller[call.id] for call in step.tool_calls]


def test_calls_that_reach_no_tool_have_events_too():
    llm = ScriptedLLM([block('(def a 1) (tool/double {:n (str "x" a)})'), block("(return 1)")])
    events: list[Any] = []
    step = agent().run("x", llm=llm, on_event=events.append)
    [call] = step.tool_calls
    started, finished = (event for event in events if tag_of(event).startswith("tool."))
    assert (started.call_id, finished.call_id, finished.ok) == (call.id, call.id, False)
    assert finished.error == call.error


def test_what_a_program_defines_is_an_event():
    events: list[Any] = []
    agent().run("x", llm=ScriptedLLM([block("(def a 1) (return 1)")]), on_event=events.append)
    [changed] = [event for event in events if tag_of(event) == "memory.changed"]
    assert changed.names == ("a",)
    assert changed.bytes > 0


def test_a_shortened_conversation_and_a_spent_budget_are_events():
    events: list[Any] = []
    llm = ScriptedLLM([block(f"(+ {n} 1)") for n in range(6)])
    step = SubAgent(max_turns=6, compaction=Compaction(turns=3, keep_recent_turns=1)).run(
        "x", llm=llm, on_event=events.append
    )
    compacted = [event for event in events if tag_of(event) == "history.compacted"]
    assert [event.turn for event in compacted] == [4, 5, 6]
    assert all(event.messages_after < event.messages_before for event in compacted)
    [spent] = [event for event in events if tag_of(event) == "budget.spent"]
    assert (spent.budget, spent.action, step.value) == ("max_turns", "partial", 6)
    events.clear()
    SubAgent(max_turns=2, completion="explicit").run(
        "x", llm=ScriptedLLM([block("1"), block("2")]), on_event=events.append
    )
    [spent] = [event for event in events if tag_of(event) == "budget.spent"]
    assert (spent.budget, spent.action) == ("max_turns", "fail")


def test_a_call_that_never_answers_ends_with_its_program():
    gate = threading.Event()
    llm = ScriptedLLM([block("(tool/wait)"), block("(return 1)")])
    events: list[Any] = []

    def wait() -> int:
        gate.wait(20)
        return 1

    runner = SubAgent(tools=[wait], limits=Limits(timeout_ms=1_000))
    runner.run("x", llm=llm, on_event=events.append)
    gate.set()
    [finished] = [event for event in events if tag_of(event) == "tool.finished"]
    assert finished.error_type == "abandoned"
    tags = [tag_of(event) for event in events]
    assert tags.index("tool.finished") < tags.index("program.finished")


def test_a_raising_subscriber_is_dropped_and_the_run_goes_on(caplog: pytest.LogCaptureFixture):
    seen: list[Any] = []

    def bad(event: Any):
        seen.append(event)
        raise ValueError("no")

    assert agent().run("x", llm=replies(), on_event=[bad]).value == 42
    assert len(seen) == 1
    assert "a subscriber raised" in caplog.text


def test_a_hanging_subscriber_delays_no_event_of_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(mailbox, "DRAIN_S", 0.05)
    gate = threading.Event()
    seen: list[Any] = []
    step = agent().run("x", llm=replies(), on_event=[lambda _: gate.wait(20), seen.append])
    gate.set()
    assert step.value == 42
    assert tag_of(seen[-1]) == "run.finished"
    assert "was too slow" in caplog.text


def test_a_slow_subscriber_loses_events_but_never_the_end():
    gate = threading.Event()
    seen: list[Any] = []

    def slow(event: Any):
        gate.wait(20)
        seen.append(event)

    box = mailbox.ThreadMailbox(slow, capacity=3)
    step = agent().run("x", llm=replies())
    for event in step.trace:
        box.put(event)
    gate.set()
    box.close()
    assert box.dropped >= len(step.trace) - 5
    assert tag_of(seen[-1]) == "run.finished"
    assert len(seen) + box.dropped == len(step.trace)


def test_coroutine_functions_may_subscribe():
    seen: list[Any] = []

    async def later(event: Any):
        await asyncio.sleep(0)
        seen.append(event)

    step = agent().run("x", llm=replies(), on_event=later)
    assert tuple(seen) == step.trace


def test_subscribers_run_beside_the_run():
    names: set[str] = set()
    agent().run("x", llm=replies(), on_event=lambda _: names.add(threading.current_thread().name))
    assert names == {"subagent-events"}
    deadline = time.monotonic() + 20
    while any(t.name == "subagent-events" for t in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not [t for t in threading.enumerate() if t.name == "subagent-events"]


def test_prints_are_events_when_they_are_printed():
    order = []

    def look() -> int:
        order.append("tool")
        return 1

    def note(event: Any):
        if tag_of(event) == "program.printed":
            order.append(event.line)

    note.inline = True
    llm = ScriptedLLM([block("(println :a) (tool/look) (println :b) (return 1)")])
    step = SubAgent(tools=[look]).run("go", llm=llm, on_event=note)
    assert order == [":a", "tool", ":b"] == [*step.prints[:1], "tool", *step.prints[1:]]


@pytest.mark.parametrize(
    "given, limit, words",
    [("x" * 500, 100, "gave 503 bytes, more than the 100 allowed"), (b"raw", None, "bytes (3 bytes)")],
)
def test_a_result_that_programs_cannot_take_fails_in_event_and_ledger_alike(
    given: Any, limit: int | None, words: str
):
    async def fetch() -> Any:
        return given

    events: list[Any] = []
    tool = Tool(fetch, max_result=limit)
    llm = ScriptedLLM([block("(tool/fetch)"), block("(return 1)")])
    step = SubAgent(tools=[tool]).run("go", llm=llm, on_event=events.append)
    [call] = step.tool_calls
    [event] = [event for event in events if tag_of(event) == "tool.finished"]
    assert (call.ok, event.ok) == (False, False)
    assert words in call.error
    assert words in event.error


def test_a_step_keeps_its_events_without_what_only_a_replay_needs():
    def everything(event: Any) -> None:
        seen.append(event)

    seen: list[Any] = []
    everything.payloads = True
    step = SubAgent().run("x", llm=ScriptedLLM([block("(return 1)")]), on_event=everything)
    [started] = [event for event in step.trace if isinstance(event, ProgramStarted)]
    [whole] = [event for event in seen if isinstance(event, ProgramStarted)]
    assert whole.limits
    assert whole.budget
    assert (started.limits, started.budget, started.failure, started.history) == ({}, {}, None, ())
    told = [
        event
        for event in json.loads(step.to_json(trace=True))["trace"]
        if event["event"] == "program.started"
    ]
    assert [event["limits"] for event in told] == [{}]


def test_a_step_keeps_the_beginnings_of_large_arguments_and_subscribers_get_them_whole():
    seen: list[Any] = []

    def take(x: object, n: int = 0) -> int:
        return 1

    program = """(let [long (apply str (repeat 100000 "x")) parts (vec (repeat 9000 []))]
      (dotimes [i 40] (tool/take {:x long :n i}) (tool/take {:x parts :n i}))) (tool/take {:x "short" :n 7}) (return 1)"""
    step = SubAgent(tools=[take], limits=Limits(timeout_ms=20_000, memory_bytes=256 << 20)).run(
        "x", llm=ScriptedLLM([f"```clojure\n{program}\n```"]), on_event=seen.append
    )
    kept = [event for event in step.trace if isinstance(event, ToolStarted)]
    whole = [event for event in seen if isinstance(event, ToolStarted)]
    assert step.ok, step.error
    assert [len(event.args["x"]) for event in whole] == [100_000, 9_000] * 40 + [5]
    assert [event.call_id for event in kept] == [event.call_id for event in whole]
    assert kept[1].args == whole[1].args
    assert len(kept[79].args["x"]) <= 200
    assert kept[80].args == {"x": "short", "n": 7}
    assert sum(len(event.args["x"]) for event in kept if isinstance(event.args["x"], str)) < 100_000
