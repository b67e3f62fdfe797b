"""How programs travel from the model, in words."""

from __future__ import annotations

from subagent.loop.answers import is_plain
from subagent.loop.policy import Policy
from subagent.prompting.json_words import reply_block
from subagent.prompting.resources import render


def travel_words(policy: Policy) -> dict[str, str]:
    """The slots `block` and `a_block`: what a program comes in."""
    if policy.language == "ptc-json":
        return reply_block(policy)
    return {
        "block": render("reply", f"{policy.transport}_block"),
        "a_block": render("reply", f"{policy.transport}_a_block"),
    }


def reply_words(policy: Policy) -> str:
    """What the system text says about the form of replies."""
    if policy.output_format is not None:
        return policy.output_format
    section = f"{policy.transport}_thinking" if policy.thinking else policy.transport
    if policy.transport == "content":
        return render("reply", section)
    return render("reply", section, direct=direct_words(policy))


def direct_words(policy: Policy) -> str:
    """How to answer without a program."""
    form = "direct_text" if is_plain(policy.signature) else "direct_json"
    return render("native", "direct", form=render("native", form))
