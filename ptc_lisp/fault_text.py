"""Renders faults as text, in one place, for models, people and logs.

line 3, column 5: type_error: +: argument 2 must be a number, got the string "a"
  (+ 1 "a")
       ^^^
hint: turn text into a number with parse-long
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from ptc_lisp.faults import Fault

MAX_MESSAGE = 1_000
_MAX_FRAMES = 8
_MAX_REPAIR = 2_000
_MAX_PATH = 300
_MAX_NAME = 100


def render(fault: Fault, *, excerpt: bool = True) -> str:
    """A Fault as a few lines: place, kind and message; the source line; call frames; hint; proposed program."""
    lines = [_head(fault)]
    if excerpt and fault.excerpt:
        lines += [f"  {line}" for line in fault.excerpt.split("\n")]
    lines += _frames(fault)
    if fault.hint:
        lines.append(f"hint: {_bounded(fault.hint)}")
    repair = fault.details.get("repair")
    if isinstance(repair, str) and 0 < len(repair) <= _MAX_REPAIR:
        lines += ["balanced, it could be:", *(f"  {line}" for line in repair.split("\n"))]
    return "\n".join(lines)


def render_all(faults: Sequence[Fault], *, limit: int = 10) -> str:
    """Several Faults below each other; at most `limit` in full, the rest as a number."""
    if not faults:
        return ""
    parts = [render(fault) for fault in faults[:limit]]
    if len(faults) > limit:
        parts.append(f"… and {len(faults) - limit} more")
    return "\n".join(parts)


def short(fault: Fault) -> str:
    """One line for logs and tables: `type_error at 3:5: message`."""
    place = f" at {fault.span.line}:{fault.span.column}" if fault.span else _path(fault, " at ", "")
    message = " ".join(fault.message.split())
    return f"{fault.kind}{place}: {message if len(message) <= 200 else message[:199] + '…'}"


def _head(fault: Fault) -> str:
    place = f"line {fault.span.line}, column {fault.span.column}: " if fault.span else _path(fault, "", ": ")
    return f"{place}{fault.kind}: {_bounded(fault.message)}"


def _path(fault: Fault, before: str, after: str) -> str:
    """The JSON path of a fault that has one."""
    path = fault.details.get("path")
    return f"{before}{path[:_MAX_PATH]}{after}" if isinstance(path, str) else ""


def _frames(fault: Fault) -> list[str]:
    frames = fault.details.get("frames")
    if not isinstance(frames, list):
        return []
    lines = [f"  in {_frame(frame)}" for frame in frames[:_MAX_FRAMES]]
    if len(frames) > _MAX_FRAMES:
        lines.append(f"  … {len(frames) - _MAX_FRAMES} more calls")
    return lines


def _frame(frame: object) -> str:
    """`total, line 1, column 20`; a function that called itself says how often."""
    if not isinstance(frame, dict):
        return str(frame)[:_MAX_NAME]
    known = cast("dict[str, object]", frame)
    place = f", line {known['line']}, column {known['column']}" if {"line", "column"} <= known.keys() else ""
    times = f", {known['times']} times" if "times" in known else ""
    return f"{str(known.get('function', 'fn'))[:_MAX_NAME]}{place}{times}"


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…"
