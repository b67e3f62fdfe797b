"""Waiting for the other side of a socket without going to sleep, where it is going to speak at once.

To fall asleep and be woken by another processor takes longer than a small program. Where two processors are free, it is quicker to
look again and again. Where they are not, it is not: whoever looks gives way after each look, and when somebody else took the
processor then, it sleeps like everybody, and does not try again for some time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

AT_ONCE_S = 0.0002
"""What is longer is not worth it: about two falls asleep and wakings."""
_TAKEN_S = 0.00005
_FIRST_PAUSE, _LONGEST_PAUSE = 16, 1024

_give_way: Callable[[], None] = getattr(os, "sched_yield", lambda: None)


class Attention:
    """What one side of a socket has learned about the other."""

    __slots__ = ("_likely", "_next_pause", "_pause")

    def __init__(self) -> None:
        self._likely = False
        self._pause = 0
        self._next_pause = _FIRST_PAUSE

    def watch(self, ready: Callable[[], object], since: float) -> bool:
        """Whether something came while it looked. It does not look at all unless that is likely. since: `time.monotonic()`
        when the other side could begin."""
        if not self._likely:
            return False
        if self._pause:
            self._pause -= 1
            return False
        ends, now = since + AT_ONCE_S, time.monotonic()
        while now < ends:
            if ready():
                self._next_pause = _FIRST_PAUSE
                return True
            _give_way()
            before, now = now, time.monotonic()
            if now - before > _TAKEN_S:
                if ready():  # it was the other side that took the processor
                    return True
                self._pause = self._next_pause
                self._next_pause = min(2 * self._next_pause, _LONGEST_PAUSE)
                return False
        return False

    def learn(self, since: float) -> None:
        """Something has come now."""
        self._likely = time.monotonic() < since + AT_ONCE_S
