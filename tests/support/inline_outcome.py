"""All that can be seen of a run, for tests that compile a program in two ways."""

from __future__ import annotations

from inline_machine import Inline

from ptc_lisp.faults import FaultKind
from ptc_lisp.limits import Limits

LIMITS = Limits(loop_limit=2_000, step_limit=None)
ROWS = {
    "rows": [{"a": 1, "b": [1, 2], "name": "x"}, {"a": 2.5, "b": None}, {"a": "3"}],
    "big": list(range(60)),
}


def outcome(source: str) -> tuple[object, ...]:
    """All that can be seen of a run."""
    run = Inline({"echo": lambda **args: args}, LIMITS).run(source, ROWS)
    faults = [
        # How often a function called itself until Python's own stack was full depends on the code that it became.
        (f.kind, f.message, f.hint, f.span, f.kind is FaultKind.RECURSION_LIMIT_EXCEEDED or f.details)
        for f in run.faults
    ]
    full = any(f.kind is FaultKind.RECURSION_LIMIT_EXCEEDED for f in run.faults)
    return run.ok, run.shown, faults, None if full else run.steps
