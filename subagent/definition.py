"""`SubAgent`: what an agent is. Frozen and checked when it is made; running it changes nothing in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, Unpack, cast

import msgspec

from ptc_lisp import Limits, Memory, Tool
from ptc_lisp.signature import Validation, parse
from subagent.consistency import check_consistency
from subagent.effects import DEFAULT_EFFECTS
from subagent.fields import checked, set_fields
from subagent.generics import Out
from subagent.llm.constrain import Constraint
from subagent.llm.retry import RetryPolicy
from subagent.loop.policy import (
    Compaction,
    Completion,
    FormatOptions,
    FreshStart,
    Language,
    LanguageProfile,
    LanguageSpec,
    MemoryStrategy,
    Mode,
    Repair,
    Transport,
)
from subagent.options import RunKeywords, RunOptions
from subagent.output_types import OutputType, joined_signature, output_of
from subagent.preludes import Preludes, bundled, selected
from subagent.prompting.customise import Customisation
from subagent.tools.markers import Self
from subagent.tools.table import tool_table
from subagent.wording import suggesting

if TYPE_CHECKING:
    from ptc_lisp import Prelude, PreludeStore
    from subagent.chat import Chat
    from subagent.compiled import CompiledAgent
    from subagent.drive.streaming import RunStream
    from subagent.messages import Message
    from subagent.progress import ProgressFn
    from subagent.prompting.prompt import Preview
    from subagent.step import Step
    from subagent.tools.llm_tool import LLMTool

_PROGRAM_LIMITS = Limits(timeout_ms=5_000)
_ASKING_MS = 300_000


@suggesting
@dataclass(frozen=True)
class SubAgent(Generic[Out]):
    """An agent that answers by writing programs, in PTC-Lisp or PTC-JSON, which run in a sandbox.

    The task:
    prompt: the task of a reusable agent; `{{name}}` in it refers to the input `name`.
    name, description: what traces and parent agents call it.
    signature: inputs and answer, `"(region :string) -> {total :float}"` or `"{total :float}"`; None: any answer.
    output: the type of the answer, in place of the signature's: TypedDict, dataclass, msgspec.Struct, pydantic model,
        list[...], Literal, ... (`step.value` then has that type), or a JSON Schema as a dict.
    context_descriptions, field_descriptions: a line per input, a line per field of the answer, for the model. The latter
        also go to the next agent of a chain.

    What programs can use:
    tools: functions, Tools, LLMTools, agents or compiled agents; a list, or a dict by name. `SELF` is the agent itself.
    builtin_tools: families of ready-made tools: "grep". llm_query: whether programs may ask the model a question with
        `(tool/llm-query {...})`.
    preludes: namespaces of functions for programs, in order: Preludes, sources, or refs such as "crm" and "crm@2", which
        are looked up in `prelude_store` when the agent is made (docs/preludes.md).
    allow_effects: which effects that tools declare are allowed; "write" must be allowed here or by the run. Binds agents
        called as tools too.
    plan: steps to show as a checklist, which programs tick off with `(step-done id summary)`: texts, or pairs of id and
        text. progress_fn: a function of a Progress and its own state (None at first); returns the text to show instead, or
        that and its new state. journaling: tell the model about `(task id ...)`, whose values `step.journal` keeps.

    The model:
    llm: a model name, a callable, or an object with `complete`; may be given to `run` instead.
    llm_options: sent to the provider with every request (temperature, max_tokens, ...). llm_retry: see RetryPolicy.
    mode: "program", or "text": the model replies with text or JSON and calls tools natively.
    language: "ptc-lisp" or "ptc-json". transport: how programs travel: "content", in the reply, or "tool_call", as the
        argument of the native tool `lisp_eval` (in text mode beside other tools). See docs/modes.md.
    constrain: have the model's server enforce the grammar of programs, with only this agent's tools and data: "gbnf" for
        llama.cpp, "lark" for OpenAI, `Constraint(...)` for vLLM; callables find it in `request.constraint`. "schema":
        structured output, for language "ptc-json" (about 2,600 tokens a request).

    Limits:
    max_turns: how many programs the model may write. retry_turns: extra turns, only for correcting an answer.
    completion: "implicit" accepts the value of the last form as the answer when turns run out (and always if max_turns is
        1); "explicit" requires `(return v)`.
    limits: of each program; default 5 s, or 5 minutes if tools ask models, since their time counts (of which 5 s may be
        computing). max_tool_calls: of all programs of a run. mission_timeout_ms: of the whole run.
    turn_budget: turns of this agent and the agents that it calls together. max_depth: how deep agents may call agents.
    memory_limit_bytes: what programs may define and keep; beyond it the run ends (memory_strategy "strict") or the turn's
        definitions are dropped and the model is told ("rollback").
    isolation: which programs share a process: those of a run ("session"), none ("run"), or also those of later runs, after
        the process was cleaned ("reuse"); see docs/sandbox.md.
    validation: how inputs and answers are held to the signature: "enabled" converts inputs and refuses what does not fit,
        "strict" converts nothing, "warn_only" accepts it with a line in `step.warnings`, "disabled" accepts it silently.

    What the model reads:
    language_spec: what the system text says about the language. "compact" names the most useful functions; "full" names
        all with their usage (about 7 KB more); "minimal" is for small models (2 KB less). Or a text of your own;
        `LanguageSpec(profile, reference=, journal=)`, also as a pair such as `("minimal", {"reference": "full"})`; or a
        function of the keywords turn, model, memory (the names defined so far) and messages that gives one of these.
    system_prompt: a text that replaces the system text, `SystemPrompt(prefix=..., suffix=...)`, or a function from the
        default text to another. prompt_limit_chars: the longest system text; the rest is cut, with a warning in the log.
    thinking: the model may write a few sentences before its program, which it is not shown again.
    format: how much the model is shown after a turn, and where. float_precision: decimals of floats it is shown.
    compaction: shorten long conversations; see Compaction.
    context_ref_bytes: a larger value or tool result that the program did not define stays in the memory under a name; the
        model is told name, size, fields and a sample. None: never.
    repair: what happens to a program whose brackets do not match: "suggest" shows the model what it probably meant, "apply"
        runs that, and also lets tools take a single argument without its name.
    fresh_start: which attempts the next request omits, since models copy what they see: those that repeat a program
        ("repeated"), also those that failed ("failed"), none ("never").

    Raises:
        ValueError, TypeError: a field is unusable; the message names field, value and remedy.
    """

    prompt: str | None = None
    _: KW_ONLY
    name: str = "agent"
    description: str | None = None
    signature: str | None = None
    tools: (
        Iterable[Callable[..., Any] | Tool | SubAgent | LLMTool | CompiledAgent | Self] | Mapping[str, Any]
    ) = ()
    llm: object = None
    mode: Mode = "program"
    language: Language = "ptc-lisp"
    transport: Transport = "content"
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
    constrain: Literal["gbnf", "lark", "schema"] | Constraint | None = None
    language_spec: (
        LanguageProfile | str | LanguageSpec | tuple[str, Mapping[str, Any]] | Callable[..., Any]
    ) = "compact"
    format: FormatOptions = field(default_factory=FormatOptions)
    context_descriptions: Mapping[str, str] = field(default_factory=dict[str, str])
    field_descriptions: Mapping[str, str] = field(default_factory=dict[str, str])
    output: type[Out] | Any = None
    llm_query: bool = False
    builtin_tools: tuple[str, ...] = ()
    plan: Iterable[Any] = ()
    progress_fn: ProgressFn | None = None
    journaling: bool = False
    allow_effects: Iterable[str] = DEFAULT_EFFECTS
    system_prompt: Customisation | Mapping[str, str] | None = None
    prompt_limit_chars: int | None = None
    preludes: Preludes = field(default=(), repr=False)
    prelude_store: PreludeStore | None = None
    thinking: bool = False
    compaction: Compaction | bool = False
    memory_limit_bytes: int | None = 8 << 20
    memory_strategy: MemoryStrategy = "strict"
    float_precision: int | None = None
    context_ref_bytes: int | None = 16_384
    repair: Repair = "suggest"
    fresh_start: FreshStart = "repeated"
    validation: Validation = "enabled"
    isolation: Literal["session", "run", "reuse"] = "session"

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, checked(each.name, getattr(self, each.name)))
        object.__setattr__(self, "preludes", selected("SubAgent.preludes", self.preludes, self.prelude_store))
        check_consistency(self)

    def __repr__(self) -> str:
        shown = {each.name for each in fields(self) if each.repr}
        said = [f"{name}={value!r}" for name, value in set_fields(self) if name in shown]
        return f"{type(self).__name__}({', '.join(said)})"

    def __hash__(self) -> int:
        return hash((self.name, self.prompt, self.signature))

    @cached_property
    def tool_table(self) -> dict[str, Tool]:
        """The tools by name, the built-in ones included."""
        return tool_table(self)

    @cached_property
    def prelude(self) -> Prelude | None:
        """The preludes as one; None without any."""
        return bundled(cast("tuple[Prelude, ...]", self.preludes))

    @cached_property
    def program_limits(self) -> Limits:
        """The limits of each program, with more time than usual where it may have to wait for models."""
        asks = any(tool.details.get("asks_model") for tool in self.tool_table.values())
        if self.limits is not _PROGRAM_LIMITS or not asks:
            return self.limits
        return msgspec.structs.replace(self.limits, timeout_ms=_ASKING_MS, cpu_ms=self.limits.timeout_ms)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs that the signature declares."""
        return () if self.signature is None else tuple(f.name for f in parse(self.signature).params)

    @cached_property
    def output_type(self) -> OutputType | None:
        """The type of the answer, if `output` names one."""
        return None if self.output is None else output_of(self.output)

    @cached_property
    def contract(self) -> str | None:
        """The signature with the return type of `output`, as text."""
        return (
            self.signature if self.output_type is None else joined_signature(self.signature, self.output_type)
        )

    @cached_property
    def answer_notes(self) -> dict[str, str]:
        """What is known about fields of the answer: from the type, and from `field_descriptions`, which win."""
        derived = {} if self.output_type is None else self.output_type.notes
        return {**derived, **self.field_descriptions}

    def run(self, task: str | None = None, **options: Unpack[RunKeywords]) -> Step[Out]:
        """Runs the agent and returns its Step. Blocks, also inside a running event loop.

        task: what to do; required if the agent has no prompt, added to the prompt otherwise. options: see `RunOptions`.

        Raises:
            ValueError, TypeError: a mistake of the caller: no task, no model, unusable context. What a model, a program or a
                tool does wrong is `step.error`.
        """
        from subagent.drive.sync import run_sync  # noqa: PLC0415 - loads the event loop, not needed to define agents

        return run_sync(self, task, RunOptions.of({**options}))

    async def arun(self, task: str | None = None, **options: Unpack[RunKeywords]) -> Step[Out]:
        """`run` for coroutines. Cancelling it cancels the model call, the tools and the program."""
        from subagent.drive.driver import run_async  # noqa: PLC0415 - as above

        return await run_async(self, task, RunOptions.of({**options}))

    def stream(
        self, task: str | None = None, *, tokens: bool = True, **options: Unpack[RunKeywords]
    ) -> RunStream[Out]:
        """`arun` with access to the events: `async for event in agent.stream(...)`, then `.step`. tokens: whether replies are
        streamed, so that their pieces are among the events."""
        from subagent.drive.streaming import RunStream  # noqa: PLC0415 - as above

        return RunStream(self, task, RunOptions.of({**options}), tokens=tokens)

    def as_tool(
        self,
        name: str | None = None,
        description: str | None = None,
        *,
        llm: object = None,
        **options: Any,
    ) -> Tool:
        """The agent as a tool for another one. The inputs of its signature are the arguments, its answer is the result; an agent
        without inputs takes its task as `task`. options: further fields of Tool (`cache`, `timeout_ms`, ...).

        A run inherits the caller's deadline and budgets and is one level deeper. It uses the agent's own model, else `llm`,
        else the caller's.

        Raises:
            ValueError: there is no description, here or in the definition.
        """
        from subagent.tools.agent_tool import agent_tool  # noqa: PLC0415 - as above

        return agent_tool(self, name, description, llm, options)

    def compile(self, task: str | None = None, **options: Unpack[RunKeywords]) -> CompiledAgent:
        """Has a model write the program once, on a sample of the inputs; the result runs any number of times without a model.

        The agent gets one turn and at least two retries. Inputs that `context` does not give are made up from their types; give
        real ones if tools look at them. Tools are really called.

        Raises:
            PtcError: the model wrote no program that works.
            ValueError, TypeError: as `run`, and if `mode` is not "program".
        """
        from subagent.compiling import compile_agent  # noqa: PLC0415 - as above

        return compile_agent(self, task, options)

    async def acompile(self, task: str | None = None, **options: Unpack[RunKeywords]) -> CompiledAgent:
        """`compile` for coroutines."""
        from subagent.compiling import acompile_agent  # noqa: PLC0415 - as above

        return await acompile_agent(self, task, options)

    def chat(
        self,
        messages: Sequence[Message | Mapping[str, Any]] = (),
        memory: Mapping[str, Any] | Memory | bytes | None = None,
        **options: Unpack[RunKeywords],
    ) -> Chat:
        """A conversation: `chat.send(text)` returns a Step, and later messages know what was said and defined. messages, memory:
        those of an earlier conversation to continue. options: those of `run`, for all messages."""
        from subagent.chat import Chat  # noqa: PLC0415 - as above
        from subagent.prepare import earlier_messages  # noqa: PLC0415 - as above

        RunOptions.of({**options})  # a misspelt one is told now, not at the first message
        return Chat(self, earlier_messages(messages), Memory.of(memory), {**options})

    def to_dict(self, registry: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The definition as JSON-shaped data, for `from_dict`. Tools, models and functions are code: they are stored by the names
        that they have in `registry`. Agents among the tools are stored completely.

        Raises:
            ValueError: something is code and not in the registry.
        """
        from subagent.storing import to_data  # noqa: PLC0415 - as above

        return to_data(self, registry or {})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Mapping[str, Any] | None = None) -> SubAgent:
        """The definition that `to_dict` stored. Raises ValueError for a name that is not in the registry, an unknown field, or
        another version."""
        from subagent.storing import from_data  # noqa: PLC0415 - as above

        return from_data(cls, data, registry or {})

    def preview_prompt(self, task: str | None = None, context: object = None, **options: Any) -> Preview:
        """What the first request of a run would contain: system text, user message, tools, schema. options: further options of
        `run`. Raises what `run` raises."""
        from subagent.previewing import preview  # noqa: PLC0415 - as above

        return preview(self, task, RunOptions.of({**options, "context": context}))
