"""From a definition and the arguments of a run to everything that a driver needs. No model is asked and no program
run here; mistakes of the host are raised here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from ptc_lisp import Fault, Memory, Prelude, Tool, json_dsl
from ptc_lisp.signature import fit_args, parse
from subagent.chaining import handed_over, is_step, unfit
from subagent.definition import SubAgent
from subagent.llm.constrain import constraint_of
from subagent.loop.plan import PlanStep, checklist, mission_log, own_progress
from subagent.loop.policy import Compaction, LanguageSpec, Policy, language_spec
from subagent.loop.state import AgentState
from subagent.messages import Message, message_of
from subagent.options import RunOptions
from subagent.preludes import of_run
from subagent.progress import Progress, Reporter
from subagent.prompting.customise import SystemPrompt, customised
from subagent.prompting.definitions import definitions
from subagent.prompting.inventory import readable, row_keys
from subagent.prompting.native_tools import native_names, native_schemas
from subagent.prompting.prompt import Opening, opening
from subagent.prompting.template import unknown, without_comments
from subagent.step import Step
from subagent.wording import writable


class Prepared(msgspec.Struct, frozen=True):
    """A run that can begin, or go on from the state `resumed`.

    refused: ends it before the model is asked: the step that it builds on had failed, or its preludes cannot be attached.
    earlier: a conversation before this run; memory: what its programs defined.
    notes: what the entries of the context mean, by name. warnings: what was done to the context so that it fits, or that it
    does not.
    """

    agent: SubAgent
    options: RunOptions
    policy: Policy
    task: str
    opening: Opening
    context: dict[str, Any]
    tools: dict[str, Tool]
    refused: Fault | None = None
    earlier: tuple[Message, ...] = ()
    memory: bytes = b""
    journal: bytes = b""
    reporter: Reporter | None = None
    resumed: AgentState | None = None
    notes: dict[str, str] = {}
    prelude: Prelude | None = None
    prelude_trace: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()


def prepare(
    agent: SubAgent,
    task: str | None,
    options: RunOptions,
    *,
    depth: int = 0,
    mission_timeout_ms: int | None = None,
    effects_above: frozenset[str] | None = None,
    judged: bool = False,
) -> Prepared:
    """Checks and renders. `mission_timeout_ms` replaces the agent's own when a caller's deadline is nearer;
    `effects_above` are those that the caller allows; `judged`: hooks look at answers.

    Raises:
        ValueError: no task, a placeholder or input without data, a name that is both tool and data.
        TypeError: task or context is of a wrong type.
    """
    resumed = None if options.resume is None else AgentState.of(options.resume)
    mission = _mission(agent, task, needed=resumed is None)
    data, refused = handed_over(options.context)
    tools = _apart(agent.tool_table, data)
    warnings: tuple[str, ...] = ()
    if refused is None:
        data, refused, warnings = _fitted(agent, data, chained=is_step(options.context))
    prelude, unattachable = of_run(agent, options)
    allowed = _effects(agent, options, effects_above)
    policy = _policy(agent, options, data, depth, mission_timeout_ms, judged=judged)
    policy = msgspec.structs.replace(policy, allow_effects=tuple(sorted(allowed)))
    memory, journal = _memory("initial_memory", options.initial_memory), _memory("journal", options.journal)
    reporter = None if agent.progress_fn is None else Reporter(agent.progress_fn)
    notes = {**_notes(options.context), **agent.context_descriptions}
    return Prepared(
        agent,
        options,
        policy,
        mission,
        _opening(
            agent,
            policy,
            mission,
            data,
            notes,
            prelude=prelude,
            standing=_standing(policy, memory, journal, reporter),
        ),
        data,
        tools,
        refused or unattachable,
        earlier=earlier_messages(options.initial_messages),
        memory=memory,
        journal=journal,
        reporter=reporter,
        resumed=resumed,
        notes=notes,
        prelude=prelude,
        prelude_trace=None if prelude is None else prelude.trace_summary(),
        warnings=(*warnings, *_unreadable(agent, data)),
    )


def _apart(tools: dict[str, Tool], data: dict[str, Any]) -> dict[str, Tool]:
    """The tools, when none is called as an entry of the context is."""
    for name in tools:
        if name in data:
            raise ValueError(f"{name} is both a tool and an entry of the context; rename one of them")
    return tools


def _opening(
    agent: SubAgent,
    policy: Policy,
    mission: str,
    data: dict[str, Any],
    notes: dict[str, str],
    *,
    prelude: Prelude | None,
    standing: str,
) -> Opening:
    if callable(agent.language_spec):
        spec = spec_of_turn(agent, turn=1, model=None, memory=(), messages=())
        policy = msgspec.structs.replace(policy, language_spec=spec)
    begin = opening(policy, mission, data, agent.tool_table, notes, prelude=prelude, standing=standing)
    system = customised(begin.system, cast("Any", agent.system_prompt), agent.prompt_limit_chars)
    return Opening(system, begin.user)


def spec_of_turn(
    agent: SubAgent, *, turn: int, model: str | None, memory: Iterable[str], messages: tuple[Message, ...]
) -> LanguageSpec:
    """What the host's function says about the language in a turn.

    Raises:
        TypeError, ValueError: it gave something unusable.
    """
    assert callable(agent.language_spec)
    said: object = agent.language_spec(turn=turn, model=model, memory=tuple(memory), messages=messages)
    try:
        return language_spec(said)
    except (TypeError, ValueError) as error:
        raise type(error)(f"the function SubAgent.language_spec gave something unusable: {error}") from error


def system_of_turn(
    prepared: Prepared, *, turn: int, model: str, memory: Iterable[str], messages: tuple[Message, ...]
) -> str:
    """The system text of a turn when the host's function writes part of it anew for every turn."""
    agent = prepared.agent
    spec = spec_of_turn(agent, turn=turn, model=model, memory=memory, messages=messages)
    policy = msgspec.structs.replace(prepared.policy, language_spec=spec)
    begin = opening(
        policy, prepared.task, prepared.context, prepared.tools, prepared.notes, prelude=prepared.prelude
    )
    return customised(begin.system, cast("Any", agent.system_prompt), agent.prompt_limit_chars)


def _notes(context: object) -> dict[str, str]:
    """What the entries of a context mean, if it is the step of an agent that says so."""
    return dict(context.field_descriptions) if isinstance(context, Step) else {}


def earlier_messages(given: Iterable[Message | Mapping[str, Any]]) -> tuple[Message, ...]:
    """An earlier conversation without its system texts. Raises TypeError for what is no message."""
    messages: list[Message] = []
    for each in given:
        try:
            message = each if isinstance(each, Message) else message_of(each)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f'initial_messages must be messages or dicts such as {{"role": "user", "content": "..."}}: {error}'
            ) from error
        if message.role != "system":
            messages.append(message)
    return tuple(messages)


def _memory(name: str, given: Any) -> bytes:
    if given is None:
        return b""
    try:
        return Memory.of(given).to_bytes()
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from error


def _effects(agent: SubAgent, options: RunOptions, above: frozenset[str] | None) -> frozenset[str]:
    """The effects that tools may have: what the run or else the agent allows, and its caller too."""
    own = frozenset(agent.allow_effects if options.allow_effects is None else options.allow_effects)
    return own if above is None else own & above


def _standing(policy: Policy, memory: bytes, journal: bytes, reporter: Reporter | None) -> str:
    """What is defined and done before the first turn, and what is to be done."""
    writes = policy.mode == "program" or policy.transport == "tool_call"
    named = definitions(memory, policy.language, policy.float_precision) if writes else ""
    plan = (
        checklist(policy.plan, {})
        if reporter is None
        else own_progress(reporter.words(Progress(plan=policy.plan)))
    )
    return "\n\n".join(part for part in (named, mission_log(journal, policy.language), plan) if part)


def _policy(
    agent: SubAgent,
    options: RunOptions,
    data: dict[str, Any],
    depth: int,
    mission_timeout_ms: int | None,
    *,
    judged: bool,
) -> Policy:
    structured = agent.constrain == "schema"
    by_schema = structured or (agent.language, agent.transport) == ("ptc-json", "tool_call")
    constraint = None if structured else constraint_of(agent.constrain)
    tools = {name: tool for name, tool in agent.tool_table.items() if tool.visibility == "public"}
    return Policy(
        agent=agent.name,
        signature=agent.contract,
        mode=agent.mode,
        language=agent.language,
        transport=agent.transport,
        max_turns=agent.max_turns,
        retry_turns=agent.retry_turns,
        completion=agent.completion,
        thinking=agent.thinking,
        output_format=agent.system_prompt.output_format
        if isinstance(agent.system_prompt, SystemPrompt)
        else None,
        language_spec=LanguageSpec() if callable(agent.language_spec) else language_spec(agent.language_spec),
        mission_timeout_ms=agent.mission_timeout_ms if mission_timeout_ms is None else mission_timeout_ms,
        max_tool_calls=agent.max_tool_calls,
        memory_limit_bytes=agent.memory_limit_bytes,
        memory_strategy=agent.memory_strategy,
        context_ref_bytes=agent.context_ref_bytes,
        float_precision=agent.float_precision,
        repair=agent.repair,
        fresh_start=agent.fresh_start,
        validation=agent.validation,
        plan=cast("tuple[PlanStep, ...]", agent.plan),
        journaling=agent.journaling or options.journal is not None,
        on_budget_exceeded=options.on_budget_exceeded,
        compaction=agent.compaction if isinstance(agent.compaction, Compaction) else None,
        depth=depth,
        max_depth=agent.max_depth,
        tool_names=tuple(tools),
        keys=row_keys(data),
        options=dict(agent.llm_options),
        native_tools=native_schemas(tools) if agent.mode == "text" else (),
        native_names=native_names(tools) if agent.mode == "text" else {},
        cache=options.cache,
        answer_notes=agent.answer_notes,
        answer_values={} if agent.output_type is None else agent.output_type.values,
        verify=judged or (agent.output_type is not None and agent.output_type.converts),
        constraint=None if constraint is None else constraint.grammar(tools, data),
        program_schema=json_dsl.to_llm_schema() if by_schema else None,
        format=agent.format,
    )


def _mission(agent: SubAgent, task: object, *, needed: bool) -> str:
    if task is not None and not isinstance(task, str):
        raise TypeError(f"task must be text, got {type(task).__name__}; data goes into context={{...}}")
    prompt = None if agent.prompt is None else without_comments(agent.prompt)
    parts = [part.strip() for part in (prompt, task) if part and part.strip()]
    if not parts and needed:
        raise ValueError(f'{agent.name} has nothing to do: call run("the task"), or give the agent a prompt')
    return writable("\n\n".join(parts))


def _fitted(
    agent: SubAgent, data: dict[str, Any], *, chained: bool
) -> tuple[dict[str, Any], Fault | None, tuple[str, ...]]:
    """The context as the agent takes it, and warnings. What the host's own context lacks is raised; what the answer of an earlier
    agent lacks is the fault of a run that does not begin."""
    try:
        fitted, warnings = _inputs(agent, data)
        _check_placeholders(agent, fitted)
    except ValueError as error:
        if not chained:
            raise
        return data, unfit(agent.name, agent.signature, data, error), ()
    return fitted, None, warnings


def _unreadable(agent: SubAgent, data: Iterable[str]) -> list[str]:
    """Warnings about entries of the context that no program can read."""
    if agent.mode == "text" and agent.transport == "content":
        return []
    return [
        f"the context has {name!r}, which no program can read: rename it, with letters, digits, - and _"
        for name in data
        if not readable(name, agent.language)
    ]


def _check_placeholders(agent: SubAgent, data: dict[str, Any]) -> None:
    known = (*data, *agent.inputs)
    if agent.prompt is not None and (wrong := unknown(agent.prompt, known, data)) is not None:
        raise ValueError(f"the prompt of {agent.name}: {wrong} (the context must have it)")


def _inputs(agent: SubAgent, data: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The context with declared inputs made to fit their types, and warnings; further entries stay as they are."""
    if not agent.inputs:
        return data, ()
    declared = {name.replace("-", "_") for name in agent.inputs}
    given = {name: value for name, value in data.items() if name.replace("-", "_") in declared}
    assert agent.signature is not None
    fitted, warnings, problems = fit_args(parse(agent.signature), given, agent.validation)
    if problems:
        said = "; ".join(str(problem) for problem in problems[:5])
        raise ValueError(f"the context does not fit the signature {agent.signature} of {agent.name}: {said}")
    return {**{name: value for name, value in data.items() if name not in given}, **fitted}, tuple(warnings)
