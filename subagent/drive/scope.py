"""What a run shares with the runs that it contains: budget, deadline, model, event stream. Travels to tools by context
variable, so that an agent called as a tool finds its caller."""

from __future__ import annotations

import threading
import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from subagent.events import AnyEvent, ModelToken, Spans, Stream, without_heavy
from subagent.loop.records import ChildRun
from subagent.messages import LLM


class TurnBudget:
    """The turns of a tree of agents. A child's budget is its own, but never more than what its caller has left."""

    def __init__(self, turns: int, parent: TurnBudget | None = None) -> None:
        self._left = turns
        self._parent = parent
        self._lock: threading.Lock = threading.Lock() if parent is None else parent._lock

    @property
    def left(self) -> int:
        """Turns that may still be taken."""
        return self._left if self._parent is None else min(self._left, self._parent.left)

    def take(self) -> bool:
        """Takes one turn here and in all callers; False when there is none."""
        with self._lock:
            if self.left <= 0:
                return False
            budget: TurnBudget | None = self
            while budget is not None:
                budget._left -= 1
                budget = budget._parent
            return True


@dataclass(eq=False)
class Call:
    """A tool call under way; the run of an agent behind it leaves its id here. `over` when its end was reported."""

    id: str
    name: str
    child: str | None = None
    over: bool = False
    started: float = field(default_factory=time.perf_counter)


@dataclass(eq=False)
class Scope:
    """One run under way. `deadline` is a time of `time.monotonic`; None: no limit. `caller` is the id of the tool call
    that this run answers; `calls` are those of the program that runs now, by their ids."""

    agent: str
    llm: LLM
    stream: Stream
    budget: TurnBudget
    parent: Scope | None = None
    deadline: float | None = None
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    turn: int = 0
    started: float = field(default_factory=time.monotonic)
    closed: bool = False
    children: list[ChildRun] = field(default_factory=list[ChildRun])
    calls: dict[str, Call] = field(default_factory=dict[str, Call])
    caller: str | None = None
    trace: list[AnyEvent] = field(default_factory=list[AnyEvent])
    _spans: Spans = field(init=False)

    def __post_init__(self) -> None:
        self._spans = Spans(self.caller)

    @property
    def trace_id(self) -> str:
        """The id of the outermost run, which names the tree."""
        return self.run_id if self.parent is None else self.parent.trace_id

    @property
    def depth(self) -> int:
        """0 for the outermost run."""
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def parent_id(self) -> str | None:
        """The id of the calling run."""
        return None if self.parent is None else self.parent.run_id

    def emit(self, kind: type[AnyEvent], /, **fields: Any) -> None:
        """Makes an event of this run, keeps it and hands it to the subscribers. After the end of the run it is
        dropped: a tool whose program was killed has nobody left to report to."""
        if self.closed:
            return
        span, around = self._spans.place(kind, fields.get("call_id"))
        head = {
            "run_id": self.run_id,
            "trace_id": self.trace_id,
            "parent_id": self.parent_id,
            "span_id": span,
            "parent_span_id": around,
            "agent": self.agent,
        }
        event = self.stream.emit(kind, head | fields)
        if kind is not ModelToken:
            self.trace.append(without_heavy(event))

    def elapsed_ms(self) -> float:
        """Milliseconds since the run began."""
        return (time.monotonic() - self.started) * 1000


CURRENT: ContextVar[Scope | None] = ContextVar("subagent_scope", default=None)
"""The run whose tool is being called."""

CALL: ContextVar[Call | None] = ContextVar("subagent_call", default=None)
"""The tool call that is being performed."""


def called_by() -> str | None:
    """The id of the tool call that is being performed."""
    call = CALL.get()
    return None if call is None else call.id
