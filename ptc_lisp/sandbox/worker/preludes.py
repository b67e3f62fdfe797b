"""Preludes in a worker: describing one, in a worker that was given nothing else, and attaching some to a machine.

Only workers with the parser have the modules that read preludes. Others attach what was compiled, and hand over the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.limits import Limits
from ptc_lisp.prelude.contracts import guarded
from ptc_lisp.prelude.parts import Flaw
from ptc_lisp.reader import need_parser
from ptc_lisp.runtime.compiler import Compiled, compile_program
from ptc_lisp.runtime.kept import packed, restored
from ptc_lisp.runtime.libraries import Built
from ptc_lisp.runtime.machine import Machine
from ptc_lisp.runtime.signals import Interrupted
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.worker.meter import Clock, Memory
from ptc_lisp.values.types import Value

if TYPE_CHECKING:
    from ptc_lisp.prelude.building import Program

_MEMORY_BYTES = 192 << 20


def answer(frame: wire.BuildPrelude, clock: Clock, memory: Memory) -> wire.PreludeBuilt:
    """What a prelude exports, and its code; or what is wrong with it. Its constants are worked out once, to see that they
    have a value."""
    from ptc_lisp.prelude.building import build  # noqa: PLC0415 - as above
    from ptc_lisp.prelude.reading import FlawFound, Reading  # noqa: PLC0415 - as above

    memory.set_baseline(0)
    memory.limit(_MEMORY_BYTES)
    clock.start(frame.timeout_ms, None)
    try:
        programs = build(frame.source, _contract)
        code = tuple(
            packed(_compiled(p, frame.step_limit, f"{frame.mark}{i}.")) for i, p in enumerate(programs)
        )
        Machine(Limits(), _NoHost()).attach([Built(p.namespace, _compiled(p, None)) for p in programs])
    except FlawFound as found:
        return wire.PreludeBuilt(frame.id, flaw=found.flaw)
    except Trap as trap:
        return wire.PreludeBuilt(frame.id, flaw=Reading(frame.source).from_trap("compile_error", trap).flaw)
    except Interrupted as over:
        return wire.PreludeBuilt(frame.id, flaw=_flaw(over.trap))
    except (MemoryError, RecursionError) as error:
        memory.lift(_MEMORY_BYTES)
        said = "it takes too much memory" if isinstance(error, MemoryError) else "it is nested too deeply"
        return wire.PreludeBuilt(frame.id, flaw=Flaw(reason="compile_error", message=said))
    finally:
        clock.stop()
    kept = tuple(data for data in code if data is not None)
    return wire.PreludeBuilt(
        frame.id, tuple(p.namespace for p in programs), kept if len(kept) == len(programs) else ()
    )


def attach(machine: Machine, attachments: Sequence[wire.Attachment], limits: Limits) -> None:
    """Gives a machine the namespaces. Raises Trap (prelude_attach_failed), and what limits raise."""
    built: list[Built] = []
    for one in attachments:
        if one.code:
            built += [Built(s, restored(data)) for s, data in zip(one.namespaces, one.code, strict=True)]
            continue
        built += _built_here(one, limits)
    try:
        machine.attach(built, guarded)
    except Trap as trap:
        raise _failed(trap.message, trap.hint) from trap


def _built_here(one: wire.Attachment, limits: Limits) -> list[Built]:
    need_parser()
    from ptc_lisp.prelude.building import build  # noqa: PLC0415 - as above
    from ptc_lisp.prelude.reading import FlawFound  # noqa: PLC0415 - as above

    try:
        programs = build(one.source)
    except FlawFound as found:
        raise _failed(found.flaw.message, found.flaw.hint) from None
    code = [_compiled(program, limits.step_limit) for program in programs]
    return [Built(space, each) for space, each in zip(one.namespaces, code, strict=True)]


def _contract(text: str) -> tuple[int | None, Any]:
    from ptc_lisp.signature.parsing import parse  # noqa: PLC0415 - as above

    found = parse(text)
    return None if found.open_params else len(found.params), msgspec.to_builtins(found)


def _compiled(program: Program, step_limit: int | None, mark: str = "") -> Compiled:
    return compile_program(program.core, step_limit=step_limit, results_in_part=False, mark=mark)


def _flaw(trap: Trap) -> Flaw:
    return Flaw(
        reason="compile_error", message=trap.message, hint=trap.hint, details={"kind": str(trap.kind)}
    )


def _failed(message: str, hint: str | None) -> Trap:
    return Trap(
        FaultKind.PRELUDE_ATTACH_FAILED,
        f"a prelude could not be attached: {message}",
        hint=hint,
        details={"reason": "prelude_attach_failed"},
        phase=Phase.HOST,
    )


class _NoHost:
    """Doors that lead nowhere: constants have none."""

    def tool(self, name: str, args: dict[str, Value], origin: str = "") -> Value:
        """No tool exists."""
        del name, args, origin

    def printed(self, text: str) -> None:
        """Nobody reads it."""

    def journalled(self, ident: str, blob: bytes | None) -> None:
        """Nobody keeps it."""

    def now_ms(self) -> int:
        """Any time will do."""
        return 0
