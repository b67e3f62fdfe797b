"""Waiting for the turn of a session, which threads and event loops share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

_BUSY_POLL_S = 0.002


async def acquired(lock: threading.Lock) -> None:
    """Returns when the caller holds the lock. The event loop goes on meanwhile."""
    if lock.acquire(blocking=False):
        return
    import anyio  # noqa: PLC0415 - not needed by synchronous hosts

    while not lock.acquire(blocking=False):  # noqa: ASYNC110 - other threads and event loops take turns too
        await anyio.sleep(_BUSY_POLL_S)
