"""One evaluation as the host sees it, without I/O: bytes in, actions out.

    exchange = Exchange(request, limits)
    send(exchange.start())
    for action in exchange.receive(bytes from the worker):
        CallTool → perform it, then send(exchange.answer(…))
        Finished → the end; `kill` says whether the worker may live on
    exchange.died(status) / exchange.expired() → Finished, when the stream ends or the deadline passes

Everything that a worker sends is judged here: sizes, shape, turn order. A worker that breaks a rule is killed and the
run is a `worker_crashed` fault. Drivers add sockets, clocks and threads, and no judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from ptc_lisp.faults import Fault, FaultKind, Phase
from ptc_lisp.limits import Limits
from ptc_lisp.sandbox import census, wire
from ptc_lisp.values.received import decode_plain

_SLACK_BYTES = 8 << 20
_PRINT_SLACK = 1 << 20
_MOST_LOOSE = 2 << 20
_MAX_PATH = 10_000
_GRACE_S = 0.15
LAST_WORDS_S = 0.5
"""So long the host listens to a worker that has said something by the deadline. Its own timer has ended the program before."""
_LOAD_BYTES_PER_S = 20e6
_COMPILED_WEIGHT = 30  # a source takes so many times as long as data of its size
_CROWD_S = 0.025

_CRASH_HINTS = {
    "SIGSEGV": "very deep nesting or recursion can do this: use loop/recur or reduce, and flatter data",
    "SIGABRT": "running out of memory in the interpreter can do this: hold less data at a time",
    "SIGKILL": "the system may have run out of memory, or somebody killed the process",
}


class CallTool(msgspec.Struct, frozen=True):
    """Perform a tool call; `args` are as the program gave them, keys already with underscores.

    path: for a call in a branch of `pmap`, its place among those calls in the order of the program; else empty. origin:
    the export of a prelude that makes the call, as the worker says.
    """

    call: int
    name: str
    args: dict[str, Any]
    path: tuple[int, ...] = ()
    origin: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How an evaluation ended, validated. `memory` holds the names that changed, encoded."""

    ok: bool
    value: Any = None
    value_bytes: bytes = b"\xc0"
    shown: str = ""
    faults: tuple[Fault, ...] = ()
    returned: bool = False
    failed: tuple[Any, ...] = ()
    prints: tuple[str, ...] = ()
    memory: dict[str, bytes] = {}
    dropped: dict[str, str] = {}
    summaries: dict[str, str] = {}
    journal: dict[str, bytes] | None = None
    steps: int = 0
    peak_bytes: int = 0
    cpu_us: int = 0


class Finished(msgspec.Struct, frozen=True):
    """The evaluation is over. `kill`: the worker must not be used again. `handed_off`: nothing has run, and a worker with
    the parser has to do it all. `void`: the request was wrong (see `Exchange.stands`), and nothing of the result counts."""

    result: Result
    kill: bool
    handed_off: bool = False
    void: bool = False

    def late(self) -> Finished:
        """The same of a worker that may still wait for an answer, or for the rest of one."""
        return msgspec.structs.replace(self, kill=True)


Action = CallTool | Finished

_VOID = Finished(Result(ok=False), kill=True, void=True)


class _Violation(Exception):  # noqa: N818 - a finding about the worker, raised and caught here only
    pass


class Exchange:
    """The host's side of one `Evaluate`."""

    def __init__(
        self,
        request: wire.Evaluate,
        limits: Limits,
        *,
        may_hand_off: bool = False,
        pieces: Iterable[bytes] = (),
        premise: Callable[[], bool] | None = None,
        on_print: Callable[[str], object] | None = None,
    ) -> None:
        """limits: those that hold, whether the request carries them or the worker has them.

        may_hand_off: whether the worker may say that it lacks the parser. pieces: what follows the request.
        premise: what the request takes for granted. Nothing that the worker says is passed on before it has held.
        on_print: is called with every printed entry when it arrives.
        """
        self.request = request
        self._pieces = pieces
        self.premise = premise
        self._on_print = on_print
        self.limits = limits
        self._may_hand_off = may_hand_off
        self._part = bytearray()  # the beginning of a frame
        self._whole = 0  # its size, when that is known
        self._most = 4 * limits.max_result_bytes + 2 * limits.max_print_bytes + _SLACK_BYTES
        self._prints: list[str] = []
        self._print_bytes = 0
        self._journal = None if request.journal is None else dict(request.journal)
        self._journal_bytes = 0
        self._open: set[int] = set()
        self._last_call = 0
        self._finished = False
        self._heard = False
        self.dead = False
        self.sent = False
        """Whether the worker was there to take anything of the request."""
        self.load_bytes = 0

    @property
    def untouched(self) -> bool:
        """Whether the worker has not said a word, so that nothing can have happened because of the program."""
        return not self._heard

    @property
    def half_heard(self) -> bool:
        """Whether the worker is in the middle of a frame."""
        return bool(self._part)

    def start(self, *, awake: bool = False) -> bytes:
        """The bytes that begin the evaluation. awake: see `wire.Evaluate`. Raises ValueError when inputs are too large for one
        message."""
        # Nobody has seen the request before it is sent.
        msgspec.structs.force_setattr(self.request, "awake", awake)
        packed = wire.pack(self.request)
        self.load_bytes = len(packed) + _COMPILED_WEIGHT * sum(
            [len(one.source) for one in self.request.preludes]
        )
        return packed

    def pieces(self) -> Iterator[bytes]:
        """The bytes that follow those of `start`. Each is made when it is asked for, while the worker has the one before."""
        for piece in self._pieces:
            self.load_bytes += len(piece)
            yield wire.pack_piece(piece)

    def refuted(self) -> Finished | None:
        """The end if the premise does not hold, which it may take a while to find out: asked when all is sent."""
        return None if self.stands() else _VOID

    def stands(self) -> bool:
        """Whether the premise holds."""
        return self.premise is None or self.premise()

    def deadline_s(self, crowd: int = 0) -> float:
        """Seconds after which the host must give up: the time limit, loading of the inputs, and a little grace in
        which the worker's own timer gives a better report. `crowd`: other evaluations that compete for the processors;
        each may delay the start of this one.
        """
        loading = self.load_s(self.load_bytes)
        return self.limits.timeout_ms / 1000 + loading + _GRACE_S + crowd * _CROWD_S

    @staticmethod
    def load_s(size: int) -> float:
        """Seconds that so many bytes of inputs may take the worker."""
        return size / _LOAD_BYTES_PER_S

    def receive(self, data: bytes) -> list[Action]:
        """What the worker's bytes ask for; after a `Finished` nothing more."""
        actions: list[Action] = []
        printed = len(self._prints)
        self._heard = True
        try:
            for body in self._bodies(data):
                action = self._judge(_unpacked(body))
                if action is not None:
                    actions.append(action)
        except (_Violation, ValueError, MemoryError) as problem:
            self._finished = True
            actions = [a for a in actions if isinstance(a, CallTool)]
            actions.append(
                Finished(self._failure(_broken(str(problem) or type(problem).__name__)), kill=True)
            )
        told = [] if self._on_print is None else self._prints[printed:]
        if (actions or told) and not self.stands():
            self._finished = True
            return [_VOID]
        if self._on_print is not None:
            for text in told:
                self._on_print(text)
        return actions

    def answer(self, call: int, value: bytes, fault: Fault | None = None) -> bytes:
        """The bytes that answer a tool call; empty when nobody waits any more."""
        self._open.discard(call)
        if self._finished:
            return b""
        return wire.pack(wire.ToolResult(call, value, fault))

    def died(self, words: str, details: dict[str, Any]) -> Finished:
        """The end of an evaluation whose worker ended without an answer."""
        self._finished = self.dead = True
        hint = _CRASH_HINTS.get(str(details.get("signal")))
        fault = Fault(
            FaultKind.WORKER_CRASHED,
            Phase.HOST,
            f"the worker {words} while it ran the program",
            hint=hint,
            details=details,
        )
        return Finished(self._failure(fault), kill=True) if self.stands() else _VOID

    def expired(self) -> Finished:
        """The end of an evaluation whose worker did not answer in time."""
        self._finished = True
        limit = self.limits.timeout_ms
        fault = Fault(
            FaultKind.TIMEOUT,
            Phase.RUN,
            f"the program ran longer than {limit} ms",
            hint="look for a loop that does not end, or do less work per program; time in tools counts",
            details={"limit_ms": limit, "killed": True},
        )
        return Finished(self._failure(fault), kill=True) if self.stands() else _VOID

    def _bodies(self, data: bytes) -> Iterator[memoryview]:
        """The frames that are complete; the rest waits for more."""
        if self._part:
            self._part += data
            if len(self._part) < self._whole:
                return
            view, self._part = memoryview(self._part), bytearray()
        else:
            view = memoryview(data)
        at = self._whole = 0
        while len(view) - at >= wire.HEADER_BYTES:
            start = at + wire.HEADER_BYTES
            size = int.from_bytes(view[at:start], "big")
            if size > self._most:
                raise _Violation(f"it announced a frame of {size} bytes")
            if len(view) < start + size:
                self._whole = start + size - at
                break
            at = start + size
            yield view[start:at]
            if self._finished:
                break
        if at < len(view):
            if self._finished:
                raise _Violation("it went on talking after the end of the evaluation")
            self._part += view[at:]

    def _judge(self, frame: wire.FromWorker) -> Action | None:
        if frame.id != self.request.id:
            raise _Violation("it answered another evaluation")
        if isinstance(frame, wire.Done):
            return self._take_end(frame)
        if isinstance(frame, wire.Printed):
            self._take_prints(frame.texts)
            return None
        if isinstance(frame, wire.Journalled):
            self._take_task(frame)
            return None
        if isinstance(frame, wire.ToolRequest):
            return self._take_call(frame)
        if (
            isinstance(frame, wire.Handoff)
            and self._may_hand_off
            and not self._prints
            and not self._last_call
        ):
            self._finished = True
            return Finished(Result(ok=False), kill=True, handed_off=True)
        raise _Violation("it sent a frame that nobody asked for")

    def _take_prints(self, texts: list[str]) -> None:
        self._print_bytes += sum(len(text) + 8 for text in texts)
        if self._print_bytes > 9 * self.limits.max_print_bytes + _PRINT_SLACK:
            raise _Violation("it printed more than its limit")
        self._prints += texts

    def _take_task(self, frame: wire.Journalled) -> None:
        """Keeps what a task gave, in case that the worker does not live to tell the end."""
        if self._journal is None or self.request.mode != "run" or len(frame.ident) > wire.MAX_IDENT:
            raise _Violation("it journalled what nobody keeps")
        self._journal.pop(frame.ident, None)
        if frame.value is None:
            return
        if len(frame.value) > self.limits.max_result_bytes or census.is_too_much(frame.value):
            raise _Violation("it journalled a value larger than the limit")
        self._journal_bytes += len(frame.ident) + len(frame.value)
        if self._journal_bytes <= self._most:
            self._journal[frame.ident] = frame.value

    def _take_call(self, frame: wire.ToolRequest) -> CallTool:
        if (
            self.request.mode != "run"
            or frame.call != self._last_call + 1
            or len(self._open) >= self.limits.max_parallel
            or len(frame.path) > _MAX_PATH
        ):
            raise _Violation("it asked for a tool out of turn")
        self._last_call = frame.call
        self._open.add(frame.call)
        if census.is_too_much(frame.args):
            raise _Violation("it sent too many tool arguments")
        args = decode_plain(frame.args)
        if not isinstance(args, dict) or not all(isinstance(k, str) for k in args):
            raise _Violation("it sent tool arguments that are no map")
        return CallTool(frame.call, frame.name, args, frame.path, frame.origin)

    def _take_end(self, frame: wire.Done) -> Finished:
        if frame.ok == (bool(frame.faults) or frame.failed is not None):
            raise _Violation("its answer contradicts itself")
        self._finished = True
        limit = self.limits.max_result_bytes
        for blob in (frame.value, frame.failed or b"", *frame.memory.values(), *frame.journal.values()):
            if len(blob) > limit:
                raise _Violation("its result is larger than the limit")
            if census.is_too_much(blob):
                raise _Violation("its result has too many parts")
        result = Result(
            ok=frame.ok,
            value=decode_plain(frame.value) if frame.ok and self.request.mode == "run" else None,
            value_bytes=frame.value,
            shown=frame.shown,
            faults=tuple(frame.faults),
            returned=frame.returned,
            failed=() if frame.failed is None else (decode_plain(frame.failed),),
            prints=tuple(self._prints),
            memory=frame.memory,
            dropped=frame.dropped,
            summaries=frame.summaries,
            journal=frame.journal,
            steps=max(0, frame.steps),
            peak_bytes=max(0, frame.peak_bytes),
            cpu_us=max(0, frame.cpu_us),
        )
        return Finished(result, kill=frame.discard)

    def _failure(self, fault: Fault) -> Result:
        journal = self._journal if self.stands() else self.request.journal
        return Result(ok=False, faults=(fault,), prints=tuple(self._prints), journal=journal)


def _unpacked(body: memoryview) -> wire.FromWorker:
    if len(body) > _MOST_LOOSE and census.loose_bytes(bytes(body), _MOST_LOOSE) > _MOST_LOOSE:
        raise _Violation("its frame has too many small parts")
    return wire.unpack_from_worker(body)


def _broken(what: str) -> Fault:
    return Fault(
        FaultKind.WORKER_CRASHED,
        Phase.HOST,
        "the worker broke the protocol and was stopped",
        details={"violation": what[:500]},
    )
