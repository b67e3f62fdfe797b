"""`ptc replay` on traces that `ptc run --trace` wrote, the demo's among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

GOOD = "```clojure\n(def total (sum-by :price data/orders)) (return {:total total})\n```"


@pytest.fixture
def trace(ptc: Any, tmp_path: Path):
    (tmp_path / "orders.csv").write_text("id,price\n1,2.5\n2,4.0\n")
    (tmp_path / "replies.txt").write_text(f"```clojure\n(+ 1 nil)\n```\n---\n{GOOD}")
    ask = ("run", "Total?", "--data", "orders=orders.csv", "--llm", "scripted:replies.txt")
    assert ptc(*ask, "--trace", "t.jsonl", "--trace-payloads").returncode == 0


def test_a_run_is_repeated_without_its_data_and_model(
    ptc: Any, ptc_process: Any, trace: None, tmp_path: Path
):
    (tmp_path / "orders.csv").unlink()
    (tmp_path / "replies.txt").unlink()
    done = ptc_process("replay", "t.jsonl")
    assert done.returncode == 0, done.stderr
    assert [line.rpartition(": ")[2] for line in done.stdout.splitlines()] == ["same", "same"]
    assert "2 programs, 0 differ" in done.stderr
    found = json.loads(ptc("replay", "t.jsonl", "--json").stdout)
    assert [program["same"] for program in found["programs"]] == [True, True]


def test_a_difference_has_an_exit_code(ptc: Any, trace: None, tmp_path: Path):
    payloads = tmp_path / "t.payloads.jsonl"
    payloads.write_text(payloads.read_text().replace('"total":6.5', '"total":7.5'))
    done = ptc("replay", "t.jsonl")
    assert done.returncode == 1
    assert "value differs" in done.stdout
    assert 'recorded  {"total":7.5}' in done.stdout


def test_a_run_goes_on_from_a_turn(ptc: Any, trace: None, tmp_path: Path):
    (tmp_path / "more.txt").write_text("```clojure\n(return {:orders (count data/orders)})\n```")
    done = ptc("replay", "t.jsonl", "--from", "2", "--llm", "scripted:more.txt")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"orders": 2}
    none = ptc("replay", "t.jsonl", "--from", "9", "--llm", "scripted:more.txt")
    assert (none.returncode, "there is no turn 9" in none.stderr) == (2, True)


def test_a_trace_without_payloads_is_refused(ptc: Any, trace: None, tmp_path: Path):
    (tmp_path / "t.payloads.jsonl").unlink()
    done = ptc("replay", "t.jsonl")
    assert (done.returncode, "--trace-payloads" in done.stderr) == (2, True)
