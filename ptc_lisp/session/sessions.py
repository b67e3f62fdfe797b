"""`Session`: several programs that share what they define.

What a program can cause comes back as a Step; only mistakes of the host (bad options, tools, signatures, data that
cannot go in) are raised, as TypeError or ValueError with the remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from msgspec.structs import force_setattr

from ptc_lisp.faults import Fault
from ptc_lisp.limits import Limits
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.ahead import AHEAD
from ptc_lisp.sandbox.drive_sync import drive
from ptc_lisp.sandbox.exchange import Exchange, Finished, Result
from ptc_lisp.sandbox.pool import FULL, POOL, Worker
from ptc_lisp.sandbox.seal import has_room_for, input_bytes, seal_for
from ptc_lisp.sandbox.shelf import is_harmless
from ptc_lisp.sandbox.tool_calls import ToolCalls
from ptc_lisp.session.arguments import Isolation, cache_of, isolation_of, limits_of, size_of, then_of
from ptc_lisp.session.asked import Asked, Print, budget_blob
from ptc_lisp.session.contexts import Context
from ptc_lisp.session.mishaps import insist, lost
from ptc_lisp.session.past import Past
from ptc_lisp.session.preludes import Attached, Preludes
from ptc_lisp.session.refusals import arefused, refused
from ptc_lisp.session.step_making import Language, StepMaker
from ptc_lisp.session.turns import Turn
from ptc_lisp.step import Step
from ptc_lisp.tool import Tool, ToolCache, Tools, allowed_effects, tool_table
from ptc_lisp.values.memory import Memory

if TYPE_CHECKING:
    from ptc_lisp.prelude.parts import Prelude
    from ptc_lisp.signature import Signature
    from ptc_lisp.tool.options import Effect

_LIGHT_BYTES = 2 << 20
_NONE: list[str] = []


class Session:
    """Runs several programs that share definitions and history (`*1`, `*2`, `*3`), by default in one worker process.

    The host keeps a copy of the state, so a worker that dies is replaced without loss. One program runs at a time; calls
    from other threads or tasks wait. `isolation`: "session" (one process for all programs), "run" (a fresh one for every
    program) or "reuse" (one that other sessions used before and will use again, cleaned in between).
    `language="ptc-json"`: the programs are JSON, see `ptc_lisp.json_dsl`. Everything else as for `run`.
    """

    _only = False  # whether there will be one program only

    def __init__(
        self,
        *,
        context: Mapping[str, Any] | Context | None = None,
        tools: Tools | None = None,
        limits: Limits | None = None,
        memory: Mapping[str, Any] | Memory | bytes | None = None,
        journal: Mapping[str, Any] | Memory | bytes | None = None,
        tool_cache: ToolCache | None = None,
        allow_effects: Collection[Effect] | None = None,
        history: Sequence[bytes] = (),
        isolation: Isolation = "session",
        language: Language = "ptc-lisp",
        strict_data: bool = False,
        prelude: Preludes | None = None,
    ) -> None:
        """Takes what `run` takes, and the `history` of an earlier session. Raises TypeError or ValueError as `run`."""
        if language not in {"ptc-lisp", "ptc-json"}:
            raise ValueError(f'language must be "ptc-lisp" or "ptc-json", got {language!r}')
        self.tools: dict[str, Tool] = tool_table(tools)
        self._parameters = {
            name: wire.Parameters(*tool.parameters, tool.kinds, tool.sole)
            for name, tool in self.tools.items()
            if tool.visibility == "public"
        }
        self._private = [name for name in self.tools if name not in self._parameters]
        self._attached = None if prelude is None else Attached(prelude, self.tools, language)
        self.tool_cache = cache_of(tool_cache)
        self._effects = allowed_effects(allow_effects)
        self.limits = limits_of(limits)
        self._context = Context.of(context, in_pieces=True)
        self._memory = Memory.of(memory)
        self._journal = None if journal is None else Memory.of(journal)
        self._past = Past(history)
        self._isolation = isolation_of(isolation)
        self._then: Final = then_of(self._isolation, only=self._only)
        self._laid: dict[str, bytes] = {}  # the entries for one program that the worker has
        self._pool = POOL
        self._language: Language = language
        self._strict_data = strict_data
        self._worker: Worker | None = None
        self._in_step = False  # whether the worker holds the same state as we do
        self._settled: tuple[Limits, bool] | None = (
            None  # limits, and whether any tool is known, as the worker has them
        )
        self._ids = 0
        self._harmless = True  # whether no program has reached a limit or broken something
        self._light = True  # whether programs and data were small, so that the worker is quick to forget them
        self._turn = Turn()
        self._closed = False

    @property
    def memory(self) -> Memory:
        """What the programs have defined so far."""
        return self._memory

    @property
    def prelude(self) -> Prelude | None:
        """The attached prelude, which cannot be changed. Raises PreludeError if it does not compile."""
        return None if self._attached is None else self._attached.prelude

    @property
    def history(self) -> tuple[bytes, ...]:
        """The last three results, encoded; the latest, `*1`, is the last one."""
        return tuple(self._past.results)

    def define(self, values: Mapping[str, Any] | Memory) -> None:
        """Defines names as `def` in a program would. Raises TypeError for names or values that the language cannot represent."""
        with self._turn.lock(), self._turn:
            self._memory = self._memory.updated(Memory.of(values).blobs())
            self._in_step = False

    def forget_result(self, most_bytes: int, name: str | None = None) -> int | None:
        """Drops the latest result if its encoding is larger than `most_bytes`; returns its size then, else None. A program that
        reads it later gets a fault, which says that the value is defined as `name`."""
        with self._turn.lock(), self._turn:
            return self._past.forget(most_bytes, name)

    def eval(
        self,
        source: str,
        *,
        limits: Limits | None = None,
        signature: str | Signature | None = None,
        data: Mapping[str, Any] | None = None,
        budget: Mapping[str, Any] | None = None,
        on_print: Print | None = None,
    ) -> Step:
        """Runs a program and returns its Step; on an error the memory stays as it was. limits: can only lower the session's.
        data: context entries for this program alone. budget: what it reads as `(budget/remaining)`. on_print: called with
        each printed text at the time it is printed."""
        maker = StepMaker(source, signature, self._language)
        asked = self._asked(source, limits, data, budget, on_print)
        with self._turn.lock(), self._turn:
            calls = self._calls(asked.limits)
            return self._absorb(maker, self._drive(asked, calls).result, calls)

    async def aeval(
        self,
        source: str,
        *,
        limits: Limits | None = None,
        signature: str | Signature | None = None,
        data: Mapping[str, Any] | None = None,
        budget: Mapping[str, Any] | None = None,
        on_print: Print | None = None,
    ) -> Step:
        """`eval` for coroutines (asyncio or trio). Cancelling it kills the worker; the next program gets a new one."""
        maker = StepMaker(source, signature, self._language)
        asked = self._asked(source, limits, data, budget, on_print)
        await self._turn.wait()
        try:
            calls = self._calls(asked.limits)
            return self._absorb(maker, (await self._adrive(asked, calls)).result, calls)
        finally:
            self._turn.release()

    def check(self, source: str, *, any_tool: bool = False) -> list[Fault]:
        """All faults of a program that can be found without running it, given what is defined so far."""
        if not isinstance(source, str):
            raise TypeError(f"a program is text (str), got {type(source).__name__}")
        with self._turn.lock(), self._turn:
            asked = Asked(source, self.limits, mode="check", any_tool=any_tool)
            return list(self._drive(asked, ToolCalls({}, self.limits)).result.faults)

    def close(self) -> None:
        """Ends the worker, or makes it available to other sessions (`isolation="reuse"`). The memory stays readable; further
        programs raise RuntimeError, and one that is running ends with a fault."""
        self._closed = True
        if self._turn.taken():
            try:
                self._part()
                self._drop_worker()
            finally:
                self._turn.release()
        elif self._worker is not None:
            self._worker.end()  # whoever has the turn hears of it, and lets go of the worker

    def __enter__(self) -> Self:
        return self

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"isolation={self._isolation!r}"
        return f"Session({state}, memory={self._memory!r})"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _asked(
        self,
        source: str,
        limits: Limits | None,
        data: Mapping[str, Any] | None,
        budget: Mapping[str, Any] | None,
        on_print: Print | None,
    ) -> Asked:
        allowed = self.limits if limits is None else self.limits.shrink(limits_of(limits))
        return Asked(source, allowed, Context.of(data), budget=budget_blob(budget), on_print=on_print)

    def _calls(self, limits: Limits) -> ToolCalls:
        return ToolCalls(self.tools, limits, self.tool_cache, self._effects, self._attached)

    def _request(self, asked: Asked) -> tuple[wire.Evaluate, wire.Seal | None]:
        """The request, which nobody else has seen, and the seal that a fresh worker gets."""
        if self._closed:
            raise RuntimeError("this session is closed: open a new one, with memory=session.memory to go on")
        data = asked.data.blobs if asked.data else {}
        changed = {n: blob for n, blob in data.items() if self._laid.get(n) != blob} if data else data
        if self._worker is not None and not (
            self._worker.is_silent() and (not changed or has_room_for(size_of(changed)))
        ):
            self._drop_worker()
        fresh = self._worker is None
        if fresh:
            changed = data
        self._laid = data
        stale = fresh or not self._in_step
        settled = not stale and self._settled == (asked.limits, asked.any_tool)
        self._settled = (asked.limits, asked.any_tool)
        self._ids += 1
        request = wire.Evaluate(
            id=self._ids,
            source=asked.source,
            mode=asked.mode,
            language=self._language,
            limits=None if settled else asked.limits,
            tools=None if settled or asked.any_tool else self._parameters,
            context=self._context.small() if fresh else None,
            pieces=self._context.counts() if fresh else {},
            memory=self._memory.blobs() if stale else None,
            history=self._past.news(wanted=stale),
            journal=None if self._journal is None else self._journal.blobs(),
            strict_data=self._strict_data,
            data=changed or None,
            kept=[name for name in data if name not in changed] if data else _NONE,
            foreign=[*(asked.data.foreign if asked.data else ()), *(self._context.foreign if fresh else ())],
            budget=asked.budget,
            private_tools=self._private,
            then=self._then,
        )
        if not fresh:
            return request, None
        if self._attached is not None:
            force_setattr(request, "preludes", self._attached.attachments(asked.limits))
        return request, seal_for(self.limits, input_bytes(request) + self._context.piece_bytes())

    def _exchange(self, asked: Asked) -> Exchange:
        request, seal = self._request(asked)
        if seal is not None:
            known = "" if self._attached is None else self._attached.key
            code = AHEAD.kept(request, asked.limits, known) if self._pool is POOL else None
            if self._isolation == "reuse":
                self._worker = self._pool.shelf.take(seal)
            force_setattr(request, "code", code)
            force_setattr(request, "seal", None if self._worker else seal)
        return Exchange(
            request,
            asked.limits,
            may_hand_off=self._pool is POOL,
            pieces=self._context.pieces() if request.pieces else (),
            premise=self._context.stands,
            on_print=asked.on_print,
        )

    def _drive(self, asked: Asked, calls: ToolCalls, *, again: bool = False) -> Finished:
        refusal = refused(asked.source, self._attached, any_tool=asked.any_tool)
        if refusal is not None:
            return refusal
        exchange = self._exchange(asked)
        fresh = self._worker is None
        worker = self._worker = self._worker or self._pool.take()
        self._in_step = False
        others = POOL.enter(exchange)
        try:
            finished = drive(exchange, worker, calls, others, self._beside(others, fresh=fresh and not again))
        except BaseException:
            self._drop_worker()
            raise
        finally:
            POOL.leave(exchange)
        if finished.handed_off or finished.void or lost(exchange, worker, fresh=fresh):
            self._start_anew(finished)
            return self._drive(asked, calls, again=True)
        self._after(exchange, finished, worker, fresh=fresh)
        insist(asked.limits, finished)
        return finished

    async def _adrive(self, asked: Asked, calls: ToolCalls, *, again: bool = False) -> Finished:
        from ptc_lisp.sandbox import drive_async  # noqa: PLC0415 - loads anyio, not needed by synchronous hosts

        refusal = await arefused(asked.source, self._attached)
        if refusal is not None:
            return refusal
        exchange = self._exchange(asked)
        fresh = self._worker is None
        self._in_step = False
        others = POOL.enter(exchange)
        try:
            worker = self._worker = self._worker or await drive_async.take(self._pool)
            beside = self._beside(others, fresh=fresh and not again)
            finished = await drive_async.drive(exchange, worker, calls, others, beside)
        except BaseException:
            self._drop_worker()
            raise
        finally:
            POOL.leave(exchange)
        if finished.handed_off or finished.void or lost(exchange, worker, fresh=fresh):
            self._start_anew(finished)
            return await self._adrive(asked, calls, again=True)
        self._after(exchange, finished, worker, fresh=fresh)
        insist(asked.limits, finished)
        return finished

    def _beside(self, others: int, *, fresh: bool) -> Callable[[], object] | None:
        """What there is to do while a fresh worker runs, if a processor is free for that."""
        return self._pool.refill if fresh and not others else None

    def _after(self, exchange: Exchange, finished: Finished, worker: Worker, *, fresh: bool) -> None:
        worker.from_stock = False
        if self._isolation == "reuse":
            worker.seal = worker.seal or exchange.request.seal
            self._harmless = self._harmless and is_harmless(finished.result.faults)
            self._light = self._light and exchange.load_bytes + finished.result.peak_bytes < _LIGHT_BYTES
        if finished.kill or self._isolation == "run" or self._closed:
            self._worker, self._laid = None, {}
            worker.kill() if finished.kill else self._pool.departures.add(worker)
            self._pool.refill()
            return
        self._in_step = True
        if fresh:
            self._pool.refill()

    def _start_anew(self, finished: Finished) -> None:
        """Nothing has run, or nothing of it counts: another worker does it, with the parser when that was missing, with
        the right context when that was wrong, and keeps the session."""
        self._drop_worker()
        self._context = self._context.settled() if finished.void else self._context
        if finished.handed_off:
            self._pool = FULL

    def _part(self) -> None:
        """Lets an idle worker end, or another owner have it if nothing went wrong in it."""
        if self._in_step and self._worker is not None and (self._harmless or self._isolation != "reuse"):
            worker, self._worker = self._worker, None
            if self._isolation == "reuse":
                self._pool.shelf.put(worker, light=self._light, told=self._only)
            else:
                self._pool.departures.add(worker)

    def _drop_worker(self) -> None:
        self._laid = {}
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()

    def _absorb(self, maker: StepMaker, result: Result, calls: ToolCalls) -> Step:
        """The Step of a result; takes over its memory when it stands."""
        problem = maker.judge(result)
        stands = problem is None and (result.ok or bool(result.failed))
        if stands:
            self._memory = self._memory.updated(result.memory)
        if stands and result.ok:
            self._past.add(result.value_bytes)
        if result.journal is not None and self._journal is not None:
            self._journal = Memory(result.journal)
        self._in_step = self._in_step and (stands or problem is None)
        return maker.make(result, problem, self._memory, self._journal, calls)
