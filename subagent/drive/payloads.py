"""What events show of values, and what they carry of them for a replay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ptc_lisp import Memory, Prelude, Tool
from ptc_lisp.signature import parameters_schema, render
from subagent.definition import SubAgent
from subagent.events import ToolShape
from subagent.prompting.preview import Bounds

RESULT = Bounds(chars=2_000, items=20, string=200)
"""How much of a tool's result an event shows."""


def plain(value: Any) -> Any:
    """A host's value as programs see it: JSON-shaped, dates stay dates. Text that says so when it has no such form."""
    try:
        return Memory.of({"value": value})["value"]
    except TypeError as error:
        return f"(no form in the language: {error})"


def shape(name: str, tool: Tool, *, positional: bool) -> ToolShape:
    """A tool as programs and models see it. positional: whether the run makes all tools so."""
    required, optional, takes_all = tool.parameters
    return ToolShape(
        name=name,
        description=tool.description or "",
        required=required,
        optional=optional,
        open=takes_all,
        kinds=tool.kinds,
        signature=render(tool.contract),
        descriptions=tool.notes,
        effect=tool.effect,
        parameters=None if takes_all else parameters_schema(tool.contract),
        positional=positional or tool.positional,
    )


def definition(agent: SubAgent, prelude: Prelude | None = None) -> dict[str, Any] | None:
    """The agent without its code (tools, model) and its prompt, which is in the task, and with the run's preludes; None when
    there is more code."""
    try:
        preludes = () if prelude is None else (prelude,)
        return replace(agent, prompt=None, tools=(), builtin_tools=(), llm=None, preludes=preludes).to_dict()
    except ValueError:
        return None
