"""`SubAgent.compile`: a model writes the program once, afterwards it runs without one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from ptc_lisp import Limits, PtcError, Tool, arun, json_dsl, run
from ptc_lisp import Step as ProgramStep
from ptc_lisp.signature import ListOf, Primitive, Type, coerce_args, parse
from subagent.drive.ambient import FALLBACK_LLM
from subagent.options import RunKeywords

if TYPE_CHECKING:
    from subagent.definition import SubAgent

_SAMPLES: dict[str, Any] = {
    "string": "example",
    "int": 42,
    "float": 3.14,
    "bool": True,
    "keyword": "example",
    "map": {"key": "value"},
    "any": "example",
    "datetime": dt.datetime(2024, 1, 31, tzinfo=dt.UTC),
}
_RETRIES = 2


@dataclass(frozen=True, kw_only=True)
class CompiledAgent:
    """A program that a model wrote for an agent, with everything it needs to run again.

    source: the program, in PTC-Lisp also when the agent writes PTC-JSON. signature, tools, limits: those of the agent. metadata: `compiled_at` (ISO, UTC), `llm_model`,
    `turns`, `tokens_used`, `cost_usd`. llm_required: a tool asks a model of its own accord and has none, so `run` needs
    `llm=`.
    """

    name: str
    source: str
    signature: str | None = None
    description: str | None = None
    tools: Mapping[str, Tool] = field(default_factory=dict[str, Tool], repr=False)
    limits: Limits = field(default_factory=Limits, repr=False)
    allow_effects: tuple[str, ...] = ("read", "idempotent")
    field_descriptions: Mapping[str, str] = field(default_factory=dict[str, str])
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def llm_required(self) -> bool:
        """Whether `run` needs `llm=`."""
        return any(_needs_llm(tool) for tool in self.tools.values())

    def run(self, context: Mapping[str, Any] | None = None, *, llm: object = None) -> ProgramStep:
        """Runs the program on a context, without asking a model.

        Raises:
            ValueError: the context does not fit the signature's inputs, or a tool needs `llm`.
            TypeError: the context is no dict of values that programs can hold.
        """
        options = self._options(context, llm)
        token = FALLBACK_LLM.set(llm)
        try:
            return run(self.source, **options)
        finally:
            FALLBACK_LLM.reset(token)

    async def arun(self, context: Mapping[str, Any] | None = None, *, llm: object = None) -> ProgramStep:
        """`run` for coroutines."""
        options = self._options(context, llm)
        token = FALLBACK_LLM.set(llm)
        try:
            return await arun(self.source, **options)
        finally:
            FALLBACK_LLM.reset(token)

    def as_tool(self, name: str | None = None, description: str | None = None, **options: Any) -> Tool:
        """The program as a tool of an agent; its inputs are the arguments. options: further fields of Tool.

        Raises:
            ValueError: there is no description, here or in the definition.
        """
        said = description or self.description
        if not said:
            raise ValueError(f"{self.name}.as_tool needs a description, which tells the model when to use it")

        async def call(**inputs: Any) -> Any:
            return (await self.arun(inputs)).unwrap()

        return Tool(call, name or self.name, said, self.signature, **options)

    def _options(self, context: Mapping[str, Any] | None, llm: object) -> dict[str, Any]:
        if llm is None and self.llm_required:
            raise ValueError(f"{self.name} has tools that ask a model: pass llm=... to run")
        return {
            "context": _fitted(self.name, self.signature, dict(context or {})),
            "tools": dict(self.tools),
            "limits": self.limits,
            "signature": self.signature,
            "allow_effects": self.allow_effects,
        }


def compile_agent(agent: SubAgent, task: str | None, options: RunKeywords) -> CompiledAgent:
    """See `SubAgent.compile`."""
    return _compiled(agent, _once(agent).run(task, **_sampled(agent, options)))


async def acompile_agent(agent: SubAgent, task: str | None, options: RunKeywords) -> CompiledAgent:
    """See `SubAgent.acompile`."""
    return _compiled(agent, await _once(agent).arun(task, **_sampled(agent, options)))


def _once(agent: SubAgent) -> SubAgent:
    """The agent with one turn, in which its program must do everything."""
    if agent.mode != "program":
        raise ValueError(f'{agent.name}.compile needs mode="program", not {agent.mode!r}')
    for name, tool in agent.tool_table.items():
        inner = tool.details.get("agent")
        if getattr(inner, "mission_timeout_ms", None) is not None:
            raise ValueError(
                f"{agent.name}.compile: the agent behind tool/{name} has mission_timeout_ms, which has no meaning "
                "for a program that runs later; leave it out there"
            )
    return replace(agent, max_turns=1, retry_turns=max(agent.retry_turns, _RETRIES), completion="implicit")


def _sampled(agent: SubAgent, options: RunKeywords) -> RunKeywords:
    """The options of a run with a sample of every input that the host gave no value for."""
    if agent.contract is None:
        return options
    given = options.get("context")
    samples = {each.name: _sample(each.type) for each in parse(agent.contract).params}
    if given is None:
        return cast("RunKeywords", {**options, "context": samples})
    if isinstance(given, Mapping):
        return cast("RunKeywords", {**options, "context": {**samples, **cast("Mapping[str, Any]", given)}})
    return options


def _sample(kind: Type) -> Any:
    if isinstance(kind, Primitive):
        return _SAMPLES[kind.name]
    if isinstance(kind, ListOf):
        return [_sample(kind.item)]
    return {each.name: _sample(each.type) for each in kind.fields}


def _compiled(agent: SubAgent, step: Any) -> CompiledAgent:
    if step.error is not None:
        raise PtcError(step.error) from step.cause
    turn = next(turn for turn in reversed(step.turns) if turn.program is not None and turn.ok)
    return CompiledAgent(
        name=agent.name,
        source=json_dsl.to_lisp(turn.program) if agent.language == "ptc-json" else turn.program,
        signature=agent.contract,
        description=agent.description,
        tools=agent.tool_table,
        limits=agent.program_limits,
        allow_effects=tuple(agent.allow_effects),
        field_descriptions=agent.field_descriptions,
        metadata={
            "compiled_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "llm_model": _model(step),
            "turns": len(step.turns),
            "tokens_used": step.usage.total_tokens,
            "cost_usd": step.usage.cost_usd,
        },
    )


def _model(step: Any) -> str | None:
    started = next((event for event in step.trace if getattr(event, "model", None)), None)
    return None if started is None else started.model


def _needs_llm(tool: Tool) -> bool:
    return bool(tool.details.get("asks_model")) and tool.details.get("llm") is None


def _fitted(name: str, signature: str | None, data: dict[str, Any]) -> dict[str, Any]:
    if signature is None:
        return data
    values, _, problems = coerce_args(parse(signature), data)
    if problems:
        said = "; ".join(map(str, problems[:5]))
        raise ValueError(f"the context does not fit the signature {signature} of {name}: {said}")
    return {**data, **values}
