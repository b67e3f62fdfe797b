"""`ptc trace …` on files that `ptc run --trace` wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FAILING = '```clojure\n(println "hi") (+ 1 nil)\n```'
GOOD = "```clojure\n(return {:total (sum-by :price data/orders)})\n```"


@pytest.fixture
def trace(ptc: Any, tmp_path: Path):
    (tmp_path / "orders.csv").write_text("id,price\n1,2.5\n2,4.0\n")
    (tmp_path / "replies.txt").write_text(f"{FAILING}\n---\n{GOOD}")
    ask = ("run", "Total?", "--data", "orders=orders.csv", "--llm", "scripted:replies.txt", "--trace")
    assert ptc(*ask, "t.jsonl", "--trace-payloads").returncode == 0
    return ask


def test_summary(ptc: Any, ptc_process: Any, trace: Any):
    done = ptc_process("trace", "summary", "t.jsonl")
    assert done.returncode == 0, done.stderr
    assert "agent (scripted): ok" in done.stdout
    assert "turns      2, 1 failed" in done.stdout
    summary = json.loads(ptc("trace", "summary", "t.jsonl", "--json").stdout)
    assert summary["trees"][0]["turns"] == 2


def test_tree_and_slowest(ptc: Any, trace: Any):
    lines = ptc("trace", "tree", "t.jsonl").stdout.splitlines()
    assert [line.split("  ")[0].strip() or line.strip().split("  ")[0] for line in lines][:2] == [
        "run agent",
        "turn 1",
    ]
    assert len(ptc("trace", "tree", "t.jsonl", "--depth", "1").stdout.splitlines()) == 3
    rows = json.loads(ptc("trace", "slowest", "t.jsonl", "--json", "-n", "1", "-k", "program").stdout)
    assert [row["kind"] for row in rows] == ["program"]
    refused = ptc("trace", "slowest", "t.jsonl", "-k", "nothing")
    assert (refused.returncode, "one of 'model', 'program'" in refused.stderr) == (2, True)


def test_show_with_and_without_payloads(ptc: Any, trace: Any, tmp_path: Path):
    shown = ptc("trace", "show", "t.jsonl").stdout
    assert '| (println "hi") (+ 1 nil)' in shown
    assert "fails type_error" in shown
    assert "^^^" in shown
    (tmp_path / "t.payloads.jsonl").unlink()
    bare = ptc("trace", "show", "t.jsonl", "--turn", "1")
    assert "println" not in bare.stdout
    assert "--trace-payloads" in bare.stderr
    assert ptc("trace", "show", "t.jsonl", "--turn", "9").returncode == 2


def test_diff_has_exit_codes(ptc: Any, trace: Any, tmp_path: Path):
    ptc(*trace, "same.jsonl", "--trace-payloads")
    same = ptc("trace", "diff", "t.jsonl", "same.jsonl")
    assert (same.returncode, same.stdout) == (0, "no difference but in times and ids\n")
    (tmp_path / "replies.txt").write_text(GOOD)
    ptc(*trace, "other.jsonl", "--trace-payloads")
    other = ptc("trace", "diff", "t.jsonl", "other.jsonl")
    assert other.returncode == 1
    assert "they differ first at run agent > turn 1 > model scripted, in content" in other.stdout


def test_export_chrome(ptc: Any, trace: Any, tmp_path: Path):
    assert ptc("trace", "export-chrome", "t.jsonl", "-o", "c.json").returncode == 0
    assert len(json.loads((tmp_path / "c.json").read_text())["traceEvents"]) >= 7


def test_what_is_no_trace_is_refused(ptc: Any, tmp_path: Path):
    (tmp_path / "x.jsonl").write_text("nonsense\n")
    done = ptc("trace", "summary", "x.jsonl")
    assert (done.returncode, "this is no trace" in done.stderr) == (2, True)


def test_summary_says_what_json_tool_calling_would_have_cost(ptc: Any, trace: Any):
    assert "as JSON calls, one by one:" in ptc("trace", "summary", "t.jsonl").stdout
    summary = json.loads(ptc("trace", "summary", "t.jsonl", "--json").stdout)
    assert summary["json_tool_calling"]["exact"] is True


def test_html_stands_beside_the_trace_or_where_it_is_wanted(ptc: Any, trace: Any, tmp_path: Path):
    assert ptc("trace", "html", "t.jsonl").stdout.strip() == "t.html"
    assert "<!doctype html>" in (tmp_path / "t.html").read_text()
    assert "<h1" in ptc("trace", "html", "t.jsonl", "-o", "-", "--title", "mine").stdout
    failed = ptc("trace", "html", "t.jsonl", "-o", "none/x.html")
    assert failed.returncode == 2
    assert "cannot be written" in failed.stderr
