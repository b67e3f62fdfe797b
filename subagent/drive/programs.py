"""Runs the programs of one agent run in a session and reports the outcomes to the loop."""

from __future__ import annotations

import time
from typing import Any, cast

import msgspec

from ptc_lisp import FaultKind, Limits, Memory, Phase, Session, ToolCache
from ptc_lisp import Step as ProgramStep
from subagent.drive.gate import Place
from subagent.drive.keeping import forget_large, keep_large
from subagent.drive.ledger import entry, in_order
from subagent.drive.scope import Scope
from subagent.drive.tool_events import observed
from subagent.events import ProgramPrinted
from subagent.loop.held import Held
from subagent.loop.records import ToolCall
from subagent.loop.state import AgentState, CallTools, Execute, Ran
from subagent.prepare import Prepared
from subagent.progress import Progress
from subagent.prompting.native_tools import program_tools
from subagent.prompting.preview import Bounds, preview
from subagent.usage import Usage

_MOST_PREVIEWED_BYTES = 4 << 20


class Programs:
    """The session of a run. Close it when the run is over."""

    def __init__(self, prepared: Prepared, scope: Scope, state: AgentState) -> None:
        self._prepared = prepared
        self._scope = scope
        self._policy = prepared.policy
        own = prepared.agent.program_limits
        self._limits = own if prepared.options.limits is None else own.shrink(prepared.options.limits)
        tools = program_tools(prepared.tools) if prepared.policy.mode == "text" else prepared.tools
        positional = self._policy.repair == "apply"
        self._tools = {name: observed(tool, scope, positional=positional) for name, tool in tools.items()}
        self.tool_cache = ToolCache() if prepared.options.tool_cache is None else prepared.options.tool_cache
        self._open(state)
        self.cause: BaseException | None = None
        self._left: tuple[Memory | None, tuple[bytes, ...]] = (None, ())

    def _open(self, state: AgentState) -> None:
        self._session = Session(
            # An optional input that was not given is nil; every other unknown name is a fault with the names there are.
            context={**dict.fromkeys(self._prepared.agent.inputs), **self._prepared.context},
            tools=self._tools,
            limits=self._limits,
            memory=state.memory or None,
            history=state.history,
            journal=(state.journal or {}) if self._policy.journaling else None,
            tool_cache=self.tool_cache,
            allow_effects=cast("Any", self._policy.allow_effects),
            strict_data=True,
            language=self._policy.language,
            isolation=self._prepared.agent.isolation,
            prelude=self._prepared.prelude,
        )
        self._memory, self._encoded = self._session.memory, state.memory
        self._journal = state.journal

    def stand_at(self, state: AgentState) -> None:
        """The state is the truth: a session that is further on, because a turn was undone, begins anew from it."""
        if state.memory != self._encoded or state.history != self._session.history:
            self._session.close()
            self._open(state)

    async def run(self, effect: Execute, state: AgentState) -> Ran:
        """Runs a program where the session stands. Never raises for what the program or a tool did."""
        scope = self._scope
        scope.turn = len(state.turns) + 1
        scope.calls.clear()
        children = len(scope.children)
        before, past = self._session.memory, self._session.history
        async with Place() as scope.place:
            step, repaired = await self._evaluate(effect)
        self.cause = step.cause
        self._left = (self._session.memory, self._session.history)
        calls = self._ledger(step)
        tasks = self._take_journal(step)
        kept = keep_large(self._policy, self._session, step, before, scope.calls)
        trace = self._prepared.prelude_trace
        beyond = forget_large(self._policy, self._session, step)
        return Ran(
            ok=step.ok,
            value=Held(step.value) if step.ok else None,
            shown=step.text,
            returned=step.returned,
            failed=step.error is not None and step.error.kind is FaultKind.FAILED,
            error=step.error,
            others=step.faults[1:],
            prints=tuple(step.prints),
            tool_calls=calls,
            previews=self._previews(before, step.memory),
            kept=kept,
            beyond=beyond,
            repaired=repaired,
            prelude_hash=None if trace is None else trace["source_hash"],
            memory=self._encode(self._session.memory),
            # Beside native tools a program does not end the run; what it returns is no ordinary result then.
            history=past if step.returned and self._policy.mode == "text" else self._session.history,
            journal=self._journal,
            tasks=tasks,
            summaries=step.summaries if step.ok else {},
            progress=self._progress(state, step, calls),
            children=in_order(scope.children[children:], calls),
            usage=Usage(
                tool_calls=sum(not call.cached for call in calls),
                steps=step.usage.steps,
                program_ms=step.usage.duration_ms,
                tool_ms=step.usage.tool_ms,
            ),
            clock=scope.clock(),
        )

    async def _evaluate(self, effect: Execute) -> tuple[ProgramStep, str | None]:
        """The end of a program, and the text that ran in its place when its delimiters had to be mended."""
        limits = self.limits_now(effect)
        data = None if effect.failure is None else {"fail": effect.failure}
        more: dict[str, Any] = {
            "limits": limits,
            "data": data,
            "budget": effect.budget,
            "on_print": self._printed,
        }
        step = await self._session.aeval(effect.program, **more)
        mended = None if step.error is None else step.error.details.get("repair")
        if self._policy.repair != "apply" or not isinstance(mended, str):
            return step, None
        again = await self._session.aeval(mended, **more)
        if again.error is not None and again.error.phase in (Phase.READ, Phase.ANALYZE):
            # The guess may be wrong, so what the model wrote comes first; what else is wrong spares it a turn.
            return msgspec.structs.replace(step, faults=(*step.faults, *again.faults)), None
        return again, mended

    def _printed(self, line: str) -> None:
        self._scope.emit(ProgramPrinted, turn=self._scope.turn, line=line)

    def _take_journal(self, step: ProgramStep) -> tuple[str, ...]:
        """Keeps what the tasks of a program left, and gives the ids whose values are new."""
        if step.journal is None:
            return ()
        old = Memory.of(self._journal or None).blobs()
        new = step.journal.blobs()
        if new != old:
            self._journal = step.journal.to_bytes() if new else b""
        return tuple(name for name, blob in new.items() if old.get(name) != blob)

    def _progress(self, state: AgentState, step: ProgramStep, calls: tuple[ToolCall, ...]) -> str | None:
        """The host's words on the progress; None when it has none."""
        if self._prepared.reporter is None:
            return None
        summaries = {**state.summaries, **(step.summaries if step.ok else {})}
        return self._prepared.reporter.words(
            Progress(
                plan=self._policy.plan,
                summaries=summaries,
                tool_calls=calls,
                turn=len(state.turns) + 1,
                phase="turn",
            )
        )

    def _encode(self, memory: Memory) -> bytes:
        if memory is not self._memory:
            self._memory, self._encoded = memory, memory.to_bytes() if memory else b""
        return self._encoded

    def limits_now(self, effect: Execute | CallTools) -> Limits:
        """The limits of a program or of native calls, lowered to what the run has left of calls and time."""
        limits, deadline = self._limits, self._scope.deadline
        if effect.tool_calls_left is not None:
            least = min(n for n in (limits.max_tool_calls, effect.tool_calls_left) if n is not None)
            limits = msgspec.structs.replace(limits, max_tool_calls=least)
        if deadline is not None:
            left_ms = max(1, int((deadline - time.monotonic()) * 1000))
            limits = msgspec.structs.replace(limits, timeout_ms=min(limits.timeout_ms, left_ms))
        return limits

    def set_elsewhere(self) -> dict[str, Any]:
        """Memory and history that the next program starts from, if they are not what the last one left."""
        memory, history = self._session.memory, self._session.history
        if (memory is self._left[0] or not (memory or self._left[0])) and history == self._left[1]:
            return {}
        return {"memory": memory.to_bytes(), "history": history}

    def close(self) -> None:
        """Ends the worker."""
        self._session.close()

    def _ledger(self, step: ProgramStep) -> tuple[ToolCall, ...]:
        """The calls as the run keeps them, joined with the runs of agents behind them."""
        return tuple(entry(record, self._scope) for record in step.tool_calls)

    def _previews(self, before: Memory, after: Memory) -> dict[str, str]:
        limits = self._policy.format
        bounds = Bounds(
            chars=limits.memory_chars,
            items=limits.max_items,
            depth=limits.max_depth,
            string=40,
            digits=self._policy.float_precision,
            language=self._policy.language,
        )
        old, new = before.blobs(), after.blobs()
        changed = [name for name, blob in new.items() if old.get(name) != blob]
        shown: dict[str, str] = {}
        for name in changed[: limits.memory_names + 1]:
            big = len(new[name]) > _MOST_PREVIEWED_BYTES
            shown[name] = f"a value of {len(new[name])} bytes" if big else _picture(after[name], bounds)
        shown |= dict.fromkeys(changed[limits.memory_names + 1 :], "...")
        return shown


def _picture(value: Any, bounds: Bounds) -> str:
    text = preview(value, bounds)
    return f"{text} ({len(value)} items)" if isinstance(value, list) and len(value) > bounds.items else text
