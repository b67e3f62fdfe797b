"""Which column of a table holds the ids of another table's rows: what a program needs for a join.

Told only if name and values agree: `employee_id` is named after the table `employees`, whose rows have different values
of `id`, and each of its values is one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from subagent.prompting.preview import Language, key_text
from subagent.prompting.shapes import as_plain

_MOST_ROWS = 20_000
_SHORTEST_STEM = 3


def references(context: Mapping[str, Any], prefix: str, language: Language) -> dict[str, dict[str, str]]:
    """For tables of the context, by column: "the :id of data/employees"."""
    found: dict[str, dict[str, str]] = {}
    for name, column, other in _candidates(context):
        key = _shared_key(_rows(context[name]), column, _rows(context[other]))
        if key is not None:
            words = f"the {key_text(key, language)} of {prefix}{other}"
            found.setdefault(name, {})[column] = words
    return found


def _candidates(context: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Table, column, other table, as far as names go."""
    tables = {name: value for name, value in context.items() if isinstance(value, list | tuple) and value}
    for name, value in tables.items() if len(tables) > 1 else ():
        first = as_plain(value[0])
        for column in first if isinstance(first, Mapping) else ():
            for other in tables:
                if other != name and isinstance(column, str) and _named_after(column, other):
                    yield name, column, other


def _rows(value: Sequence[Any]) -> list[Mapping[str, Any]]:
    rows = [as_plain(row) for row in value] if len(value) <= _MOST_ROWS else []
    return rows if all(isinstance(row, Mapping) for row in rows) else []


def _named_after(column: str, table: str) -> bool:
    """Whether a column's name is that of a table, in the singular, and an ending such as `_id`."""
    plain = column.lower().replace("-", "_")
    for ending in ("_id", "_key", "_code", "_no", "id"):
        stem = plain.removesuffix(ending)
        if stem != plain:
            return len(stem) >= _SHORTEST_STEM and _singular(table) == _singular(stem)
    return False


def _singular(name: str) -> str:
    plain = name.lower().replace("-", "_")
    for ending, instead in (("ies", "y"), ("ses", "s"), ("s", "")):
        if plain.endswith(ending):
            return plain[: -len(ending)] + instead
    return plain


def _shared_key(rows: list[Mapping[str, Any]], column: str, others: list[Mapping[str, Any]]) -> str | None:
    """The key of the other rows whose values are all different and hold all values of the column."""
    values = {row.get(column) for row in rows if _simple(row.get(column))} - {None}
    ending = column.lower().replace("-", "_").rpartition("_")[2]
    for key in dict.fromkeys((column, "id", ending)):
        theirs = [row.get(key) for row in others]
        if not all(map(_simple, theirs)):
            continue
        known = set(theirs)
        if values and len(known) == len(theirs) and values <= known:
            return key
    return None


def _simple(value: Any) -> bool:
    return value is None or isinstance(value, int | str)
