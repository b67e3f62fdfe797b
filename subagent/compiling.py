"""`SubAgent.compile`: a model writes the program once, afterwards it runs without one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ptc_lisp import Fault, FaultKind, Phase, PtcError, json_dsl
from ptc_lisp.signature import ListOf, Primitive, Type, parse
from subagent.compiled import CompiledAgent
from subagent.options import RunKeywords, RunOptions
from subagent.preludes import of_run
from subagent.telemetry import span, tracer_of

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


def compile_agent(agent: SubAgent, task: str | None, options: RunKeywords) -> CompiledAgent:
    """See `SubAgent.compile`."""
    with _span(agent, options) as said:
        return _compiled(agent, options, _once(agent).run(task, **_sampled(agent, options)), said)


async def acompile_agent(agent: SubAgent, task: str | None, options: RunKeywords) -> CompiledAgent:
    """See `SubAgent.acompile`."""
    with _span(agent, options) as said:
        return _compiled(agent, options, await _once(agent).arun(task, **_sampled(agent, options)), said)


def _span(agent: SubAgent, options: RunKeywords) -> AbstractContextManager[dict[str, Any]]:
    tracer = tracer_of(options.get("telemetry"))
    return span(tracer, f"ptc.compile {agent.name}", **{"gen_ai.agent.name": agent.name})


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


def _compiled(agent: SubAgent, options: RunKeywords, step: Any, said: dict[str, Any]) -> CompiledAgent:
    said |= {
        "gen_ai.usage.input_tokens": step.usage.input_tokens,
        "gen_ai.usage.output_tokens": step.usage.output_tokens,
        "ptc.cost_usd": step.usage.cost_usd,
        "ptc.run.turns": len(step.turns),
    }
    if step.error is not None:
        said["error.type"] = step.error.kind.value
        raise PtcError(step.error) from step.cause
    written = next((turn for turn in reversed(step.turns) if turn.program is not None and turn.ok), None)
    if written is None:
        said["error.type"] = FaultKind.NO_PROGRAM.value
        raise PtcError(_unprogrammed(agent))
    program = cast("str", written.program)
    return CompiledAgent(
        name=agent.name,
        source=json_dsl.to_lisp(program) if agent.language == "ptc-json" else program,
        signature=agent.contract,
        output=agent.output,
        validation=agent.validation,
        description=agent.description,
        tools=agent.tool_table,
        limits=agent.program_limits,
        allow_effects=tuple(agent.allow_effects),
        prelude=of_run(agent, RunOptions.of({**options}))[0],
        field_descriptions=agent.field_descriptions,
        metadata={
            "compiled_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "llm_model": _model(step),
            "turns": len(step.turns),
            "tokens_used": step.usage.total_tokens,
            "cost_usd": step.usage.cost_usd,
        },
    )


def _unprogrammed(agent: SubAgent) -> Fault:
    """The fault of a model that answered by itself, as it may where programs travel by tool call."""
    return Fault(
        FaultKind.NO_PROGRAM,
        Phase.AGENT,
        f"{agent.name}.compile: the model gave an answer and no program",
        hint='ask for a program in the task, or leave out transport="tool_call"',
    )


def _model(step: Any) -> str | None:
    started = next((event for event in step.trace if getattr(event, "model", None)), None)
    return None if started is None else started.model
