"""The lines of a trace and of its payload file, and the bounds that every line keeps."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from subagent.loop.held import pack, unpack
from subagent.redact import Secrets
from subagent.wording import writable

VERSION = 1
MAX_LINE = 1 << 20
"""Bytes of one line, at most."""
MAX_TEXT = 64_000
"""Characters of one text in a trace line."""
MAX_ITEMS = 100
"""Entries of one list or map in a trace line."""
MAX_PAYLOAD = 64 << 20
"""Bytes of one event's payload; a bigger one is left out, and the run cannot be replayed from there on."""
_CHUNK = 256 << 10
_HEAD = ("event", "seq", "at", "trace_id", "run_id", "parent_id", "span_id", "parent_span_id", "agent")


def line_of(data: dict[str, Any]) -> bytes:
    """A trace line: `v` first, empty fields left out, everything within bounds."""
    line = _line({"v": VERSION, **bounded(data)})
    if len(line) <= MAX_LINE:
        return line
    return _line(
        {"v": VERSION, **{name: data[name] for name in _HEAD if name in data}, "cut_bytes": len(line)}
    )


def payload_lines(trace_id: str, seq: int, payload: dict[str, Any], secrets: Secrets) -> list[bytes]:
    """The lines of one event's payload: one, or several with a chunk each."""
    head = {"v": VERSION, "trace_id": trace_id, "seq": seq}
    # Redacted before and after: bytes can be searched only before, texts made of host objects only after.
    shaped = secrets.value({name: packed(secrets.value(value)) for name, value in payload.items()})
    line = _line({**head, "payload": shaped})
    if len(line) <= MAX_LINE:
        return [line]
    if len(line) > MAX_PAYLOAD:
        return [_line({**head, "cut_bytes": len(line)})]
    text = msgspec.json.encode(shaped).decode()
    parts = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
    return [
        _line({**head, "part": number, "parts": len(parts), "chunk": part})
        for number, part in enumerate(parts, start=1)
    ]


def bounded(value: Any) -> Any:
    """A copy in which long texts and collections are cut and every key is text: what JSON can hold."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}... ({len(value)} characters)"
    if isinstance(value, dict):
        kept = list(value.items())[:MAX_ITEMS]
        cut = {"...": f"{len(value) - MAX_ITEMS} more"} if len(value) > MAX_ITEMS else {}
        return {bounded(str(key)): bounded(item) for key, item in kept if item is not None} | cut
    if isinstance(value, list | tuple):
        cut_items = [f"... {len(value) - MAX_ITEMS} more"] if len(value) > MAX_ITEMS else []
        return [*map(bounded, value[:MAX_ITEMS]), *cut_items]
    if isinstance(value, msgspec.Struct):
        return bounded({name: getattr(value, name) for name in value.__struct_fields__})
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return str(writable(value))
    return value


def packed(value: Any) -> Any:
    """JSON that `unpacked` turns into the value again; what programs cannot hold becomes text."""
    if isinstance(value, bytes):
        return {"~bytes": base64.b64encode(value).decode()}
    if isinstance(value, msgspec.Struct):
        return packed(msgspec.to_builtins(value, enc_hook=str, str_keys=True))
    if isinstance(value, list | tuple):
        return [packed(item) for item in value]
    if isinstance(value, dict) and not _tagged(value) and all(isinstance(key, str) for key in value):
        return {key: packed(item) for key, item in value.items()}
    try:
        return pack(value)
    except TypeError:
        return repr(value)


def unpacked(value: Any) -> Any:
    """The value behind what `packed` made."""
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {"~bytes"}:
            return base64.b64decode(value["~bytes"])
        if not _tagged(value):
            return {key: unpacked(item) for key, item in value.items()}
    return unpack(value)


def _tagged(value: dict[Any, Any]) -> bool:
    """Whether a map looks like one that stands for something else."""
    key = next(iter(value)) if len(value) == 1 else None
    return isinstance(key, str) and key.startswith("~")


def _line(data: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(data, enc_hook=repr) + b"\n"
    except ValueError:
        return msgspec.json.encode(writable(data), enc_hook=repr) + b"\n"
