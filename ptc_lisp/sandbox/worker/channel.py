"""The worker's side of its socket: frames, tool calls, prints."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

from ptc_lisp.faults import Fault, Trap
from ptc_lisp.runtime.parcels import Parcel, too_heavy
from ptc_lisp.sandbox import census, wire
from ptc_lisp.sandbox.attention import AT_ONCE_S, look
from ptc_lisp.sandbox.worker.meter import Clock
from ptc_lisp.values import codec
from ptc_lisp.values.types import Value

_SPACE = 1 << 12
_LARGE = 1 << 16
_STREAMED_FIRST = 32
_STREAM_EVERY_S = 0.02


class HostGone(BaseException):
    """The socket is closed: nobody waits for an answer any more."""


class Channel:
    """Frames over a blocking socket. `make_room` is called before a large one comes in."""

    def __init__(self, sock: socket.socket, make_room: Callable[[], None] = lambda: None) -> None:
        self._sock = sock
        self._make_room = make_room
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._space = bytearray(_SPACE)
        self._view = memoryview(self._space)
        self._from = self._to = 0  # what has arrived and was not taken yet
        self._answered = 0.0
        self.awake = False
        """Whether the next frame will follow the last answer at once."""
        self._first: Callable[[], None] | None = None

    def before_sending(self, take_in: Callable[[], None]) -> None:
        """Something is on its way besides frames. The host does not listen before it is through with that, so it is taken in
        before anything is sent."""
        self._first = take_in

    def send(self, frame: wire.FromWorker) -> None:
        """Sends one frame. Raises HostGone."""
        self.send_bytes(wire.pack(frame))

    def send_bytes(self, packed: bytes) -> None:
        """Sends a packed frame. Raises HostGone."""
        if self._first is not None:
            take_in, self._first = self._first, None
            take_in()
        try:
            self._sock.sendall(packed)
        except OSError as error:
            raise HostGone from error
        self._answered = time.monotonic()

    def piece(self) -> bytearray:
        """Waits for one message of bytes. Raises HostGone."""
        self._fill(wire.HEADER_BYTES)
        start = self._from + wire.HEADER_BYTES
        data = bytearray(int.from_bytes(self._space[self._from : start], "big"))
        have = min(len(data), self._to - start)
        data[:have] = self._view[start : start + have]
        self._from = start + have
        view = memoryview(data)[have:]
        while view:
            view = view[self._into(view) :]
        return data

    def receive(self) -> wire.ToWorker | wire.LargeResult:
        """Waits for one frame, which most often arrives in one piece. Raises HostGone."""
        if self._from == self._to:
            self._await()
        self._fill(wire.HEADER_BYTES)
        at = self._from
        start = at + wire.HEADER_BYTES
        end = start + int.from_bytes(self._space[at:start], "big")
        if end - at > _SPACE:
            return self._large(end - start)
        if end > self._to:
            self._fill(end - at)
            start, end = wire.HEADER_BYTES, end - at  # it was moved to the front
        self._from = end
        return wire.unpack_to_worker(self._view[start:end])

    def ready(self, timeout_ms: int) -> bool:
        """Whether something arrives within the time. Raises HostGone."""
        if self._from < self._to:
            return True
        events = self._poll.poll(timeout_ms)
        if events and events[0][1] & select.POLLHUP:
            raise HostGone
        return bool(events)

    def forget(self) -> None:
        """Wipes what has been taken; what waits is for the next owner."""
        waiting = bytes(self._view[self._from : self._to])
        self._space[:] = waiting + bytes(_SPACE - len(waiting))
        self._from, self._to = 0, len(waiting)
        self._answered = time.monotonic()  # from here on the next owner may speak

    def _fill(self, size: int) -> None:
        """Waits until `size` bytes are there, which lie at the front then if some had to come."""
        have = self._to - self._from
        if have >= size:
            return
        self._space[:have] = self._space[self._from : self._to]
        self._from = 0
        while have < size:
            have += self._into(self._view[have:])
        self._to = have

    def _await(self) -> None:
        """Waits for something to arrive."""
        self._from = self._to = 0
        if self.awake and look(self._look, self._answered + AT_ONCE_S):
            return
        self._poll.poll()  # `recv` would also be woken when the host takes what was sent to it
        self._to = self._into(self._view)

    def _look(self) -> bool:
        try:
            self._to = self._sock.recv_into(self._space, 0, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError as error:
            raise HostGone from error
        if not self._to:
            raise HostGone
        return True

    def _large(self, size: int) -> wire.ToWorker | wire.LargeResult:
        if size > _LARGE:
            self._make_room()
        data = bytearray(size)
        have = self._to - self._from - wire.HEADER_BYTES
        data[:have] = self._view[self._from + wire.HEADER_BYTES : self._to]
        self._from = self._to = 0
        view = memoryview(data)[have:]
        while view:
            view = view[self._into(view) :]
        return wire.unpack_large(data) if size > _LARGE else wire.unpack_to_worker(data)

    def _into(self, view: memoryview) -> int:
        try:
            count = self._sock.recv_into(view)
        except OSError as error:
            raise HostGone from error
        if count == 0:
            raise HostGone
        return count


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
        self._told: dict[str, bytes | None] = {}
        self._asked: dict[int, str] = {}  # the tools of the calls that are open

    def speak_through(self, channel: Channel) -> None:
        """The channel from here on."""
        self._channel = channel

    def begin(self, number: int) -> None:
        """A new evaluation, of this number."""
        self._id = number
        self._calls = 0
        self._waiting = []
        self._streamed = 0
        self._told = {}
        self._asked = {}

    def tool(self, name: str, args: dict[str, Value], origin: str = "") -> Value:
        """Asks the host to call a tool and waits. Raises the Trap that the host answers with."""
        call = self.request(name, args, (), origin)
        while True:
            try:
                answers = self.answers()
            except MemoryError:
                raise too_heavy(name) from None
            for answered, value, fault in answers:
                # An answer to a call of an earlier, interrupted evaluation may still arrive: it is dropped.
                if answered != call:
                    continue
                if fault is not None:
                    raise Trap(fault.kind, fault.message, hint=fault.hint, details=fault.details)
                return value

    def request(self, name: str, args: dict[str, Value], path: tuple[int, ...], origin: str) -> int:
        """Asks the host to call a tool; gives the number of the call."""
        packed = codec.encode(args)
        with self._clock.shielded():
            self.flush()
            self._calls += 1
            self._channel.send(wire.ToolRequest(self._id, self._calls, name, packed, path, origin))
        self._asked[self._calls] = name
        return self._calls

    def answers(self) -> list[tuple[int, Value, Fault | None]]:
        """Waits for answers of the host: number, value, fault. Raises Interrupted when the time is over."""
        found: list[wire.ToolResult | wire.LargeResult] = []
        with self._clock.waiting():
            timeout = self._clock.remaining_ms()
            while self._channel.ready(0 if found else timeout):
                frame = self._channel.receive()
                if isinstance(frame, wire.ToolResult | wire.LargeResult):
                    found.append(frame)
        return [(frame.call, self._result(frame), frame.fault) for frame in found]

    def _result(self, frame: wire.ToolResult | wire.LargeResult) -> Value:
        name = self._asked.pop(frame.call, "")
        if frame.fault is not None:
            return None
        if isinstance(frame, wire.LargeResult):
            return Parcel(name, frame.value, self._weighed)
        return codec.decode_data(frame.value)

    @contextmanager
    def _weighed(self) -> Generator[None]:
        with self._clock.shielded():
            self._clock.weigh()
            yield
            self._clock.weigh()

    def bounded(self, limit_ms: int) -> AbstractContextManager[None]:
        """What is inside may take so long at most: Interrupted then."""
        return self._clock.bounded(limit_ms)

    def printed(self, text: str) -> None:
        """Takes one printed entry; the first few leave at once, so that they survive a kill."""
        self._waiting.append(text)
        now = time.monotonic()
        if self._streamed < _STREAMED_FIRST or now - self._last_sent > _STREAM_EVERY_S:
            with self._clock.shielded():
                self.flush()
            self._last_sent = now

    def journalled(self, ident: str, blob: bytes | None) -> None:
        """Tells the host what a task gave; branches that run again tell nothing new."""
        too_much = len(ident) > wire.MAX_IDENT or (blob is not None and census.is_too_much(blob))
        if too_much or self._told.get(ident, b"") == blob:
            return
        self._told[ident] = blob
        with self._clock.shielded():
            self._channel.send(wire.Journalled(self._id, ident, blob))

    def flush(self) -> None:
        """Sends what was printed."""
        if self._waiting:
            texts, self._waiting = self._waiting, []
            self._streamed += len(texts)
            self._channel.send(wire.Printed(self._id, texts))

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000


class Deaf(Channel):
    """Sends to nobody."""

    def __init__(self) -> None:
        """There is no socket."""

    def send_bytes(self, packed: bytes) -> None:
        """Drops it."""
