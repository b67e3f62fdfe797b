"""The turn of a session, which threads and event loops take one after the other."""

from __future__ import annotations

import os
import threading

_BUSY_POLL_S = 0.002


class Turn:
    """A lock that refuses what would wait for itself, and that a thread of the parent does not hold in a forked child.

    `with turn.lock(), turn:` takes it. The first of these is the lock itself: an exception of a signal handler cannot come between
    its being taken and the block that gives it back.
    """

    __slots__ = ("_holder", "_lock", "_process")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder = 0  # the thread in which it was taken
        self._process = _process  # as above

    def lock(self) -> threading.Lock:
        """What to wait for. Raises RuntimeError when it was taken in this thread, which would wait for itself."""
        if self._lock.locked():
            if self._holder == threading.get_ident():
                raise RuntimeError(
                    "this session is running a program, which this thread has to go on with: "
                    "use another session in `on_print` and signal handlers, and `await session.aeval(…)` in coroutines"
                )
            self._renew()
        return self._lock

    def __enter__(self) -> None:
        self._holder, self._process = threading.get_ident(), _process

    def __exit__(self, *_: object) -> None:
        self._holder = 0

    def taken(self) -> bool:
        """Takes it if it is free, and tells whether it was."""
        if self._holder != threading.get_ident():
            self._renew()
        if not self._lock.acquire(blocking=False):
            return False
        self.__enter__()
        return True

    async def wait(self) -> None:
        """Returns when the caller has it. The event loop goes on meanwhile."""
        if self.taken():
            return
        import anyio  # noqa: PLC0415 - not needed by synchronous hosts

        while not self.taken():  # noqa: ASYNC110 - other threads and event loops take turns too
            await anyio.sleep(_BUSY_POLL_S)

    def release(self) -> None:
        """Lets the next one have it."""
        self._holder = 0
        self._lock.release()

    def _renew(self) -> None:
        if self._process is not _process:
            self._lock, self._process = threading.Lock(), _process


_process = object()


def _after_fork() -> None:
    global _process  # noqa: PLW0603 - each process has one
    _process = object()


os.register_at_fork(after_in_child=_after_fork)
