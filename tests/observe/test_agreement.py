"""A run three levels deep with agents in branches of `pmap`: spans over the wire, trace files, events and the Step tell the
same story, down to the ids. And a run of the demo is replayed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from otlp_receiver import Receiver

from subagent import JsonlTrace, LLMResponse, ScriptedLLM, SubAgent, TokenUsage
from subagent.cli.demo_command import ask
from subagent.demo.questions import QUESTIONS
from subagent.demo.replies import FOLDER, PlayedReplies
from subagent.events import tag_of
from subagent.replay import replay
from subagent.telemetry import Telemetry
from subagent.trace import load
from subagent.trace.tree import forest

exporters = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.trace_exporter")

Key = tuple[Any, ...]
Story = dict[Key, Key | None]
"""What happened → what it happened in."""


def block(program: str):
    return f"```clojure\n{program}\n```"


def price_of(n: int) -> int:
    """A price."""
    return 10 * n


async def flaky(n: int) -> int:
    """Fails for 2."""
    if n == 2:
        raise KeyError("two")
    return n


def replier(*programs: str):
    """A model for many runs at once: the reply follows from the number of the turn."""

    def model(request: Any):
        usage = TokenUsage(10 * request.turn, request.turn, cost_usd=0.5)
        return LLMResponse(block(programs[request.turn - 1]), usage=usage)

    return model


def top():
    leaf = SubAgent(
        name="leaf", description="l", tools=[price_of, flaky], signature="(n :int) -> :int",
        llm=replier("(tool/flaky {:n data/n})", "(return (tool/price_of {:n data/n}))"),
    )  # fmt: skip
    middle = SubAgent(
        name="middle", description="m", tools=[leaf], signature="(n :int) -> :int",
        llm=replier("(return (sum (pmap #(tool/leaf {:n %}) [data/n (+ 1 data/n)])))"),
    )  # fmt: skip
    return SubAgent(name="top", tools=[middle, price_of], turn_budget=50)


def of_nodes(roots: Any) -> Story:
    """From a tree of records; turns have no span of their own."""
    story: Story = {}

    def visit(node: Any, around: Key | None):
        run, turn = node.started["run_id"], node.started.get("turn")
        key = {"run": ("run", run), "tool": ("tool", node.span_id)}.get(node.kind, (node.kind, run, turn))
        if node.kind != "turn":
            story[key] = around
            around = key
        for child in node.children:
            visit(child, around)

    for root in roots:
        visit(root, None)
    return story


def of_spans(spans: Any) -> Story:
    """From what the receiver decoded."""
    by_id = {span.span_id: span for span in spans}

    def said(span: Any) -> dict[str, Any]:
        return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}

    def key(span: Any) -> Key:
        kind = span.name.split(" ")[0]
        if kind == "invoke_agent":
            return ("run", said(span)["ptc.run.id"])
        if kind == "execute_tool":
            return ("tool", said(span)["gen_ai.tool.call.id"])
        run = said(by_id[span.parent_span_id])["ptc.run.id"]
        return ({"chat": "model", "ptc.program": "program"}[kind], run, said(span)["ptc.turn"])

    return {key(s): key(by_id[s.parent_span_id]) if s.parent_span_id else None for s in spans}


def of_step(step: Any, caller: Key | None = None) -> Story:
    """From the Step and the runs in it."""
    run: Key = ("run", step.run_id)
    story: Story = {run: caller}
    children = {child.run_id: child for child in step.children}
    for turn in step.turns:
        story["model", step.run_id, turn.number] = run
        if turn.program is None:
            continue
        program = ("program", step.run_id, turn.number)
        story[program] = run
        for call in turn.tool_calls:
            story["tool", call.id] = program
            if call.child is not None:
                story |= of_step(children[call.child], ("tool", call.id))
    return story


def of_events(events: Any) -> Story:
    """From the events alone, by their ids."""
    kinds = {event.span_id: tag_of(event).partition(".")[0] for event in events if event.span_id}
    started = {
        event.span_id: event for event in events if event.span_id and tag_of(event).endswith("started")
    }

    def key(span: str) -> Key:
        event = started[span]
        if kinds[span] == "run":
            return ("run", event.run_id)
        return ("tool", span) if kinds[span] == "tool" else (kinds[span], event.run_id, event.turn)

    def around(span: str | None) -> Key | None:
        while span is not None and kinds[span] == "turn":
            span = started[span].parent_span_id
        return None if span is None else key(span)

    return {key(s): around(started[s].parent_span_id) for s in started if kinds[s] != "turn"}


def test_four_views_of_a_nested_run_agree(receiver: Receiver, tmp_path: Path):
    tracers = TracerProvider()
    url = receiver.url("traces")
    tracers.add_span_processor(BatchSpanProcessor(exporters.OTLPSpanExporter(endpoint=url)))
    events: list[Any] = []
    llm = ScriptedLLM(
        [
            LLMResponse(block(program), usage=TokenUsage(100, 20, cost_usd=0.25))
            for program in (
                "(def sums (pmap #(tool/middle {:n %}) [1 2 3]))",
                "(return (+ (sum sums) (tool/price_of {:n 1})))",
            )
        ]
    )
    with JsonlTrace(tmp_path / "t.jsonl", payloads=True) as trace:
        step = top().run("go", llm=llm, on_event=[events.append, trace], telemetry=Telemetry(tracers))
    tracers.shutdown()
    sent = [span for _, span in receiver.spans]
    assert step.value == 10 * (1 + 2 + 2 + 3 + 3 + 4) + 10

    recorded = load(tmp_path / "t.jsonl")
    stories = {
        "step": of_step(step),
        "events": of_events(events),
        "trace": of_nodes(forest(recorded.records)),
        "spans": of_spans(sent),
    }
    expected = stories["step"]
    assert [key[0] for key in expected].count("run") == 1 + 3 + 6
    assert [key[0] for key in expected].count("tool") == 3 + 1 + 6 + 6 + 6
    for name, story in stories.items():
        assert story == expected, name

    tokens = [
        sum(e.input_tokens for e in events if tag_of(e) == "model.finished"),
        sum(r["input_tokens"] for r in recorded.records if r["event"] == "model.finished"),
        sum(
            pair.value.int_value for span in sent if span.name.startswith("chat")
            for pair in span.attributes if pair.key == "gen_ai.usage.input_tokens"
        ),
    ]  # fmt: skip
    assert [*tokens, step.usage.input_tokens] == [200 + 3 * 10 + 6 * 30] * 4
    failed = {
        "step": {call.id for call in _calls(step) if not call.ok},
        "events": {e.call_id for e in events if tag_of(e) == "tool.finished" and not e.ok},
        "trace": {r["call_id"] for r in recorded.records if r["event"] == "tool.finished" and not r["ok"]},
        "spans": {
            pair.value.string_value for span in sent
            if span.name.startswith("execute_tool") and span.status.code == 2
            for pair in span.attributes if pair.key == "gen_ai.tool.call.id"
        },
    }  # fmt: skip
    assert len(failed["step"]) == 2
    assert all(ids == failed["step"] for ids in failed.values())
    assert tuple(events) == tuple(sorted(events, key=lambda event: event.seq))
    assert all(program.same for program in replay(recorded))


def _calls(step: Any) -> Iterator[Any]:
    for turn in step.turns:
        yield from turn.tool_calls
    for child in step.children:
        yield from _calls(child)


def test_a_run_of_the_demo_is_replayed(tmp_path: Path):
    [question] = [each for each in QUESTIONS if each.name == "top-destinations"]
    with JsonlTrace(tmp_path / "demo.jsonl", payloads=True) as trace:
        step = ask(question, PlayedReplies(FOLDER / f"{question.name}.jsonl"), trace)
    assert step.value == question.expected
    programs = list(replay(load(tmp_path / "demo.jsonl")))
    assert len(programs) == len(step.turns)
    assert all(program.same for program in programs)
