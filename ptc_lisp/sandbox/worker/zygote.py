"""The zygote: a small single-threaded process that has everything loaded and forks workers on request.

It never reads a program or a value. The host talks to it over one socket (see `control`):

    host → zygote   F token… (+ the worker's socket)  fork a worker that serves this socket; kill the other tokens
                    K token…                          kill these workers
                    Q token                           what became of this worker?
    zygote → host   R                                 ready
                    E text                            cannot start, and why
                    P token pid                       to a question: alive, and its pid (0: it was never forked)
                    X token status                    to a question, as soon as it is so: ended; `status` as from waitpid

When the host's end closes, all workers are killed and the zygote exits; when the zygote dies, the kernel kills the
workers (PDEATHSIG). So nothing outlives the host, however it ends.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterator
from typing import NoReturn, Protocol, cast

from ptc_lisp.sandbox.control import MAX_MESSAGE, REPLY, adopt
from ptc_lisp.sandbox.wire import Layer
from ptc_lisp.sandbox.worker.lockdown import Lockdown

_SOCKET_FD = 3
_EX_SOFTWARE = 70
_ONE_FD = socket.CMSG_SPACE(4)
_MAX_REQUEST = 256
_POLL_MS = 2
_IDLE_MS = 50
_MANY_DEAD = 16
_MAX_REMEMBERED = 1_024
_KILL = b"K"[0]
_WARM_RUNS = 40
_DONE = object()


class WorkerModule(Protocol):
    """What the module that a zygote was started with must offer."""

    def prepare(self, sock: socket.socket) -> list[int]:
        """Once, before the lockdown: loads all that workers need. Gives the descriptors that it keeps for `settle` and that
        no worker may have; what is closed is taken out of the list. `sock`: what workers will speak through."""
        ...

    def settle(self, sock: socket.socket) -> Iterator[None]:
        """Once, under the lockdown: work that makes later workers quicker, piece by piece. Between two pieces workers are
        forked. Meanwhile the descriptor of `sock` is its own to replace."""
        ...

    def serve(self, sock: socket.socket, layers: list[Layer]) -> None:
        """The whole life of a worker."""
        ...


def main(control_fd: int, module_name: str) -> NoReturn:
    """Prepares, locks down and serves fork requests until the host is gone.

    module_name: of a WorkerModule; after a colon, the layers of the lockdown that alone are to be applied (see `attacks`).
    """
    if control_fd == _SOCKET_FD:
        control_fd = os.dup(control_fd)
        os.close(_SOCKET_FD)
    control = adopt(control_fd)
    sock = _socket_to_be()
    # A mask that the host's thread happened to have would be inherited, and with it a deaf timer.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        name, _, layers = module_name.partition(":")
        module = cast("WorkerModule", importlib.import_module(name))
        private = module.prepare(sock)
        lockdown = Lockdown(frozenset(layers.split(",")) if layers else None)
        lockdown.zygote()
    except BaseException:  # noqa: BLE001 - whatever it is, the host has to hear of it
        import traceback  # noqa: PLC0415 - slow to load, and only needed here

        control.send(b"E" + traceback.format_exc().encode()[-MAX_MESSAGE + 1 :])
        os._exit(_EX_SOFTWARE)
    private.append(control.fileno())
    zygote = Zygote(control, sock, module, lockdown, private)
    later = module.settle(sock)
    control.send(b"R")
    zygote.run(later)


def _socket_to_be() -> socket.socket:
    """The object for a socket that will have the number _SOCKET_FD in each worker, so that none has to make one."""
    ours, theirs = socket.socketpair()
    theirs.close()
    fd = ours.detach()
    if fd != _SOCKET_FD:
        os.dup2(fd, _SOCKET_FD, inheritable=False)
        os.close(fd)
    return socket.socket(fileno=_SOCKET_FD)


def _worker(  # noqa: PLR0917 - private, called in one way
    close: Callable[[int], None],
    private: list[int],
    lock_down: Callable[[], list[Layer]],
    serve: Callable[[socket.socket, list[Layer]], None],
    sock: socket.socket,
    end: Callable[[int], None],
) -> Callable[[int], None]:
    """What a child does with the descriptor of its socket, until it ends. It has all that it needs at hand, since what is
    looked up for the first time costs memory."""

    def become(fd: int) -> None:
        code = _EX_SOFTWARE
        try:
            for own in private:
                close(own)
            if fd != _SOCKET_FD:
                os.dup2(fd, _SOCKET_FD, inheritable=False)
                os.close(fd)
            serve(sock, lock_down())
            code = 0
        finally:
            end(code)

    return become


class Zygote:
    """The request loop and the table of children."""

    def __init__(
        self,
        control: socket.socket,
        sock: socket.socket,
        module: WorkerModule,
        lockdown: Lockdown,
        private: list[int],
    ) -> None:
        self._control = control
        for _ in range(_WARM_RUNS):
            _worker(lambda _fd: None, [-1], list, lambda _sock, _layers: None, sock, lambda _code: None)(
                _SOCKET_FD
            )
        self._become = _worker(os.close, private, lockdown.worker, module.serve, sock, os._exit)
        self._children: dict[int, int] = {}  # pid -> token
        self._pids: dict[int, int] = {}  # token -> pid, of the same workers
        self._ended: dict[int, int] = {}  # token -> status, of workers that ended unasked
        self._asked: set[int] = set()
        self._dying = 0  # killed and not yet reaped
        self._replies: deque[bytes] = deque()

    def run(self, later: Iterator[None]) -> NoReturn:
        """Serves until the host's end is closed. `later` is done when there is no request."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        patience, unfinished = _IDLE_MS, True
        while True:
            if self._asked or self._replies:
                self._attend()
            while unfinished and not poll.poll(patience):
                unfinished, patience = next(later, _DONE) is not _DONE, 0
                if not unfinished:
                    os.close(_SOCKET_FD)  # so that this is the number of the next one that comes
            # Nobody waits for the dead but a question: the others are reaped when nothing is to do, or when they are many.
            while self._dying and not poll.poll(_IDLE_MS):
                self._reap()
            try:
                message, ancillary, _, _ = self._control.recvmsg(_MAX_REQUEST, _ONE_FD)
            except OSError:
                message, ancillary = b"", []
            if not message:
                self._end()
            patience = 0
            tokens = struct.unpack(f"!{len(message) // 8}Q", message[1:])
            if ancillary:
                self._kill(tokens[1:])
                self._fork(tokens[0], int.from_bytes(ancillary[0][2], sys.byteorder))
            elif message[0] == _KILL:
                self._kill(tokens)
            else:
                self._tell(tokens[0])
            if self._dying > _MANY_DEAD:
                self._reap()

    def _attend(self) -> None:
        """Answers questions until there is a request."""
        poll = select.poll()
        while True:
            self._reap()
            self._flush()
            poll.register(self._control, select.POLLIN | (select.POLLOUT if self._replies else 0))
            if not self._asked and not self._replies:
                return
            for _, events in poll.poll(_POLL_MS if self._asked else None):
                if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                    return

    def _kill(self, tokens: tuple[int, ...]) -> None:
        for token in tokens:
            pid = self._pids.get(token)
            if pid is not None:
                os.kill(pid, signal.SIGKILL)  # not reaped yet, so the pid is still its own
                self._dying += 1

    def _tell(self, token: int) -> None:
        status = self._ended.pop(token, None)
        if status is not None:
            self._replies.append(REPLY.pack(b"X", token, status))
            return
        pid = self._pids.get(token, 0)
        self._replies.append(REPLY.pack(b"P", token, pid))
        if pid:
            self._asked.add(token)

    def _fork(self, token: int, fd: int) -> None:
        try:
            pid = os.fork()
        except OSError:
            pid = -1
        if pid == 0:
            self._become(fd)
        os.close(fd)
        if pid > 0:
            self._children[pid] = token
            self._pids[token] = pid

    def _reap(self) -> None:
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            token = self._children.pop(pid, None)
            if token is None:
                continue
            del self._pids[token]
            self._dying = max(0, self._dying - 1) if self._children else 0
            if token in self._asked:
                self._asked.discard(token)
                self._replies.append(REPLY.pack(b"X", token, status))
                continue
            self._ended[token] = status
            if len(self._ended) > _MAX_REMEMBERED:
                del self._ended[next(iter(self._ended))]

    def _flush(self) -> None:
        while self._replies:
            try:
                self._control.send(self._replies[0], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                self._end()
            self._replies.popleft()

    def _end(self) -> NoReturn:
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
        os._exit(0)
