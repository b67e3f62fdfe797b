"""Used workers that wait for their next owner (`isolation="reuse"`)."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from ptc_lisp.faults import Fault, FaultKind
from ptc_lisp.sandbox import wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ptc_lisp.sandbox.pool import Worker

MOST_OWNERS: Final = 100
"""Owners that one worker serves at most."""
KEPT: Final = 4
"""Workers that wait for another owner at most."""
SOON_S: Final = 0.01
"""A worker that has much to forget may take so long for it."""

_HARMLESS = frozenset(
    {
        FaultKind.PARSE_ERROR, FaultKind.INVALID_FORM, FaultKind.INVALID_PLACEHOLDER, FaultKind.UNSUPPORTED_PATTERN,
        FaultKind.DUPLICATE_KEY, FaultKind.ARITY_ERROR, FaultKind.UNBOUND_VAR, FaultKind.TYPE_ERROR,
        FaultKind.DESTRUCTURE_ERROR, FaultKind.ARITHMETIC_ERROR, FaultKind.NOT_CALLABLE, FaultKind.UNKNOWN_TOOL,
        FaultKind.INVALID_TOOL_ARGS, FaultKind.TOOL_ERROR, FaultKind.FAILED, FaultKind.VALIDATION_ERROR,
    }
)  # fmt: skip
_RESET, _RESET_AWAKE = wire.pack(wire.Reset()), wire.pack(wire.Reset(awake=True))


def is_harmless(faults: Iterable[Fault]) -> bool:
    """Whether a worker whose program ended with these faults may serve another owner: nothing reached a limit or broke."""
    return all(fault.kind in _HARMLESS for fault in faults)


class Shelf:
    """The workers of one pool that may have another owner. Thread-safe."""

    def __init__(self) -> None:
        # Re-entrant as that of the pool: whoever comes in the middle may change what waits.
        self._lock = threading.RLock()
        self._waiting: deque[Worker] = deque()

    def put(self, worker: Worker, *, light: bool, told: bool = False) -> None:
        """Takes a worker whose owner is done with it. It forgets that one while it waits. light: that takes it less time than
        the next owner needs to begin. told: it knew that its last program was the last."""
        worker.owners += 1
        if worker.owners >= MOST_OWNERS or worker.orphaned:
            worker.kill()
            return
        awake = worker.attention.goes_on()
        try:
            if not told:
                worker.sock.send(_RESET_AWAKE if awake else _RESET, socket.MSG_DONTWAIT)
        except OSError:
            worker.kill()
            return
        worker.ready_at = 0.0 if light else time.monotonic() + SOON_S
        with self._lock:
            self._waiting.append(worker)
            spare = self._waiting.popleft() if len(self._waiting) > KEPT else None
        if spare is not None:
            spare.kill()

    def take(self, seal: wire.Seal) -> Worker | None:
        """The worker that came last of those whose seal leaves room for what this one does: a processor that has just run it
        still knows it. None when there is none, or only those that may be busy forgetting."""
        while True:
            with self._lock:
                worker = self._fitting(seal)
                if worker is None:
                    return None
                try:
                    self._waiting.remove(worker)
                except (ValueError, IndexError):
                    continue
            if worker.is_silent():
                worker.from_stock = True
                return worker
            worker.kill()

    def _fitting(self, seal: wire.Seal) -> Worker | None:
        for place in range(len(self._waiting) - 1, -1, -1):
            try:
                worker = self._waiting[place]
            except IndexError:
                continue
            if _covers(worker.seal, seal) and (not worker.ready_at or worker.ready_at <= time.monotonic()):
                return worker
        return None

    def clear(self) -> None:
        """Lets all of them go."""
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
        for worker in waiting:
            worker.close()

    def forget(self) -> None:
        """In a forked child of the host: they belong to the parent."""
        self._lock = threading.RLock()
        self._waiting = deque()


def _covers(given: wire.Seal | None, wanted: wire.Seal) -> bool:
    return given is not None and given.memory_bytes >= wanted.memory_bytes and given.cpu_s >= wanted.cpu_s
