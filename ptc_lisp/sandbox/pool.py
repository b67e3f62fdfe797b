"""The host's hold on its workers: one zygote per host process, a few idle workers in reserve.

Thread-safe. A worker belongs to whoever took it, and ends with that. Only hosts that ask for it share workers between owners,
one after the other (see `shelf`). After a fork of the host, the child starts a zygote of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import itertools
import os
import select
import signal
import socket
import threading
import time
import weakref
from collections import deque

from ptc_lisp.sandbox import launch
from ptc_lisp.sandbox.attention import Attention
from ptc_lisp.sandbox.control import lifted, patient
from ptc_lisp.sandbox.departures import Departures
from ptc_lisp.sandbox.errors import SandboxError
from ptc_lisp.sandbox.shelf import Shelf
from ptc_lisp.sandbox.wire import Seal

_KEPT_IDLE = 2
_MUCH_BYTES = 1 << 20
_DYING_S = 0.5
_STATUS_WAIT_S = 2.0
_END_S = 1.0


class Worker:
    """One worker process as the host sees it: a socket and a token by which the zygote knows the process."""

    _closed = True  # as long as it is being made

    def __init__(self, zygote: launch.ZygoteProcess, token: int, sock: socket.socket) -> None:
        self.sock = sock
        self.poll = select.poll()
        self.poll.register(sock, select.POLLIN)
        self._zygote = zygote
        self._token = token
        self._closed = False
        self._owner = os.getpid()
        self.from_stock = (
            False  # it waited idle for its first evaluation, so it may have been killed before that
        )
        self.attention = Attention(functools.partial(zygote.pid_if_known, token))
        self.seal: Seal | None = None  # as far as it is of interest to another owner
        self.owners = 0  # that are done with it
        self.ready_at = 0.0  # when it will surely have forgotten the last one; 0: at once
        _WORKERS.add(self)

    def is_silent(self) -> bool:
        """Whether the worker is there and has said nothing unasked."""
        return not self._closed and self._owner == os.getpid() and not self.poll.poll(0)

    def expect_much(self) -> None:
        """Much is about to be sent: the host need not wait for the worker to take in each part."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MUCH_BYTES)

    @property
    def pid(self) -> int | None:
        """The process id, None when the zygote has not told it."""
        return self._zygote.pid_of(self._token)

    @property
    def orphaned(self) -> bool:
        """Whether the zygote died, which ends all its workers whatever they do."""
        return not self._zygote.alive

    def kill(self) -> None:
        """Ends the process, whatever it does, and closes the socket. May be called twice."""
        if not self._closed:
            self.end()
            self.close()

    def end(self) -> None:
        """Ends the process, whatever it does. Whoever waits for what it says is told by the socket."""
        if not self._closed and self._owner == os.getpid():
            self._zygote.kill(self._token)

    def hold(self) -> tuple[launch.ZygoteProcess | None, int]:
        """What still kills it when its socket is closed; without a zygote if it is none of this process, or ended."""
        ours = not self._closed and self._owner == os.getpid()
        return self._zygote if ours else None, self._token

    def close(self) -> None:
        """Closes the socket; an idle worker ends by itself then."""
        self._closed = True
        self.sock.close()

    @property
    def never_began(self) -> bool:
        """Whether its process could not be started, as far as the zygote has told it since `exit_status`."""
        return self._zygote.never_forked(self._token)

    def exit_status(self) -> int | None:
        """The wait status of a worker whose socket is closed; None when it cannot be found out in time, and for one that
        lived on, which is killed."""
        status = self._zygote.exit_status(self._token, _DYING_S)
        if status is not None:
            return status
        self.kill()  # changes nothing about the status of one that is on its way out
        status = self._zygote.exit_status(self._token, _STATUS_WAIT_S)
        return None if status == signal.SIGKILL else status

    def __del__(self) -> None:
        # Nobody waits for it any more, so it is idle and ends when its socket closes.
        if not self._closed:
            self.close()


_WORKERS: weakref.WeakSet[Worker] = weakref.WeakSet()


class Pool:
    """Hands out fresh workers of one worker module."""

    def __init__(self, module: str = launch.WORKER, paths: tuple[str, ...] = ()) -> None:
        self._module = module
        self._paths = paths
        # Re-entrant: signal handlers and finalizers of the host may run programs in the middle of any of our own calls.
        self._lock = threading.RLock()
        self._idle: deque[Worker] = deque()
        self._tokens = itertools.count(1)
        self._zygote: launch.ZygoteProcess | None = None
        self._handed_out = 0
        self._running: set[object] = set()
        self._ended_at: float | None = None
        self.shelf = Shelf()
        self.departures = Departures()

    @property
    def started(self) -> bool:
        """Whether the zygote runs, so that `take` is quick."""
        return self._zygote is not None and self._zygote.alive

    def take(self) -> Worker:
        """A fresh worker. Raises SandboxError when none can be started.

        When the interpreter ends, threads that still ask for one wait for that end first: what they would say about a failure
        could meet the end in the middle of a line, and CPython aborts then. If it does not come, somebody may be waiting for
        them.
        """
        if self._ended_at is not None and threading.current_thread() is not threading.main_thread():
            threading.Event().wait(max(0.0, self._ended_at + _END_S - time.monotonic()))
        with self._lock:
            self._handed_out += 1
            worker = self._from_stock()
            while worker is not None:
                if worker.is_silent():
                    worker.from_stock = True
                    return worker
                worker.kill()
                worker = self._from_stock()
            return self._fork()

    def refill(self) -> None:
        """Starts idle workers for the next callers. Cheap to call beside a run and after it. A single run asks for no
        successor."""
        with self._lock:
            wanted = min(_KEPT_IDLE, self._handed_out - 1)
            with contextlib.suppress(SandboxError):  # whoever needs one is told
                while len(self._idle) < wanted and self._zygote is not None and self._zygote.alive:
                    self._idle.append(self._fork())

    def enter(self, evaluation: object) -> int:
        """Counts an evaluation until it is said to `leave`; gives the number of others."""
        self._running.add(evaluation)
        return len(self._running) - 1

    def leave(self, evaluation: object) -> None:
        """The evaluation has ended."""
        self._running.discard(evaluation)

    def end(self) -> None:
        """The interpreter ends."""
        self._ended_at = time.monotonic()
        self.departures.end()
        self.shutdown()

    def shutdown(self) -> None:
        """Ends the zygote, and with it every worker."""
        self.shelf.clear()
        self.departures.settle()
        with self._lock:
            zygote, self._zygote = self._zygote, None
            idle, self._idle = self._idle, deque()
        for worker in idle:
            worker.close()
        if zygote is not None:
            zygote.shutdown()

    def forget(self) -> None:
        """In a forked child of the host: drops, without touching, what belongs to the parent."""
        self._lock = threading.RLock()
        self._running = set()
        self._ended_at = None
        self.shelf.forget()
        self.departures.forget()
        self._idle.clear()
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.abandon()

    def _from_stock(self) -> Worker | None:
        try:
            return self._idle.popleft()
        except IndexError:
            return None

    def _running_zygote(self) -> launch.ZygoteProcess:
        found = self._zygote
        if found is not None and found.alive:
            return found
        if found is not None:
            found.shutdown()
        made = launch.zygote(self._module, self._paths)
        if self._zygote is not None and self._zygote.alive:  # from a signal handler that could not wait
            made.shutdown()
        else:
            self._zygote = made
        return self._zygote

    def _fork(self) -> Worker:
        for _attempt in (1, 2):
            zygote = self._running_zygote()
            try:
                ours, theirs = socket.socketpair()
                patient(ours := lifted(ours), theirs)
            except OSError as error:
                raise SandboxError(
                    f"no more workers: {error}; each session takes a descriptor, so close some or raise `ulimit -n`"
                ) from error
            token = next(self._tokens)
            sent = zygote.fork(token, theirs, self.departures.next_of(zygote))
            theirs.close()
            if sent:
                return Worker(zygote, token, ours)
            ours.close()
        raise SandboxError("the process that starts workers died twice in a row; run `ptc doctor`")


def describe_status(status: int | None) -> tuple[str, dict[str, int | str]]:
    """Words and details for the wait status of a dead worker."""
    if status is None:
        return "closed its connection", {}
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = f"signal {number}"
        return f"was killed by {name}", {"signal": name}
    return f"exited with status {os.WEXITSTATUS(status)}", {"exit_status": os.WEXITSTATUS(status)}


POOL = Pool()
"""The workers of this process."""

FULL = Pool("ptc_lisp.sandbox.worker.full")
"""Workers with the parser, for programs that the others hand over. Its zygote starts with the first of them."""


def _before_fork() -> None:
    # A thread of ours would not come along, and Python warns of forks beside threads.
    POOL.departures.settle()
    FULL.departures.settle()


def _after_fork() -> None:
    for worker in list(_WORKERS):
        worker.close()
    POOL.forget()
    FULL.forget()


atexit.register(POOL.end)
atexit.register(FULL.end)
os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
