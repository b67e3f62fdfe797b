"""A Step for people: plain text, a terminal with colours, a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ptc_lisp import Fault
from ptc_lisp.fault_text import render, short
from subagent.loop.records import ChildRun, ToolCall, Turn
from subagent.messages import Message
from subagent.usage import Usage
from subagent.wording import shown, visible

if TYPE_CHECKING:
    from rich.console import RenderableType

    from subagent.step import Step

_LONGEST = 300
_STYLE = (
    "<style>.ptc{font:13px/1.45 system-ui,sans-serif}.ptc pre{margin:.2em 0 .2em 1em;white-space:pre-wrap}"
    ".ptc .bad{color:#b3261e}.ptc .dim{opacity:.65}.ptc details{margin-left:.6em}</style>"
)


def as_text(step: Step, *, raw: bool = False, messages: bool = False, usage: bool = True) -> str:
    """The step as plain lines: each turn's program, prints, calls and result, the runs of other agents, the answer, the
    cost. See `Step.to_text`."""
    lines = [_title(step.agent, step.ok, step.turns)]
    lines += _said_lines(step) if messages else _turn_lines(step.turns, step.children, raw=raw)
    lines.append(f"answer {_short(step.value)}" if step.ok else f"error {_words(step.error)}")
    return "\n".join([*lines, *([_cost(step.usage)] if usage else [])])


def _said_lines(step: Step) -> Iterator[str]:
    """The conversation, system text first."""
    state = step.state
    said = step.messages or (() if state is None else (Message("system", state.system), *state.messages))
    for message in said:
        yield message.role
        yield from (f"  | {line}" for line in message.content.split("\n") if message.content)
        yield from (f"  calls   {call.name} {_short(call.args)}" for call in message.tool_calls)


def _turn_lines(turns: Sequence[Turn], children: Sequence[ChildRun], *, raw: bool = False) -> Iterator[str]:
    by_id = {child.run_id: child for child in children}
    for turn in turns:
        yield f"turn {turn.number}"
        written = turn.reply if raw else turn.program or turn.reply
        written = written or ("" if turn.tool_calls else "(no reply)")
        yield from (f"  | {line}" for line in written.split("\n") if written)
        yield from (f"  prints  {line}" for line in turn.prints)
        for call in turn.tool_calls:
            yield f"  calls   {_call(call)}"
            if call.child in by_id:
                child = by_id[call.child]
                yield f"    {_title(child.agent, child.ok, child.turns)}"
                yield from (f"    {line}" for line in _turn_lines(child.turns, child.children, raw=raw))
        if not turn.ok:
            yield f"  fails   {_words(turn.error)}"
        elif turn.shown and turn.shown != turn.reply:
            yield f"  gives   {turn.shown}"


def as_rich(step: Step) -> RenderableType:
    """The step for a terminal, by the rich package."""
    from rich.tree import Tree  # noqa: PLC0415 - only who shows it in colours pays for it

    tree = Tree(_rich_text(_title(step.agent, step.ok, step.turns), "bold green" if step.ok else "bold red"))
    _rich_turns(tree, step.turns, step.children)
    if step.error is None:
        tree.add(_rich_text(f"answer {_short(step.value)}", "green"))
    else:
        tree.add(_rich_text(render(step.error), "red"))
    tree.add(_rich_text(_cost(step.usage), "dim"))
    return tree


def _rich_turns(tree: Any, turns: Sequence[Turn], children: Sequence[ChildRun]) -> None:
    from rich.syntax import Syntax  # noqa: PLC0415 - as above

    by_id = {child.run_id: child for child in children}
    for turn in turns:
        branch = tree.add(_rich_text(f"turn {turn.number}", "bold"))
        if turn.program is not None:
            branch.add(Syntax(visible(turn.program), "clojure", word_wrap=True, background_color="default"))
        else:
            branch.add(_rich_text(_cut(turn.reply) or "(no reply)", "dim"))
        for line in turn.prints:
            branch.add(_rich_text(f"prints {line}", "cyan"))
        for call in turn.tool_calls:
            place = branch.add(_rich_text(_call(call), "" if call.ok else "red"))
            if call.child in by_id:
                child = by_id[call.child]
                _rich_turns(
                    place.add(_title(child.agent, child.ok, child.turns)), child.turns, child.children
                )
        branch.add(
            _rich_text(_cut(turn.shown), "") if turn.error is None else _rich_text(render(turn.error), "red")
        )


def _rich_text(text: str, style: str) -> Any:
    from rich.text import Text  # noqa: PLC0415 - as above

    return Text(visible(text), style=style)


def as_html(step: Step) -> str:
    """The step for a notebook: a summary that opens, turn by turn; no scripts, nothing from elsewhere."""
    ending = (
        f"<pre>{_escaped(_short(step.value))}</pre>"
        if step.error is None
        else f'<pre class="bad">{_escaped(render(step.error))}</pre>'
    )
    return (
        f'{_STYLE}<div class="ptc"><b>{_escaped(_title(step.agent, step.ok, step.turns))}</b> '
        f'<span class="dim">{_escaped(_cost(step.usage))}</span>{ending}'
        f"{_html_turns(step.turns, step.children)}</div>"
    )


def _html_turns(turns: Sequence[Turn], children: Sequence[ChildRun]) -> str:
    by_id = {child.run_id: child for child in children}
    parts: list[str] = []
    for turn in turns:
        kind = "" if turn.ok else ' class="bad"'
        said = short(turn.error) if turn.error is not None else _cut(turn.shown)
        parts.append(f"<details><summary{kind}>turn {turn.number}: {_escaped(said)}</summary>")
        parts.append(f"<pre>{_escaped(turn.program or turn.reply or '(no reply)')}</pre>")
        parts += [f"<pre>prints {_escaped(line)}</pre>" for line in turn.prints]
        for call in turn.tool_calls:
            parts.append(f"<pre{'' if call.ok else ' class=bad'}>{_escaped(_call(call))}</pre>")
            if call.child in by_id:
                child = by_id[call.child]
                title = _escaped(_title(child.agent, child.ok, child.turns))
                inner = _html_turns(child.turns, child.children)
                parts.append(f"<details><summary>{title}</summary>{inner}</details>")
        if turn.error is not None:
            parts.append(f'<pre class="bad">{_escaped(render(turn.error))}</pre>')
        parts.append("</details>")
    return "".join(parts)


def _title(agent: str, ok: bool, turns: Sequence[Turn]) -> str:  # noqa: FBT001 - both outcomes read the same
    count = f"{len(turns)} turn" if len(turns) == 1 else f"{len(turns)} turns"
    return f"{agent}: {'ok' if ok else 'failed'} after {count}"


def _call(call: ToolCall) -> str:
    came = f"-> {_short(call.result)}" if call.ok else f"failed: {_cut(call.error or '')}"
    cached = ", cached" if call.cached else ""
    by = f" by {call.origin}" if call.origin else ""
    return f"{call.name}{by} {_short(call.args)} {came} ({call.duration_ms:.0f} ms{cached})"


def _cost(usage: Usage) -> str:
    money = "" if usage.cost_usd is None else f", ${usage.cost_usd:.6f}"
    return f"{usage.input_tokens} tokens in, {usage.output_tokens} out{money}, {usage.duration_ms:.0f} ms"


def _words(fault: Fault | None) -> str:
    return "" if fault is None else f"{fault.kind}: {fault.message}"


def _short(value: Any) -> str:
    return _cut(shown(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _escaped(text: str) -> str:
    return html.escape(text)
