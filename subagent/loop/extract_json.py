"""Finds the PTC-JSON program in the reply of a model, or says why there is none."""

from __future__ import annotations

import json

from ptc_lisp import Fault, FaultKind, Phase
from subagent.loop.extract import Extracted, fenced_blocks

_HINT = 'reply with exactly one ```json block: {"program": {"op": ...}}'
_DECODER = json.JSONDecoder()
_TAGS = frozenset({"json", "ptc-json", "ptcjson", "jsonc"})


def extract_json(reply: str, *, cut: bool = False) -> Extracted:
    """The one program of a reply. In order: blocks tagged as JSON; other blocks that begin with a brace; the first JSON
    object of the text. `cut` says that the reply ended at the model's length limit."""
    text, blocks = fenced_blocks(reply)
    tagged = [body for tag, body in blocks if tag in _TAGS and body]
    found = tagged or [body for _, body in blocks if body.startswith("{")]
    if not found and "{" in text:
        found = [_first_object(text[text.index("{") :])]
    different = list(dict.fromkeys(found))
    if len(different) > 1:
        count = len(different)
        message = f"the reply holds {count} programs, none was run"
        return Extracted(
            fault=Fault(
                FaultKind.MULTIPLE_PROGRAMS, Phase.AGENT, message, hint=_HINT, details={"count": count}
            )
        )
    if not different:
        message = "the reply holds no program" if text.strip() else "the reply is empty"
        return Extracted(fault=Fault(FaultKind.NO_PROGRAM, Phase.AGENT, message, hint=_HINT))
    if cut and not _is_whole(different[0]):
        message = "the reply was cut off at the length limit before the program ended"
        hint = "write a shorter program and no text around it"
        return Extracted(
            fault=Fault(FaultKind.NO_PROGRAM, Phase.AGENT, message, hint=hint, details={"truncated": True})
        )
    return Extracted(program=different[0])


def is_program(reply: str) -> bool:
    """Whether the JSON of a reply is a program, and not an answer."""
    found = extract_json(reply).program
    if found is None or not _is_whole(found):
        return False
    outer = json.loads(found)
    return isinstance(outer, dict) and isinstance(outer.get("program", outer.get("nodes")), dict | list)


def _first_object(text: str) -> str:
    """The JSON object that a text begins with; the whole text when it is none, so that its fault is told."""
    try:
        _, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return text.strip()
    return text[:end]


def _is_whole(program: str) -> bool:
    try:
        json.loads(program)
    except (ValueError, RecursionError):
        return False
    return True
