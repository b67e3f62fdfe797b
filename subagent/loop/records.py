"""What happened in a run: turns, tool calls, child runs. Frozen, and plain enough to be stored."""

from __future__ import annotations

from typing import Literal

import msgspec

from ptc_lisp import Fault
from subagent.loop.held import Held
from subagent.usage import Usage

TurnKind = Literal["work", "last", "retry"]
"""`last`: the last work turn, which must return. `retry`: an extra turn for mending a bad return."""


class ToolCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a tool by a program. `result` is a bounded preview when `truncated`; `child` names a child run."""

    name: str
    args: Held
    result: Held | None = None
    error: str | None = None
    started_at: float = 0.0
    duration_ms: float = 0.0
    result_bytes: int = 0
    truncated: bool = False
    cached: bool = False
    child: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the tool gave a result."""
        return self.error is None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn: what the model wrote and what came of it.

    program: None when the reply held none. returned: the program ended with `(return …)`. shown: the result as the
    language prints it, bounded. memory: names that the program defined or changed. error: what the model was told.
    """

    number: int
    kind: TurnKind = "work"
    reply: str = ""
    program: str | None = None
    returned: bool = False
    value: Held | None = None
    shown: str = ""
    prints: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    memory: tuple[str, ...] = ()
    error: Fault | None = None
    usage: Usage = Usage()

    @property
    def ok(self) -> bool:
        """Whether the turn's program ran to its end and its answer, if it gave one, was accepted."""
        return self.error is None

    @property
    def result(self) -> object:
        """The program's value as plain Python; None when there is none."""
        return None if self.value is None else self.value.value


class ChildRun(msgspec.Struct, frozen=True, kw_only=True):
    """The run of an agent that was called as a tool, without its heavy parts."""

    run_id: str
    agent: str
    ok: bool
    value: Held | None = None
    error: Fault | None = None
    turns: tuple[Turn, ...] = ()
    children: tuple[ChildRun, ...] = ()
    usage: Usage = Usage()
