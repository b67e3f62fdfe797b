"""What the builtins share: argument faults with one wording, and sequences as Python lists."""

from __future__ import annotations

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import map_pairs, set_items, vec_items
from ptc_lisp.values.persistent import LispSet, is_map, is_vector
from ptc_lisp.values.printing import brief
from ptc_lisp.values.strings import graphemes
from ptc_lisp.values.types import Stream, Value


def bad_arg(who: str, position: int, expected: str, got: Value, hint: str | None = None) -> Trap:
    """A type_error: `who: argument N must be <expected>, got <value>`. `position` counts from 1."""
    return Trap(
        FaultKind.TYPE_ERROR,
        f"{who}: argument {position} must be {expected}, got {brief(got)}",
        hint=hint,
        details={"function": who, "argument": position},
    )


def type_fault(message: str, hint: str | None = None) -> Trap:
    """A type_error with its own wording."""
    return Trap(FaultKind.TYPE_ERROR, message, hint=hint)


def arithmetic_fault(message: str, hint: str | None = None) -> Trap:
    """An arithmetic_error."""
    return Trap(FaultKind.ARITHMETIC_ERROR, message, hint=hint)


def seq(value: Value, who: str, position: int = 1) -> list[Value]:
    """The items of anything seqable as a list that must not be changed: vector, nil, map (pairs), set, string.

    Raises type_error for everything else, also for an unbounded stream.
    """
    cls = value.__class__
    if cls is list:
        return value
    if value is None:
        return []
    if is_map(value):
        return map_pairs(value)
    if cls is LispSet:
        return set_items(value)
    if cls is str:
        return graphemes(value)
    if is_vector(value):
        return vec_items(value)
    if cls is Stream:
        raise type_fault(
            f"{who}: argument {position} is endless: {value.text}",
            hint=f"bound it first, e.g. (take 10 {value.text})",
        )
    raise bad_arg(who, position, "a collection (vector, map, set, string or nil)", value)


def float_hint(got: Value) -> str | None:
    """How to mend a float that should have been an integer; None for other values."""
    return "/ always gives a float: write (quot a b), or (int x)" if got.__class__ is float else None
