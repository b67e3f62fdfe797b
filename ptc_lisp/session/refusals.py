"""Programs that no worker is asked about."""

from __future__ import annotations

from ptc_lisp.faults import Fault, FaultKind, Phase
from ptc_lisp.sandbox.exchange import Finished, Result
from ptc_lisp.session.preludes import Attached, arefusal
from ptc_lisp.source import Source, half_character


def refused(source: str, attached: Attached | None, *, any_tool: bool = False) -> Finished | None:
    """How an evaluation ends that cannot begin, if so: the text holds halves of characters, or the prelude cannot be attached."""
    fault = unreadable(source)
    if fault is None and attached is not None:
        fault = attached.refusal(any_tool=any_tool)
    return None if fault is None else _finished(fault)


async def arefused(source: str, attached: Attached | None) -> Finished | None:
    """`refused` for coroutines."""
    fault = unreadable(source)
    if fault is None and attached is not None:
        fault = await arefusal(attached)
    return None if fault is None else _finished(fault)


def unreadable(source: str) -> Fault | None:
    """The fault of a text that cannot be sent to a worker, since a part of it has no bytes."""
    place = half_character(source)
    if place is None:
        return None
    text = Source(source.encode(errors="replace").decode())
    span = text.span(place, place + 1)
    return Fault(
        FaultKind.PARSE_ERROR,
        Phase.READ,
        f"the program holds half of a character (the lone surrogate U+{ord(source[place]):04X})",
        span=span,
        hint="write the whole character, or leave it out",
        excerpt=text.excerpt(span),
    )


def _finished(fault: Fault) -> Finished:
    return Finished(Result(ok=False, faults=(fault,)), kill=False)
