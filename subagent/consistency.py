"""Rules of a definition that concern several fields together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ptc_lisp.signature import parse
from subagent.preludes import check_usable
from subagent.prompting.native_tools import native_name, native_names
from subagent.prompting.template import check_references, misfit, placeholders

if TYPE_CHECKING:
    from subagent.definition import SubAgent

_RESERVED = frozenset({"lisp_eval", "json_eval"})


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
        if native_name(name) in _RESERVED:
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


def _output(agent: SubAgent) -> None:
    agent.contract  # noqa: B018 - raises when signature and output contradict each other
    if agent.output is not None and agent.validation in ("warn_only", "disabled"):
        raise ValueError(
            f"SubAgent.validation {agent.validation!r} lets any answer through, and SubAgent.output promises a type: "
            "leave one of them out"
        )


# What only programs in replies can have: a text agent would silently do without.
_OF_PROGRAMS = ("compaction", "constrain", "thinking")
_OF_WORK = ("plan", "journaling", "progress_fn")


def _travel(agent: SubAgent) -> None:
    if agent.transport == "tool_call" and agent.constrain is not None:
        raise ValueError(
            'SubAgent.constrain is for transport="content": providers constrain the text of a reply, not calls of a tool'
        )


def _text_mode(agent: SubAgent) -> None:
    if agent.mode != "text":
        return
    for name in _OF_PROGRAMS:
        if getattr(agent, name):
            raise ValueError(f'SubAgent.{name} is for mode="program": leave it out, or leave out mode="text"')
    if agent.completion == "explicit":
        raise ValueError('SubAgent.completion "explicit" is for mode="program": leave it out')
    native_names(agent.tool_table)
    if agent.transport == "content":
        for name in _OF_WORK:
            if getattr(agent, name):
                raise ValueError(
                    f'SubAgent.{name} is for mode="program", or for transport="tool_call" beside it: programs say what is '
                    "done; leave it out"
                )
        for name, tool in agent.tool_table.items():
            if tool.expose == "program":
                raise ValueError(
                    f'SubAgent.tools: {name} is for programs only (expose="program"), and an agent with mode="text" '
                    'writes none: add transport="tool_call", or expose it as "both" or "native"'
                )
    said = set(placeholders(agent.prompt or ""))
    for name in agent.inputs if agent.prompt is not None and agent.transport == "content" else ():
        if name not in said and name.replace("-", "_") not in {each.replace("-", "_") for each in said}:
            raise ValueError(
                f'SubAgent.prompt: with mode="text" the model sees an input only in the prompt; write {{{{{name}}}}} in it'
            )


def _thinking(agent: SubAgent) -> None:
    if agent.thinking and agent.constrain is not None:
        raise ValueError(
            "SubAgent.thinking lets replies begin with prose, and SubAgent.constrain forbids it: choose one of them"
        )


def _language(agent: SubAgent) -> None:
    if agent.language == "ptc-json" and getattr(agent.language_spec, "reference", None) == "none":
        raise ValueError(
            'SubAgent.language_spec: the reference "none" is for PTC-Lisp; PTC-JSON cannot be written without its operations'
        )
    if agent.constrain is None or (agent.constrain == "schema") == (agent.language == "ptc-json"):
        return
    if agent.language == "ptc-json":
        raise ValueError('SubAgent.constrain: PTC-JSON is kept to a JSON Schema, write constrain="schema"')
    raise ValueError('SubAgent.constrain "schema" is for language="ptc-json"; PTC-Lisp has "gbnf" and "lark"')


def _preludes(agent: SubAgent) -> None:
    if agent.preludes:
        check_usable("SubAgent.preludes", agent)


_RULES: tuple[Callable[[SubAgent], None], ...] = (
    _tools,
    _output,
    _prompt,
    _travel,
    _text_mode,
    _thinking,
    _language,
    _preludes,
)
