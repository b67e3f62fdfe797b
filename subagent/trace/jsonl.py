"""A run as JSON lines: one event a line, written at once, so that a crash loses nothing that happened.

docs/traces.md describes the format. What is in a payload goes to a second file, if it is wanted at all.
"""

from __future__ import annotations

import os
import threading
import time
from io import FileIO
from os import PathLike
from pathlib import Path
from typing import Any, Self

from ptc_lisp import __version__
from subagent.events import AnyEvent, ModelToken, split
from subagent.redact import SECRETS
from subagent.trace.lines import line_of, payload_lines

PAYLOADS = ".payloads.jsonl"


class JsonlTrace:
    """A subscriber that appends events to the file at `path`.

    The file holds no prompts, programs, arguments, results or error texts, only their sizes. With `payloads` these go to
    a second file beside it (`run.jsonl`, `run.payloads.jsonl`), readable by the owner only; `ptc replay` needs it. Secrets
    registered with `subagent.SECRETS` are replaced in both. Pieces of streamed replies are counted, not written.

    Several runs may share a file: each is a tree of its own by `trace_id`. Close it, or use it in a `with` statement; a
    trace that was not closed lacks its last line and is readable all the same.

    Raises:
        OSError: a file cannot be opened for writing.
    """

    inline = True

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        payloads: bool = False,
        label: str | None = None,
        meta: dict[str, Any] | None = None,
    ) -> None:
        self.path = Path(path)
        self.payloads = payloads
        self.payload_path = self.path.with_name(self.path.stem + PAYLOADS) if payloads else None
        self._lock = threading.Lock()
        self._file = self.path.open("ab", buffering=0)
        self._payload_file = None if self.payload_path is None else _private(self.payload_path)
        self._events = 0
        self._tokens: dict[str, int] = {}
        about = {"producer": f"ptc-lisp {__version__}", "label": label, "meta": meta}
        about["payloads"] = None if self.payload_path is None else self.payload_path.name
        self._note("trace.started", about)

    def __call__(self, event: AnyEvent) -> None:
        """Writes one event."""
        if isinstance(event, ModelToken):
            around = event.parent_span_id or ""
            self._tokens[around] = self._tokens.get(around, 0) + 1
            return
        data, payload = split(event)
        if (pieces := self._tokens.pop(event.span_id, 0)) > 0:
            data["pieces"] = pieces
        with self._lock:
            # The payload comes first: whoever finds an event finds its payload too.
            if self._payload_file is not None and payload:
                for line in payload_lines(event.trace_id, event.seq, payload, SECRETS):
                    self._payload_file.write(line)
            self._file.write(line_of(SECRETS.value(data)))
            self._events += 1

    def link(self, run_id: str, file: str) -> None:
        """Notes that the run `run_id` is written to another file of the same folder."""
        with self._lock:
            self._note("trace.linked", {"child_run_id": run_id, "file": file})

    def close(self) -> None:
        """Writes the last line and closes the files; later events would raise."""
        if self._file.closed:
            return
        self._note("trace.stopped", {"events": self._events})
        self._file.close()
        if self._payload_file is not None:
            self._payload_file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note(self, tag: str, fields: dict[str, Any]) -> None:
        self._file.write(line_of(SECRETS.value({"event": tag, "at": time.time(), **fields})))


def _private(path: Path) -> FileIO:
    """A file to append to that only its owner can read."""
    return FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab")
