"""Processes to test with."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest

from ptc_lisp.limits import Limits
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.drive_sync import drive
from ptc_lisp.sandbox.exchange import Exchange
from ptc_lisp.sandbox.pool import Pool
from ptc_lisp.sandbox.tool_calls import ToolCalls


class RawPool:
    """Workers that execute Python under the lockdown, driven like real ones."""

    def __init__(self):
        self.pool = Pool("raw_worker", (str(Path(__file__).parent),))

    def run(self, code, **limits):
        """(result, whether the worker would be killed) of some Python in a fresh worker."""
        worker = self.pool.take()
        try:
            chosen = Limits(**{"timeout_ms": 5_000, **limits})
            request = wire.Evaluate(id=7, source=code, limits=chosen, tools={})
            finished = drive(Exchange(request), worker, ToolCalls({}, chosen))
        finally:
            worker.kill()
        return finished.result, finished.kill

    def ask(self, expression, setup=""):
        """What an expression gives in a fresh worker, as its repr."""
        code = f"{setup}\ntry:\n    found = {expression}\nexcept BaseException as e:\n    found = e\nsock.sendall(done(frame, shown=repr(found)))"
        return self.run(code)[0].shown


@pytest.fixture(scope="session")
def raw():
    pool = RawPool()
    yield pool
    pool.pool.shutdown()


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
