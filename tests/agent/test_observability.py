"""Events, traces and spans of real runs."""

import json

import pytest
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from subagent import JsonlTrace, LLMError, LLMErrorKind, LLMResponse, ScriptedLLM, SubAgent, TokenUsage
from subagent.telemetry import Telemetry, provider


def block(program):
    return f"```clojure\n{program}\n```"


def double(n: int) -> int:
    """Twice."""
    with otel.get_tracer("users").start_as_current_span("inside the tool"):
        return 2 * n


async def broken() -> int:
    """Fails."""
    raise KeyError("secret-key")


def agent(**fields):
    return SubAgent(name="worker", description="Works.", tools=[double, broken], **fields)


def replies():
    usage = TokenUsage(100, 20, cost_usd=0.5)
    return ScriptedLLM(
        [
            LLMResponse(
                block("(tool/double {:n 4}) (tool/broken)"), usage=usage, model="tiny-1", finish_reason="stop"
            ),
            LLMResponse(block("(return (tool/double {:n 21}))"), usage=usage, id="r2"),
        ],
        model="openai/tiny",
    )


def test_events_are_numbered_and_tell_the_run_in_order():
    events = []
    step = agent().run("secret task", llm=replies(), on_event=events.append)
    assert step.value == 42
    tags = [event.__struct_config__.tag for event in events]
    assert tags == [
        "run.started",
        *("turn.started", "model.started", "model.finished", "program.started"),
        *(
            "tool.started",
            "tool.finished",
            "tool.started",
            "tool.finished",
            "program.finished",
            "turn.finished",
        ),
        *("turn.started", "model.started", "model.finished", "program.started"),
        *("tool.started", "tool.finished", "program.finished", "turn.finished"),
        "run.finished",
    ]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert {event.run_id for event in events} == {step.run_id}
    assert step.trace == tuple(events)


def test_a_raising_subscriber_is_dropped_and_the_run_goes_on(caplog):
    seen = []

    def bad(event):
        seen.append(event)
        raise ValueError("no")

    assert agent().run("x", llm=replies(), on_event=[bad]).value == 42
    assert len(seen) == 1
    assert "a subscriber raised" in caplog.text


def test_a_jsonl_trace_holds_no_payload_unless_asked(tmp_path):
    with JsonlTrace(tmp_path / "a.jsonl") as bare, JsonlTrace(tmp_path / "b.jsonl", payloads=True) as full:
        agent().run("secret task", llm=replies(), on_event=[bare, full])
    text = (tmp_path / "a.jsonl").read_text()
    assert "secret" not in text
    assert "double {:n" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert (lines[0]["event"], lines[-1]["event"]) == ("run.started", "run.finished")
    assert lines[0]["task_chars"] == len("secret task")
    assert {line["v"] for line in lines} == {1}
    assert lines[-1]["usage"]["input_tokens"] == 200
    full_text = (tmp_path / "b.jsonl").read_text()
    assert "secret task" in full_text
    assert "(tool/double {:n 4})" in full_text


def test_a_trace_is_complete_up_to_the_last_event_while_the_run_goes_on(tmp_path):
    path = tmp_path / "t.jsonl"
    seen = []

    def llm(_):
        seen.append([json.loads(line)["event"] for line in path.read_text().splitlines()])
        return block("(return 1)")

    with JsonlTrace(path) as trace:
        agent().run("x", llm=llm, on_event=trace)
    assert seen == [["run.started", "turn.started", "model.started"]]


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, tracers


def by_name(exporter):
    found = {}
    for span in exporter.get_finished_spans():
        found.setdefault(span.name, []).append(span)
    return found


def test_spans_form_one_tree_with_the_conventional_names(spans):
    exporter, tracers = spans
    step = agent().run("secret task", llm=replies(), telemetry=Telemetry(tracers))
    named = by_name(exporter)
    [run] = named["invoke_agent worker"]
    first, second = named["chat openai/tiny"]
    programs = named["ptc.program"]
    assert run.parent is None
    assert {span.parent.span_id for span in (first, second, *programs)} == {run.context.span_id}
    assert [span.kind for span in (run, first, programs[0])] == [
        SpanKind.INTERNAL,
        SpanKind.CLIENT,
        SpanKind.INTERNAL,
    ]
    [failed] = named["execute_tool broken"]
    good, again = named["execute_tool double"]
    assert failed.parent.span_id == good.parent.span_id == programs[0].context.span_id
    assert again.parent.span_id == programs[1].context.span_id
    assert failed.attributes["error.type"] == "KeyError"
    assert failed.status.status_code is StatusCode.ERROR
    assert programs[0].attributes["error.type"] == "tool_error"
    assert run.attributes["gen_ai.usage.input_tokens"] == 200
    assert run.attributes["ptc.run.id"] == step.run_id
    assert dict(first.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "openai/tiny",
        "gen_ai.agent.name": "worker",
        "gen_ai.response.model": "tiny-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "ptc.turn": 1,
        "ptc.llm.attempts": 1,
    }
    assert good.attributes["gen_ai.tool.name"] == "double"
    assert good.attributes["gen_ai.tool.description"] == "Twice."
    assert not any("secret" in str(span.attributes) for group in named.values() for span in group)


def test_content_is_captured_when_asked_for(spans):
    exporter, tracers = spans
    agent().run("secret task", llm=replies(), telemetry=Telemetry(tracers, capture_content=True))
    named = by_name(exporter)
    assert "secret task" in named["chat openai/tiny"][0].attributes["gen_ai.input.messages"]
    assert named["execute_tool double"][0].attributes["gen_ai.tool.call.arguments"] == '{"n":4}'
    assert named["execute_tool double"][0].attributes["gen_ai.tool.call.result"] == "8"


def test_a_span_made_by_a_tool_nests_below_its_call(spans):
    exporter, tracers = spans

    def outer(n: int) -> int:
        with tracers.get_tracer("users").start_as_current_span("mine"):
            return n

    runner = SubAgent(name="worker", tools=[outer])
    runner.run("x", llm=ScriptedLLM([block("(return (tool/outer {:n 1}))")]), telemetry=Telemetry(tracers))
    named = by_name(exporter)
    assert named["mine"][0].parent.span_id == named["execute_tool outer"][0].context.span_id


def test_a_childs_spans_hang_below_the_call_that_made_it(spans):
    exporter, tracers = spans
    child = SubAgent(name="child", description="c")
    llm = ScriptedLLM([block('(return (tool/child {:task "x"}))'), block("(return 1)")])
    events = []
    SubAgent(name="top", tools=[child]).run(
        "x", llm=llm, telemetry=Telemetry(tracers), on_event=events.append
    )
    named = by_name(exporter)
    call = named["execute_tool child"][0]
    assert named["invoke_agent child"][0].parent.span_id == call.context.span_id
    inner = [event for event in events if event.agent == "child"]
    assert {event.parent_id for event in inner} == {events[0].run_id}
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_a_model_failure_marks_its_span(spans):
    exporter, tracers = spans
    error = LLMError(LLMErrorKind.AUTHENTICATION, "no key")
    agent().run("x", llm=ScriptedLLM([error]), telemetry=Telemetry(tracers))
    named = by_name(exporter)
    assert named["chat scripted"][0].attributes["error.type"] == "authentication"
    assert named["invoke_agent worker"][0].attributes["error.type"] == "llm_error"


def test_the_provider_is_read_from_the_model_name():
    assert provider("anthropic/claude") == "anthropic"
    assert provider("scripted") == "_OTHER"
