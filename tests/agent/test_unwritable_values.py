"""Integers longer than Python writes out, and halves of characters, wherever a host, a log or a model meets them."""

from __future__ import annotations

import json

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import ptc_lisp
from ptc_lisp import Tool
from subagent import AgentState, JsonlTrace, ScriptedLLM, SubAgent
from subagent.telemetry import Telemetry

LONG = "(reduce *' (range 1 3000))"


def keep(x: object = None) -> list:
    """Keeps something."""
    return [7**9000]


def large() -> list:
    return [7**100_000]


def fenced(*programs):
    return ScriptedLLM([f"```clojure\n{program}\n```" for program in programs])


@pytest.mark.parametrize("cache", [False, True])
@pytest.mark.parametrize(
    "program",
    [f"(count (tool/keep {{:x [{LONG}]}}))", f"(count (tool/keep {{:x {LONG}}}))", "(count (tool/large))"],
)
def test_tools_take_and_give_integers_of_any_size(program, cache):
    step = ptc_lisp.run(program, tools=[Tool(keep, cache=cache), Tool(large, cache=cache)])
    assert step.unwrap() == 1
    call = step.tool_calls[0]
    assert call.result == [7**9000] or call.truncated


def test_equal_long_integers_are_equal_calls():
    program = (
        f"[(tool/keep {{:x {LONG}}}) (tool/keep {{:x {LONG}}}) (tool/keep {{:x 1}}) (tool/keep {{:x 1.0}})]"
    )
    step = ptc_lisp.run(program, tools=[Tool(keep, cache=True)])
    assert [call.cached for call in step.tool_calls] == [False, True, False, True]


@pytest.mark.parametrize("signature", [None, ":any", "{a :int}"])
def test_a_long_integer_as_a_key_is_text_for_the_host(signature):
    step = ptc_lisp.run(f"{{{LONG} 1}}", signature=signature)
    if signature == "{a :int}":
        assert step.error.kind == "validation_error"
    else:
        [key] = step.unwrap()
        assert key.startswith("0x")
    assert repr(step)
    answered = SubAgent(signature=signature).run("x", llm=fenced(f"(return {{{LONG} 1}})", "(return {:a 1})"))
    assert answered.ok
    assert repr(answered)


@pytest.mark.parametrize("said", [LONG, f"{{:reason {LONG}}}"])
def test_a_program_may_fail_with_a_long_integer(said):
    error = ptc_lisp.run(f"(fail {said})").error
    assert error.kind == "failed"
    assert "#<integer of 30320 bits>" in error.message


def test_what_cannot_be_printed_is_the_programs_fault():
    assert ptc_lisp.run(f'(step-done "1" {LONG})').error.kind == "arithmetic_error"
    assert ptc_lisp.run(f"(task {LONG} 1)", journal={}).error.kind == "arithmetic_error"


@pytest.mark.parametrize("transport", ["content", "tool_call"])
def test_a_run_with_a_long_integer_can_be_shown_traced_and_stored(transport, tmp_path):
    exporter, tracers, states = InMemorySpanExporter(), TracerProvider(), []
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    programs = [f"(def n (tool/keep {{:x [{LONG}]}})) n", "(return {:n (first n)})"]
    llm = fenced(*programs)
    if transport == "tool_call":
        llm = ScriptedLLM([{"tool_calls": [{"name": "lisp_eval", "args": {"program": p}}]} for p in programs])
    with JsonlTrace(tmp_path / "run.jsonl", payloads=True) as trace:
        step = SubAgent(tools=[keep], transport=transport).run(
            "Go",
            llm=llm,
            on_event=trace,
            on_state=states.append,
            telemetry=Telemetry(tracers, capture_content=True),
        )
    assert step.value == {"n": 7**9000}
    assert json.loads(step.to_json(trace=True))["value"] == {"n": "#<integer of 25267 bits>"}
    assert "#<integer of 25267 bits>" in str(step)
    assert "#<integer of 25267 bits>" in repr(step)
    assert len(exporter.get_finished_spans()) == 6
    events = [json.loads(line)["event"] for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert "run.finished" in events
    for state in states:
        assert AgentState.from_json(state.to_json()) == state


def test_a_native_call_gives_the_model_what_can_be_written():
    llm = ScriptedLLM([{"tool_calls": [{"name": "keep", "args": {}}]}, "done"])
    assert SubAgent(mode="text", tools=[keep]).run("Go", llm=llm).value == "done"
    assert "#<integer of 25267 bits>" in llm.requests[1].messages[-1].content


def test_half_a_character_in_a_task_reaches_the_model_as_a_whole_one():
    llm = fenced("(return 1)")
    step = SubAgent().run("Count \ud83d\ude00 and \ud83d", llm=llm)
    assert step.value == 1
    assert "Count \U0001f600 and \ufffd" in llm.requests[0].messages[-1].content
    assert json.loads(step.to_json(trace=True))["ok"]
