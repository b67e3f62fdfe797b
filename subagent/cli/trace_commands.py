"""What the commands of `ptc trace` print."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from subagent.cli.exits import CliError, Exit
from subagent.cli.output import print_json, say
from subagent.trace import Trace, TraceError, load
from subagent.trace.story import story_lines
from subagent.trace.summary import RunFigures, slowest, summarize
from subagent.trace.tree import Node, forest


def loaded(path: str) -> Trace:
    """The trace at a path. Raises CliError with words for a file that is none."""
    try:
        return load(path)
    except TraceError as error:
        raise CliError(str(error)) from None


def show_summary(path: str, *, as_json: bool) -> Exit:
    """Figures per tree of runs."""
    from subagent.trace.meter import meter

    trace = loaded(path)
    summary, metered = summarize(trace), meter(trace)
    if as_json:
        print_json({**msgspec.to_builtins(summary), "json_tool_calling": metered})
        return Exit.OK
    state = "complete" if summary.complete else "not complete (the writer did not close it)"
    damaged = f", {summary.damaged_lines} damaged lines" if summary.damaged_lines else ""
    payloads = "with payloads" if summary.payloads else "without payloads"
    print(f"{summary.path}: {summary.events} events, {payloads}, {state}{damaged}")
    for figures in summary.trees:
        print()
        print("\n".join(_figures(figures)))
    print(f"\n{metered.text()}")
    return Exit.OK


def write_html(path: str, out: str | None, title: str | None) -> Exit:
    """Writes the report and says where it is."""
    from subagent.trace.report import html_report

    page = html_report(loaded(path), title=title)
    if out == "-":
        sys.stdout.write(page)
        return Exit.OK
    target = Path(out) if out is not None else Path(path).with_suffix(".html")
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise CliError(f"{target}: cannot be written: {error.strerror}") from None
    print(target)
    return Exit.OK


def _figures(figures: RunFigures) -> list[str]:
    cost = "not stated" if figures.cost_usd is None else f"${figures.cost_usd:.6f}"
    lines = [
        f"{figures.agent} ({figures.model}): {figures.status} after {_ms(figures.duration_ms)}",
        f"  trace      {figures.trace_id}",
        f"  runs       {figures.runs}",
        f"  turns      {figures.turns}, {figures.failed_turns} failed",
        f"  model      {figures.requests} requests, {_ms(figures.model_ms)}, {_tokens(figures)}, cost {cost}",
        f"  programs   {figures.programs}, {figures.failed_programs} failed, {_ms(figures.program_ms)}, {figures.steps:,} steps",
        f"  tools      {figures.tool_calls} calls",
    ]
    for tool in figures.tools:
        failed = f", {tool.failed} failed" if tool.failed else ""
        cached = f", {tool.cached} cached" if tool.cached else ""
        lines.append(
            f"    {tool.name}: {tool.calls}{failed}{cached}, {_ms(tool.total_ms)}, longest {_ms(tool.longest_ms)}"
        )
    lines += [f"  error      {kind} × {count}" for kind, count in figures.errors.items()]
    return lines


def _tokens(figures: RunFigures) -> str:
    cached = f" ({figures.cache_read_tokens:,} from the cache)" if figures.cache_read_tokens else ""
    return f"{figures.input_tokens:,} + {figures.output_tokens:,} tokens{cached}"


def show_tree(path: str, depth: int | None) -> Exit:
    """One line per thing that has a length."""
    for root in forest(loaded(path).records):
        for level, node in root.walk():
            if depth is None or level <= depth:
                status = "" if node.status == "ok" else f"  {node.status}"
                say(f"{'  ' * level}{node.name}  {_ms(node.duration_ms)}{status}")
    return Exit.OK


def show_slowest(path: str, count: int, kind: str | None, *, as_json: bool) -> Exit:
    """The longest first."""
    found = slowest(loaded(path), count, kind)
    if as_json:
        print_json([_row(node) for node in found])
        return Exit.OK
    for node in found:
        turn = node.started.get("turn")
        where = node.started.get("agent", "") + (f" turn {turn}" if turn else "")
        status = "" if node.status == "ok" else f"  {node.status}"
        say(f"{_ms(node.duration_ms):>10}  {node.name}  ({where}){status}")
    return Exit.OK


def _row(node: Node) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "name": node.name,
        "agent": node.started.get("agent"),
        "turn": node.started.get("turn"),
        "span_id": node.span_id,
        "duration_ms": node.duration_ms,
        "status": node.status,
    }


def show_story(path: str, turn: int | None, run: str | None) -> Exit:
    """What was written and what came of it."""
    trace = loaded(path)
    lines = story_lines(trace, turn=turn, run=run)
    if not lines:
        raise CliError(f"{path}: there is no such turn or run in this trace")
    say("\n".join(lines))
    if not trace.has_payloads:
        print("(texts are not recorded: write the trace with --trace-payloads)", file=sys.stderr)
    return Exit.OK


def show_diff(left: str, right: str, *, as_json: bool) -> Exit:
    """The first difference."""
    from subagent.trace.diff import first_divergence

    try:
        found = first_divergence(loaded(left), loaded(right))
    except TraceError as error:
        raise CliError(str(error)) from None
    if as_json:
        print_json({"same": found is None, "divergence": found})
    elif found is None:
        print("no difference but in times and ids")
    else:
        print(f"they differ first at {found.where}, in {found.field}:")
        say(f"  A  {_shown(found.left)}")
        say(f"  B  {_shown(found.right)}")
    return Exit.OK if found is None else Exit.FAILED


def export(path: str, out: str) -> Exit:
    """The trace as a file of the Trace Event Format."""
    from subagent.trace.chrome import chrome_events

    data = msgspec.json.encode(chrome_events(loaded(path)))
    if out == "-":
        sys.stdout.write(data.decode() + "\n")
        return Exit.OK
    try:
        Path(out).write_bytes(data)
    except OSError as error:
        raise CliError(f"--out {out}: cannot be written: {error.strerror}") from None
    return Exit.OK


def _shown(value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        return "\n     ".join(["", *value.split("\n")])
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _ms(duration_ms: float) -> str:
    return f"{duration_ms / 1000:.2f} s" if duration_ms >= 1000 else f"{duration_ms:.1f} ms"
