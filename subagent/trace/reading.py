"""Traces read back: the records of a file, of the child files that it links to, and their payloads."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec

from subagent.trace.lines import VERSION, unpacked

_HEAD = {"at", "seq", "trace_id", "run_id"}

Record = dict[str, Any]
"""One line of a trace; docs/traces.md lists the fields. `payload` is there when a payload file is."""


class TraceError(ValueError):
    """A file that cannot be read as a trace; the message names file and line."""


class Trace(msgspec.Struct, kw_only=True):
    """What a trace file holds.

    records: the events of all its runs, in the order in which they happened. notes: the lines about the file itself.
    complete: the last line is there, so nothing was lost. damaged: numbers of lines that are cut off or no JSON.
    """

    path: Path
    records: list[Record]
    notes: list[Record]
    complete: bool
    damaged: list[int]

    @property
    def has_payloads(self) -> bool:
        """Whether any record has its payload."""
        return any("payload" in record for record in self.records)

    def trees(self) -> dict[str, list[Record]]:
        """The records by the tree of runs that they belong to, in the order of the trees' beginnings."""
        trees: dict[str, list[Record]] = {}
        for record in self.records:
            trees.setdefault(record["trace_id"], []).append(record)
        return trees


def payload_of(record: Record, name: str, default: Any = None) -> Any:
    """A payload field as the value that it was; `default` when there is none."""
    payload = record.get("payload")
    return unpacked(payload[name]) if payload and name in payload else default


def load(path: str | PathLike[str]) -> Trace:
    """Reads a trace: a file with the files that it links to, or all files of a folder. A line that a crash cut off is
    skipped and noted.

    Raises:
        TraceError: there is no such file, it holds no trace line at all, or one of another version.
    """
    start = Path(path)
    waiting = sorted(p for p in start.glob("*.jsonl") if not _is_payloads(p)) if start.is_dir() else [start]
    if not waiting:
        raise TraceError(f"{start}: the folder holds no trace (*.jsonl)")
    trace = Trace(path=start, records=[], notes=[], complete=True, damaged=[])
    seen: set[Path] = set()
    while waiting:
        file = waiting.pop(0).resolve()
        if file in seen:
            continue
        seen.add(file)
        linked = _read_into(trace, file, optional=len(seen) > 1)
        waiting += [_beside(file, name) for name in linked]
    trace.records.sort(key=lambda record: (record["at"], record["seq"]))
    return trace


def _read_into(trace: Trace, file: Path, *, optional: bool) -> list[str]:
    """Adds what a file holds; gives the names of the files that it links to."""
    if optional and not file.exists():
        trace.complete = False
        return []
    records: list[Record] = []
    notes: list[Record] = []
    for number, line in enumerate(_lines(file), start=1):
        record = _decoded(line)
        if record is None or not isinstance(record.get("event"), str):
            trace.damaged.append(number)
            continue
        if record.get("v") != VERSION:
            raise TraceError(
                f"{file}:{number}: this trace has version {record.get('v')}; this ptc reads version {VERSION}"
            )
        if record["event"].startswith("trace."):
            notes.append(record)
        elif record.keys() >= _HEAD:
            records.append(record)
        else:
            trace.damaged.append(number)
    if not records and not notes:
        raise TraceError(f"{file}: this is no trace: no line of it is an event (see docs/traces.md)")
    for name in {note["payloads"] for note in notes if "payloads" in note}:
        _merge_payloads(_beside(file, name), records)
    opened = sum(note["event"] == "trace.started" for note in notes)
    closed = sum(note["event"] == "trace.stopped" for note in notes)
    trace.complete = trace.complete and opened == closed
    trace.records += records
    trace.notes += notes
    return [note["file"] for note in notes if note["event"] == "trace.linked"]


def _merge_payloads(file: Path, records: list[Record]) -> None:
    if not file.exists():
        return
    by_place = {(record["trace_id"], record["seq"]): record for record in records}
    chunks: dict[tuple[str, int], list[str]] = {}
    for line in _lines(file):
        entry = _decoded(line)
        if entry is None or "seq" not in entry:
            continue
        place = (entry["trace_id"], entry["seq"])
        record = by_place.get(place)
        if record is None:
            continue
        if "payload" in entry:
            record["payload"] = entry["payload"]
        elif "chunk" in entry:
            parts = chunks.setdefault(place, [])
            parts.append(entry["chunk"])
            if len(parts) == entry["parts"]:
                record["payload"] = msgspec.json.decode("".join(parts))
        elif "cut_bytes" in entry:
            record["payload_cut_bytes"] = entry["cut_bytes"]


def _beside(file: Path, name: object) -> Path:
    """A file that a trace names, which is in the same folder."""
    if not isinstance(name, str) or name != Path(name).name or not name:
        raise TraceError(f"{file}: this trace names the file {name!r}, and only files beside it may be named")
    return file.with_name(name)


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as lines:
            yield from lines
    except OSError as error:
        raise TraceError(f"{file}: cannot be read: {error.strerror}") from None


def _decoded(line: bytes) -> Record | None:
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if isinstance(found, dict) else None


def _is_payloads(path: Path) -> bool:
    return path.name.endswith(".payloads.jsonl")
