"""Drives a run from a coroutine, under asyncio: asks the model, runs the programs, reports what happens. What to ask and
when to stop is decided by `subagent.loop` alone."""

from __future__ import annotations

import asyncio
import time
from typing import Any, cast

import anyio
import anyio.to_thread
import msgspec

from ptc_lisp import Memory
from subagent.definition import SubAgent
from subagent.drive.ambient import FALLBACK_LLM
from subagent.drive.asking import ask
from subagent.drive.guards import stopped, stored, within_budget
from subagent.drive.hooking import after_turn, before_answer, before_turn
from subagent.drive.native_calls import NativeCalls
from subagent.drive.programs import Programs
from subagent.drive.reporting import (
    decided,
    program_finished,
    program_started,
    run_finished,
    run_started,
    turn_finished,
)
from subagent.drive.scope import CURRENT, Budget, Scope, called_by
from subagent.events import ProgramFinished, RunFinished, Stream, Subscriber, TurnStarted
from subagent.llm.adapt import model_name
from subagent.llm.fallback import with_retries
from subagent.llm.resolve import resolve
from subagent.loop.decide import decide, new_state
from subagent.loop.endings import mission_timeout, turn_budget_spent
from subagent.loop.finish import step_of
from subagent.loop.recording import opened
from subagent.loop.requests import pending
from subagent.loop.state import (
    AgentState,
    Begin,
    Broke,
    CallTools,
    Complete,
    Decision,
    Effect,
    Execute,
    Finish,
    Input,
    Replied,
    Stopped,
    Verified,
    Verify,
)
from subagent.messages import LLM, LLMRequest
from subagent.options import RunOptions
from subagent.preludes import of_run
from subagent.prepare import Prepared, prepare, system_of_turn
from subagent.step import Step
from subagent.telemetry import installed


async def run_async(
    agent: SubAgent,
    task: str | None,
    options: RunOptions,
    *,
    parent: Scope | None = None,
    own_turns: bool = False,
) -> Step:
    """Runs an agent; see `SubAgent.run`. `parent` is the run that calls this one as a tool; `own_turns`: without
    taking from its turns."""
    _check_loop()
    left = None if parent is None or parent.deadline is None else max(0.0, parent.deadline - time.monotonic())
    mission_ms = agent.mission_timeout_ms
    if left is not None:
        mission_ms = int(left * 1000) if mission_ms is None else min(mission_ms, int(left * 1000))
    if options.preludes:  # what comes of a source is remembered, so that `prepare` need not wait for it
        await anyio.to_thread.run_sync(of_run, agent, options)
    hooks = (*(() if parent is None else parent.hooks), *options.hook_table)
    prepared = prepare(
        agent,
        task,
        options,
        depth=0 if parent is None else parent.depth + 1,
        mission_timeout_ms=mission_ms,
        judged=any(getattr(hook, "before_answer", None) is not None for hook in hooks),
        effects_above=None if parent is None else parent.effects,
    )
    resumed = prepared.resumed
    started = time.monotonic() - (0.0 if resumed is None else resumed.spent_ms / 1000)
    own = None
    if parent is None or options.subscribers:
        own = Stream(_subscribers(options, parent), None if parent is None else parent.stream)
    scope = Scope(
        agent=agent.name,
        llm=_model(agent, options, parent),
        stream=own or cast("Scope", parent).stream,
        budget=_budget(prepared, parent, own_turns=own_turns),
        parent=parent,
        started=started,
        deadline=None if mission_ms is None else started + mission_ms / 1000,
        effects=frozenset(prepared.policy.allow_effects),
        caller=None if parent is None else called_by(),
        registry=_registry(options, parent),
        hooks=hooks,
        language=agent.language,
    )
    if own is None:
        return await _Run(prepared, scope).to_end()
    async with own.open():
        return await _Run(prepared, scope).to_end()


def _check_loop() -> None:
    """Raises RuntimeError where the loop is not one of asyncio."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "agents run on asyncio; in another loop call agent.run in a thread, such as trio.to_thread.run_sync(agent.run, task)"
        ) from None


def _subscribers(options: RunOptions, parent: Scope | None) -> list[Subscriber]:
    if parent is not None:  # the outermost run's telemetry sees all
        return options.subscribers
    telemetry = installed() if options.telemetry is None else options.telemetry
    return options.subscribers if telemetry is None else [telemetry, *options.subscribers]


def _budget(prepared: Prepared, parent: Scope | None, *, own_turns: bool) -> Budget:
    """What the run may use; a resumed one has used some of it."""
    options, resumed = prepared.options, prepared.resumed
    turns = prepared.agent.turn_budget - (0 if resumed is None else resumed.tree_turns)
    tokens, usd = options.token_limit, options.cost_limit_usd
    if resumed is not None:
        tokens = None if tokens is None else tokens - resumed.usage.total_tokens
        usd = None if usd is None else usd - (resumed.usage.cost_usd or 0.0)
    return Budget(
        turns, tokens=tokens, usd=usd, parent=None if parent is None else parent.budget, own_turns=own_turns
    )


def _model(agent: SubAgent, options: RunOptions, parent: Scope | None) -> LLM:
    """The model of a run. An agent that runs as a tool prefers its own model to its caller's.

    Raises:
        ValueError: there is none anywhere.
    """
    if parent is not None:
        chosen = agent.llm if agent.llm is not None else options.llm
        if chosen is None:
            return parent.llm
    else:
        chosen = options.llm if options.llm is not None else agent.llm
        chosen = FALLBACK_LLM.get() if chosen is None else chosen
    if chosen is None:
        raise ValueError(
            f'{agent.name} has no model: pass llm="provider/model" (or a callable) to run or to SubAgent'
        )
    model = resolve(chosen, _registry(options, parent))
    return with_retries(model, options.llm_retry or agent.llm_retry)


def _registry(options: RunOptions, parent: Scope | None) -> Any:
    """The names of models: those of this run, else those of its caller."""
    if options.llm_registry is not None or parent is None:
        return options.llm_registry
    return parent.registry


_GRACE_MS = 500


class _Run:
    """One run under way."""

    def __init__(self, prepared: Prepared, scope: Scope) -> None:
        self._prepared = prepared
        self._options = prepared.options
        self._policy = prepared.policy
        self._scope = scope
        self._programs: Programs | None = None
        self._model = model_name(scope.llm)

    async def to_end(self) -> Step:
        scope, prepared = self._scope, self._prepared
        token = CURRENT.set(scope)
        run_started(scope, prepared, self._model)
        try:
            return self._finished(await self._loop())
        except BaseException as error:
            self._scope.emit(RunFinished, ok=False, error_kind=type(error).__name__)
            raise
        finally:
            scope.closed = True
            if self._programs is not None:
                self._programs.close()
            CURRENT.reset(token)

    async def _loop(self) -> AgentState:
        decision = await self._hooked(self._first())
        while not isinstance(decision.effect, Finish):
            await stored(self._options, decision.state)
            happened = await self._in_time(decision)
            before = decision.state
            if isinstance(happened, Replied):
                happened = await within_budget(self._options, before, happened)
            decision = decide(self._policy, before, happened)
            decided(self._scope, before, happened, decision)
            for turn in decision.state.turns[len(before.turns) :]:
                turn_finished(self._scope, turn)
                decision = self._unless(await after_turn(self._scope, turn, decision), decision)
            decision = self._unless(await stopped(self._options, before, decision), decision)
            decision = await self._hooked(decision)
        return decision.state

    async def _hooked(self, decision: Decision) -> Decision:
        """The decision with what hooks add before the model is asked, or the end of the run."""
        decision, ending = await before_turn(self._scope, decision)
        return self._unless(ending, decision)

    def _unless(self, ending: Stopped | None, decision: Decision) -> Decision:
        return decision if ending is None else decide(self._policy, decision.state, ending)

    def _first(self) -> Decision:
        """The decision that begins the run, or from which it goes on."""
        prepared = self._prepared
        if prepared.resumed is not None and prepared.resumed.status != "new":
            self._programs = Programs(prepared, self._scope, prepared.resumed)
            return Decision(prepared.resumed, pending(self._policy, prepared.resumed))
        state = new_state(self._policy, prepared.memory, prepared.journal)
        if prepared.refused is not None:
            return decide(self._policy, state, Broke(prepared.refused, clock=self._scope.clock()))
        self._programs = Programs(prepared, self._scope, state)
        opening = prepared.opening
        begin = Begin(opening.system, opening.user, self._scope.clock(), prepared.earlier)
        return decide(self._policy, state, begin)

    async def _in_time(self, decision: Decision) -> Input:
        """What came of an effect, or that the mission's time is over."""
        limit = self._policy.mission_timeout_ms
        if limit is None:
            return await self._perform(decision)
        # A program has its own, earlier deadline, which saves its prints and the ledger of its tool calls.
        grace_ms = _GRACE_MS if isinstance(decision.effect, Execute) else 0
        with anyio.move_on_after(max(0.0, (limit + grace_ms - self._scope.elapsed_ms()) / 1000)):
            return await self._perform(decision)
        fault = mission_timeout(limit).error
        assert fault is not None
        return Broke(fault, clock=self._scope.clock())

    async def _perform(self, decision: Decision) -> Input:
        effect: Effect = decision.effect
        if isinstance(effect, Complete):
            return await self._complete(effect, decision.state)
        if isinstance(effect, Verify):
            return await self._verified(effect, decision.state)
        if isinstance(effect, CallTools):
            assert self._programs is not None
            return await NativeCalls(self._prepared, self._scope, self._programs).make(effect, decision.state)
        assert isinstance(effect, Execute)
        return await self._execute(effect, decision.state)

    async def _verified(self, effect: Verify, state: AgentState) -> Verified:
        """What keeps an answer from being a value of the agent's `output` type; else what hooks say of it."""
        output = self._prepared.agent.output_type
        value = None if effect.value is None else effect.value.value
        problems = () if output is None else output.problems(value)
        if problems:
            return Verified(problems, clock=self._scope.clock())
        typed = value if output is None else output.value(value)
        refusal = await before_answer(self._scope, typed, state, self._prepared.context)
        return Verified(refusal=refusal, clock=self._scope.clock())

    async def _complete(self, effect: Complete, state: AgentState) -> Input:
        request, scope = self._spoken(effect.request, state), self._scope
        self._scope.emit(TurnStarted, turn=request.turn, kind=opened(state).kind)
        if not scope.budget.take_turn():
            return Broke(turn_budget_spent(), clock=self._scope.clock())
        return await ask(scope, self._model, request)

    def _spoken(self, request: LLMRequest, state: AgentState) -> LLMRequest:
        """The request with the system text that the host's own function writes for the turn, if there is one."""
        if not callable(self._prepared.agent.language_spec):
            return request
        names = Memory.from_bytes(state.memory) if state.memory else ()
        system = system_of_turn(
            self._prepared, turn=request.turn, model=self._model, memory=names, messages=request.messages
        )
        return msgspec.structs.replace(request, system=system)

    async def _execute(self, effect: Execute, state: AgentState) -> Input:
        assert self._programs is not None
        turn = len(state.turns) + 1
        self._programs.stand_at(state)
        program_started(self._scope, turn, effect, self._programs)
        try:
            ran = await self._programs.run(effect, state)
        except BaseException as error:
            self._scope.emit(ProgramFinished, turn=turn, ok=False, error_kind=type(error).__name__)
            raise
        program_finished(self._scope, turn, ran)
        return ran

    def _finished(self, state: AgentState) -> Step:
        answer, scope = state.answer, self._scope
        assert answer is not None
        usage = msgspec.structs.replace(state.usage, duration_ms=scope.elapsed_ms())
        state = msgspec.structs.replace(state, usage=usage)
        run_finished(self._scope, answer, usage)
        cause = self._programs.cause if self._programs is not None and not answer.ok else None
        return step_of(
            state,
            agent=scope.agent,
            run_id=scope.run_id,
            trace=tuple(scope.trace),
            cause=cause,
            with_messages=self._options.collect_messages,
            with_turns=self._options.trace,
            field_descriptions=self._prepared.agent.answer_notes,
            output=self._prepared.agent.output_type,
            warnings=self._prepared.warnings,
            prelude_trace=self._prepared.prelude_trace,
        )
