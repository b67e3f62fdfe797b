"""Envelopes for text that came from data: the content can neither close its envelope nor open another one."""

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
_FENCE = re.compile(r"```|~~~")


def harmless(text: str) -> str:
    """Text from outside, for use inside an envelope: what looks like one of our tags is made to look like text, and
    fences cannot open a program."""
    return _FENCE.sub("'''", _FORGED.sub("&lt;", text))
