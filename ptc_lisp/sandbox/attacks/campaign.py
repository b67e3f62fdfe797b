"""Runs the corpus and says of every attempt whether it was stopped, and by what."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import msgspec

from ptc_lisp.faults import FaultKind, Phase
from ptc_lisp.limits import Limits
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.attacks.arena import RawPool, Target, target
from ptc_lisp.sandbox.attacks.corpus import Area, Attempt, attempts
from ptc_lisp.sandbox.drive_sync import drive
from ptc_lisp.sandbox.exchange import Exchange, Finished, Result
from ptc_lisp.sandbox.pool import Pool
from ptc_lisp.sandbox.tool_calls import ToolCalls
from ptc_lisp.tool import Tool, tool_table
from ptc_lisp.values.convert import encode_host

CONTROL = ("process",)
"""The variant that applies none of the kernel's protections."""

ALONE: dict[str, tuple[str, ...]] = {
    "namespaces": ("namespaces",),
    "capabilities": ("capabilities",),
    "resource limits": ("capabilities", "resource-limits", "descriptors"),
    "landlock": ("no-new-privileges", "landlock"),
    "seccomp": ("no-new-privileges", "seccomp"),
}
"""Each protection by itself, with what it cannot do without: the kernel exempts root from limits."""

_TIMEOUT_MS = 400
_AT_ONCE = 4
_LIMITS = frozenset(
    {
        FaultKind.TIMEOUT,
        FaultKind.MEMORY_EXCEEDED,
        FaultKind.LOOP_LIMIT_EXCEEDED,
        FaultKind.STEP_LIMIT_EXCEEDED,
        FaultKind.RECURSION_LIMIT_EXCEEDED,
        FaultKind.RESULT_TOO_LARGE,
        FaultKind.PROGRAM_TOO_LARGE,
        FaultKind.SYMBOL_LIMIT_EXCEEDED,
        FaultKind.TOOL_CALL_LIMIT_EXCEEDED,
        FaultKind.PARALLEL_CAPACITY_EXCEEDED,
    }
)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt.

    by: what stopped it. In the kernel's area each protection is listed that stops it alone; "together" when none does, and
    "process" when a process that was started like a worker cannot do it either, or nobody can on this kernel.
    real: whether it gets through where nothing protects (kernel's area only). ended: how it ended, in words.
    """

    area: Area
    group: str
    name: str
    stopped: bool
    by: tuple[str, ...] = ()
    real: bool | None = None
    ended: str = ""


def attack(told: Callable[[Verdict], None] | None = None) -> list[Verdict]:
    """Makes every attempt of the corpus on workers of its own. `told` hears each verdict as soon as it is known.

    Raises SandboxError when no worker can be started.
    """
    found: list[Verdict] = []
    for verdict in _verdicts():
        found.append(verdict)
        if told is not None:
            told(verdict)
    return found


def _verdicts() -> Iterator[Verdict]:
    yield from by_language(attempts("language"))
    yield from by_kernel(attempts("kernel"))
    yield from by_host(attempts("frames"))


# --- from inside the language --------------------------------------------------------------------------------------------


def by_language(chosen: Iterable[Attempt]) -> Iterator[Verdict]:
    """Programs against real workers: each must end as its description says."""
    pools = (Pool(), Pool("ptc_lisp.sandbox.worker.full"))
    try:
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            yield from threads.map(lambda attempt: _judged(attempt, _evaluated(pools, attempt)), chosen)
    finally:
        for pool in pools:
            pool.shutdown()


def _echo(x: object = None) -> object:
    """Gives back its argument."""
    return x


def _evaluated(pools: tuple[Pool, Pool], attempt: Attempt) -> Result:
    """As a session evaluates it: the second pool takes what the first hands over."""
    given: dict[str, Any] = {"timeout_ms": _TIMEOUT_MS, **attempt.limits}
    limits = Limits(**given)
    tools = tool_table({"echo": _echo, "secret": Tool(_echo, "secret", visibility="private")})
    vault = _Vault() if attempt.prelude else None
    request = wire.Evaluate(
        id=1,
        preludes=[] if vault is None else vault.attachments,
        private_tools=["secret"] if vault is not None else [],
        source=attempt.text,
        limits=limits,
        tools={"echo": wire.Parameters(*tools["echo"].parameters, tools["echo"].kinds)},
        context={"rows": encode_host([{"id": 1, "name": "a"}], "rows")},
        memory={},
        history=[],
    )
    finished = _driven(pools[0], Exchange(request, limits, may_hand_off=True), _calls(tools, limits, vault))
    if finished.handed_off:
        finished = _driven(pools[1], Exchange(request, limits), _calls(tools, limits, vault))
    return finished.result


class _Vault:
    """The prelude of the attempts that have one."""

    source = """
(ns vault "Something that is worth attacking.")
(def limit 1)
(defn- low [x] (inc x))
(defn calls-low [] (low limit))
(defn each [f] (map f [1 2]))
(defn open [] (tool/secret {:x 1}))
(defn hand [] tool/secret)
(defn later [] (fn [x] (tool/secret {:x x})))
"""

    def __init__(self) -> None:
        # Imported here: its own import needs the pools, and `ptc_lisp.sandbox` exports this module.
        from ptc_lisp.prelude.compiling import made  # noqa: PLC0415

        found = made(self.source)
        self.exports = {export.ref: export for space in found.namespaces for export in space.exports}
        self.attachments = [wire.Attachment(found.namespaces, found.code)]


def _calls(tools: dict[str, Tool], limits: Limits, vault: _Vault | None) -> ToolCalls:
    return ToolCalls(tools, limits, libraries=vault)


def _driven(pool: Pool, exchange: Exchange, calls: ToolCalls) -> Finished:
    worker = pool.take()
    try:
        return drive(exchange, worker, calls)
    finally:
        worker.kill()


def _judged(attempt: Attempt, result: Result) -> Verdict:
    if result.ok:
        ended, by = result.shown, "language"
        stopped = "value" in attempt.ends and result.shown == attempt.value
    else:
        fault = result.faults[0]
        ended = f"{fault.kind}: {fault.message}"
        # On a busy machine the time can be over before anything else.
        stopped = str(fault.kind) in attempt.ends or fault.kind is FaultKind.TIMEOUT
        by = "limits" if fault.kind in _LIMITS else "language"
        if fault.details.get("killed") or fault.phase is Phase.HOST:
            by = "host"
    return _verdict(attempt, stopped=stopped, by=(by,), ended=ended)


# --- after the lockdown --------------------------------------------------------------------------------------------------


def by_kernel(chosen: Iterable[Attempt]) -> Iterator[Verdict]:
    """Python under all protections, under each of them alone, and under none."""
    with ExitStack() as stack:
        aim = target(stack)
        full = stack.enter_context(RawPool())
        control = stack.enter_context(RawPool(CONTROL))
        alone = {name: stack.enter_context(RawPool(layers)) for name, layers in ALONE.items()}
        for attempt in chosen:
            ended = made(full, attempt, aim)
            if attempt.control == "nobody":  # the deadline is no layer: it cannot be left out
                yield _verdict(attempt, stopped=ended is not None, by=("host",), ended=ended or "")
                continue
            real = made(control, attempt, aim) is None
            by = tuple(name for name, pool in alone.items() if made(pool, attempt, aim) is not None)
            if "capabilities" in by:  # the variant of the limits contains them
                by = tuple(name for name in by if name != "resource limits")
            by = (by or ("together",)) if real else ("process",)
            yield _verdict(attempt, stopped=ended is not None, by=by, real=real, ended=ended or "")


def made(pool: RawPool, attempt: Attempt, aim: Target) -> str | None:
    """What stopped an attempt of the kernel's area in a worker of a pool; None: nothing did."""
    timeout = _TIMEOUT_MS if attempt.control == "nobody" else 5_000
    return pool.attempt(aim.prelude + attempt.code, through=attempt.through, timeout_ms=timeout)


def expected_real(attempt: Attempt) -> bool:
    """Whether an attempt has to get through on any Linux where nothing protects."""
    return attempt.control == "anybody" or (attempt.control == "root" and os.geteuid() == 0)


# --- against the host ----------------------------------------------------------------------------------------------------


def by_host(chosen: Iterable[Attempt]) -> Iterator[Verdict]:
    """Frames that no honest worker sends: the host must end the run, say so, and kill the worker."""
    with RawPool() as pool:
        for attempt in chosen:
            timeout = 200 if attempt.kind == "timeout" else 5_000
            finished = pool.run(attempt.code, timeout_ms=timeout)
            fault = finished.result.faults[0] if finished.result.faults else None
            stopped = finished.kill and fault is not None and str(fault.kind) == attempt.kind
            words = "believed" if fault is None else fault.details.get("violation", fault.message)
            yield _verdict(attempt, stopped=stopped, by=("host",), ended=str(words))


def _verdict(
    attempt: Attempt, *, stopped: bool, by: tuple[str, ...], ended: str, real: bool | None = None
) -> Verdict:
    return Verdict(
        area=attempt.area,
        group=attempt.group,
        name=attempt.name,
        stopped=stopped,
        by=by if stopped else (),
        real=real,
        ended=ended[:300],
    )
