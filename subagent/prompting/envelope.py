"""Markers around text that came from data: the content can neither close its envelope nor open another one."""

from __future__ import annotations

import re

TAGS = (
    "println",
    "result",
    "memory",
    "error",
    "tool_error",
    "data",
    "tools",
    "task",
    "definitions",
    "program",
    "expected_output",
    "journal",
    "plan",
    "progress",
    "tool_calls",
    "functions",
)
_FORGED = re.compile(rf"<(?=[\s/\\]*(?:{'|'.join(TAGS)}|system|user|assistant)\b)", re.IGNORECASE)
# What chat templates put between messages, which servers of open models find in the content of a message as well.
_TEMPLATE = re.compile(
    r"<(?=[|\uff5c][^\s<>]{1,40}[|\uff5c]>|/?s>|<?/?SYS>|(?:start|end)_of_turn>|(?:bos|eos|pad|unk)>)|\[(?=/?(?:INST|SYSTEM_PROMPT|TOOL_RESULTS|TOOL_CALLS|AVAILABLE_TOOLS)\])",
    re.IGNORECASE,
)
_FENCE = re.compile(r"```|~~~")
_AS_TEXT = {"<": "&lt;", "[": "&#91;"}


def harmless(text: str) -> str:
    """Text from outside, for use inside an envelope: what looks like one of our tags, or like what separates the messages of
    a conversation, is made to look like text, and fences cannot open a program."""
    text = _TEMPLATE.sub(lambda found: _AS_TEXT[found[0]], _FORGED.sub("&lt;", text))
    return _FENCE.sub("'''", text)


def harmless_json(text: str) -> str:
    """JSON text that says the same without what chat templates put between messages: there it is escaped."""
    return _TEMPLATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
