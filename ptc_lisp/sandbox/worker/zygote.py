"""The zygote: a small single-threaded process that has everything loaded and forks workers on request.

It never reads a program or a value. The host talks to it over one socket (see `control`):

    host → zygote   F token ended (+ the socket)  fork a worker that serves this socket; kill `ended`
                    K 0 ended                     kill this worker
                    Q token 0                     what became of this worker?
    zygote → host   R                             ready
                    E text                        cannot start, and why
                    P token pid                   to a question: alive, and its pid (0: it was never forked)
                    X token status                to a question, as soon as it is so: ended; `status` as from waitpid

When the host's end closes, all workers are killed and the zygote exits; when the zygote dies, the kernel kills the
workers (PDEATHSIG). So nothing outlives the host, however it ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from typing import NoReturn, Protocol, cast

from ptc_lisp.sandbox.control import MAX_MESSAGE, REQUEST, adopt
from ptc_lisp.sandbox.wire import Layer
from ptc_lisp.sandbox.worker import compact
from ptc_lisp.sandbox.worker.children import Children, reaper
from ptc_lisp.sandbox.worker.lockdown import Lockdown

_SOCKET_FD = 3
_EX_SOFTWARE = 70
_ONE_FD = socket.CMSG_SPACE(4)
_MAX_REQUEST = 256
_POLL_MS = 2
_IDLE_MS = 50
_MANY_DEAD = 16
_WHO, _FATE = b"W", b"Q"
_QUESTIONS = _WHO + _FATE
_SIGKILL = int(signal.SIGKILL)
_DESCRIPTOR = struct.Struct("=i")
_WARM_RUNS = 40
_DONE = object()
_FORK_TRIES = 20


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

    def gather(self) -> Iterator[None]:
        """As `settle`, after it, and when the zygote has made all that lasts."""
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
    gc.enable()
    private.append(control.fileno())
    children = Children.none()
    become = _worker(os.close, private, lockdown.worker(), module.serve, sock, os._exit)
    zygote = Zygote(control, become, reaper(children), children)
    later = module.settle(sock)
    control.send(b"R")
    zygote.run(later)
    os.close(_SOCKET_FD)  # so that this is the number of the next one that comes
    compact.use_fresh_pools()
    run, make_reaper, make_worker = map(compact.copied, (Zygote.run, reaper, _worker))
    _warm_up(make_worker, sock)
    compact.go_on_here()
    children = children.anew()
    become = make_worker(os.close, private, lockdown.worker(), module.serve, sock, os._exit)
    zygote = Zygote(control, become, make_reaper(children), children)
    run(zygote, module.gather())
    compact.go_on_here()
    run(zygote, None)
    os._exit(0)


def _socket_to_be() -> socket.socket:
    """The object for a socket that will have the number _SOCKET_FD in each worker, so that none has to make one."""
    ours, theirs = socket.socketpair()
    theirs.close()
    fd = ours.detach()
    if fd != _SOCKET_FD:
        os.dup2(fd, _SOCKET_FD, inheritable=False)
        os.close(fd)
    return socket.socket(fileno=_SOCKET_FD)


def _go_on(later: Iterator[None]) -> bool:
    """Does one piece; whether there is another one. Workers can be forked without."""
    try:
        return next(later, _DONE) is not _DONE
    except OSError:
        return False


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


def _warm_up(make_worker: Callable[..., Callable[[int], None]], sock: socket.socket) -> None:
    for _ in range(_WARM_RUNS):
        make_worker(lambda _fd: None, [-1], list, lambda _sock, _layers: None, sock, lambda _code: None)(
            _SOCKET_FD
        )


class Zygote:
    """The request loop."""

    def __init__(
        self,
        control: socket.socket,
        become: Callable[[int], None],
        reap: Callable[[], None],
        children: Children,
    ) -> None:
        self._control = control
        self._become = become
        self._reap = reap
        self._children = children

    def run(self, later: Iterator[None] | None) -> None:
        """Serves until `later` is done, pieces of which are when there is no request; without it, until the host is gone.

        All that a request needs is at hand, and in the end was made last: what this function writes to, also the counts of
        references, must be copied once for each worker, and cuts the large page that it lies in for good (see `pages`).
        """
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        wait, receive = poll.poll, self._control.recvmsg
        unpack, descriptor = REQUEST.unpack, _DESCRIPTOR.unpack
        fork, kill, close, become, reap = os.fork, os.kill, os.close, self._become, self._reap
        tokens, pids, dying, asked, replies, _ = self._children
        pid_of, condemn = pids.get, dying.add
        patience, kills = _IDLE_MS, 0
        while True:
            if asked or replies:
                self._attend()
            while later is not None and not wait(patience):
                patience = 0
                if not _go_on(later):
                    return
            # Nobody waits for the dead but a question: the others are reaped when nothing is to do, or when they are many.
            while dying and not wait(_IDLE_MS):
                reap()
            try:
                message, ancillary, _, _ = receive(_MAX_REQUEST, _ONE_FD)
                op, token, ended = unpack(message)
            except (OSError, struct.error):
                self._end()
            patience = 0
            if ended and (pid := pid_of(ended)) is not None:
                kill(pid, _SIGKILL)  # not reaped yet, so the pid is still its own
                condemn(pid)
                kills += 1
            if ancillary:
                [[_, _, data]] = ancillary
                [fd] = descriptor(data)
                try:
                    pid = fork()
                except OSError:
                    pid = self._fork_when_there_is_room()
                if pid == 0:
                    become(fd)
                close(fd)
                if pid > 0:
                    tokens[pid] = token
                    pids[token] = pid
            elif op in _QUESTIONS:
                self._children.tell(token, in_the_end=op == _FATE)
            if kills > _MANY_DEAD:
                kills = 0
                reap()

    def _attend(self) -> None:
        """Answers questions until there is a request."""
        poll = select.poll()
        while True:
            self._reap()
            self._flush()
            poll.register(self._control, select.POLLIN | (select.POLLOUT if self._children.replies else 0))
            if not self._children.asked and not self._children.replies:
                return
            for _, events in poll.poll(_POLL_MS if self._children.asked else None):
                if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                    return

    def _flush(self) -> None:
        while self._children.replies:
            try:
                self._control.send(self._children.replies[0], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                self._end()
            self._children.replies.popleft()

    def _fork_when_there_is_room(self) -> int:
        """The dead count as processes until they are reaped. -1 if that does not help."""
        for _ in range(_FORK_TRIES):
            self._reap()
            select.poll().poll(_POLL_MS)
            with contextlib.suppress(OSError):
                return os.fork()
        return -1

    def _end(self) -> NoReturn:
        for pid in self._children.tokens:
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:  # who inherits them may reap nothing, such as a program that is the first process of a container
                os.waitpid(-1, 0)
        os._exit(0)
