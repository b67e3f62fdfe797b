"""Judges a model, or compares profiles of the agent with the same model.

    python -m benchmarks.agents --dry-run
    python -m benchmarks.agents --llm openai/NAME --api-base http://127.0.0.1:8080/v1
    python -m benchmarks.agents --llm MODEL --compare compact,full --tasks tiers,quarters
    python -m benchmarks.agents --llm MODEL --set held-out
    python -m benchmarks.agents --replay tests/evaluation/replies.jsonl

Every task has one right value, computed by plain Python from seeded data. Tasks and profiles are interleaved, so that
a slow hour hits all profiles alike.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.agents.models import Live, Replay, provider_options, solutions
from benchmarks.agents.report import report
from benchmarks.agents.runner import PROFILES, Model, run_task
from benchmarks.agents.scoring import Result
from benchmarks.agents.task import Task
from benchmarks.agents.tasks import SETS


def main() -> None:
    """Runs the chosen tasks and prints the table."""
    given = _arguments()
    tasks = _chosen(SETS[given.set], given.tasks, given.nature)
    model, name = _model(given)
    if isinstance(model, Replay):
        tasks = [task for task in tasks if task.name in model.tasks]
    profiles = given.compare.split(",") if given.compare else [given.profile]
    for profile in profiles:
        if profile not in PROFILES:
            sys.exit(f"there is no profile {profile!r}; profiles are {', '.join(PROFILES)}")
    options = provider_options(given.temperature, given.max_tokens, given.api_base)
    results: list[Result] = []
    for task in tasks:
        for run in range(1, given.runs + 1):
            for profile in profiles:
                result = run_task(
                    task, model, profile=profile, run=run, max_turns=given.max_turns, options=options
                )
                results.append(result)
                _say(result, given.out)
    print()
    print(report(results, model=name))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.agents", description="Judge a model, or compare profiles."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--llm", metavar="MODEL", help="litellm model string")
    source.add_argument("--dry-run", action="store_true", help="answer with the tasks' own solutions")
    source.add_argument("--replay", type=Path, metavar="FILE", help="answer with recorded replies")
    parser.add_argument("--api-base", metavar="URL")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep the model's replies (JSON lines)")
    parser.add_argument("--profile", default="compact", help=f"one of {', '.join(PROFILES)}")
    parser.add_argument("--compare", metavar="A,B", help="several profiles, task by task")
    parser.add_argument("--set", default="tuning", choices=SETS, help="which tasks")
    parser.add_argument("--tasks", metavar="A,B", help="only these tasks")
    parser.add_argument("--nature", metavar="A,B", help="only tasks of these natures")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--max-turns", type=int, default=4)
    parser.add_argument("--max-tokens", type=int, default=400)
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--timeout", type=float, default=600, help="seconds that one request may take")
    parser.add_argument("--out", type=Path, metavar="FILE", help="results as JSON lines")
    return parser.parse_args()


def _chosen(tasks: Sequence[Task], names: str | None, natures: str | None) -> list[Task]:
    by_name = {task.name: task for task in tasks}
    if names is not None:
        unknown = [name for name in names.split(",") if name not in by_name]
        if unknown:
            sys.exit(f"there is no task {unknown[0]!r}; tasks are {', '.join(by_name)}")
        return [by_name[name] for name in names.split(",")]
    if natures is not None:
        return [task for task in tasks if task.nature in natures.split(",")]
    return list(tasks)


def _model(given: argparse.Namespace) -> tuple[Model, str]:
    if given.dry_run:
        return solutions, "the tasks' own solutions"
    if given.replay is not None:
        return Replay(given.replay), f"replies of {given.replay.name}"
    return Live(given.llm, given.record, given.timeout), given.llm


def _say(result: Result, out: Path | None) -> None:
    mark = "pass" if result.passed else result.outcome
    print(
        f"{result.profile:14} {result.task:22} {mark:18} turns {result.turns}  {result.seconds:6.1f} s"
        f"  {', '.join(result.faults)}",
        flush=True,
    )
    if out is not None:
        with out.open("ab") as file:
            file.write(msgspec.json.encode(result) + b"\n")


if __name__ == "__main__":
    main()
