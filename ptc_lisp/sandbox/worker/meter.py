"""Time and memory of one evaluation, measured and limited inside the worker.

The host's kill is the deadline that counts; these limits come first and let the program end with its prints and a clean
fault.
"""

from __future__ import annotations

import gc
import mmap
import resource
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from ptc_lisp.faults import Trap
from ptc_lisp.runtime.signals import Interrupted
from ptc_lisp.sandbox.worker import endings

_PAGE = resource.getpagesize()
_RING_AGAIN_S = 0.25
_TICK_S = 0.005
_MUCH_GARBAGE = 1_000  # objects made since the last collection
_ENDLESS = 1 << 62
_NEVER = float("inf")
_SELF = resource.RUSAGE_SELF
_UNIT = 1 << 18
_SLACK = 1 << 16
_MOST_LEFT = 8 << 20
_DECODED_PER_BYTE = 24  # at most about what a small input grows by
_HEADROOM = 16 << 20
"""Bytes between the limit and the wall: CPython aborts when not even its own error handling gets memory."""


class Clock:
    """The limits of one evaluation: an alarm that looks at time and memory and interrupts the program, except where it is
    shielded.

    The alarm goes on ringing between evaluations that follow each other. When it rings and nothing runs, the worker has
    time: garbage is collected, and the alarm is turned off until the next evaluation. It is also turned off when it rings
    while the worker waits for the host, which has a deadline of its own: a thousand workers that wait would ring 200,000
    times a second.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._ends = 0.0
        self._cpu_began = 0.0
        self._cpu_ends = float("inf")
        self._limit_ms = 0
        self._parallel_ms: int | None = None  # set while a `pmap` has less time than the evaluation
        self._cpu_ms = 0
        self._quiet_until = 0.0
        self._running = False
        self._rings = False
        self._shields = 0
        self._waits = False
        signal.signal(signal.SIGALRM, self._ring)

    def start(self, limit_ms: int, cpu_ms: int | None = None) -> None:
        """Begins an evaluation."""
        self._limit_ms, self._parallel_ms = limit_ms, None
        self._ends = time.monotonic() + limit_ms / 1000
        self._cpu_ms = cpu_ms or 0
        self._cpu_began = time.process_time()
        self._cpu_ends = _NEVER if cpu_ms is None else self._cpu_began + cpu_ms / 1000
        self._shields, self._quiet_until = 0, 0.0
        self._running = True  # from here on a ring does not turn the alarm off
        if not self._rings:
            self._begin_to_ring()

    def _begin_to_ring(self) -> None:
        self._rings = True
        signal.setitimer(signal.ITIMER_REAL, _TICK_S, _TICK_S)

    def waited(self, seconds: float) -> None:
        """Time in which the host had to do something first does not count."""
        self._ends += seconds

    def stop(self) -> None:
        """Ends it: no interruption after this."""
        self._running = False

    def silence(self) -> None:
        """Turns the alarm off until the next evaluation. A fork does not inherit it, so one that rings must not be there."""
        self._rings = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def cpu_us(self, used_s: float) -> int:
        """Microseconds of the processor since the start of the evaluation, when the process has used `used_s` in all."""
        return int((used_s - self._cpu_began) * 1_000_000)

    def remaining_ms(self) -> int:
        """Milliseconds left, at least 0."""
        return max(0, int((self._ends - time.monotonic()) * 1000) + 1)

    @contextmanager
    def bounded(self, limit_ms: int) -> Generator[None]:
        """What is inside, a `pmap`, may take so long at most, if the evaluation does not end sooner."""
        outer = self._ends, self._parallel_ms
        ends = time.monotonic() + limit_ms / 1000
        if ends < self._ends:
            self._ends, self._parallel_ms = ends, limit_ms
        try:
            yield
        finally:
            self._ends, self._parallel_ms = outer

    @contextmanager
    def shielded(self) -> Generator[None]:
        """While inside, no interruption; on leaving, the one that was due."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        self.check()

    @contextmanager
    def waiting(self) -> Generator[None]:
        """As `shielded`, while the worker does nothing but wait for the host."""
        self._shields += 1
        self._waits = True
        try:
            yield
        finally:
            self._waits = False
            self._shields -= 1
            if not self._rings:
                self._begin_to_ring()
        self.check()

    def weigh(self) -> None:
        """Raises MemoryError when the program is over its limit, which holds again from here on if something large came in."""
        self._memory.resume()
        if self._memory.is_over():
            raise MemoryError

    def check(self) -> None:
        """Raises Interrupted (timeout) when the time is over."""
        if self._running and not self._shields and time.monotonic() >= self._ends:
            raise Interrupted(self._late())

    def _late(self) -> Trap:
        return (
            endings.timeout(self._limit_ms)
            if self._parallel_ms is None
            else endings.parallel_timeout(self._parallel_ms)
        )

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        if not self._running:
            self._rest()
            return
        if self._shields:
            if self._waits:
                self.silence()
            return
        now = time.monotonic()
        if now < self._quiet_until:
            return
        trap = None
        if now >= self._ends:
            trap = self._late()
        elif time.process_time() >= self._cpu_ends:
            trap = endings.cpu_timeout(self._cpu_ms)
        elif self._memory.is_over():
            trap = endings.too_much_memory()
        if trap is not None:
            # It rings again in case a callback of the interpreter swallowed the first exception.
            self._quiet_until = now + _RING_AGAIN_S
            raise Interrupted(trap)

    def _rest(self) -> None:
        """Nobody waits: it tidies up."""
        self.silence()
        if gc.get_count()[0] > _MUCH_GARBAGE:
            gc.collect()
            self._memory.forget_measures()


class Life:
    """The CPU time that a worker has for all its programs."""

    def __init__(self) -> None:
        self._half = _NEVER

    def seal(self, seconds: int) -> None:
        """Gives up, for good, what is more than so many seconds from now."""
        used = time.process_time()
        self._half = used + seconds / 2
        most = int(used) + 1 + seconds
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))

    def is_late(self, used_s: float) -> bool:
        """Whether more than half is spent, when `used_s` are in all: time for a fresh worker."""
        return used_s > self._half


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
        self._first_floor = 0
        self._top_at_start = 0
        self.baseline = 0
        self._top_before = 0
        self._grown_before = 0
        self._allowed = 0
        self._billed = True
        self._measured = False  # whether what was measured last holds at the start of a program
        self._last_size = 0
        self._faults = 0
        self._faults_before = -1  # at the start of an owner

    def begin(self) -> None:
        """Takes the present size, which a worker starts with: in the zygote, and in a fresh child, where it may have grown."""
        _, self._hard = resource.getrlimit(resource.RLIMIT_DATA)
        self._most = self._soft = _ENDLESS if self._hard == resource.RLIM_INFINITY else self._hard
        self._top_at_start = used()[1]
        self._measured = False
        if not self._floor or not self._fits(self._floor + _UNIT):
            self._floor = self._size()

    def hand_on(self) -> None:
        """In the zygote, last of all: the present size is that of its children, and what owners may leave behind, but for a
        little. A child's largest resident size is its own, and begins with its first evaluation."""
        self.begin()
        self._first_floor = self._floor
        self._top_at_start = 0

    def begin_anew(self) -> bool:
        """For another owner. False when the last one has left too much behind."""
        self._measured = False
        _, top, faults = used()
        if faults == self._faults_before:  # no page was touched; the limit stays until another is set
            self._top_at_start = top
            return True
        self.release()
        self.begin()
        self._faults_before = used()[2]
        return self._floor <= self._first_floor + _MOST_LEFT

    def seal(self, growth: int) -> None:
        """Gives up, for good, what is more than `growth` bytes above the present size."""
        self._most = self._hard = min(self._size() + growth, self._most)
        self._soft = 0
        self._apply(None)

    def set_baseline(self, loaded: int) -> None:
        """Takes the present size as the size with inputs, of which `loaded` bytes have arrived."""
        self.baseline = self._floor + _UNIT if loaded < _SLACK else self._size()

    def limit(self, growth: int) -> None:
        """From here on, more than `growth` bytes above the baseline raise MemoryError."""
        if not self._measured:
            _, self._top_before, self._faults = used()
            self._top_at_start = self._top_at_start or self._top_before
            self._grown_before = self._grown(self._top_before)
            self._measured = True
        self._allowed = growth
        self._apply(self.baseline + growth + _HEADROOM)

    def is_over(self) -> bool:
        """Whether the program has grown by more than its limit: it has the headroom left to end in good order."""
        return self._billed and self._works and not self._fits(self.baseline + self._allowed)

    def lift(self, extra: int) -> None:
        """Lets the worker itself use `extra` bytes more, to put the outcome into a frame."""
        self._apply(self.baseline + self._allowed + _HEADROOM + extra)

    def release(self) -> None:
        """No limit any more, until the next `limit`: inputs come in."""
        self._measured = False
        self._apply(None)

    def resume(self) -> None:
        """The limit of the program that runs holds again."""
        self._apply(self.baseline + self._allowed + _HEADROOM)

    def forget_measures(self) -> None:
        """What was measured last does not hold any more."""
        self._measured = False

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

    @contextmanager
    def unbilled_piece(self) -> Generator[None]:
        """The same for one of many pieces, told by the pages that are touched for the first time. That is quick, and more than
        nothing only where the program keeps what it was given."""
        _, top, faults = used()
        self._billed = False
        self._apply(None)
        try:
            yield
        finally:
            _, new_top, new_faults = used()
            self.baseline += max(new_top - top, (new_faults - faults) * _PAGE)
            self._billed = True
            self._apply(self.baseline + self._allowed + _HEADROOM)

    def peak(self, now: Used) -> int:
        """Largest growth of the resident size since `limit`; after an earlier, larger peak the present growth of the data."""
        _, top, faults = now
        if faults == self._faults:
            return 0  # no page has been touched for the first time
        grown = self._grown(top)
        peak = max(0, top - self._top_before, grown - self._grown_before)
        self._top_before, self._grown_before, self._faults = top, grown, faults
        return peak

    def _grown(self, top: int) -> int:
        """Bytes of data above the baseline; 0 as long as they are too few to tell."""
        if not self._works or top - self._top_at_start < _UNIT or self._fits(self.baseline + _UNIT):
            return 0
        return self._size() - self.baseline

    def _size(self) -> int:
        """Bytes of the data segment, up to a unit more."""
        if not self._works:
            return 0
        low, high = self._around()
        while high - low > _UNIT:
            middle = (low + high) // 2
            low, high = (low, middle) if self._fits(middle) else (middle, high)
        self._last_size = high
        return high

    def _around(self) -> tuple[int, int]:
        """Two sizes between which the data segment's is. It begins with the size that was found last."""
        low, high = self._floor, self._floor + _UNIT
        if self._last_size > high and not self._fits(self._last_size - _UNIT):
            low, high = self._last_size - _UNIT, self._last_size
        while not self._fits(high):
            low, high = high, 2 * high
        return low, high

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
            soft = self._most if size is None else min(size, self._most)
            if soft != self._soft:
                self._soft = soft
                resource.setrlimit(resource.RLIMIT_DATA, (soft, self._hard))


Used = tuple[float, int, int]
"""What this process has used so far: seconds of the processor, the largest resident size in bytes, and how often it touched a
page that was not its own yet."""


def used() -> Used:
    """The figures of now, in one system call."""
    found = resource.getrusage(_SELF)
    return found[0] + found[1], found[2] << 10, found[6]
