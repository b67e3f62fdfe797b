"""What happened in a run: turns, tool calls, child runs. Frozen, and plain enough to be stored."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ptc_lisp import Fault
from subagent.loop.held import Held
from subagent.usage import Usage

TurnKind = Literal["work", "last", "retry"]
"""`last`: the last work turn, which must return. `retry`: an extra turn for mending a bad return."""


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """One tool call of a run.

    result: a bounded preview if `truncated`. id: as in events, traces and spans. child: the id of the child run behind it.
    branch: its position among the calls of a `pmap`. layer: who called: "program", or the model itself ("native").
    attempts: how often the tool's function was called; 0 if it was not. timed_out: the result is that of `on_timeout`.
    took_effect: whether the call may have changed something. warnings: how the arguments were converted. origin: the
    prelude function that made the call.
    """

    id: str = ""
    name: str
    held_args: Held = msgspec.field(name="args")
    held_result: Held | None = msgspec.field(name="result", default=None)
    error: str | None = None
    started_at: float = 0.0
    duration_ms: float = 0.0
    result_bytes: int = 0
    truncated: bool = False
    cached: bool = False
    effect: str | None = None
    took_effect: bool = False
    child: str | None = None
    branch: tuple[int, ...] = ()
    layer: Literal["program", "native"] = "program"
    attempts: int = 0
    timed_out: bool = False
    warnings: tuple[str, ...] = ()
    origin: str | None = None

    @property
    def args(self) -> dict[str, Any]:
        """The arguments by name."""
        return self.held_args.value

    @property
    def result(self) -> Any:
        """What the tool gave, as plain Python; None when it failed."""
        return _plain(self.held_result)

    @property
    def ok(self) -> bool:
        """Whether the tool gave a result."""
        return self.error is None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn: what the model wrote and what came of it.

    program: None if the reply had none. repaired: its brackets were fixed before it ran. returned: it ended with
    `(return …)`. shown: the result as the language prints it, of bounded length. memory: names that the program defined or
    changed. kept: names under which large values were kept. tasks: ids of `(task id ...)` that got a value. prelude_hash:
    source hash of the preludes that the program had. error: what the model was told.
    """

    number: int
    kind: TurnKind = "work"
    reply: str = ""
    program: str | None = None
    returned: bool = False
    held: Held | None = msgspec.field(name="result", default=None)
    shown: str = ""
    prints: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    memory: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    repaired: bool = False
    prelude_hash: str | None = None
    error: Fault | None = None
    usage: Usage = Usage()

    @property
    def ok(self) -> bool:
        """Whether the turn's program ran to its end and its answer, if it gave one, was accepted."""
        return self.error is None

    @property
    def result(self) -> Any:
        """The program's value as plain Python; None when there is none."""
        return _plain(self.held)


class ChildRun(msgspec.Struct, frozen=True, kw_only=True):
    """The run of an agent that was called as a tool, without its heavy parts."""

    run_id: str
    agent: str
    ok: bool
    held: Held | None = msgspec.field(name="value", default=None)
    error: Fault | None = None
    turns: tuple[Turn, ...] = ()
    children: tuple[ChildRun, ...] = ()
    usage: Usage = Usage()

    @property
    def value(self) -> Any:
        """The answer as plain Python; None when there is none."""
        return _plain(self.held)


def _plain(held: Held | None) -> Any:
    return None if held is None else held.value
