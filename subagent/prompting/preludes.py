"""The functions of preludes, as the model is told of them: some of each namespace, and how to find the others."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ptc_lisp import Prelude
from ptc_lisp.signature import parse
from subagent.loop.contract import type_text
from subagent.prompting.envelope import harmless
from subagent.prompting.preview import Language, cut
from subagent.prompting.resources import render, say

_MOST_EXPORTS = 5
_DOC_CHARS = 200


def prelude_text(prelude: Prelude | None, effects: Collection[str], language: Language) -> list[str]:
    """The part of the first message about preludes; empty when there is nothing to tell. `effects` are those that the run
    allows. Sources may come from models, so what they say is made harmless."""
    if prelude is None:
        return []
    spaces = [_namespace(space, effects) for space in prelude.namespaces]
    listed = "\n".join(filter(None, spaces))
    return [say(language, "task", "preludes", preludes=harmless(listed))] if listed else []


def _namespace(space: Any, effects: Collection[str]) -> str:
    """A namespace with its first exports; "" when none is for the prompt."""
    shown = [export for export in space.exports if export.visibility == "prompt"][:_MOST_EXPORTS]
    if not shown:
        return ""
    head = f"{space.name} - {_line(space.doc)}" if space.doc else space.name
    lines = [f"  {_export(export, effects)}" for export in shown]
    if len(shown) < len(space.exports):
        lines.append(f"  {render('task', 'more_exports', namespace=space.name)}")
    return "\n".join([head, *lines])


def _export(export: Any, effects: Collection[str]) -> str:
    calls = [f"({export.ref} {usage})".replace(" )", ")") for usage in export.usages]
    call = export.ref if export.kind == "constant" else " or ".join(calls)
    types = ""
    if export.signature is not None:
        contract = parse(export.signature)
        given = ", ".join(f"{param.name} {type_text(param.type)}" for param in contract.params)
        call = f"{call} -> {type_text(contract.returns)}"
        types = f" ({given})" if given else ""
    told = f"{call} - {_line(export.doc)}{types}" if export.doc else f"{call}{types}"
    if export.effect == "write" and "write" not in effects:
        return f"{told} (not allowed in this run: it writes)"
    return told


def _line(text: str | None) -> str:
    return cut(" ".join((text or "").split()), _DOC_CHARS)
