"""What an agent that writes PTC-JSON is told about its language and its replies."""

from __future__ import annotations

from ptc_lisp import json_dsl
from subagent.loop.policy import Policy
from subagent.prompting.resources import render


def reply_block(policy: Policy) -> dict[str, str]:
    """The slots `block`, what a program comes in, and `answer`, the program that returns the last value."""
    if policy.program_schema is None:
        return {"block": render("json", "block"), "answer": render("json", "answer")}
    return {"block": render("json", "bare"), "answer": render("json", "answer_nodes")}


def json_system(policy: Policy, completion: str) -> str:
    """The system text."""
    structured = policy.program_schema is not None
    spec = policy.language_spec
    compact = "full" not in (spec.profile, spec.reference)
    return render(
        "json",
        "system",
        reply=render("json", "reply_schema", nodes=render("json", "nodes"))
        if structured
        else render("json", "reply_block"),
        completion=completion,
        operations=spec.profile if spec.own_words else json_dsl.to_prompt(compact=compact, examples=0),
        example=render("json", "example_schema" if structured else "example"),
    )
