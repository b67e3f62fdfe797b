"""OpenTelemetry spans of real runs."""

from typing import Any

import pytest
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from ptc_lisp import PtcError
from subagent import CompiledAgent, LLMError, LLMErrorKind, LLMResponse, ScriptedLLM, SubAgent, TokenUsage
from subagent.telemetry import Telemetry, provider


def block(program: str):
    return f"```clojure\n{program}\n```"


def double(n: int) -> int:
    """Twice."""
    with otel.get_tracer("users").start_as_current_span("inside the tool"):
        return 2 * n


async def broken() -> int:
    """Fails."""
    raise KeyError("secret-key")


def agent(**fields: Any):
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


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, tracers


def by_name(exporter: Any):
    found: dict[str, list[Any]] = {}
    for span in exporter.get_finished_spans():
        found.setdefault(span.name, []).append(span)
    return found


def test_spans_form_one_tree_with_the_conventional_names(spans: Any):
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
        "gen_ai.conversation.id": step.run_id,
        "ptc.cost_usd": 0.5,
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


def test_content_is_captured_when_asked_for(spans: Any):
    exporter, tracers = spans
    agent().run("secret task", llm=replies(), telemetry=Telemetry(tracers, capture_content=True))
    named = by_name(exporter)
    assert "secret task" in named["chat openai/tiny"][0].attributes["gen_ai.input.messages"]
    assert named["execute_tool double"][0].attributes["gen_ai.tool.call.arguments"] == '{"n":4}'
    assert named["execute_tool double"][0].attributes["gen_ai.tool.call.result"] == "8"


def test_a_span_made_by_a_tool_nests_below_its_call(spans: Any):
    exporter, tracers = spans

    def outer(n: int) -> int:
        with tracers.get_tracer("users").start_as_current_span("mine"):
            return n

    runner = SubAgent(name="worker", tools=[outer])
    runner.run("x", llm=ScriptedLLM([block("(return (tool/outer {:n 1}))")]), telemetry=Telemetry(tracers))
    named = by_name(exporter)
    assert named["mine"][0].parent.span_id == named["execute_tool outer"][0].context.span_id


def test_a_childs_spans_hang_below_the_call_that_made_it(spans: Any):
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


def test_a_model_failure_marks_its_span(spans: Any):
    exporter, tracers = spans
    error = LLMError(LLMErrorKind.AUTHENTICATION, "no key")
    agent().run("x", llm=ScriptedLLM([error]), telemetry=Telemetry(tracers))
    named = by_name(exporter)
    assert named["chat scripted"][0].attributes["error.type"] == "authentication"
    assert named["invoke_agent worker"][0].attributes["error.type"] == "llm_error"


def test_the_provider_is_read_from_the_model_name():
    assert provider("anthropic/claude") == "anthropic"
    assert provider("scripted") == "_OTHER"


def test_compiling_and_what_was_compiled_have_spans_of_their_own(spans: Any):
    exporter, tracers = spans
    telemetry = Telemetry(tracers)
    counter = SubAgent("Double {{n}}.", name="counter", signature="(n :int) -> :int", tools=[double])
    usage = TokenUsage(100, 20, cost_usd=0.5)
    llm = ScriptedLLM([LLMResponse(block("(return (tool/double {:n data/n}))"), usage=usage)], model="m")
    compiled = counter.compile(llm=llm, telemetry=telemetry)
    named = by_name(exporter)
    [outer], [inner] = named["ptc.compile counter"], named["invoke_agent counter"]
    assert inner.parent.span_id == outer.context.span_id
    assert outer.attributes["gen_ai.usage.input_tokens"] == 100
    exporter.clear()
    assert compiled.run({"n": 4}, telemetry=telemetry).value == 8
    named = by_name(exporter)
    [outer], [call] = named["ptc.compiled counter"], named["execute_tool double"]
    assert (call.parent.span_id, call.status.status_code) == (outer.context.span_id, StatusCode.UNSET)
    assert outer.attributes["ptc.program.tool_calls"] == 1


def test_what_fails_while_compiling_and_after_it_is_marked(spans: Any):
    exporter, tracers = spans
    telemetry = Telemetry(tracers)
    with pytest.raises(PtcError):
        SubAgent("Fail.").compile(llm=ScriptedLLM([block("(/ 1 0)")] * 3), telemetry=telemetry)
    CompiledAgent(name="late", source="(/ 1 0)").run(telemetry=telemetry)
    named = by_name(exporter)
    assert named["ptc.compile agent"][0].status.status_code is StatusCode.ERROR
    assert named["ptc.compile agent"][0].attributes["error.type"] == "budget_exceeded"
    assert named["ptc.compiled late"][0].attributes["error.type"] == "arithmetic_error"
