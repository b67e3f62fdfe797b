"""What a run shares with the runs that it contains: budget, deadline, model, event stream. Travels to tools by context
variable, so that an agent called as a tool finds its caller."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from subagent.drive.gate import Place
from subagent.drive.kept_args import KeptArgs
from subagent.events import AnyEvent, ModelToken, Spans, Stream, without_heavy
from subagent.loop.records import ChildRun
from subagent.loop.state import Clock
from subagent.messages import LLM


class Budget:
    """Turns, tokens and money of a tree of agents. A child's are its own, but never more than what its caller has left.

    None for tokens and dollars: no limit of its own.
    """

    def __init__(
        self,
        turns: int,
        *,
        tokens: int | None = None,
        usd: float | None = None,
        parent: Budget | None = None,
        own_turns: bool = False,
    ) -> None:
        """`own_turns`: the turns are not taken from the caller's."""
        self._turns = turns
        self._tokens = tokens
        self._usd = usd
        self._parent = parent
        self._own_turns = own_turns or parent is None
        self._lock: threading.Lock = threading.Lock() if parent is None else parent._lock

    @property
    def turns_left(self) -> int:
        """Turns that may still be taken."""
        if self._parent is None or self._own_turns:
            return self._turns
        return min(self._turns, self._parent.turns_left)

    @property
    def overspent(self) -> str | None:
        """Which limit, here or in a caller, is exceeded, by its name as an option of a run."""
        if self._tokens is not None and self._tokens < 0:
            return "token_limit"
        if self._usd is not None and self._usd < 0:
            return "cost_limit_usd"
        return None if self._parent is None else self._parent.overspent

    def take_turn(self) -> bool:
        """Takes one turn here and in all callers; False when there is none."""
        with self._lock:
            if self.turns_left <= 0:
                return False
            for budget in self._chain():
                budget._turns -= 1
                if budget._own_turns:
                    break
            return True

    def spend(self, tokens: int, usd: float | None) -> None:
        """Counts the cost of a model call here and in all callers."""
        with self._lock:
            for budget in self._chain():
                budget._tokens = None if budget._tokens is None else budget._tokens - tokens
                budget._usd = None if budget._usd is None else budget._usd - (usd or 0.0)

    def _chain(self) -> Iterator[Budget]:
        budget: Budget | None = self
        while budget is not None:
            yield budget
            budget = budget._parent


@dataclass(eq=False)
class Call:
    """A tool call under way; the run of an agent behind it leaves its id here. `over` when its end was reported. `result`
    is what the tool gave."""

    id: str
    name: str
    child: str | None = None
    result: Any = None
    over: bool = False
    started: float = field(default_factory=time.perf_counter)


@dataclass(eq=False)
class Scope:
    """One run under way. `deadline` is a time of `time.monotonic`; None: no limit. `caller` is the id of the tool call
    that this run answers; `calls` are those of the program that runs now, by their ids; `hooks` are those of the
    outermost run."""

    agent: str
    llm: LLM
    stream: Stream
    budget: Budget
    parent: Scope | None = None
    deadline: float | None = None
    effects: frozenset[str] | None = None
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    turn: int = 0
    started: float = field(default_factory=time.monotonic)
    closed: bool = False
    children: list[ChildRun] = field(default_factory=list[ChildRun])
    calls: dict[str, Call] = field(default_factory=dict[str, Call])
    caller: str | None = None
    hooks: tuple[Any, ...] = ()
    place: Place | None = None
    language: str = "ptc-lisp"
    registry: Any = None
    trace: list[AnyEvent] = field(default_factory=list[AnyEvent])
    kept_args: KeptArgs = field(default_factory=KeptArgs)
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
            self.trace.append(self.kept_args.slim(without_heavy(event)))

    def clock(self) -> Clock:
        """What the next input says about time and budgets."""
        return Clock(self.elapsed_ms(), self.budget.turns_left, self.budget.overspent)

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
