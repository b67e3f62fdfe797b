"""Two processes that answer each other at once, without going to sleep in between.

To fall asleep and be woken by another processor takes longer than a small program. So where turn follows turn, both sides look
again and again for the next word. That needs a processor for each of them. Often there is none, or the kernel has put
both on one, because it takes who is woken for somebody whose waker is about to sleep. So the host, which decides for both, tries it,
moves to another processor and tries again, and leaves it for ever longer when it is no use.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

AT_ONCE_S = 0.0005
"""What is longer is not worth it: some falls asleep and wakings."""
_TAKEN_S = 0.00003
"""Whoever gives way for so long has let somebody else run."""
_QUICK_TURNS = 2
_MET_TURNS = 3
_SHORT_STREAK, _LONG_STREAK = 4, 16
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
        self.moves = False
        self.not_before = 0.0
        self.rest = _LEAST_REST

    def succeeded(self) -> None:
        """Both sides had a processor of their own for long."""
        self.rest = _LEAST_REST

    def failed(self, cost_s: float, *, soon: bool) -> None:
        """An attempt has ended. soon: it was hardly one."""
        if soon:
            self.moves = not self.moves
        self.not_before = time.monotonic() + self.rest * cost_s
        self.rest = min(2 * self.rest, _MOST_REST)


_HERE = Experience()


class Attention:
    """Waiting for one worker."""

    __slots__ = ("_experience", "_last", "_met", "_quick", "_streak")

    def __init__(self, experience: Experience = _HERE) -> None:
        self._experience = experience
        self._last = 0.0  # when the last answer came
        self._quick = 0  # turns that followed each other at once
        self._streak = 0  # of them, those that nobody slept through
        self._met = 0  # of them, the last ones with both on one processor

    def pays(self) -> bool:
        """Before a request is sent: whether both sides are to stay awake until the one after it."""
        now = time.monotonic()
        if self._quick >= _QUICK_TURNS and now < self._last + AT_ONCE_S:
            return now >= self._experience.not_before
        self._streak = 0
        return False

    def watch(self, ready: Callable[[], object], since: float) -> None:
        """Looks for the answer to a request that was sent at that time (`time.monotonic()`)."""
        if self._streak == 0 and self._experience.moves:
            _change_processor()
        ends, now, longest = since + AT_ONCE_S, time.monotonic(), 0.0
        found = None
        while now < ends and not found:
            found = ready()
            if not found:
                _give_way()
            before, now = now, time.monotonic()
            longest = max(longest, now - before)
        self._met = self._met + 1 if longest > _TAKEN_S else 0
        if found and self._met < _MET_TURNS:
            self._streak += 1
            if self._streak == _LONG_STREAK:
                self._experience.succeeded()
            return
        self._experience.failed(now - since, soon=self._streak < _SHORT_STREAK)
        self._streak = self._met = 0

    def answered(self, since: float) -> None:
        """The answer to a request that was sent at that time has come."""
        self._last = time.monotonic()
        self._quick = self._quick + 1 if self._last < since + AT_ONCE_S else 0


def _change_processor() -> None:
    """Moves this thread to another one of the processors that it may use. It may be moved on from there as before."""
    try:
        allowed = os.sched_getaffinity(0)
        if len(allowed) < 2:
            return
        with open("/proc/thread-self/stat", "rb") as file:  # noqa: PTH123 - workers load this module, and pathlib takes 4 ms
            here = int(file.read().rpartition(b")")[2].split()[_PROCESSOR])
        try:
            os.sched_setaffinity(0, allowed - {here})
        finally:
            os.sched_setaffinity(0, allowed)
    except (AttributeError, OSError):  # another system, or forbidden
        return
