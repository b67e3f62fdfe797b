"""The state of a run between two effects, the inputs that move it and the effects it asks for. Frozen data, no
callables, versioned: at every point it can be written as JSON or msgpack and read back in another process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from ptc_lisp import Fault
from subagent.loop.held import Held, dec_hook, enc_hook
from subagent.loop.records import ChildRun, ToolCall, Turn, TurnKind
from subagent.messages import LLMRequest, LLMResponse, Message, NativeToolCall
from subagent.usage import Usage

VERSION = 1


class Clock(msgspec.Struct, frozen=True):
    """What an input says about time and the budget that a tree of agents shares.

    at_ms: milliseconds since the run began. tree_turns_left: turns that all agents of the tree may still take.
    overspent: which budget besides turns and time is spent: `token_limit`, `cost_limit_usd` or `budget`.
    """

    at_ms: float = 0.0
    tree_turns_left: int = 1
    overspent: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """How a run ended: a value, or a fault. `warnings`: what does not fit about a value that is given all the same."""

    ok: bool
    value: Held | None = None
    error: Fault | None = None
    fallback_used: bool = False
    warnings: tuple[str, ...] = ()


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """The turn under way. `calls`: native tool calls to be made; `given`: what is being verified."""

    kind: TurnKind
    asked_at_ms: float
    reply: str = ""
    program: str | None = None
    calls: tuple[NativeToolCall, ...] = ()
    given: Ran | None = None
    fallback_used: bool = False
    warnings: tuple[str, ...] = ()
    usage: Usage = Usage()


class AgentState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a run stands.

    version: of the stored form, `VERSION`; 0 is what a text has that was not stored by `to_json`.
    status: `new` before the first request, `asking` while the model is asked, `running` while a program or native tool calls
    run, `verifying` while the host looks at an answer, `done` when there is one.
    opening_index: which message states the task.
    memory: the user names of the programs, encoded; history: their last three results (`*1` last), encoded.
    good: the value of the latest program that could be the answer; good_turn: the turn it came from.
    journal: values of `task`, encoded; summaries: those of `step-done`, by id.
    failure: the fault of the latest program, which the next one finds as `data/fail`.
    """

    version: int = 0
    status: Literal["new", "asking", "running", "verifying", "done"] = "new"
    system: str = ""
    messages: tuple[Message, ...] = ()
    opening_index: int = 0
    turns: tuple[Turn, ...] = ()
    open: Open | None = None
    work_left: int = 0
    retry_left: int = 0
    good: Held | None = None
    good_turn: int = 0
    failure: Fault | None = None
    memory: bytes = b""
    history: tuple[bytes, ...] = ()
    journal: bytes = b""
    summaries: dict[str, str] = {}
    children: tuple[ChildRun, ...] = ()
    usage: Usage = Usage()
    answer: Answer | None = None

    @property
    def spent_ms(self) -> float:
        """Milliseconds that the run had taken when this state came about."""
        return max(self.usage.duration_ms, 0.0 if self.open is None else self.open.asked_at_ms)

    @property
    def tree_turns(self) -> int:
        """Turns taken so far by this agent and those that it called."""
        return len(self.turns) + (self.status == "running") + sum(map(_turns_of, self.children))

    @classmethod
    def of(cls, state: AgentState | bytes | str) -> AgentState:
        """A state, or what `to_json` or `to_msgpack` wrote. Raises ValueError or TypeError for anything else."""
        if isinstance(state, AgentState):
            return _checked(state)
        if not isinstance(state, bytes | str):
            raise TypeError(f"a state is an AgentState, or what its to_json gave, got {type(state).__name__}")
        if isinstance(state, str) or state[:1] == b"{":
            return cls.from_json(state)
        return cls.from_msgpack(state)

    def to_json(self) -> bytes:
        """The state as JSON."""
        return msgspec.json.encode(self, enc_hook=enc_hook)

    def to_msgpack(self) -> bytes:
        """The state as msgpack."""
        return msgspec.msgpack.encode(self, enc_hook=enc_hook)

    @classmethod
    def from_json(cls, data: bytes | str) -> AgentState:
        """The state that `to_json` wrote.

        Raises:
            ValueError: the bytes are no state, or one of another version.
        """
        return _read(msgspec.json.decode, data, cls)

    @classmethod
    def from_msgpack(cls, data: bytes) -> AgentState:
        """The state that `to_msgpack` wrote. Raises as `from_json`."""
        return _read(msgspec.msgpack.decode, data, cls)


# Inputs


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """The run starts: the rendered prompt, after the messages of an `earlier` conversation."""

    system: str
    user: str
    clock: Clock = Clock()
    earlier: tuple[Message, ...] = ()


class Replied(msgspec.Struct, frozen=True, tag="replied"):
    """The model answered."""

    response: LLMResponse
    clock: Clock = Clock()


class CallResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the native tool call `id`: a value or a fault. `preview` stands in for a value that programs can take
    from the cache."""

    id: str
    value: Held | None = None
    error: Fault | None = None
    preview: Held | None = None


class Ran(msgspec.Struct, frozen=True, kw_only=True, tag="ran"):
    """The program ended; or native tool calls did, and `results` has what came of them.

    value: plain Python. failed: whether `(fail v)` ended it. others: further faults that were found before it ran.
    previews: the names that the program changed, with pictures of their values. kept: descriptions of large values that
    were put into the memory under names. beyond: the result is too large for `*1`, and this name has it ("": none).
    repaired: the balanced program that was run in place of the model's. prelude_hash: names the preludes that it had.
    progress: the host's own words on it.
    """

    ok: bool
    value: Held | None = None
    shown: str = ""
    returned: bool = False
    failed: bool = False
    error: Fault | None = None
    others: tuple[Fault, ...] = ()
    prints: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    results: tuple[CallResult, ...] = ()
    previews: dict[str, str] = {}
    kept: dict[str, str] = {}
    beyond: str | None = None
    repaired: str | None = None
    prelude_hash: str | None = None
    memory: bytes = b""
    history: tuple[bytes, ...] = ()
    journal: bytes = b""
    tasks: tuple[str, ...] = ()
    summaries: dict[str, str] = {}
    progress: str | None = None
    children: tuple[ChildRun, ...] = ()
    usage: Usage = Usage()
    clock: Clock = Clock()


class Broke(msgspec.Struct, frozen=True, tag="broke"):
    """An effect could not be performed: the model failed, the deadline passed, somebody cancelled."""

    fault: Fault
    usage: Usage = Usage()
    clock: Clock = Clock()


class Verified(msgspec.Struct, frozen=True, tag="verified"):
    """The host looked at an answer. `problems` says what keeps it from its type, each with its path; `refusal` why a hook
    does not want it. Neither: it is good."""

    problems: tuple[str, ...] = ()
    refusal: str | None = None
    clock: Clock = Clock()


class Stopped(msgspec.Struct, frozen=True, tag="stopped"):
    """The host ends the run between two turns, with an answer or a fault of its own."""

    answer: Answer


Input = Begin | Replied | Ran | Verified | Broke | Stopped

# Effects


class Complete(msgspec.Struct, frozen=True, tag="complete"):
    """Ask the model."""

    request: LLMRequest


class Execute(msgspec.Struct, frozen=True, kw_only=True, tag="execute"):
    """Run a program. `failure` is what it finds as `data/fail`; None: no such entry. `tool_calls_left` bounds its
    calls. `budget` is what it reads as `budget/remaining`."""

    program: str
    failure: dict[str, Any] | None = None
    tool_calls_left: int | None = None
    budget: dict[str, Any] = {}


class CallTools(msgspec.Struct, frozen=True, kw_only=True, tag="call_tools"):
    """Make native tool calls, at the same time. `tool_calls_left` bounds them; the names are those of the tools. Those whose
    ids are in `refused` are not made: they get this fault."""

    calls: tuple[NativeToolCall, ...]
    refused: dict[str, Fault] = {}
    tool_calls_left: int | None = None


class Verify(msgspec.Struct, frozen=True, tag="verify"):
    """Have the host look at an answer that fits the signature: whether it is a value of the agent's `output` type, and
    whether hooks want it."""

    value: Held | None


class Finish(msgspec.Struct, frozen=True, tag="finish"):
    """The run is over; the state holds the answer."""

    answer: Answer


Effect = Complete | Execute | CallTools | Verify | Finish


class Decision(msgspec.Struct, frozen=True):
    """What `decide` gives: the state after the input, and what to do next."""

    state: AgentState
    effect: Effect


def _turns_of(child: ChildRun) -> int:
    return len(child.turns) + sum(map(_turns_of, child.children))


def _read(decode: Callable[..., Any], data: bytes | str, cls: type[AgentState]) -> AgentState:
    try:
        return _checked(decode(data, type=cls, dec_hook=dec_hook))
    except msgspec.DecodeError as error:
        raise ValueError(f"this is no stored agent state, or not all of one: {error}") from error


def _checked(state: AgentState) -> AgentState:
    if state.version == 0:
        raise ValueError(
            "this is no stored agent state: it has no version; give what to_json or to_msgpack wrote"
        )
    if state.version != VERSION:
        raise ValueError(
            f"this agent state has version {state.version}; this program reads version {VERSION}"
        )
    return state
