"""What a failed turn changed, told call by call."""

from __future__ import annotations

from subagent.loop.policy import FormatOptions
from subagent.loop.records import ToolCall, Turn
from subagent.prompting.envelope import harmless
from subagent.prompting.preview import Bounds, cut, preview
from subagent.prompting.resources import render

_MOST = 20
_ARGS = Bounds(chars=160, items=6, depth=2, string=60)
_RESULT = Bounds(chars=100, items=4, depth=2, string=40)


def took_effect(turn: Turn, limits: FormatOptions) -> str:
    """The calls of a failed turn that may have changed something, with arguments and results; "" when there are none."""
    calls = [call for call in turn.tool_calls if call.took_effect]
    if not calls:
        return ""
    counted: dict[str, int] = {}
    for call in calls:
        line = _line(call)
        counted[line] = counted.get(line, 0) + 1
    lines = [line if times == 1 else f"{line} ({times} times)" for line, times in counted.items()]
    if len(lines) > _MOST:
        lines[_MOST:] = [f"... {len(lines) - _MOST} more"]
    text = cut(harmless("\n".join(lines)), limits.error_chars * 2)
    return render("journal", "took_effect", text=text)


def _line(call: ToolCall) -> str:
    said = f"(tool/{call.name} {preview(call.args, _ARGS)})"
    if call.error is None:
        return f"{said} gave {preview(call.result, _RESULT)}"
    return f"{said} ended with an error, and may have happened: {cut(call.error, 100)}"
