"""Ends of a worker that are not the program's doing."""

from __future__ import annotations

from ptc_lisp.faults import FaultKind
from ptc_lisp.limits import Limits
from ptc_lisp.sandbox.errors import SandboxError
from ptc_lisp.sandbox.exchange import Exchange, Finished
from ptc_lisp.sandbox.pool import Worker


def lost(exchange: Exchange, worker: Worker, *, fresh: bool) -> bool:
    """Whether a worker went down with its zygote, or while it waited in stock or for the next program of its session, before it
    did anything: not the program's fault, so it starts anew. The stock is not refilled meanwhile, so this ends with a worker
    forked for the purpose. Raises SandboxError when that could not be done."""
    if not (exchange.untouched and exchange.dead):
        return False
    if worker.orphaned or worker.from_stock or not (fresh or exchange.sent):
        return True
    if worker.never_began:
        raise SandboxError(
            "no more workers: the system starts no more processes; close sessions, or raise `ulimit -u` or the pids limit of the "
            "container"
        )
    return False


def insist(limits: Limits, finished: Finished) -> None:
    """Raises SandboxError when the worker refused to go on without a protection that the host requires."""
    if limits.require:
        for fault in finished.result.faults:
            if fault.kind is FaultKind.PROTECTION_MISSING:
                raise SandboxError(fault.message)
