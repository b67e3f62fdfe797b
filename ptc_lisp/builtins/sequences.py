"""Builtins that look into a sequence: its ends, one item, its size."""

from __future__ import annotations

from itertools import islice

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.seq_support import derive, is_stream, take_from, usage, view, whole
from ptc_lisp.builtins.support import bad_arg, float_hint
from ptc_lisp.values.collections import map_count, set_count, vec_count, vec_pop
from ptc_lisp.values.keys import unkey
from ptc_lisp.values.persistent import LispSet, is_map, is_vector, map_raw, vec_after, vec_list, vec_window
from ptc_lisp.values.strings import grapheme_count
from ptc_lisp.values.types import ABSENT, Value

AREA = "sequences"


def _head(value: Value, who: str) -> Value:
    if value.__class__ is list:
        return value[0] if value else None
    if is_vector(value):
        source, start = vec_window(value)
        return source[start] if start < len(source) else None
    if is_map(value):
        entry = next(iter(map_raw(value).items()), None)
        return None if entry is None else [unkey(entry[0]), entry[1]]
    head = take_from(value, 1, who, 1)
    return head[0] if head else None


def _after(value: Value, count: int, who: str) -> Value:
    """What comes after the first `count` items."""
    if is_stream(value):
        return derive(who, value, lambda items: islice(items, count, None))
    return vec_after(value, count) if is_vector(value) else view(value, who, 1)[count:]


@builtin(
    "first", "coll", doc="The first item, or nil when there is none. The items of a map are [key value] pairs.",
    examples=[("(first [4 5 6])", "4"), ("(first [])", "nil"), ("(first {:a 1})", "[:a 1]")], area=AREA,
    see_also=("second", "last", "rest"),
)  # fmt: skip
def _first(value: Value) -> Value:
    return _head(value, "first")


@builtin("second", "coll", doc="The second item, or nil.", examples=[("(second [4 5 6])", "5")], area=AREA)
def _second(value: Value) -> Value:
    pair = take_from(value, 2, "second", 1)
    return pair[1] if len(pair) > 1 else None


@builtin(
    "last", "coll", doc="The last item, or nil when there is none.",
    examples=[("(last [4 5 6])", "6"), ('(last "abc")', '"c"')], area=AREA,
)  # fmt: skip
def _last(value: Value) -> Value:
    items = view(value, "last", 1)
    return items[-1] if items else None


@builtin(
    "rest", "coll", doc="All items but the first, as a vector; [] when nothing is left.",
    examples=[("(rest [4 5 6])", "[5 6]"), ("(rest [])", "[]")], area=AREA, see_also=("next",),
)  # fmt: skip
def _rest(value: Value) -> Value:
    return _after(value, 1, "rest")


@builtin(
    "next", "coll", doc="All items but the first, as a vector; nil when nothing is left.",
    examples=[("(next [4 5 6])", "[5 6]"), ("(next [4])", "nil")], area=AREA, see_also=("rest",),
)  # fmt: skip
def _next(value: Value) -> Value:
    return _after(value, 1, "next") or None


@builtin(
    "butlast", "coll", doc="All items but the last, as a vector; nil when nothing is left.",
    examples=[("(butlast [4 5 6])", "[4 5]"), ("(butlast [4])", "nil")], area=AREA, see_also=("drop-last",),
)  # fmt: skip
def _butlast(value: Value) -> Value:
    return view(value, "butlast", 1)[:-1] or None


@builtin("ffirst", "coll", doc="(first (first coll)).", examples=[("(ffirst [[1 2] [3]])", "1")], area=AREA)
def _ffirst(value: Value) -> Value:
    return _head(_head(value, "ffirst"), "ffirst")


@builtin(
    "fnext",
    "coll",
    doc="(first (next coll)): the second item, or nil.",
    examples=[("(fnext [4 5])", "5")],
    area=AREA,
)
def _fnext(value: Value) -> Value:
    return _second(value)


@builtin(
    "nfirst", "coll", doc="(next (first coll)).", examples=[("(nfirst [[1 2 3] [4]])", "[2 3]")], area=AREA
)
def _nfirst(value: Value) -> Value:
    return _after(_head(value, "nfirst"), 1, "nfirst") or None


@builtin("nnext", "coll", doc="(next (next coll)).", examples=[("(nnext [1 2 3 4])", "[3 4]")], area=AREA)
def _nnext(value: Value) -> Value:
    return _after(value, 2, "nnext") or None


@builtin(
    "nth", "coll index", "coll index default",
    doc="The item at an index from 0; the default (or nil) when there is none. Never fails for an index out of range.",
    examples=[("(nth [4 5 6] 1)", "5"), ("(nth [4] 9)", "nil"), ("(nth [4] 9 :none)", ":none")],
    area=AREA, clojure="DIV-26", see_also=("get",),
)  # fmt: skip
def _nth(value: Value, index: Value, default: Value = None) -> Value:
    if index.__class__ is not int:
        raise bad_arg("nth", 2, "an integer index", index, hint=float_hint(index) or usage("nth"))
    if is_stream(value):
        return next(islice(value.start(), whole(index, "nth", 2), None), default) if index >= 0 else default
    source, start = vec_window(value) if is_vector(value) else (view(value, "nth", 1), 0)
    return source[start + index] if 0 <= index < len(source) - start else default


@builtin(
    "peek", "vector", doc="The last item of a vector, or nil. Fits conj and pop.",
    examples=[("(peek [4 5 6])", "6"), ("(peek [])", "nil")], area=AREA,
)  # fmt: skip
def _peek(value: Value) -> Value:
    if value is None:
        return None
    if not is_vector(value):
        raise bad_arg("peek", 1, "a vector or nil", value, hint="use first or last for other collections")
    items = vec_list(value)
    return items[-1] if items else None


@builtin(
    "pop", "vector", doc="A vector without its last item; nil when there is none.",
    examples=[("(pop [4 5 6])", "[4 5]"), ("(pop [])", "nil")], area=AREA, clojure="DIV-26",
)  # fmt: skip
def _pop(value: Value) -> Value:
    if value is None:
        return None
    if not is_vector(value):
        raise bad_arg("pop", 1, "a vector or nil", value, hint="use rest or butlast for other collections")
    return vec_pop(value) if vec_list(value) else None


@builtin(
    "subvec", "vector start", "vector start end",
    doc="The items of a vector from index start up to, not including, end. Indexes out of range are moved into it.",
    examples=[("(subvec [1 2 3 4] 1 3)", "[2 3]"), ("(subvec [1 2] 1 9)", "[2]")], area=AREA, clojure="DIV-26",
)  # fmt: skip
def _subvec(value: Value, start: Value, end: Value = ABSENT) -> Value:
    if not is_vector(value):
        raise bad_arg("subvec", 1, "a vector", value, hint="use take and drop for other collections")
    items = vec_list(value)
    low = max(whole(start, "subvec", 2), 0)
    high = len(items) if end is ABSENT else max(whole(end, "subvec", 3), 0)
    return items[low:high]


def size(value: Value, who: str) -> int:
    """Number of items of any finite collection, without building them. Raises type_error, naming `who`."""
    if value.__class__ is list:
        return len(value)
    if value is None:
        return 0
    if is_map(value):
        return map_count(value)
    if value.__class__ is str:
        return grapheme_count(value)
    if is_vector(value):
        return vec_count(value)
    if value.__class__ is LispSet:
        return set_count(value)
    return len(view(value, who, 1))


@builtin(
    "count", "coll", doc="How many items a collection has; characters of a string, entries of a map; 0 for nil.",
    examples=[("(count [4 5 6])", "3"), ('(count "héllo")', "5"), ("(count nil)", "0")], area=AREA,
)  # fmt: skip
def _count(value: Value) -> int:
    return size(value, "count")


def _has_none(value: Value, who: str) -> bool:
    if value.__class__ is list or value.__class__ is str:
        return not value
    return False if is_stream(value) else size(value, who) == 0


@builtin(
    "empty?", "coll", doc="Whether a collection or string has no items; true for nil.",
    examples=[("(empty? [])", "true"), ('(empty? "a")', "false")], area=AREA, see_also=("not-empty", "seq"),
)  # fmt: skip
def _is_empty(value: Value) -> bool:
    return _has_none(value, "empty?")


@builtin(
    "not-empty", "coll", doc="The collection itself, or nil when it has no items.",
    examples=[("(not-empty [1])", "[1]"), ("(not-empty [])", "nil")], area=AREA,
)  # fmt: skip
def _not_empty(value: Value) -> Value:
    return None if _has_none(value, "not-empty") else value


@builtin(
    "empty", "coll", doc="An empty collection of the same kind; nil for anything that is no vector, map or set.",
    examples=[("(empty [1 2])", "[]"), ("(empty {:a 1})", "{}"), ('(empty "ab")', "nil")], area=AREA,
)  # fmt: skip
def _empty(value: Value) -> Value:
    if is_vector(value):
        return []
    if is_map(value):
        return {}
    return LispSet({}) if value.__class__ is LispSet else None


@builtin(
    "seq", "coll", doc="The items as a vector, or nil when there are none: (when (seq xs) …) tests for items.",
    examples=[("(seq [1 2])", "[1 2]"), ("(seq [])", "nil"), ("(seq {:a 1})", "[[:a 1]]")], area=AREA,
)  # fmt: skip
def _seq(value: Value) -> Value:
    if is_stream(value):
        return value
    if is_vector(value):
        return value if vec_count(value) else None
    return view(value, "seq", 1) or None


@builtin(
    "sequence", "coll", doc="The items as a vector, [] when there are none.",
    examples=[("(sequence #{7})", "[7]"), ("(sequence nil)", "[]")], area=AREA,
)  # fmt: skip
def _sequence(value: Value) -> Value:
    return value if is_stream(value) or is_vector(value) else view(value, "sequence", 1)


@builtin(
    "doall", "coll", "n coll", doc="The collection itself: sequences are never lazy here, so there is nothing to force.",
    examples=[("(doall (map inc [1 2]))", "[2 3]")], area=AREA,
)  # fmt: skip
def _doall(value: Value, of: Value = ABSENT) -> Value:
    return _forced("doall", value, of)


@builtin(
    "dorun", "coll", "n coll", doc="nil: sequences are never lazy here, so there is nothing to force. See run!.",
    examples=[("(dorun (map inc [1 2]))", "nil")], area=AREA, see_also=("run!",),
)  # fmt: skip
def _dorun(value: Value, of: Value = ABSENT) -> None:
    _forced("dorun", value, of)


def _forced(who: str, value: Value, of: Value) -> Value:
    if of is ABSENT:
        view(value, who, 1)
        return value
    whole(value, who, 1)
    if not is_stream(of):
        view(of, who, 2)
    return of
