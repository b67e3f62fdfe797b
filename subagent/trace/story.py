"""A trace as text to read: per run and turn the program, its prints, calls, result or error."""

from __future__ import annotations

import textwrap
from typing import Any

from subagent.trace.reading import Record, Trace, payload_of
from subagent.trace.tree import Node, forest
from subagent.wording import json_text

_WIDTH = 160
_LONGEST = 2_000


def story_lines(trace: Trace, *, turn: int | None = None, run: str | None = None) -> list[str]:
    """The lines; only those of a turn, or of the run whose id begins with `run`. Where texts were not recorded, their
    sizes stand."""
    lines: list[str] = []
    for root in forest(trace.records):
        for depth, node in root.walk():
            if node.kind == "run" and (run is None or node.started["run_id"].startswith(run)):
                told = _run(node, turn)
                lines += [f"{'    ' * (depth // 4)}{line}" for line in told]
    return lines


def _run(run: Node, turn: int | None) -> list[str]:
    turns = [node for node in run.children if node.kind == "turn" and turn in (None, node.started["turn"])]
    if turn is not None and not turns:
        return []
    started = run.started
    lines = [f"{run.name} ({started.get('model', '')}), {started['run_id'][:12]}"]
    lines += _text("task", started, "task")
    for node in turns:
        lines += _turn(node)
    if turn is None:
        lines += _ending(run)
    return lines


def _turn(turn: Node) -> list[str]:
    kind = turn.started.get("kind", "work")
    lines = ["", f"{turn.name}{'' if kind == 'work' else f' ({kind})'}"]
    for node in turn.children:
        if node.kind == "model":
            lines += _reply(node)
        elif node.kind == "program":
            lines += _text("program", node.started, "program", indent="  | ")
            lines += [line for call in node.children for line in _call(call)]
            for point in node.points:
                lines += _point(point)
        elif node.kind == "tool":
            lines += _call(node)
    for point in turn.points:
        lines += _point(point)
    finished = turn.finished or {}
    if finished.get("ok"):
        lines += _text("gives", finished, "shown")
    elif finished:
        lines += _error(finished)
    return lines


def _reply(node: Node) -> list[str]:
    end = node.finished or {}
    tokens = f"{end.get('input_tokens', 0):,} + {end.get('output_tokens', 0):,} tokens"
    lines = [f"  {node.started['model']} ({tokens}, {node.duration_ms:.0f} ms)"]
    return lines if node.status == "ok" else [*lines, *_error(end)]


def _call(node: Node) -> list[str]:
    end = node.finished or {}
    args = payload_of(node.started, "args")
    shown = _json(args) if args is not None else f"({node.started.get('args_count', 0)} arguments)"
    if node.status == "ok":
        result = payload_of(end, "result")
        came = f"-> {result}" if result is not None else f"-> ({end.get('result_chars', 0)} characters)"
    else:
        came = f"failed: {payload_of(end, 'error') or node.status}"
    cached = " (cached)" if end.get("cached") else ""
    return [_cut(f"  calls {node.name} {shown} {came}{cached} ({node.duration_ms:.1f} ms)")]


def _point(point: Record) -> list[str]:
    match point["event"]:
        case "program.printed":
            return _text("prints", point, "line")
        case "hook.acted":
            return [f"  hook {point['hook']} {point['action']} {point.get('subject', '')}".rstrip()]
        case "history.compacted":
            return [f"  history {point['messages_before']} -> {point['messages_after']} messages"]
        case "budget.spent":
            return [f"  budget {point['budget']} is spent"]
        case _:
            return []


def _ending(run: Node) -> list[str]:
    finished = run.finished
    if finished is None:
        return ["", "(the trace ends here)"]
    if not finished["ok"]:
        return ["", *_error(finished)]
    value = payload_of(finished, "value")
    return ["", _cut(f"answer {_json(value)}") if finished.get("payload") else "answer (not recorded)"]


def _error(record: Record) -> list[str]:
    fault: dict[str, Any] | str | None = payload_of(record, "error")
    kind = record.get("error_kind", "failed")
    if not isinstance(fault, dict):
        return [_cut(f"  fails {kind}{f': {fault}' if fault else ''}")]
    lines = [_cut(f"  fails {kind}: {fault.get('message', '')}")]
    lines += [f"    {line}" for line in (fault.get("excerpt") or "").split("\n") if line]
    return lines + ([f"    hint: {fault['hint']}"] if fault.get("hint") else [])


def _text(label: str, record: Record, name: str, indent: str | None = None) -> list[str]:
    text = payload_of(record, name)
    if text is None:
        size = record.get(f"{name}_chars")
        return [] if size is None else [f"  {label} ({size} characters)"]
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"
    lines = [
        piece
        for line in text.split("\n")
        for piece in textwrap.wrap(line, _WIDTH, replace_whitespace=False) or [""]
    ]
    if indent is not None:
        return [f"{indent}{line}" for line in lines]
    return [f"  {label} {line}" for line in lines]


def _json(value: Any) -> str:
    return json_text(value)


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH * 2 else f"{line[: _WIDTH * 2]}..."
