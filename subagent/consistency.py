"""Rules of a definition that concern several fields together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ptc_lisp.signature import parse
from subagent.prompting.template import check_references, misfit, placeholders

if TYPE_CHECKING:
    from subagent.definition import SubAgent

_RESERVED = frozenset({"lisp_eval"})


def check_consistency(agent: SubAgent) -> None:
    """Raises ValueError or TypeError for the first rule that the definition breaks."""
    for rule in _RULES:
        rule(agent)


def _tools(agent: SubAgent) -> None:
    try:
        table = agent.tool_table
    except (TypeError, ValueError) as error:
        raise type(error)(f"SubAgent.tools: {error}") from error
    for name in table:
        if name in _RESERVED:
            raise ValueError(f"SubAgent.tools: the name {name} is reserved; rename the tool")
        if name in agent.inputs:
            raise ValueError(
                f"SubAgent: {name} is both a tool and an input of the signature; rename one of them"
            )


def _prompt(agent: SubAgent) -> None:
    if agent.prompt is None:
        return
    try:
        placeholders(agent.prompt)
        if agent.mode == "program":
            check_references(agent.prompt)
        declared = {} if agent.signature is None else {f.name: f.type for f in parse(agent.signature).params}
        wrong = misfit(agent.prompt, declared) if declared else None
    except ValueError as error:
        raise ValueError(f"SubAgent.prompt: {error}") from error
    if wrong is not None:
        raise ValueError(f"SubAgent.prompt: {wrong} (inputs are declared by the signature {agent.signature})")


_RULES: tuple[Callable[[SubAgent], None], ...] = (_tools, _prompt)
