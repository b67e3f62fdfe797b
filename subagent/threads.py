"""Plain functions of the host beside an event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

_Given = TypeVar("_Given")


async def in_thread(call: Callable[[], _Given]) -> _Given:
    """What a function gives that runs in a thread. There are as many threads as such calls, because one that waits must not
    hold up another; the limit of anyio's own (40 in an event loop) belongs to the host. When the caller is cancelled, the
    thread is left behind."""
    return await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1))
