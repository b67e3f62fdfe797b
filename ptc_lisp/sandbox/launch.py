"""Starting the zygote and talking to it."""

from __future__ import annotations

import importlib.util
import os
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from ptc_lisp.sandbox import errors
from ptc_lisp.sandbox.control import MAX_MESSAGE, REPLY, REQUEST

_NEEDED = ("ptc_lisp", "msgspec", "lark")
_START_TIMEOUT_S = 30.0
_END_TIMEOUT_S = 2.0
_STACK_BYTES = 512 << 20
_MAX_REMEMBERED = 4_096

# Runs in the new process: raises the stack limit (which takes effect at exec), then becomes the zygote. What the library
# does after a fork for the sake of threads, loggers and random numbers costs every worker 150 pages; it has none of these.
_BOOT = f"""
import os, resource, sys
soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
want = {_STACK_BYTES} if hard == resource.RLIM_INFINITY else min({_STACK_BYTES}, hard)
if soft != resource.RLIM_INFINITY and soft < want:
    resource.setrlimit(resource.RLIMIT_STACK, (want, hard))
    os.execve(sys.executable, sys.orig_argv, {{}})
os.register_at_fork = lambda **hooks: None
sys.path[:0] = sys.argv[3:]
from ptc_lisp.sandbox.worker.zygote import main
main(int(sys.argv[1]), sys.argv[2])
"""


class ZygoteProcess:
    """A running zygote. Raises SandboxError from the constructor when it cannot start."""

    def __init__(self, module: str, paths: tuple[str, ...]) -> None:
        # Re-entrant: a worker that the garbage collector drops may be killed in the middle of any of our own calls.
        self._lock = threading.RLock()
        self._pids: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        self.alive = True
        self._owner = os.getpid()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _spawn(theirs.fileno(), module, paths)
        self._await_ready()

    def fork(self, token: int, theirs: socket.socket) -> bool:
        """Asks for a worker that serves `theirs`; False when the zygote is gone."""
        with self._lock:
            self._drain()
            try:
                socket.send_fds(self._control, [REQUEST.pack(b"F", token)], [theirs.fileno()])
            except OSError:
                self.alive = False
        return self.alive

    def kill(self, token: int) -> None:
        """Kills a worker; nothing happens when it has ended."""
        with self._lock:
            try:
                self._control.send(REQUEST.pack(b"K", token))
            except OSError:
                self.alive = False  # the kernel kills the workers of a dead zygote

    def pid_of(self, token: int) -> int | None:
        """The process id of a worker, None when not known (yet)."""
        with self._lock:
            self._drain()
            return self._pids.get(token) or None

    def exit_status(self, token: int, timeout_s: float) -> int | None:
        """The wait status of a worker, None when the zygote does not report it in time."""
        ends = time.monotonic() + timeout_s
        while True:
            with self._lock:
                self._drain()
                if token in self._ended:
                    return self._ended[token]
            if not self.alive or time.monotonic() > ends:
                return None
            select.select([self._control], [], [], 0.02)

    def shutdown(self) -> None:
        """Ends the zygote and waits for it."""
        self.alive = False
        self._control.close()
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def abandon(self) -> None:
        """In a forked child of the host: lets go of the parent's zygote."""
        self.alive = False
        self._control.close()
        self._process.returncode = 0  # not our child: nobody here may wait for it

    def _drain(self) -> None:
        while self.alive:
            try:
                message = self._control.recv(MAX_MESSAGE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                message = b""
            if not message:
                self.alive = False
                return
            op, token, number = REPLY.unpack(message)
            table = self._pids if op == b"P" else self._ended
            table[token] = number
            if len(table) > _MAX_REMEMBERED:
                del table[next(iter(table))]

    def _await_ready(self) -> None:
        self._control.settimeout(_START_TIMEOUT_S)
        try:
            message = self._control.recv(MAX_MESSAGE)
        except TimeoutError:
            message = b"Eit did not answer in time"
        except OSError as error:
            message = f"E{error}".encode()
        except BaseException:
            self._process.kill()
            self.shutdown()
            raise
        self._control.settimeout(None)
        if message == b"R":
            return
        self._process.kill()
        self.shutdown()
        reason = message[1:].decode(errors="replace") or f"it exited with status {self._process.returncode}"
        raise errors.SandboxError(f"the worker process cannot start: {reason}")


def _spawn(control_fd: int, module: str, paths: tuple[str, ...]) -> subprocess.Popen[bytes]:
    if not sys.executable:
        raise errors.SandboxError("sys.executable is empty: workers need the path of a Python interpreter")
    options = ["-I", "-S"]
    if sys.dont_write_bytecode:
        options.append("-B")
    if sys.pycache_prefix:
        options += ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    command = [sys.executable, *options, "-c", _BOOT, str(control_fd), module, *import_paths(), *paths]
    # An interpreter that needs LD_LIBRARY_PATH to start gets it; everything else of the environment stays here.
    environment = {k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(control_fd,),
        cwd="/",
        env=environment,
        start_new_session=True,
    )


def import_paths() -> list[str]:
    """The folders that hold what a worker imports."""
    found: list[str] = []
    for name in _NEEDED:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise errors.SandboxError(
                f"the package {name} is not installed as files: workers cannot import it"
            )
        folder = str(Path(spec.origin).resolve().parent.parent)
        if folder not in found:
            found.append(folder)
    return found
