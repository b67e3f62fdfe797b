"""Hypothesis strategies for values of the language, and when two of them are the same."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from hypothesis import strategies as st

from ptc_lisp.values.collections import make_map, make_set
from ptc_lisp.values.keys import strict_equal
from ptc_lisp.values.persistent import LispSet, PVec, is_map, is_vector, map_raw, vec_list
from ptc_lisp.values.types import Symbol, kw

NAMES = st.text("abcxyz-?!*<>=+_0123456789", min_size=1, max_size=6).filter(
    lambda text: text[0].isalpha() and not text.startswith("nil")
)
KEYWORDS = NAMES.map(kw)
INTEGERS = st.one_of(st.integers(-20, 20), st.integers(), st.integers(-(10**40), 10**40))
FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1.0, math.inf, -math.inf, 5e-324]),
)
STRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    INTEGERS,
    FLOATS,
    STRINGS,
    KEYWORDS,
    st.sampled_from(["", "é", "👍🏽", '"', "\\d", "\n\t\r"]),
)
SYMBOLS = NAMES.map(Symbol)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    vectors = st.lists(inner, max_size=4)
    return st.one_of(
        vectors,
        vectors.map(PVec),
        st.lists(st.tuples(inner, inner), max_size=4).map(make_map),
        vectors.map(make_set),
    )


VALUES = st.recursive(SCALARS, _containers, max_leaves=12)
"""Everything that has a literal, without NaN (which is not even the same as itself)."""

DATES = st.one_of(st.dates(), st.datetimes(timezones=st.just(dt.UTC)), st.timedeltas())
STORABLE = st.recursive(st.one_of(SCALARS, DATES, SYMBOLS), _containers, max_leaves=12)
"""Everything without functions that a session remembers."""

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), INTEGERS, st.floats(allow_nan=False, allow_infinity=False), STRINGS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(STRINGS, inner, max_size=4)),
    max_leaves=12,
)


def same(a: Any, b: Any) -> bool:
    """Whether two values cannot be told apart: kind, order of entries and sign of zero included."""
    if is_vector(a):
        xs, ys = (vec_list(a), vec_list(b)) if is_vector(b) else ([], [None])
        return len(xs) == len(ys) and all(same(x, y) for x, y in zip(xs, ys, strict=True))
    if is_map(a):
        if not is_map(b):
            return False
        xs, ys = list(map_raw(a).items()), list(map_raw(b).items())
        return [k for k, _ in xs] == [k for k, _ in ys] and all(
            same(x[1], y[1]) for x, y in zip(xs, ys, strict=True)
        )
    if isinstance(a, LispSet):
        return isinstance(b, LispSet) and list(map_raw(a.raw)) == list(map_raw(b.raw))
    if isinstance(a, float):
        return isinstance(b, float) and math.copysign(1, a) == math.copysign(1, b) and a == b
    return strict_equal(a, b)
