"""From values of the language to Python objects of the host: what `step.value` and tools get. For the worker's side."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ptc_lisp.values.codec import MAX_DEPTH, too_deep, unstorable
from ptc_lisp.values.keys import unkey
from ptc_lisp.values.persistent import LispSet, PMap, PVec, map_raw, vec_list
from ptc_lisp.values.plain import is_plain
from ptc_lisp.values.printing import display, pr_str
from ptc_lisp.values.types import Keyword, Regex, Stream, Value


def to_host(value: Value) -> Any:
    """JSON-shaped Python of a value: keywords are strings, sets lists, functions and other things their text.

    Map keys: strings and integers stay, keywords are their names, all others their printed text. Dates, instants and
    durations stay. Raises a Trap for an endless sequence, and for what is nested too deep for the host to decode.
    """
    return value if value.__class__ in _KEPT or is_plain(value, _KEPT) else _out(value)


_KEPT = frozenset({str, int, float, bool, type(None), dt.datetime, dt.date, dt.timedelta})


def _out(value: Value, depth: int = 1) -> Any:
    cls = value.__class__
    if cls in _KEPT:
        return value
    if cls is Keyword:
        return value.name
    if depth > MAX_DEPTH and (cls in {list, dict, PVec, PMap, LispSet}):
        raise too_deep()
    if cls is list or cls is PVec:
        return [_out(item, depth + 1) for item in vec_list(value)]
    if cls is dict or cls is PMap:
        return {_out_key(k): _out(v, depth + 1) for k, v in map_raw(value).items()}
    if cls is LispSet:
        return [_out(item, depth + 1) for item in map_raw(value.raw).values()]
    if cls is Stream:
        raise unstorable(value)
    return _text(value)


def _out_key(raw: Value) -> str | int:
    cls = raw.__class__
    if cls is str or cls is int:
        return raw
    return raw.name if cls is Keyword else _text(unkey(raw))


def _text(value: Value) -> str:
    return display(value) if value.__class__ in {dt.date, dt.datetime, Regex} else pr_str(value)
