"""`SubAgent`: what an agent is. Frozen and checked when it is made; running it changes nothing in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from ptc_lisp import Limits, Session, Tool
from ptc_lisp.signature import Signature, SignatureError, parse, render
from subagent.llm.constrain import Constraint, constraint_of
from subagent.llm.resolve import resolve
from subagent.llm.retry import RetryPolicy
from subagent.loop.policy import Completion, FeedbackLimits, LanguageSpec
from subagent.prompting.template import placeholders, unknown

if TYPE_CHECKING:
    from subagent.events import Subscriber
    from subagent.prompting.prompt import Opening
    from subagent.step import Step

_PROGRAM_LIMITS = Limits(timeout_ms=5_000)
_RESERVED = frozenset({"lisp_eval"})
_POSITIVE = ("max_turns", "turn_budget", "max_depth")
_POSITIVE_OR_NONE = ("mission_timeout_ms", "max_tool_calls")


@dataclass(frozen=True)
class SubAgent:
    """An agent that answers by writing PTC-Lisp programs, which run in a sandbox beside the data and the tools.

    prompt: mission text of a reusable agent; `{{name}}` in it refers to the input `name`.
    name, description: how traces and parent agents call it.
    signature: inputs and answer, `"(region :string) -> {total :float}"` or `"{total :float}"`; None: any answer.
    tools: functions, Tools or agents; a list, or a dict by name.
    llm: model string, callable, or object with `complete`; may be given to `run` instead.
    max_turns: how often the model may write a program. retry_turns: further turns, only to mend a bad answer.
    completion: "implicit" lets the value of the last form be the answer when turns run out (and always when max_turns
        is 1); "explicit" demands `(return v)`.
    limits: of each program. max_tool_calls: of all programs of a run. mission_timeout_ms: of the whole run.
    turn_budget: turns of this agent and the agents it calls together. max_depth: how deep agents may call agents.
    llm_options: passed to the provider with every request (temperature, max_tokens, ...). llm_retry: see RetryPolicy.
    constrain: have the model's server keep replies to the grammar of programs, with only the granted names of tools and
        data: "gbnf" for llama.cpp, "lark" for OpenAI, `Constraint(...)` for vLLM. Callables find it in
        `request.constraint`.
    language_spec: "compact" names the functions that programs mostly need; "full" every name of the language with its
        usage (about 7 KB more in the system text).
    feedback: how much the model is shown after a turn. context_descriptions: a line per input for the model.

    Raises:
        ValueError, TypeError: a field is unusable; the message names field, value and remedy.
    """

    prompt: str | None = None
    _: KW_ONLY
    name: str = "agent"
    description: str | None = None
    signature: str | None = None
    tools: (
        Iterable[Callable[..., Any] | Tool | SubAgent] | Mapping[str, Callable[..., Any] | Tool | SubAgent]
    ) = ()
    llm: object = None
    max_turns: int = 5
    retry_turns: int = 0
    completion: Completion = "implicit"
    limits: Limits = _PROGRAM_LIMITS
    max_tool_calls: int | None = None
    mission_timeout_ms: int | None = None
    turn_budget: int = 20
    max_depth: int = 3
    llm_options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    llm_retry: RetryPolicy = field(default_factory=RetryPolicy)
    constrain: Literal["gbnf", "lark"] | Constraint | None = None
    language_spec: LanguageSpec = "compact"
    feedback: FeedbackLimits = field(default_factory=FeedbackLimits)
    context_descriptions: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for name in ("prompt", "description"):
            _text(name, getattr(self, name), optional=True)
        _text("name", self.name, optional=False)
        for name in _POSITIVE:
            _number(name, getattr(self, name), least=1)
        for name in _POSITIVE_OR_NONE:
            if getattr(self, name) is not None:
                _number(name, getattr(self, name), least=0 if name == "max_tool_calls" else 1)
        _number("retry_turns", self.retry_turns, least=0)
        if self.completion not in ("implicit", "explicit"):
            raise ValueError(f'SubAgent.completion must be "implicit" or "explicit", got {self.completion!r}')
        if self.language_spec not in ("compact", "full"):
            raise ValueError(
                f'SubAgent.language_spec must be "compact" or "full", got {self.language_spec!r}'
            )
        for name, kind in (("limits", Limits), ("llm_retry", RetryPolicy), ("feedback", FeedbackLimits)):
            if not isinstance(getattr(self, name), kind):
                given = type(getattr(self, name)).__name__
                raise TypeError(f"SubAgent.{name} must be {kind.__name__}(...), got {given}")
        object.__setattr__(self, "signature", _signature(self.signature))
        try:
            constraint_of(self.constrain)
        except (TypeError, ValueError) as error:
            raise type(error)(f"SubAgent.{error}") from error
        if self.llm is not None:
            resolve(self.llm)
        self._check_tools()
        self._check_prompt()

    @cached_property
    def tool_table(self) -> dict[str, Tool]:
        """The tools by name."""
        return dict(Session(tools=cast("Any", self.tools)).tools)  # agents are taken by their `as_tool`

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs that the signature declares."""
        return () if self.signature is None else tuple(f.name for f in parse(self.signature).params)

    def run(
        self,
        task: str | None = None,
        *,
        llm: object = None,
        context: object = None,
        on_event: Subscriber | Iterable[Subscriber] = (),
        telemetry: Subscriber | None = None,
    ) -> Step:
        """Runs the agent and gives its Step. Works inside a running event loop too, which it then blocks.

        task: what to do; needed when the agent has no prompt, and added to it otherwise.
        llm: the model of this run, in place of the agent's own.
        context: what programs read as `data/name`: a dict, or the Step of an earlier agent whose value is a dict.
        on_event: one or several functions that get every event.
        telemetry: what makes OpenTelemetry spans, by default `subagent.telemetry.Telemetry()`.

        Raises:
            ValueError, TypeError: the host's mistake: no task, no model, unusable context. What a model, a program or
                a tool does wrong never raises; it is `step.error`.
        """
        from subagent.drive.sync import run_sync  # noqa: PLC0415 - loads the event loop, not needed to define agents

        return run_sync(self, task, llm=llm, context=context, on_event=on_event, telemetry=telemetry)

    async def arun(
        self,
        task: str | None = None,
        *,
        llm: object = None,
        context: object = None,
        on_event: Subscriber | Iterable[Subscriber] = (),
        telemetry: Subscriber | None = None,
    ) -> Step:
        """`run` for coroutines. Cancelling it cancels the model call, the tools and the program."""
        from subagent.drive.driver import run_async  # noqa: PLC0415 - as above

        return await run_async(self, task, llm=llm, context=context, on_event=on_event, telemetry=telemetry)

    def as_tool(self, name: str | None = None, description: str | None = None, *, llm: object = None) -> Tool:
        """Gives the agent as a tool for another one. Its signature's inputs are the arguments, its answer the result; an
        agent without inputs takes its mission as `task`.

        A run inherits the caller's deadline and turn budget and is one level deeper. Its model is the agent's own, else
        `llm`, else the caller's.

        Raises:
            ValueError: there is no description, here or in the definition.
        """
        from subagent.tools.agent_tool import agent_tool  # noqa: PLC0415 - as above

        return agent_tool(self, name, description, llm)

    def preview_prompt(self, task: str | None = None, context: object = None) -> Opening:
        """The system text and first user message that a run would send. Raises what `run` raises."""
        from subagent.prepare import prepare  # noqa: PLC0415 - as above

        return prepare(self, task, context).opening

    def _check_tools(self) -> None:
        try:
            table = self.tool_table
        except (TypeError, ValueError) as error:
            raise type(error)(f"SubAgent.tools: {error}") from error
        for name in table:
            if name in _RESERVED:
                raise ValueError(f"SubAgent.tools: the name {name} is reserved; rename the tool")
            if name in self.inputs:
                raise ValueError(
                    f"SubAgent: {name} is both a tool and an input of the signature; rename one of them"
                )

    def _check_prompt(self) -> None:
        if self.prompt is None:
            return
        try:
            placeholders(self.prompt)
            wrong = unknown(self.prompt, self.inputs) if self.inputs else None
        except ValueError as error:
            raise ValueError(f"SubAgent.prompt: {error}") from error
        if wrong is not None:
            raise ValueError(
                f"SubAgent.prompt: {wrong} (inputs are declared by the signature {self.signature})"
            )


def _text(name: str, value: object, *, optional: bool) -> None:
    if value is None and optional:
        return
    if not isinstance(value, str):
        raise TypeError(f"SubAgent.{name} must be text, got {type(value).__name__}")
    if not value.strip():
        raise ValueError(f"SubAgent.{name} is empty: give it a text{', or leave it out' if optional else ''}")


def _number(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"SubAgent.{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"SubAgent.{name} must be at least {least}, got {value}")


def _signature(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, Signature):
        return render(value)
    if not isinstance(value, str):
        raise TypeError(
            f'SubAgent.signature must be text such as "(n :int) -> {{total :float}}", got {type(value).__name__}'
        )
    try:
        parse(value)
    except SignatureError as error:
        raise ValueError(f"SubAgent.signature: {error}") from error
    return value
