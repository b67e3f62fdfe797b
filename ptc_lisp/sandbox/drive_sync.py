"""Drives an exchange from a synchronous caller: one thread, one deadline, interruptible by Ctrl-C at any point.

Tools run in helper threads, so that one that hangs cannot hold up the caller beyond the time limit; whatever it does later
is ignored.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from ptc_lisp.sandbox.errors import SandboxError
from ptc_lisp.sandbox.exchange import LAST_WORDS_S, CallTool, Exchange, Finished
from ptc_lisp.sandbox.helpers import HELPERS
from ptc_lisp.sandbox.pool import Worker, describe_status
from ptc_lisp.sandbox.tool_calls import Answer, Ticket, ToolCalls

CHUNK = 1 << 18
_FIRST_CHUNK = 1 << 16  # larger blocks are mapped anew each time
_ONE, _MANY = (1).to_bytes(8, sys.byteorder), 1 << 16


def drive(
    exchange: Exchange,
    worker: Worker,
    calls: ToolCalls,
    crowd: int = 0,
    meanwhile: Callable[[], object] | None = None,
) -> Finished:
    """Runs an exchange to its end. Whatever interrupts it (KeyboardInterrupt included) kills the worker first. crowd: other
    evaluations of this host. meanwhile: what this thread does when the worker has all that it needs."""
    run = _Run(exchange, worker, calls, crowd)
    try:
        return run.to_end(meanwhile)
    except BaseException:
        worker.kill()
        raise
    finally:
        run.leave()


class _Late(Exception):  # noqa: N818 - raised and caught here only
    """The time is over. None of the exceptions of Python: those may be the host's own, from a signal handler or `on_print`."""


class _Gone(Exception):  # noqa: N818 - as above
    """The socket of the worker is closed."""


class _Run:
    __slots__ = (
        "_answers",
        "_calls",
        "_cancels",
        "_crowd",
        "_ends",
        "_exchange",
        "_mail",
        "_poll",
        "_rest",
        "_sock",
        "_worker",
    )

    def __init__(self, exchange: Exchange, worker: Worker, calls: ToolCalls, crowd: int) -> None:
        self._exchange = exchange
        self._worker = worker
        self._sock = worker.sock
        self._calls = calls
        self._crowd = crowd
        self._mail: _Mailbox | None = None
        self._cancels: list[Callable[[], None]] = []
        self._poll = worker.poll
        self._answers: deque[Answer] = deque()
        self._rest = memoryview(b"")  # of the answer that the worker has in part
        self._ends = 0.0

    def to_end(self, meanwhile: Callable[[], object] | None) -> Finished:
        attention = self._worker.attention
        awake = attention.pays(alone=not self._crowd)
        first = self._exchange.start(awake=awake)
        began = time.monotonic()
        self._ends = began + self._exchange.deadline_s(self._crowd)
        try:
            self._send(first)
            if self._exchange.request.pieces:
                self._feed(began)
            if self._exchange.premise is not None:
                sent = time.monotonic()
                refuted = self._exchange.refuted()  # found out while the worker is busy with what it got
                if refuted is not None:
                    return refuted
                self._ends += time.monotonic() - sent
            if meanwhile is not None:
                meanwhile()
            seen = awake and attention.watch(self._look, began)
            finished = self._hear(_FIRST_CHUNK) if seen else self._step(_FIRST_CHUNK)
            attention.answered(began)
            while finished is None:
                finished = self._step(CHUNK)
        except _Late:
            return self._last_words() or self._exchange.expired()
        except _Gone:
            return self._died()
        return finished

    def _feed(self, began: float) -> None:
        """Sends what follows the request. The time in which this thread makes it is not the program's."""
        self._worker.expect_much()
        asked = time.monotonic()
        for piece in self._exchange.pieces():
            began += time.monotonic() - asked
            self._ends = began + self._exchange.deadline_s(self._crowd)
            self._send(piece)
            asked = time.monotonic()

    def leave(self) -> None:
        if self._mail is not None:
            self._mail.close()
        for cancel in self._cancels:
            cancel()

    def _look(self) -> object:
        return self._poll.poll(0)

    def _step(self, chunk: int) -> Finished | None:
        remaining = self._ends - time.monotonic()
        ready = self._poll.poll(remaining * 1000) if remaining > 0 else []
        if not ready:
            raise _Late
        for fd, events in ready:
            if self._mail is not None and fd == self._mail.fd:
                for ticket, value, error in self._mail.take():
                    if isinstance(error, KeyboardInterrupt):
                        raise error
                    for answer in self._calls.settle(ticket, value, error):
                        self._reply(answer)
                continue
            if events & select.POLLOUT:
                self._answer()
            if events == select.POLLOUT:
                continue
            finished = self._hear(chunk)
            if finished is not None:
                return finished
        return None

    def _hear(self, chunk: int) -> Finished | None:
        """Takes in what the worker has said."""
        try:
            data = self._sock.recv(chunk, socket.MSG_DONTWAIT)
        except OSError:
            raise _Gone from None
        if not data:
            raise _Gone
        for action in self._exchange.receive(data):
            if isinstance(action, Finished):
                return action.late() if self._rest else action
            self._call(action)
        return None

    def _last_words(self) -> Finished | None:
        """The end as the worker tells it, if it has begun to speak before this thread came to listen. The thread may come late:
        others hold the interpreter, or the machine is busy. Tools are not called any more."""
        speaks = self._exchange.half_heard or self._worker.poll.poll(0)
        ends = time.monotonic() + LAST_WORDS_S
        while speaks:
            left = ends - time.monotonic()
            if left <= 0 or not self._worker.poll.poll(left * 1000):
                break
            try:
                data = self._sock.recv(CHUNK, socket.MSG_DONTWAIT)
            except OSError:
                data = b""
            if not data:
                return self._died()
            for action in self._exchange.receive(data):
                if isinstance(action, Finished):
                    return action.late()
        return None

    def _call(self, action: CallTool) -> None:
        ticket = self._calls.admit(action)
        if ticket.answer is not None:
            self._reply(ticket.answer)
        if ticket.call is None:
            return
        if self._mail is None:
            try:
                self._mail = _Mailbox()
            except OSError as error:
                raise SandboxError(f"no tool can be called: {error}; raise `ulimit -n`") from error
            self._own_poll().register(self._mail.fd, select.POLLIN)
        mail = self._mail
        if ticket.is_async:
            self._cancels.append(HELPERS.run_async(ticket.call, lambda v, e: mail.post(ticket, v, e)))
        else:
            HELPERS.run(ticket.call, lambda v, e: mail.post(ticket, v, e))

    def _own_poll(self) -> select.poll:
        if self._poll is self._worker.poll:
            self._poll = select.poll()
            self._poll.register(self._sock, select.POLLIN)
        return self._poll

    def _reply(self, answer: Answer) -> None:
        self._answers.append(answer)
        if not self._rest:
            self._answer()

    def _answer(self) -> None:
        """Sends answers as far as the worker takes them in. It may be sending calls itself, and takes in nothing before this thread
        has listened."""
        waited = bool(self._rest)
        while self._rest or self._answers:
            if not self._rest:
                answer = self._answers.popleft()
                self._rest = memoryview(self._exchange.answer(answer.call, answer.value, answer.fault))
            try:
                self._rest = self._rest[self._sock.send(self._rest, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                break
            except OSError:
                raise _Gone from None
        if waited != bool(self._rest):
            wanted = select.POLLIN | select.POLLOUT if self._rest else select.POLLIN
            self._own_poll().modify(self._sock, wanted)

    def _send(self, data: bytes) -> None:
        sent, size = 0, len(data)
        while sent < size:
            try:
                sent += self._sock.send(memoryview(data)[sent:] if sent else data, socket.MSG_DONTWAIT)
                self._exchange.sent = True
            except BlockingIOError:
                self._await_room()
            except OSError:
                raise _Gone from None

    def _await_room(self) -> None:
        poll = select.poll()
        poll.register(self._sock, select.POLLOUT)
        if not poll.poll(max(1.0, (self._ends - time.monotonic()) * 1000)):
            raise _Late

    def _died(self) -> Finished:
        return self._exchange.died(*describe_status(self._worker.exit_status()))


class _Mailbox:
    """Answers from other threads, with a descriptor that wakes the poll."""

    def __init__(self) -> None:
        self.fd, self._bell = _bell()
        self._lock = threading.Lock()
        self._posts: deque[tuple[Ticket, object, BaseException | None]] = deque()
        self._open = True

    def post(self, ticket: Ticket, value: object, error: BaseException | None) -> None:
        with self._lock:
            if self._open:
                self._posts.append((ticket, value, error))
                with contextlib.suppress(BlockingIOError):  # so many are waiting to be read
                    os.write(self._bell, _ONE)

    def take(self) -> list[tuple[Ticket, object, BaseException | None]]:
        with self._lock:
            os.read(self.fd, _MANY)
            posts = list(self._posts)
            self._posts.clear()
            return posts

    def close(self) -> None:
        with self._lock:
            self._open = False
            for fd in {self.fd, self._bell}:
                os.close(fd)


def _bell() -> tuple[int, int]:
    """A descriptor to wait for and one to write to: the same one on Linux."""
    if sys.platform.startswith("linux"):
        fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        return fd, fd
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    return read, write
