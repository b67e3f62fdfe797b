"""Recorded runs looked at: figures, trees, slowest, differences, Chrome's format, pages, metrics and statistics."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from subagent import JsonlTrace, LLMResponse, ScriptedLLM, SubAgent, TokenUsage
from subagent.trace import load
from subagent.trace.chrome import chrome_events
from subagent.trace.diff import first_divergence
from subagent.trace.metrics import aggregate, turn_metrics
from subagent.trace.ring import Log, Ring
from subagent.trace.statistics import fisher_exact, sample_size, wilson
from subagent.trace.story import story_lines
from subagent.trace.summary import slowest, summarize
from subagent.trace.tree import forest


def block(program: str):
    return f"```clojure\n{program}\n```"


def double(n: int) -> int:
    """Twice."""
    time.sleep(0.03)
    return 2 * n


def recorded(path: Path, *programs: str, payloads: bool = True):
    usage = TokenUsage(100, 20, cost_usd=0.25)
    child = SubAgent(
        name="child", description="c", tools=[double], signature="(n :int) -> :int",
        llm=lambda _: block("(return (tool/double {:n data/n}))"),
    )  # fmt: skip
    llm = ScriptedLLM([LLMResponse(block(program), usage=usage) for program in programs], model="test/model")
    with JsonlTrace(path, payloads=payloads) as trace:
        SubAgent(name="top", tools=[child, double]).run("the task", llm=llm, on_event=trace)
    return load(path)


PROGRAMS = ('(println "hello") (tool/double {:n nil})', "(return (pmap #(tool/child {:n %}) [1 2 3]))")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory):
    return recorded(tmp_path_factory.mktemp("trace") / "t.jsonl", *PROGRAMS)


def test_row_87_the_summary_counts_the_whole_tree(trace: Any):
    summary = summarize(trace)
    [figures] = summary.trees
    assert summary.complete
    assert (figures.agent, figures.model, figures.status) == ("top", "test/model", "ok")
    assert (figures.runs, figures.turns, figures.failed_turns) == (4, 5, 1)
    assert (figures.requests, figures.input_tokens, figures.output_tokens) == (5, 200, 40)
    assert figures.cost_usd == 0.5
    assert {tool.name: (tool.calls, tool.failed) for tool in figures.tools} == {
        "child": (3, 0),
        "double": (figures.tool_calls - 3, figures.tool_calls - 6),
    }
    assert figures.duration_ms > 30


def test_row_87_the_slowest_come_first(trace: Any):
    found = slowest(trace, 2, "tool")
    assert len(found) == 2
    assert found[0].duration_ms >= found[1].duration_ms > 0
    assert found[0].name == "tool/child"
    assert {node.kind for node in slowest(trace, 100)} == {"model", "program", "tool"}


def test_row_87_the_tree_goes_from_the_run_to_the_calls_of_its_children(trace: Any):
    [root] = forest(trace.records)
    paths = {tuple(reversed(_path(node))) for _, node in root.walk()}
    assert (
        "run top",
        "turn 2",
        "program",
        "tool/child",
        "run child",
        "turn 1",
        "program",
        "tool/double",
    ) in paths
    [pmap] = [
        node for _, node in root.walk() if len([c for c in node.children if c.name == "tool/child"]) == 3
    ]
    assert [child.started["payload"]["args"]["n"] for child in pmap.children] == [1, 2, 3]
    assert all(node.finished is not None for _, node in root.walk())


def _path(node: Any):
    names: list[str] = []
    while node is not None:
        names.append(node.name)
        node = node.parent
    return names


def test_row_87_chromes_format_has_no_overlaps_in_a_lane(trace: Any):
    exported = json.loads(json.dumps(chrome_events(trace)))
    boxes = [event for event in exported["traceEvents"] if event["ph"] == "X"]
    assert {box["cat"] for box in boxes} == {"run", "turn", "model", "program", "tool"}
    assert len({box["tid"] for box in boxes}) >= 3
    children = [box for box in boxes if box["name"] == "tool/child"]
    assert len({box["tid"] for box in children}) == 3
    for box in boxes:
        assert box["ts"] >= 0
        assert box["dur"] >= 1


def test_the_story_holds_programs_prints_calls_and_errors(trace: Any):
    text = "\n".join(story_lines(trace))
    for piece in ("task the task", '(println "hello")', "prints hello", "calls tool/child", "answer [2,4,6]"):
        assert piece in text
    second = "\n".join(story_lines(trace, turn=2))
    assert "pmap" in second
    assert "println" not in second


def test_the_story_tells_calls_in_the_order_of_the_program(tmp_path: Path):
    program = """(tool/double {:n 1}) (pmap #(tool/double {:n %}) [2 3 4]) (tool/double {:n 5})
      (return (pmap #(tool/double {:n %}) [6 7]))"""
    calls = [
        line for line in story_lines(recorded(tmp_path / "t.jsonl", program)) if "calls tool/double" in line
    ]
    assert [line.split()[2] for line in calls] == [f'{{"n":{n}}}' for n in range(1, 8)]


def test_without_payloads_the_story_holds_sizes(tmp_path: Path):
    text = "\n".join(story_lines(recorded(tmp_path / "a.jsonl", *PROGRAMS, payloads=False)))
    assert "task (8 characters)" in text
    assert "hello" not in text


def test_equal_runs_do_not_differ(trace: Any, tmp_path: Path):
    assert first_divergence(trace, recorded(tmp_path / "again.jsonl", *PROGRAMS)) is None


def test_the_first_difference_is_found_where_it_is(trace: Any, tmp_path: Path):
    other = recorded(tmp_path / "b.jsonl", PROGRAMS[0], "(return (pmap #(tool/child {:n %}) [1 2 5]))")
    found = first_divergence(trace, other)
    assert found is not None
    assert found.where == "run top > turn 2 > model test/model"
    assert found.field == "content"
    bare = recorded(tmp_path / "c.jsonl", PROGRAMS[0], "(return 1)", payloads=False)
    found = first_divergence(trace, bare)
    assert found is not None
    assert (found.field, found.left > found.right) == ("content_chars", True)
    longer = recorded(tmp_path / "d.jsonl", PROGRAMS[0], "(+ 1 1)", "(return 2)", payloads=False)
    found = first_divergence(bare, longer)
    assert found is not None


def test_the_ring_keeps_the_latest_events_within_its_budget():
    ring, small = Ring(), Ring(budget_bytes=2_000)
    llm = ScriptedLLM([block("(tool/double {:n 1})"), block("(return (tool/double {:n 2}))")])
    step = SubAgent(tools=[double]).run("x", llm=llm, on_event=[ring, small])
    assert len(ring.records) == len(step.trace)
    assert (ring.evicted, ring.records[0]["event"]) == (0, "run.started")
    assert small.evicted > 0
    assert small.records == ring.records[small.evicted :]
    tiny = Ring(budget_bytes=1)
    SubAgent().run("x", llm=ScriptedLLM([block("(return 1)")]), on_event=tiny)
    assert [record["event"] for record in tiny.records] == [
        "run.finished"
    ]  # the last one stays, whatever its size


def test_the_log_gives_earlier_turns_page_by_page():
    ring = Ring()
    llm = ScriptedLLM([block("(tool/double {:n 1})"), block("(return (tool/double {:n 2}))")])
    step = SubAgent(tools=[double]).run("x", llm=llm, on_event=ring)
    log = Log(lambda: ring.records)
    assert [entry["program"] for entry in log.programs().items] == [turn.program for turn in step.turns]
    first = log.tool_calls(limit=1)
    assert (first.items[0]["tool"], first.items[0]["ok"], first.has_more) == ("double", True, True)
    assert first.next_cursor is not None
    second = log.tool_calls(limit=1, cursor=first.next_cursor)
    assert (second.has_more, second.next_cursor) == (False, None)
    assert [call["call_id"] for call in first.items + second.items] == [call.id for call in step.tool_calls]
    assert [entry["shown"] for entry in log.turns().items] == ["2", "4"]
    assert log.runs().items[0]["turns"] == 2
    assert Log(lambda: ring.records, run_id="other").turns().items == []
    with pytest.raises(ValueError, match="at least 1"):
        log.runs(limit=0)


def test_row_88_turn_metrics(tmp_path: Path):
    mended = recorded(tmp_path / "a.jsonl", "(+ 1 nil)", "(return 1)")
    no_program = recorded(tmp_path / "b.jsonl", "```", "(tool/double {:n 1})", "(return 1)")
    [metrics] = turn_metrics(mended.records)
    assert (metrics.ok, metrics.turns, metrics.first_turn_ok, metrics.failed_turns) == (True, 2, False, 1)
    assert (metrics.dominant_error, metrics.first_tool_turn) == ("type_error", None)
    [other] = turn_metrics(no_program.records)
    assert (other.without_program, other.first_tool_turn, other.budget_exhausted) == (1, 2, False)
    total = aggregate([mended, no_program])
    assert (total.runs, total.ok_rate, total.first_turn_ok_rate, total.salvage_rate) == (2, 1.0, 0.0, 1.0)
    assert total.mean_turns == 2.5
    assert total.without_program_rate == 0.2


def test_row_88_wilson_intervals_match_reference_numbers():
    low, high = wilson(45, 50)
    assert low == pytest.approx(0.7863976856252034)
    assert high == pytest.approx(0.9565242350681095)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="successes"):
        wilson(3, 2)


def test_row_88_fishers_test_matches_reference_numbers():
    assert fisher_exact(8, 10, 1, 6) == pytest.approx(0.034965034965)
    assert fisher_exact(3, 4, 1, 4) == pytest.approx(0.485714285714)  # the lady tasting tea, both sides
    assert fisher_exact(5, 10, 5, 10) == 1.0
    assert fisher_exact(45, 50, 30, 50) == pytest.approx(0.0009668432030628979)


def test_row_88_sample_sizes_match_reference_numbers():
    assert sample_size(0.5, 0.7) == 93
    assert sample_size(0.9, 0.95) == 435
    assert sample_size(0.9, 0.95, power=0.9) == 582
    with pytest.raises(ValueError, match="equal rates"):
        sample_size(0.5, 0.5)
