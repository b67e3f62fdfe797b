"""Keeps large values that a program leaves behind in the memory under names, so that the next program can use them although
the model never sees them whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ptc_lisp import Memory, Session
from ptc_lisp import Step as ProgramStep
from subagent.drive.scope import Call
from subagent.loop.policy import Policy
from subagent.prompting.inventory import describe

_MOST_NAMES = 5


def keep_large(
    policy: Policy, session: Session, step: ProgramStep, before: Memory, calls: dict[str, Call]
) -> dict[str, str]:
    """Names what is large and would be lost, and gives a description of each by its name. A program that defined
    something has chosen what it keeps; one that returned or gave up needs nothing any more."""
    least = policy.context_ref_bytes
    over = step.returned or (step.error is not None and step.error.kind.value == "failed")
    if least is None or over or step.memory is not before:
        return {}
    kept: dict[str, str] = {}
    seen: set[bytes] = set(session.memory.blobs().values())
    room = None if policy.memory_limit_bytes is None else policy.memory_limit_bytes // 2
    for stem, value in _candidates(session, step, calls, least):
        blob = value if isinstance(value, bytes) else next(iter(Memory.of({stem: value}).blobs().values()))
        full = room is not None and session.memory.size_bytes + len(blob) > room
        if blob in seen or full or len(kept) == _MOST_NAMES:
            continue
        seen.add(blob)
        name = _free(stem, session.memory)
        session.define(Memory({name: blob}))
        kept[name] = describe(
            name, session.memory[name], language=policy.language, digits=policy.float_precision
        )
    return kept


def forget_large(policy: Policy, session: Session, step: ProgramStep) -> str | None:
    """Drops a result from the history that is too large for it. Gives the name in the memory that has it, "" when none has,
    and None when nothing was dropped."""
    most = policy.format.history_max_bytes
    if policy.mode == "text" and step.returned:  # no ordinary result: the history stays as it was
        return None
    if most is None or not step.ok or not session.history or len(session.history[-1]) <= most:
        return None
    latest = session.history[-1]
    name = next((name for name, blob in session.memory.blobs().items() if blob == latest), None)
    return None if session.forget_result(most, name) is None else name or ""


def _candidates(
    session: Session, step: ProgramStep, calls: dict[str, Call], least: int
) -> Iterable[tuple[str, Any]]:
    for record in step.tool_calls:
        call = calls.get(record.id)
        if record.ok and record.result_bytes > least and call is not None:
            yield record.name, call.result
    if step.ok and session.history and len(session.history[-1]) > least:
        yield "result", session.history[-1]


def _free(stem: str, memory: Memory) -> str:
    number = 1
    while f"{stem}-{number}" in memory:
        number += 1
    return f"{stem}-{number}"
