"""The machine of one session: takes program texts, keeps the user namespace, gives Outcomes.

It runs inside a worker. It never raises for what a program did; time and memory limits arrive as `Interrupted` or
`MemoryError`, after which the machine asks to be thrown away (`Outcome.discard`).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ptc_lisp.analyzer import AnalysisFailed, Env, ToolShape
from ptc_lisp.builtins import run_state
from ptc_lisp.core.nodes import Program
from ptc_lisp.faults import Fault, FaultKind, Trap
from ptc_lisp.limits import Limits
from ptc_lisp.runtime.compiler import Compiled, compile_program
from ptc_lisp.runtime.diagnose import call_frames, trap_of
from ptc_lisp.runtime.fronts import Front, Language, front_of
from ptc_lisp.runtime.kept import packed, restored
from ptc_lisp.runtime.libraries import Built, Guard, Libraries
from ptc_lisp.runtime.memory import Memory
from ptc_lisp.runtime.namespace import HostDoors, Parts, RunDoors, UserNames
from ptc_lisp.runtime.outcome import Outcome
from ptc_lisp.runtime.recent import Recent
from ptc_lisp.runtime.reserve import RESERVE
from ptc_lisp.runtime.signals import Interrupted, Stopped
from ptc_lisp.values.outward import to_host
from ptc_lisp.values.types import ABSENT, Value

_FRAMES_PER_CALL = 3
_FRAMES_OF_HOST = 200


class Machine:
    """Evaluates programs one after another in one namespace."""

    def __init__(self, limits: Limits, host: HostDoors) -> None:
        self.limits = limits
        self._host = host
        self._names = UserNames()
        self._names.tell_task = self._tell_task
        self._programs: dict[str, Compiled] = {}
        self._memory = Memory(self._names, self._programs)
        self._recent = Recent()
        self._installed: Compiled | None = None
        self._strict_data = False
        self.private_tools: frozenset[str] = frozenset()

    def _tell_task(self, ident: str, value: Value) -> None:
        """Lets the host know what a task gave: it has that, whatever happens to this process."""
        if value is ABSENT:
            self._host.journalled(ident, None)
            return
        try:
            blob = self._memory.encoded(value)
        except Trap:
            return  # a value that cannot be kept: the end of the program says so
        if len(blob) <= self.limits.max_result_bytes:
            self._host.journalled(ident, blob)

    def load_memory(self, blobs: dict[str, bytes]) -> None:
        """Sets user names from their encoded values."""
        self._memory.load(blobs)

    def attach(self, built: Sequence[Built], guard: Guard | None = None) -> None:
        """Gives programs the namespaces of preludes, once. guard: checks the calls of their exports. Raises Trap when a
        constant of theirs has no value, and what limits raise."""
        self._reset_counters()
        found = Libraries(self._names, self._programs, guard)
        try:
            found.install(built)
        except (Exception, Stopped) as error:
            raise self._stuck(error, found.current) from error
        self._memory.exports = found.values

    def _stuck(self, error: Exception | Stopped, place: Compiled | None) -> Trap:
        """Why a constant of a prelude has no value. Its place is one in the prelude's source."""
        if isinstance(error, Stopped):
            said = "the value of a prelude's def cannot be (return …) or (fail …)"
            return Trap(FaultKind.INVALID_FORM, said, hint="make it a function: (defn name [] …)")
        return trap_of(error, place, self._programs, self.limits.recursion_limit)

    def let_go(self) -> None:
        """Drops all that programs have made or were given. It is of no use after that.

        A machine and its namespace hold each other, and the collector does not look at a machine from the zygote.
        """
        self._names.let_go()
        del self._names.tell_task
        self._programs.clear()
        self._recent.clear()
        self._installed = None

    def memory(self) -> dict[str, bytes]:
        """All user names, encoded."""
        return self._memory.changes({})[0]

    def check(
        self,
        source: str,
        tools: frozenset[str] | None = None,
        shapes: Mapping[str, ToolShape] | None = None,
        language: Language = "ptc-lisp",
    ) -> list[Fault]:
        """All faults that can be found without running. Names of data pass: the context may be another one later."""
        self._strict_data = False
        program = self._analyze(front_of(language, source, self.limits), tools, shapes)
        return program if isinstance(program, list) else []

    def evaluate(
        self,
        source: str,
        *,
        context: dict[str, Value] | None = None,
        parts: Parts | None = None,
        tools: frozenset[str] | None = None,
        shapes: Mapping[str, ToolShape] | None = None,
        history: list[Value] | None = None,
        budget: dict[Value, Value] | None = None,
        journal: dict[str, Value] | None = None,
        language: Language = "ptc-lisp",
        strict_data: bool = False,
        kept: bytes | None = None,
    ) -> Outcome:
        """Runs one program. On a fault the user names are as before.

        parts: what has the large entries of the context, if they are not decoded yet.
        tools: the tools there are (None: any name is taken for one); shapes: parameters of those whose calls can be checked
        before anything runs.
        `history[-1]` is `*1`. strict_data: an unknown `data/x` is a fault instead of nil.
        kept: what `compile_ahead` gave for the same text, names, tools and limits.
        """
        self._strict_data, names = strict_data, self._names
        if context is not None:
            names.context = context
        names.parts, names.shapes = parts, shapes or {}
        names.past = history or []
        names.budget, names.journal = budget or {}, journal
        names.summaries = {}
        before = names.snapshot()
        self._reset_counters()
        RESERVE.hold()
        limits = self.limits
        front = front_of(language, source, limits)
        program, key = _restored(kept), None
        if program is None:
            key = (language, source, tuple(before), tools, frozenset(names.context), limits.step_limit,
                   limits.max_nesting, limits.max_symbols, limits.max_program_bytes, strict_data)  # fmt: skip
            program = self._recent.get(key, shapes or {}) or self._guarded_analyze(front, tools, shapes)
        if isinstance(program, list):
            return Outcome(ok=False, faults=tuple(program))
        compiled: list[Compiled] = []
        try:
            if isinstance(program, Program):
                program = compile_program(
                    program,
                    step_limit=limits.step_limit,
                    large=parts.large(program.data) if parts else frozenset(),
                )
                self._recent.put(source, key, shapes or {}, program)
            compiled.append(program)
            return self._run(program, front, before)
        except BaseException as error:
            RESERVE.take()
            if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
                raise
            return self._fault(error, front, before, compiled[0] if compiled else None)
        finally:
            run_state.set_doors(None)

    def _reset_counters(self) -> None:
        limits = self.limits
        self._names.begin(limits.loop_limit)
        run_state.STEPS.begin(limits.step_limit)
        sys.setrecursionlimit(limits.recursion_limit * _FRAMES_PER_CALL + _FRAMES_OF_HOST)

    def _guarded_analyze(
        self, front: Front, tools: frozenset[str] | None, shapes: Mapping[str, ToolShape] | None
    ) -> Program | list[Fault]:
        try:
            return self._analyze(front, tools, shapes)
        except (RecursionError, MemoryError, Interrupted) as error:
            RESERVE.take()
            return [front.fault(trap_of(error, None, {}, self.limits.recursion_limit))]

    def _analyze(
        self, front: Front, tools: frozenset[str] | None, shapes: Mapping[str, ToolShape] | None
    ) -> Program | list[Fault]:
        data = frozenset(self._names.context)
        try:
            return front.program(
                Env(
                    defined=self._names.names(),
                    tools=tools,
                    data=data,
                    shapes=shapes or {},
                    strict_data=self._strict_data,
                    private_tools=self.private_tools,
                    libraries=self._names.libraries,
                )
            )
        except Trap as trap:
            return [front.fault(trap)]
        except AnalysisFailed as failed:
            front.advise(failed.traps, data)
            return [front.fault(trap) for trap in failed.traps]

    def _run(self, compiled: Compiled, front: Front, before: dict[str, Value]) -> Outcome:
        space = self._names.space
        run_state.set_doors(RunDoors(self._host, self.limits, self._names))
        self._install(compiled)
        value: Value = None
        returned = False
        try:
            for form in compiled.forms:
                # The reserve lies on the stack of this frame alone. An exception clears that before anything else, so
                # that Python has the memory to handle it.
                reserve, value = RESERVE.take(), space[form]()
                RESERVE.put(reserve)
                del reserve
        except Stopped as stopped:
            value, returned = stopped.value, True
            if stopped.failed:
                return self._finish(
                    compiled, before, failed=(to_host(value),), shown=front.show(value), ok=False
                )
        return self._finish(
            compiled, before, value=to_host(value), shown=front.show(value), returned=returned
        )

    def _install(self, compiled: Compiled) -> None:
        """Puts a program into the namespace, unless it was the last one, and takes that out if nothing of it is in use."""
        last, space = self._installed, self._names.space
        if last is not None and last.filename not in self._programs:
            if last is compiled:
                return
            last.uninstall(space)
        self._installed = None
        compiled.install(space)
        self._installed = compiled

    def _finish(
        self, compiled: Compiled, before: dict[str, Value], *, ok: bool = True, **fields: Any
    ) -> Outcome:
        blobs, dropped = self._memory.changes(before)
        if blobs or dropped:
            self._programs[compiled.filename] = compiled  # closures of it may live on in the user names
        return Outcome(
            ok=ok,
            memory=blobs,
            dropped=dropped,
            summaries=self._names.summaries,
            journal=self._memory.journal(),
            steps=run_state.STEPS.end(),
            **fields,
        )

    def _fault(
        self, error: BaseException, front: Front, before: dict[str, Value], compiled: Compiled | None
    ) -> Outcome:
        steps = run_state.STEPS.end()
        trap = trap_of(error, compiled, self._programs, self.limits.recursion_limit)
        frames = [] if front.source is None else call_frames(error, compiled, self._programs, front.source)
        if frames:
            trap.details = {**trap.details, "frames": frames}
        # The frames hold whatever the program had built; let it go before the fault is put into words.
        error.__traceback__ = None
        self._names.restore(before)
        front.advise([trap], frozenset(self._names.context))
        too_heavy = trap.kind is FaultKind.MEMORY_EXCEEDED
        discard = too_heavy or isinstance(error, Interrupted | MemoryError | SystemError)
        fault = front.fault(trap)
        return Outcome(
            ok=False, faults=(fault,), steps=steps, discard=discard, journal=self._memory.journal()
        )


def compile_ahead(
    source: str,
    env: Env,
    limits: Limits,
    language: Language,
    *,
    mark: str,
    large: frozenset[str] = frozenset(),
) -> bytes | None:
    """A program as bytes that `Machine.evaluate` takes as `kept`; None when it has faults, or cannot be kept.

    mark: makes the names of the code different from those of all other code in the worker that will run it. large: the
    entries of the data of which no more is to be decoded than the program reads.
    """
    sys.setrecursionlimit(limits.recursion_limit * _FRAMES_PER_CALL + _FRAMES_OF_HOST)
    try:
        program = front_of(language, source, limits).program(env)
    except (Trap, AnalysisFailed):
        return None
    known = env.data or ()
    found = [name for name in program.data if (name if name in known else name.replace("-", "_")) in large]
    return packed(compile_program(program, step_limit=limits.step_limit, large=frozenset(found), mark=mark))


def _restored(kept: bytes | None) -> Compiled | None:
    """None where the bytes are damaged: then the text counts."""
    if kept is None:
        return None
    try:
        return restored(kept)
    except Exception:  # noqa: BLE001 - whatever those bytes are
        return None


__all__ = ["Machine", "compile_ahead"]
