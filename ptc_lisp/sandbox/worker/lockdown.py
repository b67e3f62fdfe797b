"""The protections of a worker, as layers that the kernel enforces.

`zygote()` applies, once, what every worker inherits; `worker()` the rest, in the fresh child. A layer that this system
lacks is reported, not fatal: `ptc doctor` shows the list. Each layer is there in case the ones before it fail; the
first of all is the language, which has no word for the outside.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from ptc_lisp.sandbox.wire import Layer
from ptc_lisp.sandbox.worker.landlock import DenyAll
from ptc_lisp.sandbox.worker.seccomp import Filter

RULES_FD = 63
"""A descriptor of the zygote that a fresh worker must keep until its lockdown."""
_MAX_FDS = 64
_WORKER_FDS = 8

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

_Step = tuple[str, Callable[[], object]]


class Lockdown:
    """Built in the zygote; remembers what took effect."""

    def __init__(self) -> None:
        self._libc = _libc()
        self._layers: list[Layer] = []
        self._deny = DenyAll(self._libc, RULES_FD)
        self._filter = Filter(self._libc)
        self._zygote_pid = os.getpid()

    def zygote(self) -> None:
        """What all workers inherit. The rules of the later layers were built by the constructor."""
        self._layers = [
            Layer("process", True, "own process and session, empty environment, cwd /"),
            *self._apply(
                [
                    ("no-new-privileges", lambda: self._prctl(_PR_SET_NO_NEW_PRIVS, 1)),
                    ("resource-limits", _inherited_rlimits),
                    ("not-dumpable", lambda: self._prctl(_PR_SET_DUMPABLE, 0)),
                ]
            ),
        ]

    def worker(self) -> list[Layer]:
        """The rest, in a child; gives all layers. The child must have closed every descriptor that is not its own, except RULES_FD."""
        steps: list[_Step] = [
            ("parent-death-signal", self._die_with_parent),
            ("descriptors", _worker_rlimits),
            ("landlock", self._deny.apply),
            ("seccomp", self._filter.apply),
        ]
        return [*self._layers, *self._apply(steps)]

    def _die_with_parent(self) -> None:
        self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._zygote_pid:  # it died before the line above
            os._exit(0)

    def _apply(self, steps: list[_Step]) -> list[Layer]:
        done: list[Layer] = []
        for name, step in steps:
            try:
                step()
            except OSError as error:
                done.append(Layer(name, False, error.strerror or str(error)))
            else:
                done.append(Layer(name, True))
        return done

    def _prctl(self, option: int, value: int) -> None:
        if self._libc is None:
            raise OSError(0, f"not available on {sys.platform}")
        if self._libc.prctl(option, value, 0, 0, 0) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def _inherited_rlimits() -> None:
    # When the machine runs out of memory, a worker goes first and the host last.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    for name, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _MAX_FDS),
    ):
        resource.setrlimit(name, (value, value))


def _worker_rlimits() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_WORKER_FDS, _WORKER_FDS))
    # Counts per user, so it would also bind the zygote; root is exempt (seccomp is not).
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
