"""Runs tasks with a model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.agents.scoring import Result, same
from benchmarks.agents.task import Part, Task
from benchmarks.agents.tasks import TOOLS, world
from ptc_lisp import Memory
from subagent import FormatOptions, Hooks, Step, SubAgent, refuse_missed_lookups

Model = Callable[[Task, Part], object]
"""From what is asked to the model that answers it."""

PROFILES: Mapping[str, Mapping[str, Any]] = {
    "compact": {},
    "full": {"language_spec": "full"},
    "constrained": {"constrain": "gbnf"},
    "repairing": {"repair": "apply"},
    "checking": {"repair": "apply", "hooks": Hooks(before_answer=refuse_missed_lookups)},
    "fresh": {
        "repair": "apply",
        "hooks": Hooks(before_answer=refuse_missed_lookups),
        "fresh_start": "failed",
    },
    "short-feedback": {"format": FormatOptions(max_chars=200, max_items=3, error_chars=300)},
}
"""Settings of the agent and of its runs that can be compared, by name."""


def run_task(
    task: Task, model: Model, *, profile: str, run: int, max_turns: int, options: Mapping[str, Any]
) -> Result:
    """One task. Later parts are asked only when the earlier ones were right."""
    tables = world()
    settings = dict(PROFILES[profile])
    hooks = settings.pop("hooks", ())
    memory, steps, outcome = Memory(), list[Step](), "pass"
    given = wanted = None
    started = time.perf_counter()
    for part in task.parts:
        agent = SubAgent(
            signature=part.signature,
            tools=[TOOLS[name] for name in task.tools],
            max_turns=max_turns,
            llm_options=options,
            **settings,
        )
        step = agent.run(
            part.ask,
            llm=model(task, part),
            context={name: tables[name] for name in task.tables},
            initial_memory=memory,
            hooks=hooks,
        )
        steps.append(step)
        memory, given, wanted = step.memory, step.value, part.expected(tables)
        outcome = _outcome(step, wanted)
        if outcome != "pass":
            break
    return Result(
        task=task.name,
        nature=task.nature,
        profile=profile,
        run=run,
        outcome=outcome,
        first=_first(steps[0]),
        turns=sum(len(step.turns) for step in steps),
        input_tokens=sum(step.usage.input_tokens for step in steps),
        output_tokens=sum(step.usage.output_tokens for step in steps),
        seconds=round(time.perf_counter() - started, 2),
        faults=tuple(t.error.kind.value for s in steps for t in s.turns if t.error is not None),
        given=given,
        wanted=wanted,
    )


def _outcome(step: Step, wanted: Any) -> str:
    if step.error is not None:
        return step.error.kind.value
    return "pass" if same(step.value, wanted) else "wrong value"


def _first(step: Step) -> str:
    if not step.turns:
        return "no turn"
    error = step.turns[0].error
    return "ran" if error is None else error.kind.value
