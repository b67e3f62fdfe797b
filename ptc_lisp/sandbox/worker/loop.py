"""The worker: evaluates programs for one owner, over one socket, until the socket closes.

Runs in a locked-down child of the zygote. It trusts the host and nothing else; what it sends is not trusted by anybody.
"""

from __future__ import annotations

import gc
import os
import select
import socket
import time
import traceback
from typing import Any

import msgspec

from ptc_lisp.analyzer import ToolShape
from ptc_lisp.faults import Fault, FaultKind, Phase, Trap
from ptc_lisp.limits import Limits
from ptc_lisp.reader import NeedsParser, leave_parser_out
from ptc_lisp.runtime.machine import Machine
from ptc_lisp.runtime.outcome import Outcome
from ptc_lisp.runtime.signals import Interrupted
from ptc_lisp.sandbox import census, wire
from ptc_lisp.sandbox.worker.lazy_data import LazyData
from ptc_lisp.sandbox.worker.meter import Clock, Memory
from ptc_lisp.sandbox.worker.required import insist
from ptc_lisp.sandbox.worker.warm import warm_up
from ptc_lisp.values import codec
from ptc_lisp.values.types import Value

_STREAMED_FIRST = 32
_STREAM_EVERY_S = 0.02
_OWN_ALLOWANCE = 64 << 20
_MAX_TRACE = 2_000
_SOON_MS = 5
_REHEARSALS = (
    "(+ 1 %d)",
    '(let [rows [{:k "a" :n %d}]] (->> rows (filter #(> (:n %%) 0)) (map :n) (reduce + 0)))',
)
_WARM_RUNS = 16  # the interpreter rewrites code that runs often: better once here than in every worker
_GC_THRESHOLD = (50_000, 20, 50)


class HostGone(BaseException):
    """The socket is closed: nobody waits for an answer any more."""


class Channel:
    """Frames over a blocking socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def send(self, frame: wire.FromWorker) -> None:
        """Sends one frame. Raises HostGone."""
        self.send_bytes(wire.pack(frame))

    def send_bytes(self, packed: bytes) -> None:
        """Sends a packed frame. Raises HostGone."""
        try:
            self._sock.sendall(packed)
        except OSError as error:
            raise HostGone from error

    def receive(self) -> wire.ToWorker:
        """Waits for one frame. Raises HostGone."""
        size = int.from_bytes(self._exactly(wire.HEADER_BYTES), "big")
        return wire.unpack_to_worker(self._exactly(size))

    def ready(self, timeout_ms: int) -> bool:
        """Whether something arrives within the time. Raises HostGone."""
        events = self._poll.poll(timeout_ms)
        if events and events[0][1] & select.POLLHUP:
            raise HostGone
        return bool(events)

    def _exactly(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            try:
                count = self._sock.recv_into(view)
            except OSError as error:
                raise HostGone from error
            if count == 0:
                raise HostGone
            view = view[count:]
        return data


class Doors:
    """What the machine may ask of the host (`runtime.namespace.HostDoors`)."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._id = 0
        self._calls = 0
        self._waiting: list[str] = []
        self._streamed = 0
        self._last_sent = 0.0
        self._max_result = 0

    def begin(self, frame: wire.Evaluate) -> None:
        """A new evaluation."""
        self._id = frame.id
        self._calls = 0
        self._waiting = []
        self._streamed = 0

    def tool(self, name: str, args: dict[str, Value]) -> Value:
        """Asks the host to call a tool and waits. Raises the Trap that the host answers with."""
        call = self.request(name, args, ())
        while True:
            for answered, value, fault in self.answers():
                # An answer to a call of an earlier, interrupted evaluation may still arrive: it is dropped.
                if answered != call:
                    continue
                if fault is not None:
                    raise Trap(fault.kind, fault.message, hint=fault.hint, details=fault.details)
                return value

    def request(self, name: str, args: dict[str, Value], path: tuple[int, ...]) -> int:
        """Asks the host to call a tool; gives the number of the call."""
        packed = codec.encode(args)
        with self._clock.shielded():
            self.flush()
            self._calls += 1
            self._channel.send(wire.ToolRequest(self._id, self._calls, name, packed, path))
        return self._calls

    def answers(self) -> list[tuple[int, Value, Fault | None]]:
        """Waits for answers of the host: number, value, fault. Raises Interrupted when the time is over."""
        found: list[wire.ToolResult] = []
        with self._clock.shielded():
            timeout = self._clock.remaining_ms()
            while self._channel.ready(0 if found else timeout):
                frame = self._channel.receive()
                if isinstance(frame, wire.ToolResult):
                    found.append(frame)
        return [
            (frame.call, None if frame.fault is not None else codec.decode(frame.value), frame.fault)
            for frame in found
        ]

    def printed(self, text: str) -> None:
        """Takes one printed entry; the first few leave at once, so that they survive a kill."""
        self._waiting.append(text)
        now = time.monotonic()
        if self._streamed < _STREAMED_FIRST or now - self._last_sent > _STREAM_EVERY_S:
            with self._clock.shielded():
                self.flush()
            self._last_sent = now

    def flush(self) -> None:
        """Sends what was printed."""
        if self._waiting:
            texts, self._waiting = self._waiting, []
            self._streamed += len(texts)
            self._channel.send(wire.Printed(self._id, texts))

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000


class Worker:
    """One owner's machine and what it was given."""

    def __init__(self, channel: Channel, memory: Memory, layers: list[wire.Layer]) -> None:
        self._channel = channel
        self._memory = memory
        self._layers = layers
        self._clock = Clock(memory)
        self._doors = Doors(channel, self._clock)
        self._machine: Machine | None = None
        self._context = LazyData({}, memory, self._clock)
        self._history: list[Value] = []

    def serve(self) -> None:
        """Answers frames until the host closes the socket (HostGone)."""
        while True:
            frame = self._channel.receive()
            if isinstance(frame, wire.Evaluate):
                self._channel.send_bytes(self.evaluate(frame))
                # Most workers are closed by now. The others tidy up while their host is busy with the result.
                self._channel.ready(_SOON_MS)
                gc.collect()
            elif isinstance(frame, wire.Inspect):
                self._channel.send(wire.Inspected(frame.id, self._layers))

    def evaluate(self, frame: wire.Evaluate) -> bytes:
        """The packed `Done` of an evaluation."""
        self._doors.begin(frame)
        try:
            insist(self._layers, frame.limits.require)
            machine = self._load(frame)
            self._memory.limit(frame.limits.memory_bytes)
            self._clock.start(frame.limits.timeout_ms)
            outcome = self._check(machine, frame) if frame.mode == "check" else self._run(machine, frame)
            self._clock.stop()
            self._memory.lift(_OWN_ALLOWANCE + 3 * frame.limits.max_result_bytes)
            self._doors.flush()
            return self._packed(frame, outcome)
        except NeedsParser:
            self._clock.stop()
            return wire.pack(wire.Handoff(frame.id))
        except (Exception, Interrupted) as error:  # noqa: BLE001 - the host must get an answer, whatever broke
            self._clock.stop()
            self._memory.lift(_OWN_ALLOWANCE)
            return wire.pack(self._done(frame, _failure(_trap_of(error), 0), _NIL, None))

    def _load(self, frame: wire.Evaluate) -> Machine:
        """Takes over what the frame brings; the memory baseline is taken between inputs and the program's own names."""
        if frame.history is not None:
            self._history = [codec.decode(blob) for blob in frame.history]
        if frame.context is not None:
            self._context = LazyData(frame.context, self._memory, self._clock)
        self._context.overlay(frame.data or {})
        if self._machine is None:
            self._memory.set_baseline()
        if self._machine is None or frame.memory is not None:
            self._machine = Machine(frame.limits, self._doors)
        self._machine.limits = frame.limits
        if frame.memory:
            self._machine.load_memory(frame.memory)
        return self._machine

    def _check(self, machine: Machine, frame: wire.Evaluate) -> Outcome:
        faults = machine.check(
            frame.source, None if frame.tools is None else frozenset(frame.tools), _shapes(frame)
        )
        return Outcome(ok=not faults, faults=tuple(faults))

    def _run(self, machine: Machine, frame: wire.Evaluate) -> Outcome:
        journal = None if frame.journal is None else {k: codec.decode(v) for k, v in frame.journal.items()}
        outcome = machine.evaluate(
            frame.source,
            context=self._context,
            tools=frozenset(frame.tools or ()),
            shapes=_shapes(frame),
            history=self._history,
            journal=journal,
        )
        if outcome.ok:
            self._history = [*self._history[-2:], outcome.value]
        return outcome

    def _packed(self, frame: wire.Evaluate, outcome: Outcome) -> bytes:
        limit = frame.limits.max_result_bytes
        value = codec.encode(outcome.value)
        failed = codec.encode(outcome.failed[0]) if outcome.failed else None
        blobs = [value, failed or _NIL, *outcome.memory.values(), *outcome.journal.values()]
        size = max(map(len, blobs))
        trap = None
        if size > limit:
            trap = _too_large(size, limit)
        elif any(map(census.is_too_much, blobs)):
            trap = _too_many()
        if trap is not None:
            outcome, value, failed = _failure(trap, outcome.steps), _NIL, None
        return wire.pack(self._done(frame, outcome, value, failed))

    def _done(self, frame: wire.Evaluate, outcome: Outcome, value: bytes, failed: bytes | None) -> wire.Done:
        return wire.Done(
            id=frame.id,
            ok=outcome.ok,
            value=value,
            shown=outcome.shown,
            faults=[self._detailed(fault, frame.limits) for fault in outcome.faults],
            returned=outcome.returned,
            failed=failed,
            memory=outcome.memory,
            dropped=outcome.dropped,
            summaries=outcome.summaries,
            journal=outcome.journal,
            steps=outcome.steps,
            peak_bytes=self._memory.peak(),
            discard=outcome.discard,
        )

    def _detailed(self, fault: Fault, limits: Limits) -> Fault:
        if fault.kind is not FaultKind.MEMORY_EXCEEDED:
            return fault
        details: dict[str, Any] = {
            "limit_bytes": limits.memory_bytes,
            "baseline_bytes": self._memory.baseline,
            **fault.details,
        }
        hint = fault.hint or "keep only what you need: filter and aggregate before you collect"
        return msgspec.structs.replace(fault, details=details, hint=hint)


_NIL = codec.encode(None)


def _shapes(frame: wire.Evaluate) -> dict[str, ToolShape]:
    tools = frame.tools or {}
    return {
        name: ToolShape(found.required, found.optional, found.more, found.kinds)
        for name, found in tools.items()
    }


def _failure(trap: Trap, steps: int) -> Outcome:
    fault = Fault(trap.kind, Phase.RESULT, trap.message, hint=trap.hint, details=trap.details)
    return Outcome(ok=False, faults=(fault,), steps=steps, discard=True)


def _trap_of(error: BaseException) -> Trap:
    """What broke outside of the machine: a limit reached while putting the outcome together, or our own mistake."""
    if isinstance(error, Interrupted):
        return error.trap
    if isinstance(error, Trap):
        return error
    if isinstance(error, MemoryError):
        return Trap(FaultKind.MEMORY_EXCEEDED, "the result needs more memory than the program may use")
    if isinstance(error, RecursionError):
        return Trap(FaultKind.RESULT_TOO_LARGE, "the result is nested too deeply", hint="return flatter data")
    text = "".join(traceback.format_exception(error))[-_MAX_TRACE:]
    return Trap(
        FaultKind.INTERNAL_ERROR, f"internal error ({type(error).__name__})", details={"python": text}
    )


def _too_large(size: int, limit: int) -> Trap:
    return Trap(
        FaultKind.RESULT_TOO_LARGE,
        f"the result (or a def) takes {size} bytes, more than the {limit} allowed",
        hint="return less: an aggregate, or the first rows",
        details={"bytes": size, "limit_bytes": limit},
    )


def _too_many() -> Trap:
    return Trap(
        FaultKind.RESULT_TOO_LARGE,
        f"the result (or a def) holds more than {census.MAX_COLLECTIONS} vectors, maps and sets",
        hint="return less: an aggregate, or the first rows",
        details={"limit": census.MAX_COLLECTIONS},
    )


# --- entry points for the zygote -----------------------------------------------------------------------------------------


def prepare(*, parser: bool = False) -> None:
    """Once, in the zygote: loads and touches all that a program may need, since later there is no file access.

    Without the parser a worker is forked in half the time, and hands over the few programs that need it.
    """
    warm_up(parser=parser)
    if not parser:
        leave_parser_out()
    for number in range(_WARM_RUNS):
        for program in _REHEARSALS:
            _rehearse(Memory(-1), program % number)


def serve(sock: socket.socket, statm: int, layers: list[wire.Layer]) -> None:
    """In a locked-down child: works until the host closes the socket."""
    gc.set_threshold(*_GC_THRESHOLD)
    channel, memory = Channel(sock), Memory(statm)
    try:
        for program in _REHEARSALS:
            if channel.ready(0):  # somebody waits already
                break
            _rehearse(memory, program % _WARM_RUNS)
        Worker(channel, memory, layers).serve()
    except HostGone:
        os._exit(0)


def _rehearse(memory: Memory, source: str) -> None:
    """Evaluates a program for nobody, in all that a first evaluation goes through: it touches the same memory.

    The source must be another one each time, since the reader remembers texts.
    """
    limits = Limits()
    frame = wire.Evaluate(id=0, source=source, limits=limits, tools={}, context={}, memory={}, history=[])
    frame = wire.unpack_to_worker(wire.pack(frame)[wire.HEADER_BYTES :])
    if isinstance(frame, wire.Evaluate):
        Worker(_Deaf(), memory, []).evaluate(frame)
    memory.release()


class _Deaf(Channel):
    """Sends to nobody."""

    def __init__(self) -> None:
        """There is no socket."""

    def send_bytes(self, packed: bytes) -> None:
        """Drops it."""
