"""How programs travel from the model, in words."""

from __future__ import annotations

from subagent.loop.answers import is_plain
from subagent.loop.policy import Policy
from subagent.prompting.resources import render


def travel_words(policy: Policy) -> dict[str, str]:
    """The slots `block` and `a_block`, what a program comes in; in PTC-JSON `answer`, a reply that returns the last value."""
    if policy.language == "ptc-json":
        form = _json_form(policy)
        answer = render("json", "answer" if policy.program_schema is None else "answer_strict")
        return {
            "block": render("json", f"{form}_block"),
            "answer": render("json", f"{form}_answer", answer=answer),
        }
    return {
        "block": render("reply", f"{policy.transport}_block"),
        "a_block": render("reply", f"{policy.transport}_a_block"),
    }


def reply_words(policy: Policy) -> str:
    """What the system text says about the form of replies."""
    if policy.output_format is not None:
        return policy.output_format
    in_json = policy.language == "ptc-json"
    name, form = ("json", f"reply_{_json_form(policy)}") if in_json else ("reply", policy.transport)
    section = f"{form}_thinking" if policy.thinking else form
    return render(name, section, direct=direct_words(policy))


def _json_form(policy: Policy) -> str:
    return (
        "schema" if policy.transport == "content" and policy.program_schema is not None else policy.transport
    )


def direct_words(policy: Policy) -> str:
    """How to answer without a program."""
    form = "direct_text" if is_plain(policy.signature) else "direct_json"
    return render("native", "direct", form=render("native", form))
