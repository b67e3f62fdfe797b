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

_PROGRAM_LIMITS = Limits(timeout_ms=5_000)
_ASKING_MS = 300_000


@suggesting
@dataclass(frozen=True)
class SubAgent(Generic[Out]):
    """An agent that answers by writing programs, in PTC-Lisp or PTC-JSON, which run in a sandbox beside the data and the tools.

    prompt: mission text of a reusable agent; `{{name}}` in it refers to the input `name`.
    name, description: how traces and parent agents call it.
    signature: inputs and answer, `"(region :string) -> {total :float}"` or `"{total :float}"`; None: any answer.
    output: the type of the answer: TypedDict, dataclass, msgspec.Struct, pydantic model, list[...], Literal, ... (then
        `step.value` is of that type), or a JSON Schema as a dict. Inputs may stand in `"(region :string) -> :any"`.
    tools: functions, Tools or agents; a list, or a dict by name. `SELF` is the agent itself. builtin_tools: families of
        tools that are there already: "grep". preludes: namespaces of functions that programs find beside the language, in
        their order: Preludes, sources, or refs such as "crm" and "crm@2", which `prelude_store` is asked for when the agent is made
        (see docs/preludes.md). llm_query: whether programs may ask the model, by `(tool/llm-query {...})`.
    llm: model string, callable, or object with `complete`; may be given to `run` instead.
    mode, language, transport: how the model acts: by programs ("program") or by text, JSON and native tool calls
        ("text"), in which language, and how programs travel: in the reply ("content") or as the argument of the native
        tool `lisp_eval` ("tool_call", which a text agent may have as well).
    max_turns: how often the model may write a program. retry_turns: further turns, only to mend a bad answer.
    completion: "implicit" lets the value of the last form be the answer when turns run out (and always when max_turns
        is 1); "explicit" demands `(return v)`.
    limits: of each program; the default is 5 s, and 5 minutes where tools ask models (agents, LLM tools), since their time
        counts (5 s of computing even then). max_tool_calls: of all programs of a run. mission_timeout_ms: of the whole run.
    memory_limit_bytes: what programs may define and keep; beyond it the run ends ("strict") or the turn's definitions are
        dropped and the model told (memory_strategy "rollback"). compaction: shorten long conversations; see Compaction.
    context_ref_bytes: a program's value or a tool's result that is larger, and that nothing kept, stays in the memory under
        a name of its own; the model is told name, size, fields and a sample. None: never.
    repair: what happens to a program whose delimiters do not match: "suggest" shows the model what it probably meant,
        "apply" runs that; then tools also take the value of an only argument without its name.
    fresh_start: which attempts the next request leaves out, since models copy what they see: those that wrote the same program
        again ("repeated"), all that failed since the last that did not ("failed"), none ("never").
    validation: what happens to inputs and answers that the signature declares: "enabled" converts inputs and refuses what does
        not fit, "strict" converts nothing, "warn_only" lets it through with a line in `step.warnings`, "disabled" without.
    isolation: which programs share a process: those of a run ("session"), none ("run"), or also those of later runs, after it
        was cleaned ("reuse"); see docs/sandbox.md.
    turn_budget: turns of this agent and the agents it calls together. max_depth: how deep agents may call agents.
    llm_options: passed to the provider with every request (temperature, max_tokens, ...). llm_retry: see RetryPolicy.
    constrain: have the model's server keep replies to the grammar of programs, with only the granted names of tools and
        data: "gbnf" for llama.cpp, "lark" for OpenAI, `Constraint(...)` for vLLM. Callables find it in
        `request.constraint`. "schema": structured output, for language "ptc-json" (about 2,600 tokens a request).
    language_spec: what the system text says about the language. "compact" names the functions that programs mostly need;
        "full" every name of the language with its usage (about 7 KB more); "minimal" the least that a small model needs
        (2 KB less). Or a text; `LanguageSpec(profile, reference=, journal=)`, also as a pair such as
        `("minimal", {"reference": "full"})`; or a function that gives any of these for every turn from the keywords
        turn, model, memory (the names defined so far) and messages.
    thinking: the model may write a few sentences before its program. They are not shown to it again.
    system_prompt: another system text, `SystemPrompt(prefix=..., suffix=...)`, or a function from ours to another.
        prompt_limit_chars: the longest system text; more is cut, with a warning in the log.
    float_precision: decimals of floats in what the model is shown; None: all.
    format: how much the model is shown after a turn, and where. context_descriptions: a line per input for the model.
    field_descriptions: a line per field of the answer; they travel on the Step to the agent that takes it as context.

    plan: steps to show as a checklist, which programs tick off with `(step-done id summary)`: texts, or pairs of id and
        text. progress_fn: a function of a Progress and its own state (None at first) that gives the text to show instead,
        or that and its new state. journaling: tell the model of `(task id ...)`, whose values `step.journal` keeps.
    allow_effects: which effects tools may have that declare one; "write" must be allowed here or by the run. It binds the
        agents called as tools too.

    Raises:
        ValueError, TypeError: a field is unusable; the message names field, value and remedy.
    """

    prompt: str | None = None
    _: KW_ONLY
    name: str = "agent"
    description: str | None = None
    signature: str | None = None
    tools: Iterable[Callable[..., Any] | Tool | SubAgent | Self] | Mapping[str, Any] = ()
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
        """Runs the agent and gives its Step. Works inside a running event loop too, which it then blocks.

        task: what to do; needed when the agent has no prompt, and added to it otherwise. options: see `RunOptions`.

        Raises:
            ValueError, TypeError: the host's mistake: no task, no model, unusable context. What a model, a program or
                a tool does wrong never raises; it is `step.error`.
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
        """`arun` with the events at hand: `async for event in agent.stream(...)`, then `.step`. `tokens` has replies
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
        """Gives the agent as a tool for another one. Its signature's inputs are the arguments, its answer the result; an
        agent without inputs takes its mission as `task`. options: further fields of Tool (`cache`, `timeout_ms`, ...).

        A run inherits the caller's deadline and budgets and is one level deeper. Its model is the agent's own, else
        `llm`, else the caller's.

        Raises:
            ValueError: there is no description, here or in the definition.
        """
        from subagent.tools.agent_tool import agent_tool  # noqa: PLC0415 - as above

        return agent_tool(self, name, description, llm, options)

    def compile(self, task: str | None = None, **options: Unpack[RunKeywords]) -> CompiledAgent:
        """Has a model write the program once, on a sample of the inputs, and gives it for any number of runs without one.

        The agent gets one turn and at least two retries. Inputs that `context` does not give are made up from their
        types; give real ones when tools look at them. Tools are called on the way.

        Raises:
            PtcError: the model wrote no program that works.
            ValueError, TypeError: what `run` raises, and `mode` is not "program".
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
        """A conversation: `chat.send(text)` gives a Step, and the next message knows what was said and defined. messages
        and memory go on from an earlier one; options are those of `run`, for all messages."""
        from subagent.chat import Chat  # noqa: PLC0415 - as above
        from subagent.prepare import earlier_messages  # noqa: PLC0415 - as above

        RunOptions.of({**options})  # a misspelt one is told now, not at the first message
        return Chat(self, earlier_messages(messages), Memory.of(memory), {**options})

    def to_dict(self, registry: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The definition as JSON-shaped data, for `from_dict`. Tools, models and functions are code: they are stored by
        the names under which `registry` has them. Agents among the tools are stored whole.

        Raises:
            ValueError: something is code and not registered.
        """
        from subagent.storing import to_data  # noqa: PLC0415 - as above

        return to_data(self, registry or {})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Mapping[str, Any] | None = None) -> SubAgent:
        """The definition that `to_dict` gave. Raises ValueError for a name that the registry does not have, an unknown
        field, or another version."""
        from subagent.storing import from_data  # noqa: PLC0415 - as above

        return from_data(cls, data, registry or {})

    def preview_prompt(self, task: str | None = None, context: object = None, **options: Any) -> Preview:
        """What the first request of a run would have: system text, user message, tools, schema. options: further ones of
        `run`. Raises what `run` raises."""
        from subagent.previewing import preview  # noqa: PLC0415 - as above

        return preview(self, task, RunOptions.of({**options, "context": context}))
