"""What one evaluation task is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.agents.data import Tables

Nature = Literal["basic", "rank", "group", "join", "text", "tools", "search", "explore", "memory"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One request to the agent. A second part finds the definitions that the first one made.

    expected: from the tables to the one right value. solution: a program that gives it, which proves that the task can
    be solved and serves the dry run.
    """

    ask: str
    signature: str
    expected: Callable[[Tables], Any]
    solution: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task. `tables` are handed in as data; `tools` are names of `world_tools.TOOLS`."""

    name: str
    nature: Nature
    parts: tuple[Part, ...]
    tables: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


def one(  # noqa: PLR0917 - a table: each row states these six, in this order
    name: str,
    nature: Nature,
    ask: str,
    signature: str,
    expected: Callable[[Tables], Any],
    solution: str,
    *,
    tables: str = "",
    tools: str = "",
) -> Task:
    """A task of a single part; `tables` and `tools` are names separated by blanks."""
    part = Part(ask=ask, signature=signature, expected=expected, solution=solution)
    return Task(
        name=name, nature=nature, parts=(part,), tables=tuple(tables.split()), tools=tuple(tools.split())
    )
