"""What to write where a whole row, or a list of rows, stands in the place of one of its values."""

from __future__ import annotations

from ptc_lisp.values.collections import map_items
from ptc_lisp.values.persistent import is_map, is_vector, vec_list
from ptc_lisp.values.printing import pr_str
from ptc_lisp.values.types import Keyword, Value

_MOST = 4


def read_field(row: Value, classes: frozenset[type], what: str) -> str | None:
    """How to take a value of one of the classes out of a map, by the name of a field that has one; None for other
    values and for maps without such a field. `what`: "a number", "a text"."""
    names = _fields(row, classes)
    if not names:
        return None
    others = f"; {what} is also in {' '.join(names[1:])}" if names[1:] else ""
    return f"read a field of the map: ({names[0]} m){others}"


def rows_to_number(items: Value, numbers: frozenset[type]) -> str | None:
    """How to come from a list of maps to a number; None for other values."""
    first = vec_list(items)[0] if is_vector(items) and vec_list(items) else None
    if not is_map(first):
        return None
    names = _fields(first, numbers)
    return "(count xs) is how many maps there are" + (
        f", (sum-by {names[-1]} xs) adds a field of them" if names else ""
    )


def _fields(row: Value, classes: frozenset[type]) -> list[str]:
    if not is_map(row):
        return []
    found: list[str] = []
    for name, value in map_items(row):
        if value.__class__ in classes and name.__class__ in (str, Keyword):
            text = pr_str(name) if name.__class__ is Keyword else f":{name}"
            if " " not in text:
                found.append(text)
        if len(found) == _MOST:
            break
    return found
