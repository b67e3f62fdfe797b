"""The two texts that begin every run: the system text, the same for all runs of a definition, and the first user
message with tools, data, expected output and task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ptc_lisp import Prelude, Tool
from subagent.loop.contract import example, expected, notes_text
from subagent.loop.plan import system_part
from subagent.loop.policy import LanguageSpec, Policy, Reference
from subagent.prompting.inventory import data_inventory, tool_inventory
from subagent.prompting.json_words import json_system
from subagent.prompting.preludes import prelude_text
from subagent.prompting.resources import prompt, render, say
from subagent.prompting.template import filled
from subagent.prompting.text_prompt import text_system, text_task
from subagent.prompting.travel import reply_words, travel_words


class Opening(msgspec.Struct, frozen=True):
    """How a conversation begins."""

    system: str
    user: str


class Preview(Opening, frozen=True, kw_only=True):
    """What the first request of a run has: `messages` with the system text first, as the OpenAI chat API writes them, the
    native `tools` in its function format, and the JSON `schema` of the reply."""

    messages: tuple[dict[str, Any], ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    schema: dict[str, Any] | None = None


def opening(
    policy: Policy,
    task: str,
    context: Mapping[str, Any],
    tools: Mapping[str, Tool],
    notes: Mapping[str, str],
    *,
    prelude: Prelude | None = None,
    standing: str = "",
) -> Opening:
    """The opening of a run. `notes` describe entries of the context; `standing` says how far the work is."""
    if policy.mode == "text":
        text = text_task(policy, task, context, tools, notes, prelude=prelude)
        return Opening(
            _with_journal(policy, text_system(policy)), "\n\n".join(filter(None, [standing, text]))
        )
    seen = inventory_text(policy, context, tools, notes, prelude)
    system = system_text(policy)
    mission = [*([standing] if standing else []), *mission_text(policy, task)]
    if policy.format.context_in_system:
        return Opening("\n\n".join([system, *seen]), "\n\n".join(mission))
    return Opening(system, "\n\n".join([*seen, *mission]))


def system_text(policy: Policy) -> str:
    """The system text of a policy: role, reply format, language card. It does not depend on the task."""
    if policy.language == "ptc-json":
        text = json_system(policy, _completion(policy))
    else:
        text = render(
            "system",
            reply=reply_words(policy),
            completion=_completion(policy),
            language=_language(policy.language_spec, tools=bool(policy.tool_names)),
        )
    return _with_journal(policy, text)


def _with_journal(policy: Policy, text: str) -> str:
    told = policy.language_spec.journal
    if told is False:
        return text
    journal = system_part(policy.plan, policy.language, journaling=policy.journaling or told is True)
    return f"{text}\n\n{journal}" if journal else text


def _language(spec: LanguageSpec, *, tools: bool) -> str:
    """What is said about the language: a profile, or the words of the host; and its names, as much as is wanted. `tools`:
    whether there are any, whose use is shown then."""
    names = spec.reference or _REFERENCES.get(spec.profile, "none")
    listed = (
        [] if names == "none" else [render("language", "functions", functions=prompt(_LISTS[names]).text)]
    )
    if spec.own_words or spec.profile == "minimal":
        text = spec.profile if spec.own_words else render("language", "minimal")
        return "\n\n".join([text, *listed])
    shown = [render("language", "examples"), *([render("language", "tool_examples")] if tools else [])]
    return "\n\n".join([render("language", "card"), *listed, "\n".join(shown)])


_REFERENCES: dict[str, Reference] = {"compact": "common", "full": "full"}
_LISTS: dict[Reference, str] = {"common": "functions", "full": "reference"}


def inventory_text(
    policy: Policy,
    context: Mapping[str, Any],
    tools: Mapping[str, Tool],
    notes: Mapping[str, str],
    prelude: Prelude | None = None,
) -> list[str]:
    """What programs can reach, in parts."""
    parts: list[str] = []
    if any(tool.visibility == "public" for tool in tools.values()):
        shown = tool_inventory(tools, policy.allow_effects, language=policy.language)
        parts.append(render("task", "tools", tools=shown))
        if policy.max_tool_calls is not None:
            parts.append(render("task", "tool_limit", max_tool_calls=policy.max_tool_calls))
    else:
        parts.append(render("task", "no_tools"))
    parts += prelude_text(prelude, policy.allow_effects, policy.language)
    if context:
        data = data_inventory(context, notes, language=policy.language, digits=policy.float_precision)
        parts.append(render("task", "data", data=data))
    elif tools:
        parts.append(render("task", "no_data"))
    return parts


def mission_text(policy: Policy, task: str) -> list[str]:
    """What is wanted, in parts."""
    parts: list[str] = []
    if policy.signature is not None:
        shape = {
            "type": expected(policy.signature, policy.language),
            "example": example(policy.signature, policy.language),
        }
        told = say(policy.language, "task", "output", **shape)
        if policy.answer_notes:
            told = f"{told}\n{render('task', 'notes', notes=notes_text(policy.answer_notes))}"
        parts.append(told)
    return [
        *parts,
        say(policy.language, "task", "task", task=filled(task, policy.language), **travel_words(policy)),
    ]


def _completion(policy: Policy) -> str:
    if policy.value_is_answer:
        return say(policy.language, "completion", "single")
    if policy.max_turns == 1:
        return say(policy.language, "completion", "one_explicit")
    text = say(policy.language, "completion", "loop", max_turns=policy.max_turns)
    return (
        f"{text} {say(policy.language, 'completion', 'explicit')}"
        if policy.completion == "explicit"
        else text
    )
