"""The total order of the language: every two values can be compared, so nothing that sorts can fail.

Lowest first; values of one row compare as the right column says:

| rank | values                                  | order within                                             |
|------|-----------------------------------------|----------------------------------------------------------|
| 0    | numbers                                 | by value across int and float, infinities too; NaN last  |
| 1    | `false`, `nil`, `true`                  | in this order (by name)                                  |
| 2    | combined functions                      | all alike                                                |
| 3    | symbols, regexes, closures, tools, vars | by kind, then by name or text                            |
| 4    | what has fields (see below)             | by number of fields, then by content                     |
| 5    | vectors                                 | item by item; a prefix sorts before what it starts       |
| 6    | strings                                 | by code point                                            |

Rank 4 counts fields: a map has as many as it has entries, a set or keyword 2, a builtin 4, a date or instant 5, a
duration 6; where the counts tie, a set comes before a keyword, and a map after everything else. So `{}` and `{:a 1}`
sort before keywords and bigger maps after them. Maps of one size compare by their sorted keys, then by the values; sets by size,
then by their sorted elements; keywords by name; dates and instants by time (a date is its first moment in UTC).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from types import FunctionType

from ptc_lisp.values.functions import Builtin, fn_info
from ptc_lisp.values.keys import unkey
from ptc_lisp.values.persistent import LispSet, is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.types import Composed, Keyword, Regex, Stream, Symbol, ToolRef, Value, Var

OrderKey = tuple[Value, ...]
"""Stands for a value where Python compares: `order_key(a) < order_key(b)` is the order of the language."""

_NUMBERS = frozenset({int, float})
_SELF_ORDERED: frozenset[type] = frozenset({int, str, bool, dt.date, dt.datetime, dt.timedelta})
_NAN: OrderKey = (0.5,)
_ATOMS: dict[Value, OrderKey] = {False: (1, 0), None: (1, 1), True: (1, 2)}


def compare(a: Value, b: Value) -> int:
    """-1, 0 or 1 in the total order. NaN equals itself and comes after all other numbers. Never raises."""
    ca, cb = a.__class__, b.__class__
    if (ca is cb and ca is str) or (ca in _NUMBERS and cb in _NUMBERS):
        if a < b:
            return -1
        if a > b:
            return 1
        if a == b:
            return 0
    elif ca is Keyword and cb is Keyword:
        return (a.name > b.name) - (a.name < b.name)
    elif is_vector(a) and is_vector(b):
        return _compare_vectors(vec_list(a), vec_list(b))
    left, right = order_key(a), order_key(b)
    return (left > right) - (left < right)


def _compare_vectors(xs: Sequence[Value], ys: Sequence[Value]) -> int:
    for x, y in zip(xs, ys, strict=False):
        sign = compare(x, y)
        if sign:
            return sign
    return (len(xs) > len(ys)) - (len(xs) < len(ys))


def order_key(value: Value) -> OrderKey:
    """A Python-comparable stand-in. Keys of any two values can be compared with each other."""
    cls = value.__class__
    if cls is int or cls is float:
        return (0, value) if value == value else _NAN  # noqa: PLR0124 - only NaN differs from itself
    if cls is str:
        return (6, value)
    if value is None or cls is bool:
        return _ATOMS[value]
    if cls is Keyword:
        return (4, 2.2, value.name)
    if is_vector(value):
        return (5, [order_key(item) for item in vec_list(value)])
    if is_map(value):
        return _map_key(map_raw(value))
    if cls is LispSet:
        elements = map_raw(value.raw).values()
        return (4, 2.1, len(elements), sorted([order_key(item) for item in elements]))
    return _other_key(value, cls)


def _map_key(raw: dict[Value, Value]) -> OrderKey:
    entries = sorted([(order_key(unkey(k)), order_key(v)) for k, v in raw.items()])
    return (4, len(entries) + 0.5, [k for k, _ in entries], [v for _, v in entries])


def _other_key(value: Value, cls: type) -> OrderKey:
    if cls is dt.datetime:
        return (4, 5.1, value, 1)
    if cls is dt.date:
        return (4, 5.1, dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC), 0)
    if cls is dt.timedelta:
        return (4, 6.1, value)
    if cls is Builtin:
        return (4, 4.1, value.ref)
    if cls is Composed:
        return (2,)
    if cls is Symbol:
        return (3, 0, value.name)
    if cls is Regex:
        return (3, 1, value.source)
    if cls is FunctionType:
        info = fn_info(value)
        return (3, 2, (info.name if info else None) or "")
    if cls is ToolRef or cls is Var:
        return (3, 3 if cls is ToolRef else 4, value.name)
    return (3, 5, value.text) if cls is Stream else (3, 6, cls.__name__)


def sort_list(
    items: list[Value], keys: list[Value] | None = None, *, descending: bool = False
) -> list[Value]:
    """A fresh list of `items` in the order of the language, or of `keys` (one for each item). Stable both ways."""
    comparable = _comparable(items if keys is None else keys)
    if comparable is items:
        return sorted(items, reverse=descending)
    places = sorted(range(len(items)), key=comparable.__getitem__, reverse=descending)
    return [items[place] for place in places]


def extreme(keys: list[Value], *, largest: bool) -> int:
    """The place of the first smallest or largest of `keys`, which must not be empty."""
    comparable = _comparable(keys)
    wanted = max(comparable) if largest else min(comparable)
    return comparable.index(wanted)


def _comparable(values: list[Value]) -> list[Value]:
    """Something that Python compares as the language does for each value; `values` itself when it will do."""
    kinds = set(map(type, values))
    if not kinds:
        return values
    if kinds <= _NUMBERS:
        ordered = float not in kinds or all([v == v for v in values])  # noqa: C419, PLR0124 - quick; NaN differs
        return values if ordered else [order_key(v) for v in values]
    if len(kinds) == 1:
        (kind,) = kinds
        if kind in _SELF_ORDERED:
            return values
        if kind is Keyword:
            return [v.name for v in values]
        if kind is list and len(set(map(len, values))) == 1 and values[0]:
            return list(
                zip(*[_comparable(list(column)) for column in zip(*values, strict=True)], strict=True)
            )
    return [order_key(v) for v in values]
