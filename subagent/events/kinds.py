"""The closed union of events.

Every event says where it belongs: `trace_id` names the tree of runs, `run_id` the run, `parent_id` the run that called this
one as a tool. Below that, `span_id` names the thing that begins or ends (a run, turn, request, program or tool call) and
`parent_span_id` the thing around it: one tree from the outermost run to the last call in a branch of `pmap`. Events at a
point in time (a token, a print) have no `span_id` of their own.

`seq` numbers the events of a tree, `at` is in seconds since the epoch. Fields named in a class's `payload` hold text or
values from prompts, programs and tools: sinks leave them out unless the user asks for them. Fields named in `heavy` are
filled only while a subscriber asks for payloads, because they exist for replaying a run.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from ptc_lisp import Fault
from subagent.usage import Usage

Level = Literal["run", "turn", "model", "program", "tool", "point"]
Part = Literal["prose", "reasoning", "program", "tool_args"]
"""What a piece of a reply is: text to a person, the model's thinking, program text inside a fence, or the JSON arguments of a
native tool call."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The head of every event."""

    payload: ClassVar[frozenset[str]] = frozenset()
    heavy: ClassVar[frozenset[str]] = frozenset()
    level: ClassVar[Level] = "point"
    ends: ClassVar[bool] = False

    run_id: str
    trace_id: str = ""
    parent_id: str | None = None
    span_id: str = ""
    parent_span_id: str | None = None
    agent: str = ""
    seq: int = 0
    at: float = 0.0


class RunStarted(Event, frozen=True, kw_only=True, tag="run.started"):
    """A run begins.

    depth: 0 for the outermost run; a deeper one is a child, whose `parent_span_id` is the tool call that it answers.
    trace_context: what the host says about the occasion. prelude_trace: see `Step`.
    context, memory, journal (bytes of a Memory; None: there is none), tools (see ToolShape), definition (the agent without
    its code), preludes (their sources): what a replay needs.
    """

    payload = frozenset({"task", "context", "memory", "journal", "tools", "definition", "preludes"})
    heavy = frozenset({"context", "memory", "journal", "tools", "definition", "preludes"})
    level: ClassVar[Level] = "run"

    task: str
    model: str
    depth: int = 0
    description: str | None = None
    signature: str | None = None
    trace_context: dict[str, Any] | None = None
    prelude_trace: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    memory: bytes | None = None
    journal: bytes | None = None
    tools: tuple[ToolShape, ...] = ()
    definition: dict[str, Any] | None = None
    preludes: tuple[dict[str, Any], ...] = ()


class ToolShape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tool as programs and models see it.

    required, optional: names of arguments. open: whether it takes any others. kinds, descriptions: of arguments, by name.
    signature: its contract as text. parameters: the JSON Schema of the arguments; None when the tool has none.
    positional: whether a sole argument needs no name, see `Tool`.
    """

    name: str
    description: str = ""
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    open: bool = False
    kinds: dict[str, str] = {}
    signature: str | None = None
    descriptions: dict[str, str] = {}
    effect: str | None = None
    parameters: dict[str, Any] | None = None
    positional: bool = False


class RunFinished(Event, frozen=True, kw_only=True, tag="run.finished"):
    """A run is over, one way or another."""

    payload = frozenset({"value", "error"})
    level: ClassVar[Level] = "run"
    ends: ClassVar[bool] = True

    ok: bool
    value: Any = None
    error: Fault | None = None
    error_kind: str | None = None
    usage: Usage = Usage()


class TurnStarted(Event, frozen=True, kw_only=True, tag="turn.started"):
    """A turn begins: the model is about to be asked."""

    level: ClassVar[Level] = "turn"

    turn: int
    kind: str = "work"


class TurnFinished(Event, frozen=True, kw_only=True, tag="turn.finished"):
    """A turn is over. record: the `Turn` itself, for subscribers in this process; it is not written anywhere."""

    payload = frozenset({"error", "shown", "prints"})
    level: ClassVar[Level] = "turn"
    ends: ClassVar[bool] = True

    turn: int
    ok: bool
    error: Fault | None = None
    error_kind: str | None = None
    shown: str = ""
    prints: tuple[str, ...] = ()
    usage: Usage = Usage()
    record: Any = None


class ModelStarted(Event, frozen=True, kw_only=True, tag="model.started"):
    """A request goes out."""

    payload = frozenset({"system", "messages", "options"})
    level: ClassVar[Level] = "model"

    turn: int
    model: str
    message_count: int
    system: str = ""
    messages: tuple[dict[str, Any], ...] = ()
    options: dict[str, Any] = {}


class ModelToken(Event, frozen=True, kw_only=True, tag="model.token"):
    """A piece of the reply arrived. Pieces of one part join to what the model wrote there; fences belong to none."""

    payload = frozenset({"text"})

    turn: int
    text: str
    part: Part = "prose"


class ModelFinished(Event, frozen=True, kw_only=True, tag="model.finished"):
    """The reply came, or did not. first_token_ms: from the request to the first piece, of streamed replies."""

    payload = frozenset({"content", "error", "tool_calls"})
    level: ClassVar[Level] = "model"
    ends: ClassVar[bool] = True

    turn: int
    model: str
    ok: bool
    content: str = ""
    tool_calls: tuple[dict[str, Any], ...] = ()
    error: Fault | None = None
    error_kind: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    finish_reason: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_usd: float | None = None
    attempts: int = 1
    first_token_ms: float | None = None
    duration_ms: float = 0.0


class ProgramStarted(Event, frozen=True, kw_only=True, tag="program.started"):
    """A program goes to the sandbox. failure: what it reads as `data/fail`. memory, history: what it starts from, when that
    is not what the program before it left. limits: the limits of this program. budget: what it reads as
    `budget/remaining`."""

    payload = frozenset({"program", "failure", "memory", "history", "limits", "budget"})
    heavy = frozenset({"failure", "memory", "history", "limits", "budget"})
    level: ClassVar[Level] = "program"

    turn: int
    program: str
    language: str = "ptc-lisp"
    failure: dict[str, Any] | None = None
    memory: bytes | None = None
    history: tuple[bytes, ...] = ()
    limits: dict[str, Any] = {}
    budget: dict[str, Any] = {}


class ProgramPrinted(Event, frozen=True, kw_only=True, tag="program.printed"):
    """What a program printed in one go. Entries are reported as they arrive, in their order; those of `pmap` when their branch has
    ended."""

    payload = frozenset({"line"})

    turn: int
    line: str


class MemoryChanged(Event, frozen=True, kw_only=True, tag="memory.changed"):
    """A program defined or changed names. bytes: the size of all memory after it."""

    payload = frozenset({"names"})

    turn: int
    names: tuple[str, ...]
    bytes: int = 0


class ProgramFinished(Event, frozen=True, kw_only=True, tag="program.finished"):
    """A program ended. value: as plain Python. repaired: the balanced text that ran in its place."""

    payload = frozenset({"error", "shown", "value", "repaired"})
    heavy = frozenset({"value", "repaired"})
    level: ClassVar[Level] = "program"
    ends: ClassVar[bool] = True

    turn: int
    ok: bool
    returned: bool = False
    shown: str = ""
    value: Any = None
    repaired: str | None = None
    error: Fault | None = None
    error_kind: str | None = None
    steps: int = 0
    tool_calls: int = 0
    prints: int = 0
    memory_bytes: int = 0
    duration_ms: float = 0.0


class ToolStarted(Event, frozen=True, kw_only=True, tag="tool.started"):
    """A tool is called. `call_id` joins it with its end and with `ToolCall.id`. branch: of a call in `pmap`, its place
    among the calls of all branches, in the order of the program. origin: the export of a prelude that makes the call."""

    payload = frozenset({"args"})
    level: ClassVar[Level] = "tool"

    turn: int
    call_id: str
    name: str
    branch: tuple[int, ...] = ()
    origin: str | None = None
    args: dict[str, Any] = {}
    description: str | None = None


class ToolFinished(Event, frozen=True, kw_only=True, tag="tool.finished"):
    """A tool answered or failed. `error_type` is the class of what it raised. A call that was refused (unknown tool, bad
    arguments, too many calls) or answered from the cache has a start and an end too. result: bounded text; value: all."""

    payload = frozenset({"error", "result", "value"})
    heavy = frozenset({"value"})
    level: ClassVar[Level] = "tool"
    ends: ClassVar[bool] = True

    turn: int
    call_id: str
    name: str
    ok: bool
    cached: bool = False
    result: str = ""
    value: Any = None
    error: str | None = None
    error_type: str | None = None
    duration_ms: float = 0.0


class HookActed(Event, frozen=True, kw_only=True, tag="hook.acted"):
    """A hook changed the course of a run. action: `changed` arguments, `vetoed`, `answered`, `replaced` a result, `added`
    context, `stopped` the run, or `failed` itself. subject: the tool's name, or "" for a turn."""

    payload = frozenset({"reason"})

    hook: str
    action: Literal["changed", "vetoed", "answered", "replaced", "added", "stopped", "failed"]
    subject: str = ""
    reason: str = ""


class HistoryCompacted(Event, frozen=True, kw_only=True, tag="history.compacted"):
    """Old messages were left out of the requests from now on; tokens are estimates."""

    turn: int
    strategy: str
    reason: str
    messages_before: int
    messages_after: int
    tokens_before: int = 0
    tokens_after: int = 0


class BudgetSpent(Event, frozen=True, kw_only=True, tag="budget.spent"):
    """A budget is used up: turns, tokens, money, or what the host's function said. action: `fail` ends the run with a
    fault, `partial` with the last value that could be the answer."""

    budget: str
    action: Literal["fail", "partial"] = "fail"


AnyEvent = (
    RunStarted
    | RunFinished
    | TurnStarted
    | TurnFinished
    | ModelStarted
    | ModelToken
    | ModelFinished
    | ProgramStarted
    | ProgramPrinted
    | MemoryChanged
    | ProgramFinished
    | ToolStarted
    | ToolFinished
    | HookActed
    | HistoryCompacted
    | BudgetSpent
)


def tag_of(event: AnyEvent | type[AnyEvent]) -> str:
    """The name of an event's kind, such as `run.started`."""
    return str(event.__struct_config__.tag)


def as_dict(event: AnyEvent) -> dict[str, Any]:
    """The event as a dict of its fields, the tag under `event` first; values as they are."""
    fields = (name for name in event.__struct_fields__ if name != "record")
    return {"event": tag_of(event), **{name: getattr(event, name) for name in fields}}


def without_heavy(event: AnyEvent) -> AnyEvent:
    """The event without what only a replay needs."""
    filled = [name for name in event.heavy if getattr(event, name)]
    if not filled:
        return event
    defaults = {field.name: field for field in msgspec.structs.fields(event)}
    return msgspec.structs.replace(event, **{name: _default(defaults[name]) for name in filled})


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def split(event: AnyEvent) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event as a dict in which each payload field is replaced by its size (`program` by `program_chars`), and the
    payload fields that hold something."""
    data, payload = as_dict(event), {}
    for name in event.payload:
        value = data.pop(name, None)
        if value is None or (isinstance(value, str | bytes | list | tuple | dict) and not value):
            continue
        payload[name] = value
        if isinstance(value, str):
            data[f"{name}_chars"] = len(value)
        elif isinstance(value, bytes):
            data[f"{name}_bytes"] = len(value)
        elif isinstance(value, list | tuple | dict):
            data[f"{name}_count"] = len(value)
    return data, payload
