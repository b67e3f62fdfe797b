"""Objects of the host as programs get them, where a type is looked at before the data is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from ptc_lisp.values.collections import set_items
from ptc_lisp.values.convert import from_host
from ptc_lisp.values.persistent import LispSet

_AS_THEY_ARE = frozenset(
    {type(None), bool, int, float, str, list, tuple, dict, set, frozenset, dt.date, dt.datetime, dt.timedelta}
)


def as_value(obj: Any) -> Any:
    """What programs get for a record, an enum, a Decimal, a UUID, a path, or an array or scalar of numpy or pandas (None
    for `NaT` and `NA`). Plain data, and what has no form in the language, is returned as it is; items of plain lists
    and dicts are not looked at."""
    if obj.__class__ in _AS_THEY_ARE or (
        isinstance(obj, Mapping | AbstractSet) and not hasattr(obj, "dtype")
    ):
        return obj
    try:
        value = from_host(obj, "")
    except Exception:  # noqa: BLE001 - it is somebody else's object: sending it says what is wrong with it, and where
        return obj
    return set_items(value) if isinstance(value, LispSet) else value
