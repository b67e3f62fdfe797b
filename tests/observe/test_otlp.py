"""Spans and metrics over the wire: OTLP/HTTP to a loopback receiver that decodes the protobuf; and what a process
without an SDK does."""

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from otlp_receiver import Receiver

from subagent import SECRETS, LLMResponse, ScriptedLLM, SubAgent, TokenUsage
from subagent.telemetry import Telemetry, installed, provider

http_spans = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.trace_exporter")
http_metrics = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.metric_exporter")


def block(program: str):
    return f"```clojure\n{program}\n```"


def double(n: int) -> int:
    """Twice."""
    return 2 * n


def attributes(item: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in item.attributes:
        kind = pair.value.WhichOneof("value")
        value = getattr(pair.value, kind)
        found[pair.key] = (
            [v.string_value or v.int_value for v in value.values] if kind == "array_value" else value
        )
    return found


def runner():
    llm = ScriptedLLM(
        [
            LLMResponse(
                block("(return (sum (pmap #(tool/double {:n %}) [1 2 3])))"),
                usage=TokenUsage(100, 20), model="tiny-1", finish_reason="stop", id="r1",
            )
        ],
        model="openai/tiny",
    )  # fmt: skip
    return SubAgent(name="worker", tools=[double]), llm


def test_row_84_spans_arrive_at_an_otlp_receiver(receiver: Receiver):
    url = receiver.url("traces")
    tracers = TracerProvider(resource=Resource.create({"service.name": "test"}))
    tracers.add_span_processor(BatchSpanProcessor(http_spans.OTLPSpanExporter(endpoint=url)))
    agent, llm = runner()
    step = agent.run("secret task", llm=llm, telemetry=Telemetry(tracers))
    tracers.shutdown()
    assert step.value == 12
    by_id = {span.span_id: span for _, span in receiver.spans}
    assert {scope.name for scope, _ in receiver.spans} == {"subagent"}
    assert len({span.trace_id for span in by_id.values()}) == 1
    [run] = [span for span in by_id.values() if not span.parent_span_id]
    assert run.name == "invoke_agent worker"
    tools = [span for span in by_id.values() if span.name == "execute_tool double"]
    assert len(tools) == 3
    assert {by_id[tool.parent_span_id].name for tool in tools} == {"ptc.program"}
    assert sorted(attributes(tool)["gen_ai.tool.call.id"] for tool in tools) == sorted(
        call.id for call in step.tool_calls
    )
    [chat] = [span for span in by_id.values() if span.name == "chat openai/tiny"]
    assert chat.kind == chat.SPAN_KIND_CLIENT
    said = attributes(chat)
    assert said["gen_ai.provider.name"] == "openai"
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.response.finish_reasons"] == ["stop"]
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (100, 20)
    assert attributes(run)["ptc.run.id"] == step.run_id
    assert "secret" not in str(receiver.spans)


def test_metrics_arrive_at_an_otlp_receiver(receiver: Receiver):
    url = receiver.url("metrics")
    reader = PeriodicExportingMetricReader(http_metrics.OTLPMetricExporter(endpoint=url), 3_600_000)
    meters = MeterProvider([reader])
    agent, llm = runner()
    agent.run("x", llm=llm, telemetry=Telemetry(meter_provider=meters), on_token=lambda _: None)
    meters.shutdown()
    assert {name: metric.unit for name, metric in receiver.metrics.items()} == {
        "gen_ai.client.operation.duration": "s",
        "gen_ai.client.token.usage": "{token}",
        "gen_ai.client.operation.time_to_first_chunk": "s",
        "gen_ai.invoke_agent.duration": "s",
        "gen_ai.execute_tool.duration": "s",
        "ptc.program.duration": "s",
        "ptc.program.steps": "{step}",
    }
    tokens = {
        attributes(point)["gen_ai.token.type"]: point.sum
        for point in receiver.metrics["gen_ai.client.token.usage"].histogram.data_points
    }
    assert tokens == {"input": 100, "output": 20}
    [calls] = receiver.metrics["gen_ai.execute_tool.duration"].histogram.data_points
    assert (calls.count, attributes(calls)["gen_ai.tool.name"]) == (3, "double")


def test_instruments_are_made_once_per_meter(caplog: pytest.LogCaptureFixture):
    meters = MeterProvider([InMemoryMetricReader()])
    for _ in range(3):
        Telemetry(meter_provider=meters)
    meters.shutdown()
    assert not caplog.records


def test_registered_secrets_are_not_captured():
    exporter = InMemorySpanExporter()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    secret = "sk-live-51H8xyz"
    SECRETS.register(secret)
    try:
        agent, llm = runner()
        agent.run(f"use {secret}", llm=llm, telemetry=Telemetry(tracers, capture_content=True))
    finally:
        SECRETS.forget(secret)
    text = str([span.attributes for span in exporter.get_finished_spans()])
    assert "51H8" not in text
    assert "use [redacted]" in text


def test_without_an_sdk_nothing_is_recorded():
    code = (
        "from subagent.telemetry import installed\n"
        "assert installed() is None\n"
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "trace.set_tracer_provider(TracerProvider())\n"
        "assert installed() is not None\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_providers_have_the_conventions_names():
    assert provider("openai/gpt-4.1") == "openai"
    assert provider("vertex_ai/gemini-2.5-pro") == "gcp.vertex_ai"
    assert provider("bedrock/claude") == "aws.bedrock"
    assert provider("scripted") == "_OTHER"
    assert callable(installed)
