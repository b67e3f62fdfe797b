"""What the kernel says about a worker, seen from outside: a layer that it does not confirm is not in force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from ptc_lisp.sandbox.wire import Layer

_Facts = dict[str, str]

_CHECKS: dict[str, Callable[[_Facts], bool]] = {
    "resource-limits": lambda facts: facts["Max file size"] == facts["Max core file size"] == "0",
    "capabilities": lambda facts: (
        int(facts["CapEff"], 16) == int(facts["CapPrm"], 16) == 0 and "0" not in facts["Uid"].split()
    ),
    "no-new-privileges": lambda facts: facts["NoNewPrivs"] == "1",
    "descriptors": lambda facts: facts["Max processes"] == "0",
    "seccomp": lambda facts: facts["Seccomp"] == "2",
}
"""Layer → whether what the kernel shows agrees. The others cannot be seen from outside: the worker tried those itself."""


def confirmed(layers: list[Layer], pid: int) -> list[Layer]:
    """The layers, those switched off that the kernel denies. Unchanged where the kernel shows nothing (no /proc)."""
    facts = _facts(pid)
    return [_checked(layer, facts) if facts else layer for layer in layers]


def _checked(layer: Layer, facts: _Facts) -> Layer:
    check = _CHECKS.get(layer.name)
    try:
        good = not layer.active or check is None or check(facts)
    except (KeyError, ValueError):  # a kernel that does not tell this
        good = True
    if good:
        return layer
    return msgspec.structs.replace(layer, active=False, detail="the worker claims it, the kernel does not")


def _facts(pid: int) -> _Facts:
    """Lines of /proc/PID/status, and the hard limits of /proc/PID/limits, by name. Empty where there are none."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        limits = Path(f"/proc/{pid}/limits").read_text()
    except OSError:
        return {}
    facts = {name: value.strip() for name, _, value in (line.partition(":") for line in status.splitlines())}
    for line in limits.splitlines()[1:]:
        facts[line[:26].strip()] = line[47:68].strip()
    return facts
