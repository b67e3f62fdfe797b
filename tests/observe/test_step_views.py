"""What a Step holds and how people see it."""

import io
import json
import time
from typing import Any

import pytest
from rich.console import Console

from ptc_lisp import Limits
from subagent import LLMResponse, ScriptedLLM, SubAgent, TokenUsage


def block(program: str):
    return f"```clojure\n{program}\n```"


def double(n: int) -> int:
    """Twice."""
    return 2 * n


def broken() -> int:
    """Fails."""
    raise KeyError("nothing here")


@pytest.fixture(scope="module")
def step():
    child = SubAgent(
        name="child", description="c", tools=[double], signature="(n :int) -> :int",
        llm=lambda _: block("(return (tool/double {:n data/n}))"),
    )  # fmt: skip
    usage = TokenUsage(100, 20, cost_usd=0.25)
    replies = [
        '(println "<b>bold</b>") (tool/broken)',
        "(return {:sums (pmap #(tool/child {:n %}) [1 2])})",
    ]
    llm = ScriptedLLM([LLMResponse(block(reply), usage=usage) for reply in replies])
    return SubAgent(name="top", tools=[child, broken]).run("the task", llm=llm, collect_messages=True)


def test_text_tells_programs_prints_calls_children_answer_and_cost(step: Any):
    text = str(step)
    for piece in (
        "top: ok after 2 turns",
        '  | (println "<b>bold</b>") (tool/broken)',
        "  prints  <b>bold</b>",
        "  calls   broken {} failed: tool/broken failed: KeyError: 'nothing here'",
        "  fails   tool_error:",
        "  calls   child {'n': 1} -> 2",
        "    child: ok after 1 turn",
        "      calls   double {'n': 2} -> 4",
        "answer {'sums': [2, 4]}",
        "200 tokens in, 40 out, $0.500000",
    ):
        assert piece in text, text


def test_rich_shows_the_same_in_colours(step: Any):
    out = io.StringIO()
    Console(file=out, width=120, force_terminal=True, color_system="truecolor").print(step)
    shown = out.getvalue()
    assert "\x1b[" in shown
    plain = io.StringIO()
    Console(file=plain, width=120).print(step)
    for piece in ("top: ok after 2 turns", "prints <b>bold</b>", "child: ok after 1 turn", "(tool/broken)"):
        assert piece in plain.getvalue()


def test_notebooks_get_html_without_scripts_and_with_everything_escaped(step: Any):
    html = step._repr_html_()
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "<b>bold" not in html
    assert "<script" not in html
    assert "http" not in html
    assert html.count("<details>") == html.count("</details>") == 6


def test_json_holds_turns_children_usage_and_on_request_messages_and_events(step: Any):
    data = json.loads(step.to_json())
    assert (data["ok"], data["value"], data["trace_id"]) == (True, {"sums": [2, 4]}, step.run_id)
    assert [turn["ok"] for turn in data["turns"]] == [False, True]
    assert data["turns"][1]["usage"]["input_tokens"] == 100
    assert data["usage"]["input_tokens"] == 200
    assert [child["agent"] for child in data["children"]] == ["child", "child"]
    full = json.loads(step.to_json(trace=True))
    assert full["messages"][0]["role"] == "system"
    assert full["trace"][0]["event"] == "run.started"


def test_row_60_the_ledger_is_complete_also_when_the_run_fails():
    def slow(n: int) -> int:
        """Waits."""
        time.sleep(n)
        return n

    llm = ScriptedLLM(
        [block("(pmap #(tool/double {:n %}) [1 2 3]) (tool/broken)"), block("(tool/slow {:n 5})")]
    )
    step = SubAgent(tools=[double, broken, slow], max_turns=2, limits=Limits(timeout_ms=1_000)).run(
        "x", llm=llm
    )
    assert not step.ok
    calls = step.tool_calls
    assert [(call.name, call.ok) for call in calls] == [
        *[("double", True)] * 3, ("broken", False), ("slow", False),
    ]  # fmt: skip
    assert [call.args for call in calls[:3]] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert [call.result for call in calls[:3]] == [2, 4, 6]
    assert all(call.duration_ms > 0 and call.id for call in calls)
    assert "abandoned" in str(calls[-1].error)


def test_text_with_replies_or_messages():
    llm = ScriptedLLM(["I add.\n```clojure\n(+ 1 1)\n```", "```clojure\n(return *1)\n```"])
    step = SubAgent().run("go", llm=llm)
    assert "  | I add." in step.to_text(raw=True)
    assert "I add." not in step.to_text()
    told = step.to_text(messages=True, usage=False)
    assert told.index("\nsystem\n  | ") < told.index("\nuser\n") < told.index("\nassistant\n")
    assert told.endswith("\nanswer 2")
