"""All tasks of the evaluation, in two sets.

Prompts, messages and repairs are mended by looking at what models answer to the tuning set. The held-out set says what that is
worth elsewhere, so its replies are not read while something is being mended.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.agents import (
    grouping_tasks,
    held_out_grouping,
    held_out_other,
    held_out_tables,
    other_tasks,
    table_tasks,
)
from benchmarks.agents.data import Tables, tables
from benchmarks.agents.held_out_data import held_out_tables as more_tables
from benchmarks.agents.held_out_tools import HELD_OUT_TOOLS
from benchmarks.agents.task import Task
from benchmarks.agents.world_tools import TOOLS as TUNING_TOOLS

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

HELD_OUT: tuple[Task, ...] = (
    *held_out_tables.BASIC,
    *held_out_tables.RANK,
    *held_out_grouping.GROUP,
    *held_out_grouping.JOIN,
    *held_out_other.TEXT,
    *held_out_other.TOOLS,
    *held_out_other.SEARCH,
    *held_out_other.EXPLORE,
    *held_out_other.MEMORY,
)

SETS: Mapping[str, tuple[Task, ...]] = {"tuning": TASKS, "held-out": HELD_OUT}

TOOLS = {**TUNING_TOOLS, **HELD_OUT_TOOLS}
"""The tools of both sets by name."""


def world() -> Tables:
    """The tables of both sets by name."""
    return {**tables(), **more_tables()}
