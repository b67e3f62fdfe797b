"""From a definition and the arguments of a run to everything that a driver needs. No model is asked and no program
run here; mistakes of the host are raised here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from ptc_lisp import Fault, FaultKind, Phase, Tool
from ptc_lisp import Step as ProgramStep
from ptc_lisp.signature import coerce_args, parse
from subagent.definition import SubAgent
from subagent.llm.constrain import constraint_of
from subagent.loop.policy import Policy
from subagent.options import RunOptions
from subagent.prompting.inventory import row_keys
from subagent.prompting.prompt import Opening, opening
from subagent.prompting.template import unknown
from subagent.step import Step


class Prepared(msgspec.Struct, frozen=True):
    """A run that can begin. `refused` ends it before the model is asked: the step that it builds on had failed."""

    agent: SubAgent
    options: RunOptions
    policy: Policy
    task: str
    opening: Opening
    context: dict[str, Any]
    tools: dict[str, Tool]
    refused: Fault | None = None


def prepare(
    agent: SubAgent,
    task: str | None,
    options: RunOptions,
    *,
    depth: int = 0,
    mission_timeout_ms: int | None = None,
) -> Prepared:
    """Checks and renders. `mission_timeout_ms` replaces the agent's own when a caller's deadline is nearer.

    Raises:
        ValueError: no task, a placeholder or input without data, a name that is both tool and data.
        TypeError: task or context is of a wrong type.
    """
    mission = _mission(agent, task)
    data, refused = _data(options.context)
    tools = agent.tool_table
    for name in tools:
        if name in data:
            raise ValueError(f"{name} is both a tool and an entry of the context; rename one of them")
    if refused is None:
        data = _inputs(agent, data)
        known = (*data, *agent.inputs)
        if agent.prompt is not None and (wrong := unknown(agent.prompt, known)) is not None:
            raise ValueError(f"the prompt of {agent.name}: {wrong} (the context must have it)")
    policy = _policy(agent, data, depth, mission_timeout_ms)
    begin = opening(policy, mission, data, tools, agent.context_descriptions)
    return Prepared(agent, options, policy, mission, begin, data, tools, refused)


def _policy(agent: SubAgent, data: dict[str, Any], depth: int, mission_timeout_ms: int | None) -> Policy:
    constraint = constraint_of(agent.constrain)
    tools = agent.tool_table
    return Policy(
        agent=agent.name,
        signature=agent.signature,
        mode=agent.mode,
        language=agent.language,
        transport=agent.transport,
        max_turns=agent.max_turns,
        retry_turns=agent.retry_turns,
        completion=agent.completion,
        language_spec=agent.language_spec,
        mission_timeout_ms=agent.mission_timeout_ms if mission_timeout_ms is None else mission_timeout_ms,
        max_tool_calls=agent.max_tool_calls,
        depth=depth,
        max_depth=agent.max_depth,
        tool_names=tuple(tools),
        keys=row_keys(data),
        options=dict(agent.llm_options),
        constraint=None if constraint is None else constraint.grammar(tools, data),
        format=agent.format,
    )


def _mission(agent: SubAgent, task: object) -> str:
    if task is not None and not isinstance(task, str):
        raise TypeError(f"task must be text, got {type(task).__name__}; data goes into context={{...}}")
    parts = [part.strip() for part in (agent.prompt, task) if part and part.strip()]
    if not parts:
        raise ValueError(f'{agent.name} has nothing to do: call run("the task"), or give the agent a prompt')
    return "\n\n".join(parts)


def _data(context: object) -> tuple[dict[str, Any], Fault | None]:
    """The context as a dict; the Step of an earlier run gives its value, or the fault that ends the chain."""
    if context is None:
        return {}, None
    if isinstance(context, Step | ProgramStep):
        if context.ok:
            return (dict(context.value) if isinstance(context.value, Mapping) else {}), None
        return {}, _chained(context.error)
    if not isinstance(context, Mapping):
        raise TypeError(f'context must be a dict such as {{"orders": [...]}}, got {type(context).__name__}')
    for name in context:
        if not isinstance(name, str):
            raise TypeError(f"the names of the context must be text, got {name!r}")
    return dict(cast("Mapping[str, Any]", context)), None


def _chained(cause: Fault | None) -> Fault:
    details = {} if cause is None else {"cause": msgspec.to_builtins(cause)}
    words = "the step that was given as context had failed" + ("" if cause is None else f": {cause.message}")
    return Fault(FaultKind.CHAINED_FAILURE, Phase.AGENT, words, details=details)


def _inputs(agent: SubAgent, data: dict[str, Any]) -> dict[str, Any]:
    """The context with declared inputs made to fit their types; further entries stay as they are."""
    if not agent.inputs:
        return data
    declared = {name.replace("-", "_") for name in agent.inputs}
    given = {name: value for name, value in data.items() if name.replace("-", "_") in declared}
    assert agent.signature is not None
    fitted, _, problems = coerce_args(parse(agent.signature), given)
    if problems:
        said = "; ".join(str(problem) for problem in problems[:5])
        raise ValueError(f"the context does not fit the signature {agent.signature} of {agent.name}: {said}")
    return {**{name: value for name, value in data.items() if name not in given}, **fitted}
