"""Calls the hooks of a run, in order, and keeps their exceptions away from it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from subagent.drive.guards import answer_of
from subagent.drive.scope import Scope
from subagent.events import HookActed
from subagent.hooks import (
    AddContext,
    Answer,
    Candidate,
    ChangeArgs,
    Hook,
    ToolOutcome,
    ToolUse,
    TurnEnd,
    TurnStart,
    Veto,
)
from subagent.loop.adding import with_context
from subagent.loop.recording import opened
from subagent.loop.records import Turn
from subagent.loop.state import AgentState, Complete, Decision, Finish, Stopped
from subagent.options import Stop
from subagent.prompting.preview import Bounds, preview
from subagent.wording import told

Action = Literal["changed", "vetoed", "answered", "replaced", "added", "stopped", "failed"]
_ACTIONS: dict[type, Action] = {
    ChangeArgs: "changed",
    Veto: "vetoed",
    Answer: "answered",
    AddContext: "added",
    Stop: "stopped",
}
_REASON = Bounds(chars=2_000, items=20, string=500)
_log = logging.getLogger("subagent")


async def before_turn(scope: Scope, decision: Decision) -> tuple[Decision, Stopped | None]:
    """The decision to ask the model, with what hooks add to the conversation, and what ends the run instead."""
    effect, state = decision.effect, decision.state
    if not isinstance(effect, Complete) or not scope.hooks or state.open is None:
        return decision, None
    for hook in _hooks(scope, "before_turn"):
        assert isinstance(effect, Complete)
        assert state.open is not None
        start = TurnStart(
            agent=scope.agent,
            run_id=scope.run_id,
            depth=scope.depth,
            number=effect.request.turn,
            kind=state.open.kind,
            usage=state.usage,
            messages=effect.request.messages,
        )
        said = await _ask(scope, hook, start, (AddContext, Stop), failing=_stop)
        if isinstance(said, Stop):
            return decision, Stopped(answer_of(said))
        if isinstance(said, AddContext):
            decision = with_context(decision, said.text)
            effect, state = decision.effect, decision.state
    return decision, None


async def after_turn(scope: Scope, turn: Turn, decision: Decision) -> Stopped | None:
    """What ends the run after a turn that did not."""
    for hook in _hooks(scope, "after_turn"):
        end = TurnEnd(
            agent=scope.agent,
            run_id=scope.run_id,
            depth=scope.depth,
            turn=turn,
            usage=decision.state.usage,
        )
        said = await _ask(scope, hook, end, (Stop,), failing=_stop)
        if isinstance(said, Stop) and not isinstance(decision.effect, Finish):
            return Stopped(answer_of(said))
    return None


async def before_tool(scope: Scope, use: ToolUse) -> tuple[ToolUse, Veto | Answer | None]:
    """The call with the arguments that hooks chose, and what makes it unnecessary. The first veto or answer ends it."""
    for hook in _hooks(scope, "before_tool"):
        said = await _ask(scope, hook, use, (ChangeArgs, Veto, Answer), failing=Veto)
        if isinstance(said, ChangeArgs):
            use = _with_args(use, said.args)
        elif isinstance(said, Veto | Answer):
            return use, said
    return use, None


async def after_tool(scope: Scope, outcome: ToolOutcome) -> Veto | Answer | None:
    """What replaces the outcome of a call; later hooks see what earlier ones made of it."""
    last: Veto | Answer | None = None
    for hook in _hooks(scope, "after_tool"):
        said = await _ask(scope, hook, outcome, (Veto, Answer), failing=Veto)
        if isinstance(said, Answer):
            outcome = ToolOutcome(use=outcome.use, result=said.value, duration_ms=outcome.duration_ms)
            last = said
        elif isinstance(said, Veto):
            return said
    return last


async def before_answer(
    scope: Scope, value: object, state: AgentState, context: Mapping[str, Any]
) -> str | None:
    """Why an answer is refused: the first veto."""
    turn = opened(state)
    candidate = Candidate(
        agent=scope.agent,
        run_id=scope.run_id,
        depth=scope.depth,
        turn=len(state.turns) + 1,
        value=value,
        program=(turn.given.repaired if turn.given is not None else None) or turn.program,
        context=context,
        turns_left=state.work_left + state.retry_left,
        refused=tuple(
            str(past.error.details["refusal"])
            for past in state.turns
            if past.error is not None and "refusal" in past.error.details
        ),
    )
    for hook in _hooks(scope, "before_answer"):
        said = await _ask(scope, hook, candidate, (Veto,), failing=Veto)
        if isinstance(said, Veto):
            return said.reason
    return None


class _Hook(NamedTuple):
    name: str
    ask: Hook
    strict: bool


def _hooks(scope: Scope, point: str) -> Iterator[_Hook]:
    """The hooks at a point."""
    for one in scope.hooks:
        ask = getattr(one, point, None)
        if ask is not None:
            name = getattr(ask, "__qualname__", "") or type(one).__name__
            yield _Hook(name, ask, bool(getattr(one, "strict", False)))


async def _ask(
    scope: Scope, hook: _Hook, about: Any, accepted: tuple[type, ...], *, failing: Callable[[str], object]
) -> Any:
    """What a hook says; None when it has nothing to say, raised, or said something that has no meaning here. A strict
    hook that raised says `failing`."""
    subject = _subject(about)
    try:
        said = hook.ask(about)
        if inspect.isawaitable(said):
            said = await said
        _check(said, accepted)
    except Exception as error:  # noqa: BLE001 - a hook is somebody else's code; the run must go on
        _log.exception("the hook %s raised", hook.name)
        reason = told(error)
        scope.emit(HookActed, hook=hook.name, action="failed", subject=subject, reason=reason)
        return failing(f"the hook {hook.name} failed") if hook.strict else None
    if said is not None:
        action = _action(said, about)
        scope.emit(HookActed, hook=hook.name, action=action, subject=subject, reason=_reason(said))
    return said


def _stop(reason: str) -> Stop:
    return Stop(error=reason)


def _check(said: object, accepted: tuple[type, ...]) -> None:
    if said is not None and not isinstance(said, accepted):
        names = ", ".join(kind.__name__ for kind in accepted)
        raise TypeError(f"a hook gives None or {names}, got {type(said).__name__}")


def _subject(about: object) -> str:
    if isinstance(about, ToolOutcome):
        return about.use.name
    return about.name if isinstance(about, ToolUse) else ""


def _action(said: object, about: object) -> Action:
    if isinstance(said, Answer) and isinstance(about, ToolOutcome):
        return "replaced"
    return _ACTIONS[type(said)]


def _reason(said: Any) -> str:
    if isinstance(said, Veto):
        return said.reason
    if isinstance(said, Stop):
        return preview(said.value, _REASON) if said.error is None else str(said.error)
    if isinstance(said, AddContext):
        return said.text
    return preview(said.args if isinstance(said, ChangeArgs) else said.value, _REASON)


def _with_args(use: ToolUse, args: dict[str, Any]) -> ToolUse:
    return msgspec.structs.replace(use, args=dict(args))
