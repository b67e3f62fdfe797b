"""Runs written to files, read back and looked at."""

from subagent.trace.folder import TraceFolder
from subagent.trace.jsonl import JsonlTrace
from subagent.trace.reading import Record, Trace, TraceError, load, payload_of

__all__ = ["JsonlTrace", "Record", "Trace", "TraceError", "TraceFolder", "load", "payload_of"]
