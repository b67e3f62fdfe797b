"""The evaluation of agents: every task can be solved, answers are judged exactly, and a small model's recorded replies still give
what they gave."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # benchmarks are no package of the distribution

from benchmarks.agents.models import Replay, provider_options, solutions  # noqa: E402 - needs the path
from benchmarks.agents.report import report  # noqa: E402 - needs the path
from benchmarks.agents.runner import run_task  # noqa: E402 - needs the path
from benchmarks.agents.scoring import Result, same  # noqa: E402 - needs the path
from benchmarks.agents.task import Task  # noqa: E402 - needs the path
from benchmarks.agents.tasks import HELD_OUT, TASKS  # noqa: E402 - needs the path

RECORDINGS = ROOT / "benchmarks" / "agents" / "recordings"
SOLVED = [
    (recording, name)
    for recording in ("qwen2.5-coder-1.5b", "qwen2.5-coder-1.5b.held-out")
    for name in (RECORDINGS / f"{recording}.solved.txt").read_text(encoding="utf-8").split()
]
OPTIONS = provider_options(0.0, 400, None)


def _run(task: Task, model: Any) -> Result:
    return run_task(task, model, profile="compact", run=1, max_turns=4, options=OPTIONS)


@pytest.mark.parametrize("tasks", [TASKS, HELD_OUT], ids=["tuning", "held-out"])
def test_row_124_there_are_enough_tasks_of_every_nature(tasks: tuple[Task, ...]) -> None:
    assert len(tasks) >= 40
    natures = {task.nature for task in tasks}
    assert natures == {"basic", "rank", "group", "join", "text", "tools", "search", "explore", "memory"}


def test_the_two_sets_share_no_name_table_or_tool() -> None:
    names = [task.name for task in (*TASKS, *HELD_OUT)]
    assert len(set(names)) == len(names)
    for used in ("tables", "tools"):
        tuning, held_out = ({name for t in tasks for name in getattr(t, used)} for tasks in (TASKS, HELD_OUT))
        assert not tuning & held_out


@pytest.mark.parametrize("task", [*TASKS, *HELD_OUT], ids=lambda task: task.name)
def test_row_124_a_task_can_be_solved_and_its_value_is_that_of_plain_python(task: Task) -> None:
    result = _run(task, solutions)
    assert (result.outcome, result.first) == ("pass", "ran"), (result.given, result.wanted)
    assert result.turns == len(task.parts)


@pytest.mark.parametrize(("recording", "name"), SOLVED)
def test_what_a_small_model_solved_stays_solved(recording: str, name: str) -> None:
    replay = Replay(RECORDINGS / f"{recording}.jsonl")
    task = next(task for task in (*TASKS, *HELD_OUT) if task.name == name)
    assert _run(task, replay).outcome == "pass"


def test_a_wrong_program_is_counted_as_what_it_was() -> None:
    task = next(task for task in TASKS if task.name == "products-count")
    wrong = _run(task, lambda *_: lambda _: "```clojure\n(return 7)\n```")
    assert (wrong.outcome, wrong.first, wrong.given, wrong.wanted) == ("wrong value", "ran", 7, 300)
    stuck = _run(task, lambda *_: lambda _: "```clojure\n(nope)\n```")
    assert stuck.first == "unbound_var"
    assert set(stuck.faults) == {"unbound_var"}
    text = report([wrong, stuck], model="none")
    assert "| **compact** | 0/2 | 0% | 0%-66% | 50% |" in text
    assert "how failed tasks ended: wrong value 1" in text


@pytest.mark.parametrize(
    ("given", "wanted", "verdict"),
    [
        (1, 1, True), (1.0, 1, True), (1, 2, False), (0.1 + 0.2, 0.3, True), (2.01, 2.0, True), (2.02, 2.0, False),
        (True, 1, False), (1, True, False), ("1", 1, False), ([1, 2], [1, 2], True), ([2, 1], [1, 2], False),
        ([1], [1, 2], False), ({"a": 1.001}, {"a": 1.0}, True), ({"a": 1, "b": 2}, {"a": 1}, False), (None, None, True),
        ("x", "x", True), ("X", "x", False),
    ],
)  # fmt: skip
def test_values_agree_to_the_cent(given: Any, wanted: Any, verdict: bool) -> None:
    assert same(given, wanted) is verdict
