"""The options of one run: the keywords of `run`, `arun` and whatever else starts one, in one place.

A new option is a field of `RunOptions`, the same name in `RunKeywords`, and code that reads it from `Prepared.options` or
`Scope.options`. Options of a run do not apply to the agents that it calls as tools, but budgets bind those too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

from subagent.effects import effects
from subagent.hooks import hooks_of
from subagent.preludes import Preludes, checked_store
from subagent.wording import did_you_mean

if TYPE_CHECKING:
    from ptc_lisp import Fault, Limits, Memory, PreludeStore, ToolCache
    from subagent.events import ModelToken, Subscriber, ToolFinished, ToolStarted
    from subagent.llm.registry import ModelRegistry
    from subagent.llm.retry import RetryPolicy
    from subagent.loop.policy import OnBudget
    from subagent.loop.records import Turn
    from subagent.loop.state import AgentState
    from subagent.messages import Message
    from subagent.usage import Usage


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stop:
    """What a guard or hook returns to end the run: a value, or an error (a Fault, or a text)."""

    value: Any = None
    error: Fault | str | None = None


BudgetCheck = Callable[["Usage"], object]
Guard = Callable[["Turn", "AgentState", "AgentState"], "Stop | Awaitable[Stop | None] | None"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of one run.

    llm: the model of this run, in place of the agent's own. llm_retry: how failed calls are retried.
    llm_registry: names that `llm` may be, here and in agents that are called: a ModelRegistry, or a dict from names to
        anything that `llm` takes.
    cache: ask the provider to cache the beginning of the conversation, if it has to be asked (Anthropic and others).
    context: what programs read as `data/name`: a dict, or the Step of an earlier agent whose value is a dict.
    limits: of each program; can only lower the agent's.
    on_event: one or several functions that receive every event.
    on_token, on_tool_start, on_tool_end, on_turn: called with pieces of replies, tool calls and turns, in the whole tree of
        runs; plain or async, and like `on_event` without holding up the run. `on_token` makes replies stream.
    hooks: `Hooks(...)`, or several: called before and after turns and tool calls, in the whole tree of runs.
    telemetry: what records OpenTelemetry spans; default `subagent.telemetry.Telemetry()` if an SDK is installed.
    initial_messages: an earlier conversation (messages, or dicts with role and content; system texts are dropped).
    initial_memory: what earlier programs defined: `step.memory`, its bytes, or plain values by name.
    collect_messages: whether `step.messages` keeps the conversation, which is large.
    trace: whether the Step keeps turns, events and state: True, False, or "on_error" for runs that fail.
    trace_context: facts about the occasion, such as a request's id, for the first event and traces.
    token_limit, cost_limit_usd: for this agent and those that it calls, checked after every reply.
    budget: a function of the usage so far, called after every reply; returns False (or "stop") to end the run.
    on_budget_exceeded: "return_partial" gives the last value that could be the answer, if there is one.
    continuation_guard: a function of the turn that ended and the states before and after it, called between turns; returns
        None to go on, or a `Stop`.
    on_state: a function, plain or async, that receives the state before every effect, to store it; the run waits for it.
        resume: a state to continue from, as AgentState or its JSON or msgpack; context and tools must be given again.
    journal: values of `(task id ...)` from an earlier run (`step.journal`, its bytes, or values by id; {} starts one).
    tool_cache: results of tools to start with and to add to; see `ptc_lisp.ToolCache`.
    allow_effects: which effects that tools declare are allowed in this run, in place of the agent's own.
    preludes: those of this run, in place of the agent's; [] is none. Refs are looked up in `prelude_store`, or the agent's.
        One that does not compile or lacks a tool ends the run before a model is asked.
    """

    llm: object = None
    llm_retry: RetryPolicy | None = None
    context: object = None
    limits: Limits | None = None
    llm_registry: ModelRegistry | Mapping[str, object] | None = None
    cache: bool = False
    on_event: Subscriber | Iterable[Subscriber] = ()
    telemetry: Subscriber | None = None
    initial_messages: Sequence[Message | Mapping[str, Any]] = ()
    initial_memory: Mapping[str, Any] | Memory | bytes | None = None
    collect_messages: bool = False
    trace: bool | Literal["on_error"] = True
    trace_context: Mapping[str, Any] | None = None
    token_limit: int | None = None
    cost_limit_usd: float | None = None
    budget: BudgetCheck | None = None
    on_budget_exceeded: OnBudget = "fail"
    continuation_guard: Guard | None = None
    on_state: Callable[[AgentState], object] | None = None
    journal: Mapping[str, Any] | Memory | bytes | None = None
    tool_cache: ToolCache | None = None
    allow_effects: Sequence[str] | None = None
    preludes: Preludes | None = None
    prelude_store: PreludeStore | None = None
    resume: AgentState | bytes | str | None = None

    on_token: Callable[[ModelToken], object] | None = None
    on_tool_start: Callable[[ToolStarted], object] | None = None
    on_tool_end: Callable[[ToolFinished], object] | None = None
    on_turn: Callable[[Turn], object] | None = None
    hooks: object = ()

    def __post_init__(self) -> None:
        for name in ("token_limit", "cost_limit_usd"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise TypeError(f"{name} must be a number, got {value!r}")
            if value is not None and value < 0:
                raise ValueError(f"{name} must not be negative, got {value}")
        if self.trace not in (True, False, "on_error"):
            raise ValueError(f'trace must be True, False or "on_error", got {self.trace!r}')
        if self.on_budget_exceeded not in ("fail", "return_partial"):
            raise ValueError(
                f'on_budget_exceeded must be "fail" or "return_partial", got {self.on_budget_exceeded!r}'
            )
        if self.allow_effects is not None:
            object.__setattr__(self, "allow_effects", effects("allow_effects", self.allow_effects))
        if checked_store("prelude_store", self.prelude_store) is not None and self.preludes is None:
            raise ValueError(
                'prelude_store is where preludes are looked up: name them too, such as preludes=["crm"]'
            )
        for name in _FUNCTIONS:
            value = getattr(self, name)
            if value is not None and not callable(value):
                raise TypeError(f"{name} must be a function, got {type(value).__name__}")
        object.__setattr__(self, "on_event", _subscribers(self.on_event))

    @classmethod
    def of(cls, keywords: dict[str, Any]) -> RunOptions:
        """The options given as keywords.

        Raises:
            TypeError: a keyword is not an option (the message lists those that are), or a value has a wrong type.
            ValueError: a value is out of range.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        for name in keywords:
            if name not in known:
                raise TypeError(f"{name} is no option of a run{_remedy(name, known)}")
        return cls(**keywords)

    @property
    def subscribers(self) -> list[Subscriber]:
        """`on_event` and the callbacks as a list."""
        from subagent.events.callbacks import callbacks  # noqa: PLC0415 - loads the event loop, which a definition does not need

        return [
            *_subscribers(self.on_event),
            *callbacks(self.on_token, self.on_tool_start, self.on_tool_end, self.on_turn),
        ]

    @property
    def hook_table(self) -> tuple[Any, ...]:
        """`hooks` as a tuple. Raises TypeError for what has no hook."""
        return hooks_of(self.hooks)


_FUNCTIONS = (
    "budget",
    "continuation_guard",
    "on_state",
    "on_token",
    "on_tool_start",
    "on_tool_end",
    "on_turn",
)


def _subscribers(given: object) -> tuple[Subscriber, ...]:
    several = given if isinstance(given, Iterable) and not callable(given) else (given,)
    found: tuple[Any, ...] = tuple(cast("Iterable[Any]", several))
    for one in found:
        if not callable(one):
            raise TypeError(f"on_event must be a function of an event, or several, got {type(one).__name__}")
    return found


def _remedy(name: str, known: list[str]) -> str:
    from subagent.definition import SubAgent  # noqa: PLC0415 - a definition needs the options

    if name in {field.name for field in dataclasses.fields(SubAgent)}:
        return f": it belongs to the definition, SubAgent({name}=...)"
    return did_you_mean(name, known)


class RunKeywords(TypedDict, total=False):
    """The fields of `RunOptions` as keywords."""

    llm: object
    llm_retry: RetryPolicy | None
    context: object
    limits: Limits | None
    llm_registry: ModelRegistry | Mapping[str, object] | None
    cache: bool
    on_event: Subscriber | Iterable[Subscriber]
    telemetry: Subscriber | None
    initial_messages: Sequence[Message | Mapping[str, Any]]
    initial_memory: Mapping[str, Any] | Memory | bytes | None
    collect_messages: bool
    trace: bool | Literal["on_error"]
    trace_context: Mapping[str, Any] | None
    token_limit: int | None
    cost_limit_usd: float | None
    budget: BudgetCheck | None
    on_budget_exceeded: OnBudget
    continuation_guard: Guard | None
    on_state: Callable[[AgentState], object] | None
    journal: Mapping[str, Any] | Memory | bytes | None
    tool_cache: ToolCache | None
    allow_effects: Sequence[str] | None
    preludes: Preludes | None
    prelude_store: PreludeStore | None
    resume: AgentState | bytes | str | None
    on_token: Callable[[ModelToken], object] | None
    on_tool_start: Callable[[ToolStarted], object] | None
    on_tool_end: Callable[[ToolFinished], object] | None
    on_turn: Callable[[Turn], object] | None
    hooks: object
