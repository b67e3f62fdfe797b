"""An agent as a tool of another agent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ptc_lisp import Tool
from subagent.definition import SubAgent
from subagent.drive.driver import run_async
from subagent.drive.scope import CALL, CURRENT
from subagent.loop.finish import child_of
from subagent.options import RunOptions
from subagent.step import Step

_PLAIN = "(task :string) -> :any"


class ChildFailed(Exception):  # noqa: N818 - its name is what the calling program reads
    """The run of an agent that was called as a tool ended without an answer."""


def agent_tool(
    agent: SubAgent,
    name: str | None,
    description: str | None,
    llm: object,
    options: Mapping[str, Any] | None = None,
) -> Tool:
    """See `SubAgent.as_tool`. `options` are further fields of the Tool."""
    said = description or agent.description
    if not said:
        raise ValueError(
            f"{agent.name}.as_tool needs a description, which tells the calling model when to use it: "
            "pass as_tool(description=...) or SubAgent(description=...)"
        )

    async def call_child(**inputs: Any) -> Any:
        task = None if agent.inputs else inputs.pop("task", None)
        mission = said if agent.prompt is None and task is None else task
        step = await run_child(agent, mission, inputs, llm=llm)
        if step.error is not None:
            raise ChildFailed(f"{step.error.kind}: {step.error.message}")
        return step.plain_value

    signature = agent.contract if agent.inputs else _without_inputs(agent.contract)
    fields: dict[str, Any] = {
        "name": name or agent.name,
        "description": _with_answer(said, agent.answer_notes),
        "signature": signature,
        "descriptions": dict(agent.context_descriptions),
        "details": {"asks_model": True, "llm": agent.llm if agent.llm is not None else llm, "agent": agent},
    }
    return Tool(call_child, **{**fields, **(options or {})})


async def run_child(
    agent: SubAgent, task: str | None, inputs: Mapping[str, Any], *, llm: object, own_turns: bool = False
) -> Step:
    """Runs an agent for the tool call that is under way, and attaches it there. `own_turns`: its turns do not count in the
    caller's budget."""
    parent = CURRENT.get()
    step = await run_async(
        agent, task, RunOptions(llm=llm, context=inputs), parent=parent, own_turns=own_turns
    )
    call = CALL.get()
    if call is not None:
        call.child = step.run_id
    if parent is not None:
        parent.children.append(child_of(step))
    return step


def _with_answer(said: str, fields: Mapping[str, str]) -> str:
    """The description with a word on each field of the answer."""
    meaning = "; ".join(f":{name} is {text}" for name, text in fields.items())
    return f"{said.rstrip()} In the answer {meaning}" if meaning else said


def _without_inputs(signature: str | None) -> str:
    """A mission as the one argument, and the agent's own answer type."""
    return _PLAIN if signature is None else f"(task :string) -> {signature.rpartition('->')[2].strip()}"
