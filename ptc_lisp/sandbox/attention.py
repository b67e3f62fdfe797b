"""Lets host and worker answer each other at once, without sleeping in between.

Falling asleep and being woken by another processor takes longer than a small program. So when turns follow one another, both
sides poll for the next message. That needs a processor for each. Often there is only one free, or the kernel has put both
processes on one, expecting the process that wakes another to sleep soon. So the host, which decides for both, keeps the worker off
its own processor as long as polling pays, and after failed attempts waits longer and longer before it tries again.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable

AT_ONCE_S = 0.0005
"""What is longer is not worth it: some falls asleep and wakings."""
_WAKING_S = 0.005
"""So long it may take until a worker that slept is there, on a processor that slept too and that a hypervisor has given away."""
_TAKEN_S = 0.00003
"""Whoever gives way for so long has let somebody else run."""
_QUICK_S = 0.002
_QUICK_TURNS = 2
"""So many that took no longer are a reason to try; asleep, both sides can take that long for little."""
_BAD_TURNS = 3
_LONG_STREAK = 16
_LEAST_REST, _MOST_REST = 5, 640
"""Times what an attempt has cost is how long the next one waits."""

_PROCESSOR = 36
"""Where `/proc/PID/stat` has it, counted from the state of the process."""

_give_way: Callable[[], None] = getattr(os, "sched_yield", lambda: None)


def look(ready: Callable[[], object], ends: float) -> bool:
    """Looks until `ready` gives something true or the time (`time.monotonic()`) is over."""
    while time.monotonic() < ends:
        if ready():
            return True
        _give_way()
    return False


class Experience:
    """What the host has learned about this machine: with one worker, for all of them."""

    def __init__(self) -> None:
        self.not_before = 0.0
        self.rest = _LEAST_REST

    def succeeded(self) -> None:
        """Both sides had a processor of their own for long."""
        self.rest = _LEAST_REST

    def failed(self, cost_s: float) -> None:
        """An attempt has ended."""
        self.not_before = time.monotonic() + self.rest * cost_s
        self.rest = min(2 * self.rest, _MOST_REST)


_HERE = Experience()


class Attention:
    """Waiting for one worker."""

    __slots__ = (
        "_bad",
        "_cost_s",
        "_experience",
        "_find_pid",
        "_last",
        "_pid",
        "_place",
        "_quick",
        "_streak",
    )

    def __init__(self, find_pid: Callable[[], int | None], experience: Experience = _HERE) -> None:
        self._find_pid = find_pid  # of the worker; None as long as it is not known
        self._pid: int | None = None
        self._experience = experience
        self._last = 0.0  # when the last answer came
        self._quick = 0  # turns that followed each other at once
        self._streak = 0  # turns of this attempt without a bad one; 0 before the first
        self._bad = 0  # the last turns of this attempt, if they were long or both sides were on one processor
        self._cost_s = 0.0  # what those have cost
        self._place: _Place | None = None

    def pays(self, *, alone: bool = True) -> bool:
        """Before a request is sent: whether both sides are to stay awake until the one after it. alone: no other program of
        this host is running."""
        now = time.monotonic()
        if (
            not alone
            or self._quick < _QUICK_TURNS
            or now >= self._last + AT_ONCE_S
            or now < self._experience.not_before
            or not self._knows_pid()
        ):
            self._give_up()
            return False
        if self._place is None:
            assert self._pid
            self._place = _Place(self._pid)
        return True

    def watch(self, ready: Callable[[], object], since: float) -> bool:
        """Looks for the answer to a request that was sent at that time (`time.monotonic()`): whether it has come."""
        now, longest = time.monotonic(), 0.0
        ends, found = since + (AT_ONCE_S if self._streak else _WAKING_S), None
        while now < ends and not found:
            found = ready()
            if not found:
                _give_way()
            before, now = now, time.monotonic()
            longest = max(longest, now - before)
        if found and longest < _TAKEN_S:
            self._streak += 1
            self._bad, self._cost_s = 0, 0.0
            if self._streak == _LONG_STREAK:
                self._experience.succeeded()
            return True
        self._streak = 1
        self._bad += 1
        self._cost_s += now - since
        if self._bad == _BAD_TURNS:
            self._give_up()
        elif not found:
            self._leave()  # who sleeps now may wake up on the processor of the other one
        return bool(found)

    def answered(self, since: float) -> None:
        """The answer to a request that was sent at that time has come."""
        self._last = time.monotonic()
        if self._place is None:
            self._quick = self._quick + 1 if self._last < since + _QUICK_S else 0

    def goes_on(self) -> bool:
        """After an answer: whether both sides are to stay awake for the next owner of the worker."""
        if self._streak and time.monotonic() < self._last + AT_ONCE_S:
            return True
        self._give_up()
        return False

    def stop(self) -> None:
        """The next requests are somebody else's, who does not look out for answers."""
        self._quick = 0
        self._give_up()

    def _give_up(self) -> None:
        if self._bad:
            self._experience.failed(self._cost_s)
        self._streak = self._bad = 0
        self._cost_s = 0.0
        self._leave()

    def _knows_pid(self) -> bool:
        self._pid = self._pid or self._find_pid()
        return bool(self._pid)

    def _leave(self) -> None:
        if self._place is not None:
            self._place.leave()
            self._place = None


class _Place:
    """Keeps a process from the processor of this thread; it may run on any other of its own."""

    __slots__ = ("_allowed", "_elsewhere", "_pid")

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._allowed: set[int] = set()
        self._elsewhere: set[int] = set()
        # Another system, forbidden, or a kernel that says less in /proc.
        with contextlib.suppress(AttributeError, OSError, ValueError, IndexError):
            allowed = os.sched_getaffinity(pid)
            elsewhere = allowed - {_processor()}
            if elsewhere and elsewhere != allowed:
                os.sched_setaffinity(pid, elsewhere)
                self._allowed, self._elsewhere = allowed, elsewhere

    def leave(self) -> None:
        """It may run where it could before, unless somebody else has placed it meanwhile."""
        if self._allowed:
            with contextlib.suppress(OSError):  # it has ended
                if os.sched_getaffinity(self._pid) == self._elsewhere:
                    os.sched_setaffinity(self._pid, self._allowed)


def _processor() -> int:
    """Where this thread runs."""
    with open("/proc/thread-self/stat", "rb") as file:  # noqa: PTH123 - workers load this module, and pathlib takes 4 ms
        return int(file.read().rpartition(b")")[2].split()[_PROCESSOR])
