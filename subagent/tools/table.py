"""The tools of an agent by name: its own, itself, the built-in ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ptc_lisp import Session, Tool
from subagent.tools.families import builtin_tools
from subagent.tools.markers import SELF

if TYPE_CHECKING:
    from subagent.definition import SubAgent

_AGAIN = "The same agent again, for a smaller part of the work. It knows only its arguments."


def tool_table(agent: SubAgent) -> dict[str, Tool]:
    """All tools of an agent. A tool of the definition wins over a built-in one of its name.

    Raises:
        TypeError, ValueError: something in `tools` is no tool, or `builtin_tools` names an unknown family.
    """
    own = Session(tools=_with_self(agent, agent.tools)).tools
    given = builtin_tools(agent.builtin_tools)
    if agent.llm_query:
        from subagent.tools.llm_tool import llm_query  # noqa: PLC0415 - loads the driver, not needed to define agents

        given["llm-query"] = llm_query(None)
    return {**own, **{name: tool for name, tool in given.items() if name not in own}}


def _with_self(agent: SubAgent, tools: object) -> Any:
    """`tools` with a tool in place of SELF."""
    if isinstance(tools, Mapping):
        named = cast("Mapping[str, Any]", tools)
        return {name: _itself(agent, name) if tool == SELF else tool for name, tool in named.items()}
    if isinstance(tools, str) or not isinstance(tools, Iterable):
        return tools
    return [_itself(agent, agent.name) if tool == SELF else tool for tool in cast("Iterable[Any]", tools)]


def _itself(agent: SubAgent, name: str) -> Tool:
    if agent.signature is None or not agent.inputs:
        raise ValueError(
            "SELF needs a signature with inputs, which are the arguments of the inner run: "
            'for example signature="(text :string) -> {summary :string}"'
        )
    from subagent.tools.agent_tool import agent_tool  # noqa: PLC0415 - loads the driver, not needed to define agents

    return agent_tool(agent, name, agent.description or _AGAIN, None)
