"""What happens in a run, as one closed union of events. Traces, telemetry, progress displays and callbacks are all
subscribers to it; none of them can harm the run.

Every event carries `seq` (its number within the tree of runs), `run_id` (which run it belongs to), `parent_id` (the run
that called this one as a tool, or None) and `at` (seconds since the epoch). Fields named in a class's `payload` hold
text or values from prompts, programs and tools: sinks leave them out unless the user asks for them.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import msgspec

from ptc_lisp import Fault
from subagent.usage import Usage

_log = logging.getLogger("subagent")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The head of every event."""

    payload: ClassVar[frozenset[str]] = frozenset()

    run_id: str
    parent_id: str | None = None
    agent: str = ""
    seq: int = 0
    at: float = 0.0


class RunStarted(Event, frozen=True, kw_only=True, tag="run.started"):
    """A run begins. `depth` is 0 for the outermost run."""

    payload = frozenset({"task"})

    task: str
    model: str
    depth: int = 0
    description: str | None = None


class RunFinished(Event, frozen=True, kw_only=True, tag="run.finished"):
    """A run is over, one way or another."""

    payload = frozenset({"value", "error"})

    ok: bool
    value: Any = None
    error: Fault | None = None
    error_kind: str | None = None
    usage: Usage = Usage()


class TurnStarted(Event, frozen=True, kw_only=True, tag="turn.started"):
    """A turn begins: the model is about to be asked."""

    turn: int
    kind: str = "work"


class TurnFinished(Event, frozen=True, kw_only=True, tag="turn.finished"):
    """A turn is over."""

    payload = frozenset({"error", "shown", "prints"})

    turn: int
    ok: bool
    error: Fault | None = None
    error_kind: str | None = None
    shown: str = ""
    prints: tuple[str, ...] = ()
    usage: Usage = Usage()


class ModelStarted(Event, frozen=True, kw_only=True, tag="model.started"):
    """A request goes out."""

    payload = frozenset({"system", "messages", "options"})

    turn: int
    model: str
    message_count: int
    system: str = ""
    messages: tuple[dict[str, Any], ...] = ()
    options: dict[str, Any] = {}


class ModelFinished(Event, frozen=True, kw_only=True, tag="model.finished"):
    """The reply came, or did not."""

    payload = frozenset({"content", "error"})

    turn: int
    model: str
    ok: bool
    content: str = ""
    error: Fault | None = None
    error_kind: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    finish_reason: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cost_usd: float | None = None
    attempts: int = 1
    duration_ms: float = 0.0


class ProgramStarted(Event, frozen=True, kw_only=True, tag="program.started"):
    """A program goes to the sandbox."""

    payload = frozenset({"program"})

    turn: int
    program: str


class ProgramFinished(Event, frozen=True, kw_only=True, tag="program.finished"):
    """A program ended."""

    payload = frozenset({"error", "shown"})

    turn: int
    ok: bool
    returned: bool = False
    shown: str = ""
    error: Fault | None = None
    error_kind: str | None = None
    steps: int = 0
    tool_calls: int = 0
    prints: int = 0
    duration_ms: float = 0.0


class ToolStarted(Event, frozen=True, kw_only=True, tag="tool.started"):
    """A program calls a tool. `call_id` joins it with its end."""

    payload = frozenset({"args"})

    turn: int
    call_id: str
    name: str
    args: dict[str, Any] = {}
    description: str | None = None


class ToolFinished(Event, frozen=True, kw_only=True, tag="tool.finished"):
    """A tool answered or failed. `error_type` is the class of what it raised."""

    payload = frozenset({"error", "result"})

    turn: int
    call_id: str
    name: str
    ok: bool
    result: str = ""
    error: str | None = None
    error_type: str | None = None
    duration_ms: float = 0.0


AnyEvent = (
    RunStarted
    | RunFinished
    | TurnStarted
    | TurnFinished
    | ModelStarted
    | ModelFinished
    | ProgramStarted
    | ProgramFinished
    | ToolStarted
    | ToolFinished
)

Subscriber = Callable[[AnyEvent], object]


class Stream:
    """Numbers events and hands them to subscribers, one event after another, in the order of their numbers.

    A subscriber that raises is logged and forgotten for the rest of the tree of runs; the run goes on. Safe to use
    from several threads.
    """

    def __init__(self, subscribers: Iterable[Subscriber] = ()) -> None:
        self._subscribers = list(subscribers)
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    def emit(self, event: AnyEvent) -> AnyEvent:
        """Numbers, dates and delivers an event; gives it back as it was delivered."""
        with self._lock:
            stamped = msgspec.structs.replace(event, seq=next(self._numbers), at=time.time())
            for subscriber in list(self._subscribers):
                self._deliver(subscriber, stamped)
            return stamped

    def _deliver(self, subscriber: Subscriber, event: AnyEvent) -> None:
        try:
            subscriber(event)
        except Exception:  # noqa: BLE001 - a subscriber is somebody else's code; the run must go on
            self._subscribers.remove(subscriber)
            _log.exception("a subscriber raised on %s and gets no more events", type(event).__name__)


def without_payload(event: AnyEvent) -> dict[str, Any]:
    """The event as a dict in which each payload field is replaced by its size: `program` by `program_chars`."""
    data = as_dict(event)
    for name in event.payload:
        value = data.pop(name, None)
        if isinstance(value, str) and value:
            data[f"{name}_chars"] = len(value)
        elif isinstance(value, list | tuple | dict) and value:
            data[f"{name}_count"] = len(value)
    return data


def as_dict(event: AnyEvent) -> dict[str, Any]:
    """The event as a dict of its fields, the tag under `event` first; values as they are."""
    tag = event.__struct_config__.tag
    return {"event": tag, **{name: getattr(event, name) for name in event.__struct_fields__}}
