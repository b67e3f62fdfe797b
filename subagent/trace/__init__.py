"""Traces: writing runs to files, reading them back, and looking at them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subagent.trace.folder import TraceFolder
    from subagent.trace.jsonl import JsonlTrace
    from subagent.trace.reading import Record, Trace, TraceError, load, payload_of

__all__ = ["JsonlTrace", "Record", "Trace", "TraceError", "TraceFolder", "load", "payload_of"]

# Names are loaded on first use: reading a trace needs neither events nor an event loop.
_HOME = {"JsonlTrace": "jsonl", "TraceFolder": "folder"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOME.get(name, 'reading')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
