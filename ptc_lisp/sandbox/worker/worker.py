"""What a worker does for one owner: takes its inputs in, evaluates its programs, answers.

Runs in a locked-down child of the zygote. It trusts the host and nothing else; what it sends is not trusted by anybody.
"""

from __future__ import annotations

from ptc_lisp.analyzer import ToolShape
from ptc_lisp.faults import Fault
from ptc_lisp.limits import Limits
from ptc_lisp.reader import NeedsParser
from ptc_lisp.runtime.machine import Machine
from ptc_lisp.runtime.outcome import Outcome
from ptc_lisp.runtime.signals import Interrupted
from ptc_lisp.sandbox import census, wire
from ptc_lisp.sandbox.worker import compiling, endings, preludes
from ptc_lisp.sandbox.worker.arrivals import Line
from ptc_lisp.sandbox.worker.channel import Channel, Deaf, Doors, HostGone
from ptc_lisp.sandbox.worker.lazy_data import LazyData
from ptc_lisp.sandbox.worker.meter import Clock, Life, Memory, used
from ptc_lisp.sandbox.worker.required import insist
from ptc_lisp.values import codec
from ptc_lisp.values.past import read_past
from ptc_lisp.values.types import Value

_OWN_ALLOWANCE = 64 << 20
_MUCH = 1 << 20  # so much data that its memory is measured, not estimated
_DEFAULT = Limits()
_NIL = codec.encode(None)


class Worker:
    """One owner's machine and what it was given. Made in the zygote, so that a child has nothing to build."""

    def __init__(self, memory: Memory, clock: Clock, life: Life | None = None) -> None:
        self._channel: Channel = Deaf()
        self._memory = memory
        self._layers: list[wire.Layer] = []
        self._clock = clock
        self._life = life or Life()
        self.begin()

    def begin(self) -> None:
        """For an owner of whom nothing is known yet."""
        self._doors = Doors(self._channel, self._clock)
        self._machine = Machine(_DEFAULT, self._doors)
        self._untouched = True
        self._context = LazyData({}, self._memory, self._clock)
        self._history: list[Value] = []
        self._limits = _DEFAULT
        self._tools: frozenset[str] | None = None
        self._private_tools: frozenset[str] = frozenset()
        self._shapes: dict[str, ToolShape] = {}
        self._attached: list[wire.Attachment] = []

    def speak_through(self, channel: Channel) -> None:
        """Whom it will serve."""
        self._channel = channel
        self._doors.speak_through(channel)

    def is_wanted(self, timeout_ms: int) -> bool:
        """Whether a frame arrives within the time. Raises HostGone."""
        return self._channel.ready(timeout_ms)

    def serve(self, layers: list[wire.Layer]) -> None:
        """In the child, under these protections: answers frames until the owner is done with it. Raises HostGone."""
        self._layers = layers
        while self.turn():
            pass

    def let_go(self) -> None:
        """Drops all that the owner gave or made. It is of no use after that until it begins anew."""
        self._machine.let_go()
        self._channel.forget()
        del self._doors, self._machine, self._context, self._history, self._tools, self._shapes

    def turn(self) -> bool:
        """Answers one frame; False when the owner is done. Raises HostGone."""
        frame = self._channel.receive()
        if isinstance(frame, wire.Evaluate):
            self._channel.awake = frame.awake
            self._channel.send_bytes(self.evaluate(frame))
            if frame.then == "end":
                raise HostGone
            return frame.then == "stay"
        if isinstance(frame, wire.Inspect):
            self._channel.send(wire.Inspected(frame.id, self._layers))
        elif isinstance(frame, wire.Compile):
            self._seal(frame.seal)
            self._channel.send(compiling.answer(frame, self._clock))
            raise HostGone  # it is good for nothing else
        elif isinstance(frame, wire.BuildPrelude):
            self._seal(frame.seal)
            self._channel.send(preludes.answer(frame, self._clock, self._memory))
            raise HostGone  # as above
        elif isinstance(frame, wire.Reset):
            self._channel.awake = frame.awake
            return False
        return True

    def evaluate(self, frame: wire.Evaluate) -> bytes:
        """The packed `Done` of an evaluation."""
        self._doors.begin(frame.id)
        line = self._expected(frame.pieces) if frame.pieces else None
        try:
            if frame.limits is not None:
                self._settle(frame, frame.limits)
            self._load(frame, line)
            limits = self._limits
            self._memory.limit(limits.memory_bytes)
            self._clock.start(limits.timeout_ms, limits.cpu_ms)
            outcome = self._check(frame) if frame.mode == "check" else self._run(frame)
            self._clock.stop()
            self._doors.flush()
            try:
                return self._packed(frame.id, outcome)
            except MemoryError:  # what the program left is not enough for the worker's own work
                self._memory.lift(_OWN_ALLOWANCE + 3 * limits.max_result_bytes)
                return self._packed(frame.id, outcome)
        except NeedsParser:
            self._clock.stop()
            return wire.pack(wire.Handoff(frame.id))
        except (Exception, Interrupted) as error:  # noqa: BLE001 - the host must get an answer, whatever broke
            self._clock.stop()
            self._memory.lift(_OWN_ALLOWANCE)
            return self._done(frame.id, endings.failure(endings.trap_of(error), 0), _NIL, None)

    def _settle(self, frame: wire.Evaluate, limits: Limits) -> None:
        """Takes over what holds until it is sent again. Raises Trap when a protection is missing that is required."""
        insist(self._layers, limits.require)
        self._limits = limits
        tools = frame.tools
        self._tools = None if tools is None else frozenset(tools)
        self._private_tools = frozenset(frame.private_tools)
        self._shapes = compiling.shapes_of(tools or {})
        if frame.seal is not None:
            self._seal(frame.seal)

    def _seal(self, seal: wire.Seal) -> None:
        self._memory.seal(seal.memory_bytes)
        self._life.seal(seal.cpu_s)

    def _expected(self, pieces: dict[str, int]) -> Line:
        line = Line(pieces, self._channel.piece, self._clock.waited)

        def take_in() -> None:
            with self._memory.unbilled(_MUCH), self._clock.shielded():
                line.drain()

        self._channel.before_sending(take_in)
        return line

    def _load(self, frame: wire.Evaluate, line: Line | None) -> None:
        """Takes over what the frame brings; the memory baseline is taken between inputs and the program's own names."""
        if frame.context or frame.pieces or frame.memory or frame.history or frame.data or frame.preludes:
            self._memory.release()
        if frame.history is not None:
            self._history = [read_past(blob) for blob in frame.history]
        if frame.context or frame.pieces or (frame.context is not None and not self._untouched):
            blobs = {**(frame.context or {}), **(line.entries if line is not None else {})}
            self._context = LazyData(
                blobs, self._memory, self._clock, frame.foreign, single=frame.then != "stay"
            )
        self._context.overlay(frame.data or {}, frame.kept, frame.foreign)
        if frame.preludes:
            self._attached = frame.preludes
            self._attach()
        if self._untouched:
            self._memory.set_baseline(sum(map(len, frame.context.values())) if frame.context else 0)
        elif frame.memory is not None:
            self._machine = Machine(self._limits, self._doors)
            self._attach()
        self._untouched = False
        self._machine.limits = self._limits
        self._machine.private_tools = self._private_tools
        if frame.memory:
            self._machine.load_memory(frame.memory)

    def _attach(self) -> None:
        """Preludes belong to the inputs: what they take does not count as the program's."""
        if self._attached:
            self._machine.limits = self._limits
            self._clock.start(self._limits.timeout_ms, self._limits.cpu_ms)
            preludes.attach(self._machine, self._attached, self._limits)

    def _check(self, frame: wire.Evaluate) -> Outcome:
        faults = self._machine.check(frame.source, self._tools, self._shapes, frame.language)
        return Outcome(ok=not faults, faults=tuple(faults))

    def _run(self, frame: wire.Evaluate) -> Outcome:
        journal = None if frame.journal is None else {k: codec.decode(v) for k, v in frame.journal.items()}
        outcome = self._machine.evaluate(
            frame.source,
            context=self._context,
            parts=self._context,
            tools=self._tools or frozenset(),
            shapes=self._shapes,
            history=self._history,
            budget=None if frame.budget is None else codec.decode(frame.budget),
            journal=journal,
            language=frame.language,
            strict_data=frame.strict_data,
            kept=frame.code,
        )
        if outcome.ok:
            self._history = [*self._history[-2:], outcome.value]
        return outcome

    def _packed(self, number: int, outcome: Outcome) -> bytes:
        limit = self._limits.max_result_bytes
        value = codec.encode(outcome.value)
        failed = codec.encode(outcome.failed[0]) if outcome.failed else None
        trap = None
        for blob in (value, failed or _NIL, *outcome.memory.values(), *outcome.journal.values()):
            if len(blob) > limit:
                trap = endings.too_large(len(blob), limit)
            elif trap is None and census.is_too_much(blob):
                trap = endings.too_many()
        if trap is not None:
            outcome, value, failed = endings.failure(trap, outcome.steps), _NIL, None
        return self._done(number, outcome, value, failed)

    def _done(self, number: int, outcome: Outcome, value: bytes, failed: bytes | None) -> bytes:
        now = used()
        return wire.pack(
            wire.Done(
                id=number,
                ok=outcome.ok,
                value=value,
                shown=outcome.shown,
                faults=self._detailed(outcome.faults) if outcome.faults else [],
                returned=outcome.returned,
                failed=failed,
                memory=outcome.memory,
                dropped=outcome.dropped,
                summaries=outcome.summaries,
                journal=outcome.journal,
                steps=outcome.steps,
                peak_bytes=self._memory.peak(now),
                cpu_us=self._clock.cpu_us(now[0]),
                discard=outcome.discard or self._life.is_late(now[0]),
            )
        )

    def _detailed(self, faults: tuple[Fault, ...]) -> list[Fault]:
        return endings.detailed(faults, self._limits.memory_bytes, self._memory.baseline)
