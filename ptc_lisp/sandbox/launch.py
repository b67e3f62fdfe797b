"""Starting the zygote and talking to it."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import select
import socket
import subprocess
import sys
import threading
import time
from os.path import dirname, realpath

from ptc_lisp.sandbox import errors
from ptc_lisp.sandbox.control import MAX_MESSAGE, REPLY, REQUEST, pair

_NEEDED = ("ptc_lisp", "msgspec", "lark")
_START_TIMEOUT_S = 30.0
_END_TIMEOUT_S = 2.0
_STACK_BYTES = 512 << 20
_MAX_REMEMBERED = 4_096
_ANSWER_S = 2.0
_POLL_MS = 20

_EXTENSIONS = (
    "_bisect", "_ctypes", "_datetime", "_decimal", "_heapq", "_json", "_socket", "_struct", "_typing", "array", "math", "mmap",
    "resource", "select", "unicodedata", "msgspec/_core",
    *(("_opcode", "grp") if sys.version_info >= (3, 13) else ()),  # grp: of pathlib
)  # fmt: skip
_UNWANTED = ("regex", "typing_extensions", "_uuid", *(("_opcode",) if sys.version_info < (3, 13) else ()))
"""What others load where it is there, and do not need. The first two would take lark and msgspec 25 and 10 ms, and a megabyte
in every worker; each compiled module is mappings that a fork copies."""

_ROOM = 16 * (2_000_000,)
"""Bytes of blocks that C's allocator maps each on its own, and next to each other."""

_SHELL, _ENV = "/bin/sh", "/usr/bin/env"
_RAISE_STACK = f'ulimit -S -s {_STACK_BYTES >> 10} 2>/dev/null; exec {_ENV} -i "$@"'
"""For a shell, which starts sooner than Python: the stack limit takes effect at exec. What the shell adds to the environment is
left behind."""

# Runs in the new process: raises the stack limit if that is still to be done, then becomes the zygote. What the library
# does after a fork for the sake of threads, loggers and random numbers costs every worker 150 pages; it has none of these.
# Compiled modules are mapped first, beyond some room in which the heap grows in one piece then (see `worker.pages`).
# Nothing that is being loaded is garbage, so nobody looks for any before the zygote runs.
_BOOT = f"""
room = [bytes(size) for size in {_ROOM!r}]
import gc, os, resource, sys
gc.disable()
soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
want = {_STACK_BYTES} if hard == resource.RLIM_INFINITY else min({_STACK_BYTES}, hard)
if soft != resource.RLIM_INFINITY and soft < want:
    resource.setrlimit(resource.RLIMIT_STACK, (want, hard))
    os.execv(sys.executable, sys.orig_argv)
os.environ.clear()
os.register_at_fork = lambda **hooks: None
sys.path += sys.argv[3:]
sys.modules.update(dict.fromkeys({_UNWANTED!r}))
try:
    import _ctypes
    from importlib.machinery import EXTENSION_SUFFIXES
    for name in {_EXTENSIONS!r}:
        for path in [f"{{folder}}/{{name}}{{suffix}}" for folder in sys.path for suffix in EXTENSION_SUFFIXES]:
            if os.path.exists(path):
                _ctypes.dlopen(path, os.RTLD_NOW)
except (ImportError, AttributeError, OSError, ValueError):
    pass
del room
from ptc_lisp.sandbox.worker.zygote import main
main(int(sys.argv[1]), sys.argv[2])
"""


WORKER = "ptc_lisp.sandbox.worker.loop"
"""The module of workers for programs."""

_BEGUN: dict[str, ZygoteProcess] = {}
_ASKED: dict[str, int] = {}
"""By which process a zygote of a module was last asked for."""


def begin() -> None:
    """Lets the first zygote of this process start while the host has other things to do. `zygote` hands it out."""
    if _ASKED.get(WORKER) == os.getpid():
        return
    _ASKED[WORKER] = os.getpid()
    with contextlib.suppress(errors.SandboxError):  # whoever needs it is told
        _BEGUN[WORKER] = ZygoteProcess(WORKER, ())


def zygote(module: str, paths: tuple[str, ...]) -> ZygoteProcess:
    """A running one. Raises SandboxError when it cannot start."""
    if not paths:
        _ASKED[module] = os.getpid()
    found = (None if paths else _BEGUN.pop(module, None)) or ZygoteProcess(module, paths)
    found.await_ready()
    return found


class ZygoteProcess:
    """A zygote, of use after `await_ready`. Raises SandboxError from the constructor when it cannot be started."""

    def __init__(self, module: str, paths: tuple[str, ...]) -> None:
        # Re-entrant: a worker that the garbage collector drops may be killed in the middle of any of our own calls.
        self._lock = threading.RLock()
        self._pids: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        # Tokens, by `pid_if_known`: a zygote that is held up need not hear the same question twice.
        self._asked_for: set[int] = set()
        self.alive = True
        try:
            self._control, theirs = pair()
            with contextlib.ExitStack() as failed:
                failed.enter_context(self._control)
                with theirs:
                    self._process = _spawn(theirs.fileno(), module, paths)
                failed.pop_all()
        except OSError as error:
            raise errors.SandboxError(f"the worker process cannot start: {error}") from error
        self._replies = select.poll()
        self._replies.register(self._control, select.POLLIN)

    def await_ready(self) -> None:
        """Returns when it has loaded everything. Raises SandboxError when it cannot."""
        try:
            message = self._first_message()
        except BaseException:
            self.kill_all()
            raise
        if message == b"R":
            return
        self.kill_all()
        reason = message[1:].decode(errors="replace") or f"it exited with status {self._process.returncode}"
        raise errors.SandboxError(f"the worker process cannot start: {reason}")

    def _first_message(self) -> bytes:
        """Lets every exception of a signal handler through, so that none is taken for one of ours."""
        if not self._replies.poll(_START_TIMEOUT_S * 1000):
            return b"Eit did not answer in time"
        try:
            return self._control.recv(MAX_MESSAGE)
        except OSError as error:
            return f"E{error}".encode()

    def fork(self, token: int, theirs: socket.socket, ended: int = 0) -> bool:
        """Asks for a worker that serves `theirs`, and for the end of the worker `ended`; False when the zygote is gone."""
        with self._lock:
            try:
                socket.send_fds(self._control, [REQUEST.pack(b"F", token, ended)], [theirs.fileno()])
            except OSError:
                self.alive = False
        return self.alive

    def kill(self, token: int) -> None:
        """Kills a worker; nothing happens when it has ended."""
        self._say(REQUEST.pack(b"K", 0, token))

    def pid_of(self, token: int) -> int | None:
        """The process id of a worker, None when it has ended."""
        return self._ask(token, _ANSWER_S, dead=False)

    def pid_if_known(self, token: int) -> int | None:
        """The process id of a worker if that has been told; else it is asked for, and nobody waits."""
        with self._lock:
            self._drain()
            found = self._pids.get(token)
            if found is None and token not in self._asked_for:
                self._asked_for.add(token)
                self._say(REQUEST.pack(b"W", token, 0))
        return found or None

    def exit_status(self, token: int, timeout_s: float) -> int | None:
        """The wait status of a worker, None when it does not end, or the zygote does not report it, in time."""
        return self._ask(token, timeout_s, dead=True)

    def never_forked(self, token: int) -> bool:
        """Whether the zygote has said, when it was asked, that there never was such a worker."""
        return self._pids.get(token) == 0 and token not in self._ended

    def _say(self, message: bytes) -> None:
        with self._lock:
            try:
                self._control.send(message)
            except OSError:
                self.alive = False  # the kernel kills the workers of a dead zygote

    def _ask(self, token: int, timeout_s: float, *, dead: bool) -> int | None:
        ends = time.monotonic() + timeout_s
        with self._lock:
            self._pids.pop(token, None)
            if token not in self._ended:
                self._say(REQUEST.pack(b"Q" if dead else b"W", token, 0))
        poll = select.poll()
        try:
            poll.register(self._control, select.POLLIN)
        except ValueError:  # closed: it has been shut down
            return None
        while True:
            with self._lock:
                self._drain()
                status, pid = self._ended.get(token), self._pids.get(token)
            if status is not None:
                return status if dead else None
            if pid == 0 or (pid is not None and not dead):
                return pid or None
            if not self.alive or time.monotonic() > ends:
                return None
            poll.poll(_POLL_MS)

    def kill_all(self) -> None:
        """Ends the zygote, and with it every worker, in whatever state it is."""
        self._process.kill()
        self.shutdown()

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
        while self.alive and self._replies.poll(0):
            try:
                message = self._control.recv(MAX_MESSAGE)
            except OSError:
                message = b""
            if not message:
                self.alive = False
                return
            op, token, number = REPLY.unpack(message)
            table = self._pids if op == b"P" else self._ended
            table[token] = number
            self._asked_for.discard(token)
            if len(table) > _MAX_REMEMBERED:
                del table[next(iter(table))]


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
    environment["LD_BIND_NOW"] = "1"  # else each worker looks up the C functions that it calls
    environment["LC_ALL"] = "C"  # else files about the locale are mapped; Python speaks UTF-8 without them
    if all(map(os.path.exists, (_SHELL, _ENV))):
        command = [_SHELL, "-c", _RAISE_STACK, "sh", *map("=".join, environment.items()), *command]
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
        folder = dirname(dirname(realpath(spec.origin)))  # noqa: PTH120 - pathlib takes 5 ms, and nothing has started yet
        if folder not in found:
            found.append(folder)
    return found


def _end_begun() -> None:
    while _BEGUN:
        _, unused = _BEGUN.popitem()
        unused.kill_all()


def _forget_begun() -> None:
    while _BEGUN:
        _BEGUN.popitem()[1].abandon()


atexit.register(_end_begun)
os.register_at_fork(after_in_child=_forget_begun)
