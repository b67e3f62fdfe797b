"""What an agent that writes PTC-JSON is told about its language and its replies."""

from __future__ import annotations

from typing import get_args

from ptc_lisp import json_dsl
from subagent.loop.policy import LanguageProfile, Policy
from subagent.prompting.resources import render


def reply_block(policy: Policy) -> dict[str, str]:
    """The slot `block`: what a program comes in."""
    return {"block": render("json", "block" if policy.program_schema is None else "bare")}


def json_system(policy: Policy, completion: str) -> str:
    """The system text."""
    structured = policy.program_schema is not None
    spec = policy.language_spec
    own = spec not in get_args(LanguageProfile)
    return render(
        "json",
        "system",
        reply=render("json", "reply_schema" if structured else "reply_block"),
        completion=completion,
        operations=spec if own else json_dsl.to_prompt(compact=spec != "full", examples=0),
        example=render("json", "example" if not structured else "example_schema"),
    )
