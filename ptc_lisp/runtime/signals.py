"""What ends a program early and must pass through every builtin. Programs can neither catch nor create these."""

from __future__ import annotations

from ptc_lisp.faults import Trap
from ptc_lisp.values.types import Value


class Stopped(BaseException):
    """`(return v)`, or `(fail v)` when `failed`."""

    def __init__(self, value: Value, *, failed: bool) -> None:
        super().__init__()
        self.value = value
        self.failed = failed


class Interrupted(BaseException):
    """A limit of the worker (time, memory) was reached; raised from a signal handler or a check."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap.message)
        self.trap = trap
