"""The opening of an agent in text mode: data that the task names stands in the text itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ptc_lisp import Prelude, Tool
from subagent.loop.answers import answer_schema, is_plain
from subagent.loop.contract import expected, notes_text, parsed
from subagent.loop.policy import Policy
from subagent.prompting.inventory import data_inventory, tool_inventory
from subagent.prompting.json_words import operations_text
from subagent.prompting.native_tools import program_tools
from subagent.prompting.preludes import prelude_text
from subagent.prompting.resources import render, say
from subagent.prompting.template import embedded


def text_system(policy: Policy) -> str:
    """The system text of a policy. It does not depend on the task."""
    tools = bool(policy.native_tools) or policy.transport == "tool_call"
    if policy.signature is None or is_plain(policy.signature):
        head = render("native", "tools" if tools else "plain")
    else:
        shape = {
            "type": expected(policy.signature, "ptc-json"),
            "schema": json.dumps(answer_schema(policy.signature), ensure_ascii=False),
        }
        head = render("native", "tools_json" if tools else "json", **shape)
        if policy.answer_notes:
            head = f"{head}\n{render('task', 'notes', notes=notes_text(policy.answer_notes))}"
    if policy.transport == "content":
        return head
    slots = {"operations": operations_text(policy)} if policy.language == "ptc-json" else {}
    return f"{head}\n\n{say(policy.language, 'native', 'combined', **slots)}"


def text_task(
    policy: Policy,
    task: str,
    context: Mapping[str, Any],
    tools: Mapping[str, Tool],
    notes: Mapping[str, str],
    *,
    prelude: Prelude | None = None,
) -> str:
    """The first user message. With programs, it lists what they can reach."""
    said = embedded(task, {**_left_out(policy, context), **context})
    if policy.transport == "content":
        return said
    parts: list[str] = []
    reachable = {name: tool for name, tool in program_tools(tools).items() if tool.visibility == "public"}
    if reachable:
        parts.append(
            render("native", "program_tools", tools=tool_inventory(reachable, language=policy.language))
        )
    parts += prelude_text(prelude, policy.allow_effects, policy.language)
    if context:
        data = data_inventory(context, notes, language=policy.language, digits=policy.float_precision)
        parts.append(render("task", "data", data=data))
    return "\n\n".join([*parts, said])


def _left_out(policy: Policy, context: Mapping[str, Any]) -> dict[str, None]:
    """The declared inputs that were not given: only optional ones can be missing."""
    given = {name.replace("-", "_") for name in context}
    inputs = () if policy.signature is None else parsed(policy.signature).params
    return {each.name: None for each in inputs if each.name.replace("-", "_") not in given}
