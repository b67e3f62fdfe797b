"""A switch that keeps model calls on this machine: tests turn it on so that none of them can spend money by accident."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

_watchers: list[Callable[[str], object]] = []


@contextmanager
def forbidden(watcher: Callable[[str], object]) -> Generator[None]:
    """While it is open, a call of a provider's model goes to `watcher`, with the name of the model, before anything is
    sent. What the watcher raises ends the call. Servers on loopback may be called."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def check(model: str) -> None:
    """Asks the watchers. Raises what they raise."""
    for watcher in tuple(_watchers):
        watcher(model)


def is_loopback(url: str) -> bool:
    """Whether a URL points at this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
