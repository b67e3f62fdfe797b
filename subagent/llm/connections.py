"""Connections to model servers. litellm keeps them per event loop, and a loop that ends does not end them."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator
from typing import Any
from weakref import WeakKeyDictionary


async def close_connections() -> None:
    """Closes what litellm holds open for the running event loop, which is about to end. Whoever has a loop of their own
    for many runs keeps its connections."""
    litellm: Any = sys.modules.get("litellm")
    clients: Any = getattr(litellm, "in_memory_llm_clients_cache", None)
    held: dict[str, Any] = getattr(clients, "cache_dict", {})
    mark = f"-{id(asyncio.get_running_loop())}"  # how litellm names the loop of a client
    for key in [key for key in list(held) if str(key).endswith(mark)]:
        client = held.pop(key, None)
        close = getattr(client, "close", None) or getattr(client, "aclose", None)
        if close is not None:
            with contextlib.suppress(Exception):  # a connection that is broken already
                await close()


async def close_with_loop() -> None:
    """Has `close_connections` called when the running event loop ends, as `asyncio.run` ends one: it closes the async
    generators that are still open before the loop. Calls after the first in a loop do nothing."""
    loop = asyncio.get_running_loop()
    if loop in _closers:
        return
    closer = _closers[loop] = _closer()
    await anext(closer)


_closers: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncGenerator[None]] = WeakKeyDictionary()


async def _closer() -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await close_connections()
