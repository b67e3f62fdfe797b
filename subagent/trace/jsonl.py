"""A run as JSON lines: one event a line, written and flushed at once, so that a crash loses nothing that happened."""

from __future__ import annotations

import threading
from os import PathLike
from pathlib import Path
from typing import Any, Self

import msgspec

from subagent.events import AnyEvent, as_dict, without_payload

VERSION = 1
MAX_TEXT = 64_000


class JsonlTrace:
    """A subscriber that appends events to the file at `path`.

    Without `payloads` prompts, programs, arguments, results and error texts are left out and only their sizes are
    written. Each run is a tree of its own by `run_id` and `parent_id`; several runs may share a file. Close it, or use
    it in a `with` statement.

    Raises:
        OSError: the file cannot be opened for writing.
    """

    def __init__(self, path: str | PathLike[str], *, payloads: bool = False) -> None:
        self.path = Path(path)
        self.payloads = payloads
        self._lock = threading.Lock()
        self._file = self.path.open("ab", buffering=0)

    def __call__(self, event: AnyEvent) -> None:
        """Writes one event."""
        data = as_dict(event) if self.payloads else without_payload(event)
        line = msgspec.json.encode({"v": VERSION, **_bounded(data)}, enc_hook=repr) + b"\n"
        with self._lock:
            self._file.write(line)

    def close(self) -> None:
        """Closes the file; later events would raise."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _bounded(value: Any) -> Any:
    """A copy in which long texts are cut and every key is text: what JSON can hold."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}... ({len(value)} characters)"
    if isinstance(value, dict):
        return {str(key): _bounded(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_bounded(item) for item in value]
    if isinstance(value, msgspec.Struct):
        return _bounded({name: getattr(value, name) for name in value.__struct_fields__})
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return str(value)
    return value
