"""What the commands print: values on stdout, faults on stderr, or one JSON object for machines."""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from ptc_lisp import Fault
from ptc_lisp.fault_text import render
from subagent.wording import json_text, visible


def print_step(step: Any, *, as_json: bool) -> None:
    """The outcome of one program: what it printed, its value, its fault."""
    if as_json:
        print_json(step_json(step))
        return
    for line in step.prints:
        say(line)
    if step.error is not None:
        print_fault(step.error)
    else:
        say(step.text)


def step_json(step: Any) -> dict[str, Any]:
    """A Step as plain data: ok, value, error, prints, tool_calls, usage."""
    return {
        "ok": step.ok,
        "value": step.value,
        "error": fault_json(step.error) if step.error else None,
        "prints": list(step.prints),
        "tool_calls": to_plain(step.tool_calls),
        "usage": to_plain(step.usage),
    }


def fault_json(fault: Fault) -> dict[str, Any]:
    """A Fault as plain data."""
    return to_plain(fault)


def to_plain(value: Any) -> Any:
    """JSON-shaped data; what JSON cannot say becomes text."""
    return msgspec.to_builtins(value, enc_hook=str)


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json_text(value) + "\n")


def print_fault(fault: Fault) -> None:
    """A fault for a person, on stderr: what, where, how to mend it."""
    say(f"error: {render(fault)}", error=True)


def say(text: str, *, error: bool = False) -> None:
    """Text that programs, models or data have a part in, as a line on stdout or stderr. A terminal is not told what would
    command it; files and pipes get the text as it is."""
    stream = sys.stderr if error else sys.stdout
    print(visible(text) if stream.isatty() else text, file=stream)
