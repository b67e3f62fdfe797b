"""One trace file per run, each linked from the file of the run that called it."""

from __future__ import annotations

import threading
from os import PathLike
from pathlib import Path

from subagent.events import AnyEvent, RunFinished, RunStarted
from subagent.trace.jsonl import JsonlTrace


class TraceFolder:
    """A subscriber that writes each run, also of child agents, to `<run id>.jsonl` in a folder, which is made if needed.

    `load` follows the links from a run to its children; `load(folder)` reads them all. `payloads` as in JsonlTrace.
    """

    inline = True

    def __init__(self, folder: str | PathLike[str], *, payloads: bool = False) -> None:
        self.folder = Path(folder)
        self.payloads = payloads
        self.folder.mkdir(parents=True, exist_ok=True)
        self._open: dict[str, JsonlTrace] = {}
        self._lock = threading.Lock()

    def path_of(self, run_id: str) -> Path:
        """The file of a run."""
        return self.folder / f"{run_id}.jsonl"

    def __call__(self, event: AnyEvent) -> None:
        """Writes one event to the file of its run."""
        with self._lock:
            trace = self._open.get(event.run_id)
            if trace is None:
                trace = self._open[event.run_id] = JsonlTrace(
                    self.path_of(event.run_id), payloads=self.payloads
                )
            if isinstance(event, RunStarted) and event.parent_id in self._open:
                self._open[event.parent_id].link(event.run_id, self.path_of(event.run_id).name)
            trace(event)
            if isinstance(event, RunFinished):
                self._open.pop(event.run_id).close()
