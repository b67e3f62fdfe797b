"""Workers that are done and end by themselves, until they are killed all the same.

Telling the zygote to kill a worker wakes it up, which costs the next run as much as a tenth of its time. A worker that has given
its last answer ends without being told. One that has been broken out of need not, so it is killed along with the next request to
the zygote, or, when none comes soon, by a thread. When runs do not follow each other closely, none of that is needed: the
zygote is told at once.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from queue import Empty, SimpleQueue
from typing import Final

TYPE_CHECKING = False  # as in `ptc_lisp`

if TYPE_CHECKING:
    from ptc_lisp.sandbox.launch import ZygoteProcess
    from ptc_lisp.sandbox.pool import Worker

CLOSE_S: Final = 0.005
"""Workers that leave within so long of each other follow closely."""
SOON_S: Final = 0.02
"""So long, and up to twice as long, a worker may be left to itself."""
_JOIN_S = 0.1


class Departures:
    """Those of one pool. Thread-safe. Nobody waits for a lock: the garbage collector may come here in the middle of it."""

    def __init__(self) -> None:
        self._pending: deque[tuple[float, ZygoteProcess, int]] = deque()
        self._last = 0.0
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._asleep = False
        self._ended = False
        self._calls: SimpleQueue[bool] = SimpleQueue()  # whether to stay

    def add(self, worker: Worker) -> None:
        """Sees off a worker that waits for nothing or for its socket to close."""
        now = time.monotonic()
        closely, self._last = now < self._last + CLOSE_S, now
        zygote, token = worker.hold()
        if zygote is None or not closely or not self._watched():
            worker.kill()
            return
        worker.close()
        self._pending.append((now, zygote, token))
        if self._asleep:
            self._calls.put(True)

    def next_of(self, zygote: ZygoteProcess) -> int:
        """The token of one that this zygote is to kill along with another request; 0 if there is none."""
        with contextlib.suppress(IndexError):
            _, its, token = self._pending.popleft()
            if its is zygote:
                return token
            its.kill(token)
        return 0

    def settle(self) -> None:
        """Kills all of them, and lets no thread stay."""
        self._kill(float("inf"))
        thread, self._thread = self._thread, None
        calls, self._calls = self._calls, SimpleQueue()
        if thread is not None:
            calls.put(False)
            thread.join(_JOIN_S)

    def end(self) -> None:
        """The interpreter ends: those to come are killed at once. A thread that is started then may never begin, and its starter
        waits for that."""
        self._ended = True
        self.settle()

    def forget(self) -> None:
        """In a forked child of the host: they belong to the parent."""
        self.__init__()

    def _kill(self, older_than: float) -> None:
        with contextlib.suppress(IndexError):
            while self._pending[0][0] < older_than:
                _, zygote, token = self._pending.popleft()
                zygote.kill(token)

    def _watched(self) -> bool:
        """Whether there is a thread. It cannot start when there are too many."""
        if self._ended:
            return False
        if self._thread is None and self._starting.acquire(blocking=False):
            try:
                thread = threading.Thread(
                    target=self._watch, args=(self._calls,), name="ptc-departures", daemon=True
                )
                thread.start()
                self._thread = thread
            except RuntimeError:
                return False
            finally:
                self._starting.release()
        return self._thread is not None

    def _watch(self, calls: SimpleQueue[bool]) -> None:
        while True:
            self._asleep = True  # before the look, lest one that comes just now wake nobody
            idle = self._asleep = not self._pending
            try:
                if not calls.get(timeout=None if idle else SOON_S):
                    return
            except Empty:
                self._kill(time.monotonic() - SOON_S)
