"""Key selectors: what `sort-by`, `group-by`, `sum-by` and their kin accept to say "this part of each item".

A selector is a keyword or string (flexible lookup), a vector (path of keys and indexes), or anything callable. The
functions here look at many items in one pass, because that is where programs over thousands of rows spend their time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import NoneType

from ptc_lisp.values.collections import flex_get, set_has
from ptc_lisp.values.functions import as_fn, keyword_call
from ptc_lisp.values.keys import key
from ptc_lisp.values.persistent import LispSet, is_map, is_vector, vec_list
from ptc_lisp.values.rows import Row, row_get, rows_getter
from ptc_lisp.values.strings import graphemes
from ptc_lisp.values.types import Keyword, Value

_OWN_KEYS: frozenset[type] = frozenset({str, int, Keyword, NoneType, dt.date, dt.datetime, dt.timedelta})


def keyword_getter(k: Keyword) -> Callable[[Value], Value]:
    """A quick function of one argument: `(k x)`, the flexible lookup that gives nil for what is not a map."""
    name = k.name
    host_name = name.replace("-", "_")

    def get(item: Value) -> Value:
        if item.__class__ is dict:
            return item[k] if k in item else item[name] if name in item else item.get(host_name)
        return keyword_call(k, item)

    return get


def pluck(k: Keyword, items: list[Value]) -> list[Value]:
    """Fresh list of `(k item)` for each item."""
    name = k.name
    host_name = name.replace("-", "_")
    if items and isinstance(items[0], Row):
        return _pluck_rows(k, items)
    # The lookup of `keyword_getter`, written out: a call for each row would cost twice the time. That the items are plain
    # dicts is found out by what else they cannot do.
    try:
        if host_name == name:
            return [item[k] if k in item else item.get(name) for item in items]
        return [
            item[k] if k in item else item[name] if name in item else item.get(host_name) for item in items
        ]
    except (TypeError, AttributeError):
        return list(map(keyword_getter(k), items))


def pluck_data(k: Keyword, items: list[Value]) -> list[Value]:
    """`pluck` where the items come from the context, in which no plain dict has a keyword as a key."""
    name = k.name
    host_name = name.replace("-", "_")
    if items and isinstance(items[0], Row):
        return _pluck_rows(k, items)
    try:
        if host_name == name:
            return [item.get(name) for item in items]
        return [item[name] if name in item else item.get(host_name) for item in items]
    except (TypeError, AttributeError):
        return list(map(keyword_getter(k), items))


def _pluck_rows(k: Keyword, items: list[Value]) -> list[Value]:
    get = rows_getter(k.name)
    if get is not None:
        try:
            return list(map(get, items))
        except AttributeError:  # there are others among them
            pass
    return list(map(keyword_getter(k), items))


def get_step(target: Value, step: Value) -> Value:
    """One step of a path: a key of a map (flexible), an index of a vector or string, a member of a set; else nil."""
    if is_map(target):
        return flex_get(target, step)
    if is_vector(target) or isinstance(target, str):
        items = graphemes(target) if isinstance(target, str) else vec_list(target)
        return items[step] if step.__class__ is int and 0 <= step < len(items) else None
    if isinstance(target, Row):
        return row_get(target, step)
    return step if target.__class__ is LispSet and set_has(target, step) else None


def path_get(target: Value, path: list[Value]) -> Value:
    """What a path of steps leads to, nil when it leads nowhere; the target itself for an empty path."""
    for step in path:
        if target is None:
            return None
        target = get_step(target, step)
    return target


def selector(sel: Value, who: str) -> Callable[[Value], Value]:
    """A function of one argument for a key selector. Raises a Trap (not_callable, arity_error) naming `who`."""
    if sel.__class__ is Keyword:
        return keyword_getter(sel)
    if sel.__class__ is str:
        return lambda item: flex_get(item, sel) if is_map(item) else None
    if is_vector(sel):
        path = list(vec_list(sel))
        return lambda item: path_get(item, path)
    return as_fn(sel, 1, who)


def select(sel: Value, items: list[Value], who: str) -> list[Value]:
    """Fresh list of what the selector finds in each item. Raises as `selector`, and what a called function raises."""
    if sel.__class__ is Keyword:
        return pluck(sel, items)
    get = selector(sel, who)
    return [get(item) for item in items]


def key_forms(values: list[Value]) -> list[Value]:
    """The key form of each value; `values` itself when they are their own."""
    if set(map(type, values)) <= _OWN_KEYS:
        return values
    return [key(value) for value in values]


def marks(values: list[Value]) -> list[Value]:
    """Hashable stand-ins that are equal where the values are the same key; `values` itself when they will do.

    Unlike key forms they cannot become keys of a map: they compare only with each other.
    """
    kinds = set(map(type, values))
    return values if kinds in ({float}, {bool}) else key_forms(values)
