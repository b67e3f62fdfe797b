"""The protections of a worker, as layers that the kernel enforces.

`zygote()` applies, once, what every worker inherits, which is nearly everything; `worker()` the rest, in the fresh child,
before it reads its first byte. A layer that this system lacks is reported, not fatal: `ptc doctor` shows the list,
`Limits(require=...)` insists. Each layer is there in case the ones before it fail; the first of all is the language, which has
no word for the outside.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable

from ptc_lisp.limits import LAYERS
from ptc_lisp.sandbox.wire import Layer
from ptc_lisp.sandbox.worker.landlock import deny_all
from ptc_lisp.sandbox.worker.privileges import Privileges
from ptc_lisp.sandbox.worker.seccomp import Filter

_MAX_FDS = 8
_MEMORY_SHARE = 0.75
_CPU_S = 86_400

_WARM_RUNS = 40
_PR_SET_PDEATHSIG = 1
_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39

_Step = tuple[str, Callable[[], str | None]]


class Lockdown:
    """Built in the zygote; remembers what took effect. `only`: the layers to apply, None for all (for tests of each)."""

    def __init__(self, only: frozenset[str] | None = None) -> None:
        self._only = only
        self._libc = _libc()
        self._filter = Filter(self._libc)
        self._privileges = Privileges(self._libc)
        self._zygote_pid = os.getpid()
        self._inherited: list[Layer] = []

    def zygote(self) -> None:
        """What all workers inherit."""
        steps: list[_Step] = [
            ("resource-limits", _inherited_rlimits),
            ("namespaces", self._privileges.separate),
            ("capabilities", self._privileges.drop),
            ("no-new-privileges", self._no_new_privileges),
            ("not-dumpable", self._not_dumpable),
            ("descriptors", _few_descriptors),
            ("landlock", lambda: deny_all(self._libc)),
            ("seccomp", self._filter.begin),
        ]
        inherited = "own process and session, empty environment, no inherited descriptor, cwd /"
        self._inherited = [Layer("process", True, inherited), *self._apply(steps)]

    def worker(self) -> Callable[[], list[Layer]]:
        """What does the rest, in a child whose only descriptors are its own, and gives all layers."""
        finish = self._step_by_step
        if self._only is not None or self._libc is None or not self._has("seccomp"):
            return finish
        layers = _merged(self._inherited, [Layer("parent-death-signal", True)])
        apply = _Quick(self._filter.arguments, layers).apply
        return lambda: apply() or finish()

    def _step_by_step(self) -> list[Layer]:
        """Where not everything works, or not everything is wanted."""
        steps: list[_Step] = [("parent-death-signal", self._die_with_parent), ("descriptors", _no_process)]
        if self._has("seccomp"):
            steps.append(("seccomp", self._filter_more))
        return _merged(self._inherited, self._apply(steps))

    def _has(self, name: str) -> bool:
        return any(layer.name == name and layer.active for layer in self._inherited)

    def _filter_more(self) -> str:
        self._prctl(*self._filter.arguments)
        return self._filter.words

    def _no_new_privileges(self) -> None:
        self._prctl(_PR_SET_NO_NEW_PRIVS, 1)
        if self._prctl(_PR_GET_NO_NEW_PRIVS, 0) != 1:
            raise OSError(0, "the kernel did not keep it")

    def _not_dumpable(self) -> None:
        self._prctl(_PR_SET_DUMPABLE, 0)
        if self._prctl(_PR_GET_DUMPABLE, 0) != 0:
            raise OSError(0, "the kernel did not keep it")

    def _die_with_parent(self) -> None:
        self._prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._zygote_pid:  # it died before the line above
            os._exit(0)

    def _apply(self, steps: list[_Step]) -> list[Layer]:
        done: list[Layer] = []
        for name, step in steps:
            if self._only is not None and name not in self._only:
                continue
            try:
                detail = step()
            except (OSError, ValueError) as error:
                words = error.strerror if isinstance(error, OSError) else None
                done.append(Layer(name, False, words or str(error)))
            else:
                done.append(Layer(name, True, detail or ""))
        return done

    def _prctl(self, option: int, value: int, *more: object) -> int:
        if self._libc is None:
            raise OSError(0, f"not available on {sys.platform}")
        found = self._libc.prctl(option, value, *(more or (0, 0, 0)))
        if found < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return found


class _Quick:
    """The rest of the lockdown where all of it works, as it did in the zygote: three system calls.

    What a worker touches for the first time costs it a page, so this has run in the zygote before, and without the handling of
    `errno`.
    """

    def __init__(self, filter_arguments: tuple[object, ...], layers: list[Layer]) -> None:
        self._prctl: Callable[..., int] = ctypes.CDLL(None).prctl
        self._layers = layers
        self._arguments: tuple[object, ...] = (_PR_SET_PDEATHSIG, 0, 0, 0, 0)
        self._last = self._arguments
        self._parent = os.getppid()
        self._processes = resource.getrlimit(resource.RLIMIT_NPROC)
        for _ in range(_WARM_RUNS):
            self.apply()
        self._arguments, self._last = (_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), filter_arguments
        self._parent, self._processes = os.getpid(), (0, 0)

    def apply(self) -> list[Layer] | None:
        """Gives all layers; None when the kernel refused something."""
        prctl = self._prctl
        if prctl(*self._arguments) != 0:
            return None
        if os.getppid() != self._parent:  # it died before the line above
            os._exit(0)
        resource.setrlimit(resource.RLIMIT_NPROC, self._processes)
        return self._layers if prctl(*self._last) == 0 else None


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def _inherited_rlimits() -> str:
    # When the machine runs out of memory, a worker goes first and the host last.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123 - slow to load
        file.write("1000")
    most = int(os.sysconf("SC_PHYS_PAGES") * resource.getpagesize() * _MEMORY_SHARE)
    for number, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_DATA, most),
        (resource.RLIMIT_CPU, _CPU_S),
    ):
        _lower(number, value)
    if sys.platform.startswith("linux"):  # elsewhere a process may map more than there is from the start
        _lower(resource.RLIMIT_AS, most)
    return f"no files, no core; memory at most {most >> 20} MiB, CPU time {_CPU_S} s"


def _few_descriptors() -> str:
    _lower(resource.RLIMIT_NOFILE, _MAX_FDS)
    return f"at most {_MAX_FDS}, no new process"


def _no_process() -> str:
    # Counts per user, so it would also bind the zygote; the kernel exempts root (seccomp does not).
    _lower(resource.RLIMIT_NPROC, 0)
    return f"at most {_MAX_FDS}, no new process"


def _merged(inherited: list[Layer], own: list[Layer]) -> list[Layer]:
    """In the order in which they are always listed; what the worker says of a layer counts more."""
    found = {layer.name: layer for layer in (*inherited, *own)}
    return [found[name] for name in LAYERS if name in found]


def _lower(number: int, value: int) -> None:
    """Sets a limit for good, or leaves a smaller one that the host had."""
    _, hard = resource.getrlimit(number)
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(number, (least, least))
