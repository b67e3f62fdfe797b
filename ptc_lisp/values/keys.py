"""Map keys and set elements.

In the language `1`, `1.0`, `true`, `"1"` and `:1` are five different keys, and vectors, maps and sets can be keys; in
Python `1 == 1.0 == True` and lists do not hash. So a dict that is a map value keeps its keys in *key form*: strings,
integers, keywords, nil, dates and functions stand for themselves, everything else sits in a `Boxed`.
"""

from __future__ import annotations

import datetime as dt
from typing import final

from ptc_lisp.values.persistent import LispSet, PMap, PVec, is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.types import Keyword, Value

_PLAIN = frozenset({str, int, Keyword, type(None), dt.date, dt.datetime, dt.timedelta})
_BOXED: frozenset[type] = frozenset({bool, float, list, dict, PMap, PVec, LispSet})


@final
class Boxed:
    """A key that Python would confuse with another or could not hash. Equal by strict identity of the language."""

    __slots__ = ("_hash", "value")

    def __init__(self, value: Value) -> None:
        self.value = value
        self._hash = strict_hash(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Boxed) and strict_equal(self.value, other.value)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Boxed({self.value!r})"


def key(value: Value) -> Value:
    """The key form of a value."""
    if value.__class__ in _PLAIN:
        return value
    return Boxed(value) if value.__class__ in _BOXED else value


def unkey(raw: Value) -> Value:
    """The value of a key form."""
    return raw.value if raw.__class__ is Boxed else raw


def strict_hash(value: Value) -> int:
    """A hash that agrees with `strict_equal`."""
    cls = value.__class__
    if cls is bool or cls is float:
        return hash((cls.__name__, value))
    if is_vector(value):
        return hash(("vector", *(hash(key(item)) for item in vec_list(value))))
    if is_map(value):
        total = 0
        for raw, item in map_raw(value).items():
            total ^= hash((raw, hash(key(item))))
        return hash(("map", total))
    if cls is LispSet:
        total = 0
        for raw in map_raw(value.raw):
            total ^= hash(("element", raw))
        return hash(("set", total))
    return hash(value)


def strict_equal(a: Value, b: Value) -> bool:
    """Equality of keys: like `=`, but `1` and `1.0` differ at every depth."""
    if a is b:
        return True
    if is_vector(a):
        if not is_vector(b):
            return False
        xs, ys = vec_list(a), vec_list(b)
        return len(xs) == len(ys) and all(key(x) == key(y) for x, y in zip(xs, ys, strict=True))
    if is_map(a):
        if not is_map(b):
            return False
        da, db = map_raw(a), map_raw(b)
        return len(da) == len(db) and all(k in db and key(v) == key(db[k]) for k, v in da.items())
    if a.__class__ is LispSet:
        return b.__class__ is LispSet and map_raw(a.raw).keys() == map_raw(b.raw).keys()
    return a.__class__ is b.__class__ and bool(a == b)
