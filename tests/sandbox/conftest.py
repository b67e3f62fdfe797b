"""Processes to test with."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest

from ptc_lisp.sandbox.attacks.arena import RawPool


class Raw:
    """Workers that execute Python under the lockdown, driven like real ones."""

    def __init__(self, pool):
        self._pool = pool

    def run(self, code, **limits):
        """(result, whether the worker would be killed) of some Python in a fresh worker."""
        finished = self._pool.run(code, **limits)
        return finished.result, finished.kill

    def ask(self, expression):
        """What an expression gives in a fresh worker, as its repr."""
        return self.run(f"sock.sendall(done(frame, shown=repr({expression})))")[0].shown


@pytest.fixture(scope="session")
def raw():
    with RawPool() as pool:
        yield Raw(pool)


def gone(pid):
    """Whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until(condition, timeout=10.0):
    """Whether a condition comes true in time."""
    ends = time.monotonic() + timeout
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


def descendants(pid):
    """All processes below one."""
    children = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(folder.name))
    found, pending = [], [pid]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += below
    return found


@pytest.fixture
def processes():
    """Helpers that look at processes."""
    return msgspec.defstruct("Processes", ["gone", "wait_until", "descendants", "own"])(
        gone, wait_until, descendants, lambda: descendants(os.getpid())
    )
