"""Time and memory of one evaluation, measured and limited inside the worker.

The host's kill is the deadline that holds; what happens here comes first and lets the program end with its prints and
a clean fault.
"""

from __future__ import annotations

import mmap
import resource
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.runtime.signals import Interrupted

_PAGE = resource.getpagesize()
_RING_AGAIN_S = 0.25
_TICK_S = 0.005
_ENDLESS = 1 << 62
_UNIT = 1 << 18
_SLACK = 1 << 16
_DECODED_PER_BYTE = 24  # at most about what a small input grows by
_HEADROOM = 16 << 20
"""Bytes between the limit and the wall: CPython aborts when not even its own error handling gets memory."""


class Clock:
    """The limits of one evaluation: an alarm that looks at time and memory and interrupts the program, except where it is
    shielded."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._ends = 0.0
        self._cpu_began = 0.0
        self._cpu_ends = float("inf")
        self._late = timeout_trap(0)
        self._cpu_ms = 0
        self._quiet_until = 0.0
        self._running = False
        self._shields = 0
        signal.signal(signal.SIGALRM, self._ring)

    def start(self, limit_ms: int, cpu_ms: int | None = None) -> None:
        """Begins an evaluation."""
        self._late = timeout_trap(limit_ms)
        self._ends = time.monotonic() + limit_ms / 1000
        self._cpu_ms = cpu_ms or 0
        self._cpu_began = time.process_time()
        self._cpu_ends = float("inf") if cpu_ms is None else self._cpu_began + cpu_ms / 1000
        self._running, self._shields, self._quiet_until = True, 0, 0.0
        signal.setitimer(signal.ITIMER_REAL, _TICK_S, _TICK_S)

    def stop(self) -> None:
        """Ends it: no interruption after this."""
        self._running = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def cpu_us(self) -> int:
        """Microseconds of the processor since the start of the evaluation."""
        return int((time.process_time() - self._cpu_began) * 1_000_000)

    def remaining_ms(self) -> int:
        """Milliseconds left, at least 0."""
        return max(0, int((self._ends - time.monotonic()) * 1000) + 1)

    @contextmanager
    def bounded(self, limit_ms: int) -> Generator[None]:
        """What is inside, a `pmap`, may take so long at most, if the evaluation does not end sooner."""
        outer = self._ends, self._late
        ends = time.monotonic() + limit_ms / 1000
        if ends < self._ends:
            self._ends, self._late = ends, _parallel_trap(limit_ms)
        try:
            yield
        finally:
            self._ends, self._late = outer

    @contextmanager
    def shielded(self) -> Generator[None]:
        """While inside, no interruption; on leaving, the one that was due."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        self.check()

    def check(self) -> None:
        """Raises Interrupted (timeout) when the time is over."""
        if self._running and not self._shields and time.monotonic() >= self._ends:
            raise Interrupted(self._late)

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        if not self._running or self._shields:
            return
        now = time.monotonic()
        if now < self._quiet_until:
            return
        trap = None
        if now >= self._ends:
            trap = self._late
        elif time.process_time() >= self._cpu_ends:
            trap = _cpu_trap(self._cpu_ms)
        elif self._memory.is_over():
            trap = memory_trap()
        if trap is not None:
            # It rings again in case a callback of the interpreter swallowed the first exception.
            self._quiet_until = now + _RING_AGAIN_S
            raise Interrupted(trap)


class Life:
    """The CPU time that a worker has for all its programs."""

    def __init__(self) -> None:
        self._half = float("inf")

    def seal(self, seconds: int) -> None:
        """Gives up, for good, what is more than so many seconds from now."""
        used = time.process_time()
        self._half = used + seconds / 2
        most = int(used) + 1 + seconds
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))

    def is_late(self) -> bool:
        """Whether more than half is spent: time for a fresh worker."""
        return time.process_time() > self._half


def memory_trap() -> Trap:
    """The fault of a program that has grown too large."""
    return Trap(FaultKind.MEMORY_EXCEEDED, "the program needs more memory than it may use")


def timeout_trap(limit_ms: int) -> Trap:
    """The fault of a program that ran out of time."""
    return Trap(
        FaultKind.TIMEOUT,
        f"the program ran longer than {limit_ms} ms",
        hint="look for a loop that does not end, or do less work per program; time in tools counts",
        details={"limit_ms": limit_ms},
    )


def _cpu_trap(limit_ms: int) -> Trap:
    return Trap(
        FaultKind.TIMEOUT,
        f"the program computed for more than {limit_ms} ms",
        hint="look for a loop that does not end, or do less work per program; time in tools does not count",
        details={"limit_ms": limit_ms, "limit": "cpu_ms"},
    )


def _parallel_trap(limit_ms: int) -> Trap:
    return Trap(
        FaultKind.TIMEOUT,
        f"a pmap or pcalls took longer than {limit_ms} ms",
        hint="give it fewer branches, or tools that answer sooner",
        details={"limit_ms": limit_ms, "limit": "parallel_timeout_ms"},
    )


class Memory:
    """The memory allowance: growth of the worker's data segment above its size with the inputs loaded.

    The kernel's own limit is also the scale: whether one more page may be mapped under a limit tells on which side of it
    the segment is. That needs no file, so nothing has to be opened before the lockdown. Elsewhere than on Linux there is
    no limit.
    """

    def __init__(self) -> None:
        self._works = sys.platform.startswith("linux")
        self._hard = self._soft = self._most = 0
        self._floor = 0
        self._top_at_start = 0
        self.baseline = 0
        self._top_before = 0
        self._grown_before = 0
        self._allowed = 0
        self._billed = True

    def begin(self) -> None:
        """Takes the present size, which a worker starts with: in the zygote, and in a fresh child, where it may have grown."""
        _, self._hard = resource.getrlimit(resource.RLIMIT_DATA)
        self._most = self._soft = _ENDLESS if self._hard == resource.RLIM_INFINITY else self._hard
        self._top_at_start = _resident_top()
        if not self._floor or not self._fits(self._floor + _UNIT):
            self._floor = self._size()

    def seal(self, growth: int) -> None:
        """Gives up, for good, what is more than `growth` bytes above the present size."""
        self._most = self._hard = min(self._size() + growth, self._most)
        self._apply(None)

    def set_baseline(self, loaded: int) -> None:
        """Takes the present size as the size with inputs, of which `loaded` bytes have arrived."""
        self.baseline = self._floor + _UNIT if loaded < _SLACK else self._size()

    def limit(self, growth: int) -> None:
        """From here on, more than `growth` bytes above the baseline raise MemoryError."""
        self._grown_before = self._grown()
        self._top_before = _resident_top()
        self._allowed = growth
        self._apply(self.baseline + growth + _HEADROOM)

    def is_over(self) -> bool:
        """Whether the program has grown by more than its limit: it has the headroom left to end in good order."""
        return self._billed and self._works and not self._fits(self.baseline + self._allowed)

    def lift(self, extra: int) -> None:
        """Lets the worker itself use `extra` bytes more, to put the outcome into a frame."""
        self._apply(self.baseline + self._allowed + _HEADROOM + extra)

    def release(self) -> None:
        """No limit any more, until the next `limit`."""
        self._apply(None)

    @contextmanager
    def unbilled(self, loaded: int) -> Generator[None]:
        """Growth inside the block, which takes in `loaded` bytes, belongs to the inputs, not to the program."""
        if loaded < _SLACK:
            self.baseline += loaded * _DECODED_PER_BYTE
            self._apply(self.baseline + self._allowed + _HEADROOM)
            yield
            return
        before = self._size()
        self._billed = False
        self._apply(None)
        try:
            yield
        finally:
            self.baseline += max(0, self._size() - before)
            self._billed = True
            self._apply(self.baseline + self._allowed + _HEADROOM)

    def peak(self) -> int:
        """Largest growth of the resident size since `limit`; after an earlier, larger peak the present growth of the data."""
        return max(0, _resident_top() - self._top_before, self._grown() - self._grown_before)

    def _grown(self) -> int:
        """Bytes of data above the baseline; 0 as long as they are too few to tell."""
        if (
            not self._works
            or _resident_top() - self._top_at_start < _UNIT
            or self._fits(self.baseline + _UNIT)
        ):
            return 0
        return self._size() - self.baseline

    def _size(self) -> int:
        """Bytes of the data segment, up to a unit more."""
        if not self._works:
            return 0
        low, high = self._floor, self._floor + _UNIT
        while not self._fits(high):
            low, high = high, 2 * high
        while high - low > _UNIT:
            middle = (low + high) // 2
            low, high = (low, middle) if self._fits(middle) else (middle, high)
        return high

    def _fits(self, size: int) -> bool:
        """Whether one more page may be mapped when the limit is `size`."""
        now, then = (min(size, self._most), self._hard), (self._soft, self._hard)
        resource.setrlimit(resource.RLIMIT_DATA, now)
        try:
            mmap.mmap(-1, _PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
        except (OSError, MemoryError):
            return size >= self._most
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, then)
        return True

    def _apply(self, size: int | None) -> None:
        """Sets the limit, None for as much as the lockdown left."""
        if self._works:
            self._soft = self._most if size is None else min(size, self._most)
            resource.setrlimit(resource.RLIMIT_DATA, (self._soft, self._hard))


def _resident_top() -> int:
    """The largest resident size that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
