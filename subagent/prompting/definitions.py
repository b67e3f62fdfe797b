"""What earlier programs, or the host, have defined for later programs."""

from __future__ import annotations

from typing import Any

from ptc_lisp import Memory
from subagent.loop.policy import Language
from subagent.prompting.envelope import harmless
from subagent.prompting.inventory import describe
from subagent.prompting.resources import say

_MOST_NAMES = 40
_MOST_DESCRIBED_BYTES = 4 << 20
_FUNCTION = "#fn["


def definitions(memory: bytes, language: Language, digits: int | None = None) -> str:
    """The part of the first message that lists the names of a memory; "" for none. Functions show how they are called,
    values like data."""
    known = Memory.from_bytes(memory) if memory else Memory()
    if not known:
        return ""
    names = list(known)
    lines = [_entry(name, known, language, digits) for name in names[:_MOST_NAMES]]
    if len(names) > _MOST_NAMES:
        lines.append(f"... {len(names) - _MOST_NAMES} more names")
    return say(language, "task", "definitions", text=harmless("\n".join(lines)))


def _entry(name: str, memory: Memory, language: Language, digits: int | None) -> str:
    size = len(memory.blobs()[name])
    if size > _MOST_DESCRIBED_BYTES:
        return f"{name} - a value of {size} bytes"
    value: Any = memory[name]
    if isinstance(value, str) and value.startswith(_FUNCTION):
        params = value.removeprefix(_FUNCTION).removesuffix("]")
        return f"({name} {params})".replace(" )", ")") + " - function"
    return describe(name, value, language=language, digits=digits)
