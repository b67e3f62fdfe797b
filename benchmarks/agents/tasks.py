"""All tasks of the evaluation."""

from __future__ import annotations

from benchmarks.agents import grouping_tasks, other_tasks, table_tasks
from benchmarks.agents.task import Task

TASKS: tuple[Task, ...] = (
    *table_tasks.BASIC,
    *table_tasks.RANK,
    *grouping_tasks.GROUP,
    *grouping_tasks.JOIN,
    *other_tasks.TEXT,
    *other_tasks.TOOLS,
    *other_tasks.SEARCH,
    *other_tasks.EXPLORE,
    *other_tasks.MEMORY,
)
