"""An agent as a tool of another agent."""

from __future__ import annotations

from typing import Any

from ptc_lisp import Tool
from subagent.definition import SubAgent
from subagent.drive.driver import run_async
from subagent.drive.scope import CALL, CURRENT
from subagent.loop.finish import child_of
from subagent.options import RunOptions

_PLAIN = "(task :string) -> :any"


class ChildFailed(Exception):  # noqa: N818 - its name is what the calling program reads
    """The run of an agent that was called as a tool ended without an answer."""


def agent_tool(agent: SubAgent, name: str | None, description: str | None, llm: object) -> Tool:
    """See `SubAgent.as_tool`."""
    said = description or agent.description
    if not said:
        raise ValueError(
            f"{agent.name}.as_tool needs a description, which tells the calling model when to use it: "
            "pass as_tool(description=...) or SubAgent(description=...)"
        )

    async def run_child(**inputs: Any) -> Any:
        parent = CURRENT.get()
        task = None if agent.inputs else inputs.pop("task", None)
        mission = said if agent.prompt is None and task is None else task
        step = await run_async(agent, mission, RunOptions(llm=llm, context=inputs), parent=parent)
        call = CALL.get()
        if call is not None:
            call.child = step.run_id
        if parent is not None:
            parent.children.append(child_of(step))
        if step.error is not None:
            raise ChildFailed(f"{step.error.kind}: {step.error.message}")
        return step.value

    signature = agent.signature if agent.inputs else _without_inputs(agent.signature)
    return Tool(run_child, name=name or agent.name, description=said, signature=signature)


def _without_inputs(signature: str | None) -> str:
    """A mission as the one argument, and the agent's own answer type."""
    return _PLAIN if signature is None else f"(task :string) -> {signature.rpartition('->')[2].strip()}"
