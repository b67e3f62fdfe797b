"""Runs without a definition of their own: `subagent.run("Count the orders", llm=..., context=...)`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from subagent.definition import SubAgent
from subagent.generics import Out
from subagent.options import RunOptions
from subagent.step import Step
from subagent.wording import did_you_mean


def run(prompt: str, *, output: type[Out] | Any = None, **keywords: Any) -> Step[Out]:
    """Runs an agent that is made for this one task. keywords: fields of SubAgent and options of its `run`.

    Raises:
        ValueError, TypeError: a keyword is neither, or is unusable.
    """
    agent, options = _parted(prompt, {"output": output, **keywords})
    return agent.run(**options)


async def arun(prompt: str, *, output: type[Out] | Any = None, **keywords: Any) -> Step[Out]:
    """`run` for coroutines."""
    agent, options = _parted(prompt, {"output": output, **keywords})
    return await agent.arun(**options)


def _parted(prompt: str, keywords: dict[str, Any]) -> tuple[SubAgent, dict[str, Any]]:
    known = {field.name for field in fields(SubAgent)}
    options = {field.name for field in fields(RunOptions)}
    for name in keywords.keys() - known - options:
        advice = did_you_mean(name, sorted(known | options))
        raise TypeError(f"{name} is neither a field of SubAgent nor an option of its run{advice}")
    made = {name: value for name, value in keywords.items() if name in known}
    return SubAgent(prompt, **made), {name: value for name, value in keywords.items() if name not in known}
