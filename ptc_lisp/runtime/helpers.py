"""What generated code calls by name, if it does not depend on the run (what does is in `machine`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import length_hint
from types import FunctionType
from typing import Any, NoReturn

from ptc_lisp.builtins import arithmetic, comparison
from ptc_lisp.builtins.run_state import STEPS, tick
from ptc_lisp.builtins.seq_support import coll
from ptc_lisp.builtins.support import seq
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.runtime.flow import ENDLESS, Flow
from ptc_lisp.runtime.inner_maps import read_inner, write_inner
from ptc_lisp.runtime.signals import Stopped
from ptc_lisp.values.collections import flex_get, make_set, vec_list
from ptc_lisp.values.equality import equals
from ptc_lisp.values.functions import FN_INFO, call, keyword_call, wrong_closure_arity
from ptc_lisp.values.keys import key
from ptc_lisp.values.lookup import pluck_data
from ptc_lisp.values.persistent import is_map, is_vector, vec_after, vec_window
from ptc_lisp.values.printing import brief
from ptc_lisp.values.reduced import Reduced
from ptc_lisp.values.regexes import compile_regex
from ptc_lisp.values.rows import Row, row_get
from ptc_lisp.values.strings import graphemes
from ptc_lisp.values.types import ABSENT, Keyword, Stream, Symbol, ToolRef, Value, Var


def each(value: Value) -> list[Value]:
    """The items that `for` and `doseq` go through."""
    if value.__class__ in {int, float}:
        raise Trap(
            FaultKind.TYPE_ERROR,
            f"for and doseq go through a collection, got {brief(value)}",
            hint="to count write (range n)",
        )
    items = seq(value, "for")
    tick(len(items))
    return items


def each_while(value: Value) -> Iterable[Value]:
    """The same for a level that a `:while` ends: an endless sequence will do."""
    return _counted(value) if value.__class__ is Stream else each(value)


def _counted(stream: Stream) -> Iterator[Value]:
    for item in stream.start():
        tick(1)
        yield item


def walked(value: Value, who: str, position: int = 2) -> Iterator[Value]:
    """The items of a collection, for a loop that runs once in an evaluation: those that it takes are counted as steps."""
    if value.__class__ is Flow:
        STEPS.loops.append((ENDLESS, value))
        return iter(value)
    items = coll(value, who, position)
    source = iter(items)
    STEPS.loops.append((len(items), source))
    return source


def taken(items: list[Value], source: Iterator[Value]) -> int:
    """How many items an iterator over a list has given."""
    return len(items) - length_hint(source)


def stop(value: Value, failed: bool) -> NoReturn:  # noqa: FBT001 - called by generated code only
    """`(return v)` and `(fail v)`."""
    raise Stopped(value, failed=failed)


def wrong_count(ident: str, count: int) -> NoReturn:
    """A multi-arity closure was called with a count that no arity takes."""
    raise wrong_closure_arity(FN_INFO[ident], count)


# --- destructuring ---------------------------------------------------------------------------------------------------


def _sequential(value: Value) -> list[Value]:
    if is_vector(value):
        return vec_list(value)
    if value is None:
        return []
    if value.__class__ is str:
        return graphemes(value)
    hint = "a vector pattern [a b] takes a vector apart"
    if is_map(value):
        hint = "take a map apart with {:keys [a b]}; its entries are [k v] only when you go through them, as in (map (fn [[k v]] …) m)"
    raise Trap(
        FaultKind.DESTRUCTURE_ERROR, f"cannot destructure {brief(value)} with a vector pattern", hint=hint
    )


def nth_item(value: Value, index: int) -> Value:
    """Item of a vector pattern; nil when there is none."""
    source, start = vec_window(value) if is_vector(value) else (_sequential(value), 0)
    return source[start + index] if start + index < len(source) else None


def rest_items(value: Value, start: int) -> Value:
    """`& rest` of a vector pattern; nil when nothing is left."""
    return (vec_after(value, start) if is_vector(value) else _sequential(value)[start:]) or None


def _mapping(value: Value) -> Any:
    if value is None or is_map(value) or isinstance(value, Row):
        return value
    hint = "a map pattern {:keys [a b]} takes a map apart; this is one value: bind it to a name, (fn [x] …)"
    if is_vector(value):
        items = vec_list(value)
        hint = "take a vector apart with [a b]"
        if items and is_map(items[0]):
            hint = "this is a vector of maps: go through it with map or for, or take one with (first coll)"
    raise Trap(
        FaultKind.DESTRUCTURE_ERROR, f"cannot destructure {brief(value)} with a map pattern", hint=hint
    )


def get_item(value: Value, k: Value) -> Value:
    """Entry of a map pattern; nil when there is none."""
    mapping = _mapping(value)
    if isinstance(mapping, Row):
        return row_get(mapping, k)
    return None if mapping is None else flex_get(mapping, k)


def get_or_absent(value: Value, k: Value) -> Value:
    """Entry of a map pattern, or ABSENT."""
    mapping = _mapping(value)
    return ABSENT if mapping is None else flex_get(mapping, k, ABSENT)


def kwargs(rest: Value) -> Value:
    """The map of `& {…}` parameters."""
    items = [] if rest is None else vec_list(rest)
    if len(items) == 1 and is_map(items[0]):
        return items[0]
    if len(items) % 2:
        raise Trap(
            FaultKind.DESTRUCTURE_ERROR,
            f"keyword arguments come in pairs, got {len(items)} items; the last is {brief(items[-1])}",
            hint="call it like (f x :key value)",
        )
    return {key(k): v for k, v in zip(items[::2], items[1::2], strict=True)}


def as_seq(value: Value) -> Value:
    """`[:as v]`."""
    _sequential(value)
    return value


def plucked(k: Keyword, value: Value, who: str) -> list[Value]:
    """`(map :k coll)` of data from the context."""
    return pluck_data(k, coll(value, who, 2))


HELPERS: dict[str, Any] = {
    "ABSENT": ABSENT,
    "FunctionType": FunctionType,
    "bool": bool,
    "int": int,
    "str": str,
    "float": float,
    "dict": dict,
    "iter": iter,
    "list": list,
    "len": len,
    "key": key,
    "read_inner": read_inner,
    "write_inner": write_inner,
    "make_set": make_set,
    "equals": equals,
    "call": call,
    "keyword_call": keyword_call,
    "Reduced": Reduced,
    "coll": coll,
    "taken": taken,
    "walked": walked,
    "plucked": plucked,
    "Stream": Stream,
    "each": each,
    "each_while": each_while,
    "stop": stop,
    "symbol": Symbol,
    "regex": compile_regex,
    "tool_ref": ToolRef,
    "defined": Var,
    "wrong_count": wrong_count,
    "add2": arithmetic.add2,
    "sub2": arithmetic.sub2,
    "mul2": arithmetic.mul2,
    "inc1": arithmetic.inc1,
    "dec1": arithmetic.dec1,
    "lt2": comparison.lt2,
    "gt2": comparison.gt2,
    "le2": comparison.le2,
    "ge2": comparison.ge2,
    "i/nth": nth_item,
    "i/rest": rest_items,
    "i/get": get_item,
    "i/get-or-absent": get_or_absent,
    "i/kwargs": kwargs,
    "i/as-map": _mapping,
    "i/as-seq": as_seq,
    "i/case-eq": equals,
}
"""Names of generated code → what they mean."""
