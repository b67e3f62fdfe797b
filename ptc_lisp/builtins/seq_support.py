"""What the sequence builtins share: reading their collection arguments, and endless sequences.

Roots of endless sequences (`(range)`, `(iterate f x)` …) count one step for each item that is taken from them, so that
a search that never ends runs into the step limit; what is derived from them counts nothing more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeGuard

from ptc_lisp.builtins.numeric import number_hint
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.support import bad_arg, float_hint, seq
from ptc_lisp.values.functions import Builtin
from ptc_lisp.values.persistent import LispSet, is_map, is_vector, vec_list
from ptc_lisp.values.types import Stream, Value

_MAX_TEXT = 60
_HUGE = sys.maxsize >> 8
"""More items than fit in any memory, yet few enough for Python to try and raise MemoryError at once."""


def is_stream(value: Value) -> TypeGuard[Stream]:
    """Whether a value is an endless sequence."""
    return value.__class__ is Stream


def coll(value: Value, who: str, position: int) -> list[Value]:
    """The items of a finite collection, not to be changed, and one counted step for each.

    Raises type_error for everything else; the hint shows how `who` is called.
    """
    if value.__class__ is list:
        tick(len(value))
        return value
    if not is_seqable(value):
        raise not_a_coll(value, who, position)
    items = seq(value, who, position)
    tick(len(items))
    return items


def view(value: Value, who: str, position: int) -> list[Value]:
    """As `coll`, but for reading at once, before anything else runs: a vector grown in a loop is not copied, and no
    steps are counted, because the caller looks only at a part.
    """
    if is_vector(value):
        return vec_list(value)
    if not is_seqable(value):
        raise not_a_coll(value, who, position)
    return seq(value, who, position)


def flow(value: Value, who: str, position: int) -> Iterator[Value] | list[Value]:
    """The items of a finite or endless collection, to be iterated once. Raises as `coll`."""
    return value.start() if is_stream(value) else coll(value, who, position)


def is_seqable(value: Value) -> bool:
    """Whether `coll` or `flow` takes the value."""
    cls = value.__class__
    return value is None or cls is str or cls is LispSet or cls is Stream or is_vector(value) or is_map(value)


def not_a_coll(value: Value, who: str, position: int) -> Exception:
    """The fault for an argument that is no collection, with the usage of `who` as its hint."""
    return bad_arg(who, position, "a collection (vector, map, set, string or nil)", value, hint=usage(who))


def usage(who: str) -> str | None:
    """`usage: (f coll) or (f x coll)` of a builtin, None for an unknown name."""
    entry = REGISTRY.bare.get(who)
    if not isinstance(entry, Builtin):
        return None
    return "usage: " + " or ".join(f"({who}{' ' if shape else ''}{shape})" for shape in entry.params)


def whole(value: Value, who: str, position: int, expected: str = "an integer") -> int:
    """An integer argument, cut to what Python can index with. Raises type_error."""
    if value.__class__ is not int:
        hint = number_hint(value) if value is None or value.__class__ is str else float_hint(value)
        raise bad_arg(who, position, expected, value, hint=hint or usage(who))
    return max(-_HUGE, min(value, _HUGE))


def positive(value: Value, who: str, position: int) -> int:
    """An integer argument above zero. Raises type_error."""
    number = whole(value, who, position, "a positive integer")
    if number <= 0:
        raise bad_arg(who, position, "a positive integer", value)
    return number


def derive(who: str, source: Stream, step: Callable[[Iterator[Value]], Iterator[Value]]) -> Stream:
    """An endless sequence made from another by `step`, shown as `(who … source)`."""
    return Stream(_text(who, source), lambda: step(source.start()))


def derive_rows(
    who: str, sources: tuple[Stream, ...], step: Callable[[Iterator[tuple[Value, ...]]], Iterator[Value]]
) -> Stream:
    """As `derive`, from several endless sequences side by side."""
    return Stream(_text(who, sources[0]), lambda: step(zip(*[s.start() for s in sources], strict=False)))


def _text(who: str, source: Stream) -> str:
    return f"({who} … {source.text if len(source.text) < _MAX_TEXT else '…'})"


def all_streams(colls: tuple[Value, ...]) -> TypeGuard[tuple[Stream, ...]]:
    """Whether there are only endless sequences (and at least one)."""
    return bool(colls) and all(is_stream(c) for c in colls)


def take_from(source: Value, count: int, who: str, position: int) -> list[Value]:
    """Fresh list of the first `count` items of a finite or endless collection; none when `count` is not positive."""
    count = max(count, 0)
    if is_stream(source):
        return list(islice(source.start(), count))
    return view(source, who, position)[:count]


def rows(colls: tuple[Value, ...], who: str, position: int) -> Iterator[tuple[Value, ...]]:
    """Tuples of one item from each collection, as many as the shortest has; `position` is that of the first.

    Endless collections are read no further than needed. Without a finite one the result is endless.
    """
    finite = [coll(c, who, position + i) for i, c in enumerate(colls) if not is_stream(c)]
    shortest = min(map(len, finite), default=None)
    lists = iter(finite)
    columns = [islice(c.start(), shortest) if is_stream(c) else next(lists) for c in colls]
    return zip(*columns, strict=False)
