"""What a failed turn changed, described call by call."""

from __future__ import annotations

import msgspec

from subagent.loop.policy import Policy
from subagent.loop.records import ToolCall, Turn
from subagent.prompting.envelope import harmless
from subagent.prompting.preview import Bounds, Language, cut, preview
from subagent.prompting.resources import render

_MOST = 20
_ARGS = Bounds(chars=160, items=6, depth=2, string=60)
_RESULT = Bounds(chars=100, items=4, depth=2, string=40)


def took_effect(policy: Policy, turn: Turn) -> str:
    """The calls of a failed turn that may have changed something, with arguments and results; "" when there are none."""
    calls = [call for call in turn.tool_calls if call.took_effect]
    if not calls:
        return ""
    counted: dict[str, int] = {}
    for call in calls:
        line = _line(call, policy.language)
        counted[line] = counted.get(line, 0) + 1
    lines = [line if times == 1 else f"{line} ({times} times)" for line, times in counted.items()]
    if len(lines) > _MOST:
        lines[_MOST:] = [f"... {len(lines) - _MOST} more"]
    text = cut(harmless("\n".join(lines)), policy.format.error_chars * 2)
    return render("journal", "took_effect", text=text)


def _line(call: ToolCall, language: Language) -> str:
    args = preview(call.args, msgspec.structs.replace(_ARGS, language=language))
    said = f"{call.name} {args}" if language == "ptc-json" else f"(tool/{call.name} {args})"
    if call.origin is not None:  # a program calls the export, and may not know of the tool
        said = f"{call.origin}, by {call.name} {args},"
    if call.error is None:
        return f"{said} gave {preview(call.result, msgspec.structs.replace(_RESULT, language=language))}"
    return f"{said} ended with an error, and may have happened: {cut(call.error, 100)}"
