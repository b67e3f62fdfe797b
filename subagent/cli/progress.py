"""What a run is doing, while it does it: a live line on a terminal, plain lines elsewhere. Always on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from ptc_lisp import Fault, Phase
from subagent.events import (
    AnyEvent,
    ModelFinished,
    ModelStarted,
    ProgramFinished,
    ProgramStarted,
    ToolFinished,
    ToolStarted,
    TurnFinished,
    TurnStarted,
)
from subagent.wording import counted, visible

Show = Callable[[AnyEvent], None]
MAX_MESSAGE = 160


class Totals:
    """What has been used so far, child runs included."""

    def __init__(self) -> None:
        self.turn = 0
        self.tokens_in = 0
        self.tokens_out = 0
        self.tool_calls = 0
        self.doing = "starting"

    def add(self, event: AnyEvent) -> None:
        """Take one event into account."""
        match event:
            case TurnStarted(turn=turn, parent_id=None):
                self.turn = turn
            case ModelStarted(model=model):
                self.doing = f"asking {model}"
            case ModelFinished(input_tokens=given, output_tokens=made):
                self.tokens_in += given
                self.tokens_out += made
            case ProgramStarted():
                self.doing = "running the program"
            case ToolStarted(name=name):
                self.tool_calls += 1
                self.doing = f"tool/{name}"
            case _:
                pass

    def __str__(self) -> str:
        tokens = f"{self.tokens_in:,} + {self.tokens_out:,} tokens"
        return f"turn {self.turn} · {self.doing} · {tokens} · {counted(self.tool_calls, 'tool call')}"


@contextmanager
def progress(*, quiet: bool = False) -> Generator[Show]:
    """A subscriber that shows the run for the length of the block. `quiet` shows nothing."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _live() as show:
            yield show
    else:
        yield plain_lines()


@contextmanager
def _live() -> Generator[Show]:
    from rich.console import Console
    from rich.text import Text

    totals = Totals()
    console = Console(stderr=True)
    started = time.monotonic()
    with console.status(Text("starting")) as status:

        def show(event: AnyEvent) -> None:
            totals.add(event)
            line = line_of(event)
            if line:
                console.print(Text(visible(line), style="dim"))
            status.update(Text(f"{visible(str(totals))} · {time.monotonic() - started:.0f} s"))

        yield show


def plain_lines() -> Show:
    """One line per thing that ended, for logs."""

    def show(event: AnyEvent) -> None:
        line = line_of(event)
        if line:
            print(line, file=sys.stderr, flush=True)

    return show


def line_of(event: AnyEvent) -> str | None:
    """What a log says about an event; None for those that begin something."""
    who = f"{event.agent}: " if event.parent_id and event.agent else ""
    match event:
        case ModelFinished(ok=True):
            tries = f", {event.attempts} attempts" if event.attempts > 1 else ""
            tokens = f"{event.input_tokens:,} + {event.output_tokens:,} tokens"
            return (
                f"{who}turn {event.turn}: {event.model} replied ({tokens}, {event.duration_ms:.0f} ms{tries})"
            )
        case ModelFinished(ok=False):
            reason = event.error.message if event.error else "the call was cancelled"
            return f"{who}turn {event.turn}: {event.model} failed: {_cut(reason)}"
        case ProgramFinished(ok=True):
            calls = f", {counted(event.tool_calls, 'tool call')}" if event.tool_calls else ""
            return f"{who}turn {event.turn}: the program ran ({event.duration_ms:.0f} ms, {event.steps:,} steps{calls})"
        case ProgramFinished(ok=False):
            reason = f"{event.error.kind}: {event.error.message}" if event.error else str(event.error_kind)
            return f"{who}turn {event.turn}: the program failed: {_cut(reason)}"
        case TurnFinished(ok=False, error=Fault(phase=Phase.AGENT | Phase.RESULT) as error):
            return f"{who}turn {event.turn}: {_cut(error.message)}"
        case ToolFinished(ok=False):
            return f"{who}turn {event.turn}: tool/{event.name} failed: {_cut(event.error or '')}"
        case _:
            return None


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_MESSAGE else f"{line[: MAX_MESSAGE - 1]}…"
