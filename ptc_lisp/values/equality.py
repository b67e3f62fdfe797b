"""The language's `=`: numbers compare across int and float, collections by content, `true` is not `1`.

Map keys and set elements compare strictly (see `keys.py`): `(= {1 :x} {1.0 :x})` is false.
"""

from __future__ import annotations

from ptc_lisp.values.persistent import LispSet, is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.types import Value

_NUMBERS = frozenset({int, float})


def equals(a: Value, b: Value) -> bool:
    """Whether two values are `=`. NaN equals nothing, not even itself. Never raises."""
    ca, cb = a.__class__, b.__class__
    if ca is cb:
        if ca is str or ca is int or ca is float:
            return bool(a == b)
        if ca is list:
            return len(a) == len(b) and _all_equal(a, b)
    if ca in _NUMBERS and cb in _NUMBERS:
        return bool(a == b)
    if is_vector(a):
        if not is_vector(b):
            return False
        xs, ys = vec_list(a), vec_list(b)
        return len(xs) == len(ys) and _all_equal(xs, ys)
    if is_map(a):
        if not is_map(b):
            return False
        left, right = map_raw(a), map_raw(b)
        return len(left) == len(right) and all(k in right and equals(v, right[k]) for k, v in left.items())
    if ca is LispSet:
        return cb is LispSet and map_raw(a.raw).keys() == map_raw(b.raw).keys()
    return a is b or (ca is cb and bool(a == b))


def _all_equal(xs: list[Value], ys: list[Value]) -> bool:
    return all(equals(x, y) for x, y in zip(xs, ys, strict=True))
