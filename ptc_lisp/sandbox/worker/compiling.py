"""Compiles a program for other workers, in a worker that is given its text and the names around it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from ptc_lisp.analyzer import Env, ToolShape
from ptc_lisp.prelude.parts import Library
from ptc_lisp.reader import NeedsParser
from ptc_lisp.runtime.machine import compile_ahead
from ptc_lisp.runtime.signals import Interrupted
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.worker.meter import Clock


def shapes_of(tools: Mapping[str, wire.Parameters]) -> dict[str, ToolShape]:
    """What the analyzer knows of the tools."""
    if not tools:
        return {}
    return {
        name: ToolShape(found.required, found.optional, found.more, found.kinds, found.sole)
        for name, found in tools.items()
    }


def answer(frame: wire.Compile, clock: Clock) -> wire.Compiled:
    """What the program became; nothing when it has faults, takes too long, or is of a kind that must be compiled anew."""
    env = Env(
        defined=frozenset(frame.names),
        tools=frozenset(frame.tools),
        data=frozenset(frame.data),
        shapes=shapes_of(frame.tools),
        strict_data=frame.strict_data,
        libraries={space.name: Library(space) for space in frame.namespaces},
    )
    clock.start(frame.limits.timeout_ms, frame.limits.cpu_ms)
    try:
        kept = compile_ahead(
            frame.source, env, frame.limits, frame.language, mark=frame.mark, large=frozenset(frame.large)
        )
    except (Exception, NeedsParser, Interrupted):  # noqa: BLE001 - the program will say so itself, where it runs
        kept = None
    finally:
        clock.stop()
    return wire.Compiled(frame.id, kept)
