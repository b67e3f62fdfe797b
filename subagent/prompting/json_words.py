"""What an agent that writes PTC-JSON is told about its language."""

from __future__ import annotations

from ptc_lisp import json_dsl
from subagent.loop.policy import Policy
from subagent.prompting.resources import render
from subagent.prompting.travel import reply_words


def json_system(policy: Policy, completion: str) -> str:
    """The system text."""
    return render(
        "json",
        "system",
        reply=reply_words(policy),
        completion=completion,
        operations=operations_text(policy),
        path="$.program.steps[1]" if policy.program_schema is None else "$.nodes[1]",
        example=render("json", "example" if policy.program_schema is None else "example_strict"),
    )


def operations_text(policy: Policy) -> str:
    """What is said about the operations: their table, or the words of the host."""
    spec = policy.language_spec
    if spec.own_words:
        return spec.profile
    compact = "full" not in (spec.profile, spec.reference)
    return json_dsl.to_prompt(compact=compact, examples=0, strict=policy.program_schema is not None)
