"""What the operations of PTC-JSON share: lookups in rows, membership, and faults in the words of JSON."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import type_fault
from ptc_lisp.faults import Trap
from ptc_lisp.values.collections import flex_find, flex_get, set_items
from ptc_lisp.values.equality import equals
from ptc_lisp.values.keys import key
from ptc_lisp.values.order import compare
from ptc_lisp.values.persistent import LispSet, is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.types import ABSENT, Keyword, Value

NUMBERS = frozenset({int, float})
_LONGEST = 60


def shown(value: Value) -> str:
    """A value in a message, as JSON has it and cut short."""
    if value is ABSENT or value is None:
        return "null"
    if value.__class__ is bool:
        return "true" if value else "false"
    if value.__class__ in NUMBERS:
        text = str(value)
        return f"the number {text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}"
    if value.__class__ is str:
        text = json.dumps(value[:_LONGEST], ensure_ascii=False)
        return f"the text {text}{'…' if len(value) > _LONGEST else ''}"
    if is_vector(value):
        return f"a list of {len(vec_list(value))}"
    if is_map(value):
        names = ", ".join(str(k) for k in list(map_raw(value))[:5])
        return f"a map with {names}"[:_LONGEST] if names else "an empty map"
    return f"a {type_name(value)}"


def type_name(value: Value) -> str:
    """The kind of a value as `typeof` gives it."""
    if value is None:
        return "null"
    if value.__class__ is bool:
        return "boolean"
    if value.__class__ in NUMBERS:
        return "number"
    if value.__class__ is str or value.__class__ is Keyword:
        return "string"
    if is_map(value):
        return "object"
    return "list" if is_vector(value) or value.__class__ is LispSet else type(value).__name__.lower()


def wrong(what: str, expected: str, got: Value) -> Trap:
    """The type_error of a value that an operation cannot take."""
    return type_fault(f"{what} must be {expected}, got {shown(got)}")


def row_list(value: Value, op: str) -> list[Value]:
    """The items of a list, not to be changed; their count goes into the steps. Raises type_error for anything else."""
    if value.__class__ is not list:
        if not is_vector(value):
            raise wrong(f"{op}: the input", "a list", value)
        value = vec_list(value)
    tick(len(value))
    return value


def field_of(row: Value, field: Value, op: str) -> Value:
    """The value of a field, ABSENT when there is none. Raises type_error for what is no map."""
    if row.__class__ is dict and field in row:
        return row[field]
    if is_map(row):
        raw = flex_find(row, field)
        return ABSENT if raw is ABSENT else map_raw(row)[raw]
    raise wrong(f"{op}: the current value", "a map", row)


def plucked(rows: list[Value], field: Value, op: str | None, *, missing: Value = None) -> list[Value]:
    """Fresh list of the values of a field, `missing` where there is none. What is no map has none, or, when `op` is
    given, is a type_error that names it."""
    return [
        row[field]
        if row.__class__ is dict and field in row
        else flex_get(row, field, missing)
        if is_map(row)
        else _no_row(row, op, missing)
        for row in rows
    ]


def _no_row(row: Value, op: str | None, missing: Value) -> Value:
    if op is None:
        return missing
    raise wrong(f"{op}: every item", "a map", row)


def ordered(found: Value, x: Value, op: str, test: Callable[[int], bool]) -> bool:
    """A comparison by order: false when a value is missing, type_error when the two are of different kinds."""
    if found is ABSENT or found is None or x is None:
        return False
    if found.__class__ is not x.__class__ and not {found.__class__, x.__class__} <= NUMBERS:
        raise type_fault(f"{op} cannot compare {shown(found)} with {shown(x)}")
    if found != found or x != x:  # noqa: PLR0124 - NaN differs from itself
        return False
    return test(compare(found, x))


def found_in(collection: Value, x: Value) -> bool:
    """Whether a list has the item x, a text the part x, a map the key x; false for anything else."""
    if is_vector(collection):
        items = vec_list(collection)
        tick(len(items))
        return any(equals(item, x) for item in items)
    if collection.__class__ is str:
        return x.__class__ is str and x in collection
    if is_map(collection):
        return flex_find(collection, x) is not ABSENT
    return collection.__class__ is LispSet and any(equals(item, x) for item in set_items(collection))


def mark(value: Value) -> Value:
    """A hashable stand-in that is equal where the values are: 1 and 1.0 share one."""
    if value.__class__ is float and value.is_integer():
        return int(value)
    return key(value)


def member_test(members: Value, op: str) -> Callable[[Value], bool]:
    """A quick test for being one of a list or a key of a map. Raises type_error for other members."""
    if is_vector(members):
        marks = {mark(item) for item in vec_list(members)}
    elif is_map(members):
        marks = set(map_raw(members))
    elif members.__class__ is LispSet:
        marks = {mark(item) for item in set_items(members)}
    else:
        raise wrong(f"{op}: value", "a list or a map", members)
    return lambda value: mark(value) in marks


def one_kind(values: list[Value], field: Value, op: str) -> None:
    """Raises type_error when the values have no common order."""
    kinds = set(map(type, values))
    if len(kinds) < 2 or kinds <= NUMBERS:
        return
    first = values[0]
    other = next(
        v
        for v in values
        if v.__class__ is not first.__class__ and not {v.__class__, first.__class__} <= NUMBERS
    )
    raise wrong(f"{op} by {field}", f"of one kind ({shown(first)} was first)", other)


_UNFIT = (AttributeError, TypeError, ValueError, KeyError, IndexError)


def dsl_builtin(name: str, *params: str, **record: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`builtin` for what PTC-JSON is made of: written `dsl/name`, not in Clojure. Validated programs give fitting arguments; a
    program that calls such a function by hand may not, which is then its type_error and none of ours."""

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def checked(*args: Value) -> Value:
            try:
                return fn(*args)
            except _UNFIT as error:
                if not _is_ours(error):
                    raise
                raise type_fault(
                    f"dsl/{name}: the arguments do not fit", f"usage: (dsl/{name} {params[0]})"
                ) from error

        return builtin(name, *params, area="dsl", ns="dsl", bare=False, clojure="extension", **record)(
            checked
        )

    return register


def _is_ours(error: BaseException) -> bool:
    """Whether Python refused something in our own code, and not in a function of the program that we called."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith("ptc_lisp.")
