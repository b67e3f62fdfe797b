"""The plan of an agent, and what its programs say is done: a checklist and a log for the model. The plan is shown, not
enforced."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ptc_lisp import Memory
from subagent.prompting.envelope import harmless
from subagent.prompting.preview import Bounds, Language, cut, preview
from subagent.prompting.resources import render, say

_LOGGED = 50
_VALUE = Bounds(chars=200, items=5, depth=2, string=80)
_SUMMARY_CHARS = 200


class PlanStep(msgspec.Struct, frozen=True):
    """One step of a plan."""

    id: str
    text: str


def system_part(plan: tuple[PlanStep, ...], language: Language, *, journaling: bool) -> str:
    """What the system text says about journal and plan; "" when there is neither."""
    parts = [say(language, "journal", "system")] if journaling else []
    if plan or journaling:
        parts.append(say(language, "journal", "system_plan"))
    return "\n\n".join(parts)


def checklist(plan: tuple[PlanStep, ...], summaries: Mapping[str, str]) -> str:
    """The plan with a mark at each step that is done, then what was done beside the plan; "" without either."""
    lines = [_line(step.id, step.text, summaries.get(step.id)) for step in plan]
    planned = {step.id for step in plan}
    others = [_line(each, "", text) for each, text in summaries.items() if each not in planned]
    if others:
        lines += ["Not in the plan, but done:", *others]
    return render("journal", "plan", text=harmless("\n".join(lines))) if lines else ""


def mission_log(journal: bytes, language: Language) -> str:
    """The tasks that are done, with their values cut short; the latest ones when there are many. "" for none."""
    done = Memory.from_bytes(journal) if journal else Memory()
    names = list(done)
    bounds = msgspec.structs.replace(_VALUE, language=language)
    lines = [f"{name} = {preview(done[name], bounds)}" for name in names[-_LOGGED:]]
    if len(names) > _LOGGED:
        lines.insert(0, f"... {len(names) - _LOGGED} earlier tasks")
    return render("journal", "log", text=harmless("\n".join(lines))) if lines else ""


def own_progress(text: str) -> str:
    """The host's own words on the progress."""
    return render("journal", "progress", text=harmless(text)) if text.strip() else ""


def _line(ident: str, text: str, summary: str | None) -> str:
    head = f"[{' ' if summary is None else 'x'}] {ident}{f'. {text}' if text else ''}"
    return head if summary is None else f"{head} - {cut(' '.join(summary.split()), _SUMMARY_CHARS)}"
