"""What an agent, or its compiled program, takes over from the step before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from ptc_lisp import Fault, FaultKind, Phase
from ptc_lisp import Step as ProgramStep
from ptc_lisp.signature import parse
from subagent.step import Step


def is_step(context: object) -> bool:
    """Whether a context is the step of an agent, or of a program."""
    return isinstance(context, Step | ProgramStep)


def handed_over(context: object) -> tuple[dict[str, Any], Fault | None]:
    """The context as a dict; the step of an earlier run gives its value, or the fault that ends the chain.

    Raises:
        TypeError: it is neither, or has names that are no text.
    """
    if context is None:
        return {}, None
    if isinstance(context, Step | ProgramStep):
        if context.ok:
            value = context.plain_value if isinstance(context, Step) else context.value
            return (dict(value) if isinstance(value, Mapping) else {}), None
        return {}, _chained(context.error)
    if not isinstance(context, Mapping):
        raise TypeError(f'context must be a dict such as {{"orders": [...]}}, got {type(context).__name__}')
    for name in context:
        if not isinstance(name, str):
            raise TypeError(f"the names of the context must be text, got {name!r}")
    return dict(cast("Mapping[str, Any]", context)), None


def unfit(name: str, signature: str | None, data: dict[str, Any], error: ValueError) -> Fault:
    """The fault of the agent `name`, which does not begin because the step before it gave other things than it needs."""
    given = {each.replace("-", "_") for each in data}
    needed = () if signature is None else parse(signature).params
    missing = [
        each.name for each in needed if not each.type.optional and each.name.replace("-", "_") not in given
    ]
    return Fault(
        FaultKind.CHAIN_ERROR,
        Phase.AGENT,
        f"the step before {name} does not give what it needs: {error}",
        hint="let the signature of the earlier agent have these fields in its answer",
        details={"missing": missing, "given": sorted(data)},
    )


def _chained(cause: Fault | None) -> Fault:
    details = {} if cause is None else {"cause": msgspec.to_builtins(cause)}
    words = "the step that was given as context had failed" + ("" if cause is None else f": {cause.message}")
    return Fault(FaultKind.CHAINED_FAILURE, Phase.AGENT, words, details=details)
