"""`unknown_keys` for PTC-JSON programs: fields that a program reads and no data has. A guess, used for advice only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

_READS_FIELD = frozenset({
    "eq", "neq", "gt", "gte", "lt", "lte", "contains", "in", "starts_with", "ends_with", "matches", "get", "sort_by", "filter_in",
    "sum", "avg", "min", "max", "min_by", "max_by", "group_by", "count_by",
})  # fmt: skip
_MADE_BY_OPERATIONS = frozenset({"rows", "count", "result"})


def unknown_fields(
    program: str, keys: Mapping[str, Iterable[str]], earlier: Iterable[str] = (), fields: Iterable[str] = ()
) -> list[str]:
    """The fields that a program reads though no table has them, in order. Arguments and limits as of `unknown_keys`."""
    maps = list(_maps(program))
    past = [each for text in earlier for each in _maps(text)]
    if not keys or any(each.get("op") == "call" for each in (*maps, *past)):
        return []
    known = {name for names in keys.values() for name in names} | set(fields) | _MADE_BY_OPERATIONS
    known |= {name for each in (*maps, *past) for name in _made(each)}
    return [
        name for name in dict.fromkeys(name for each in maps for name in _read(each)) if name not in known
    ]


def _maps(program: str) -> Iterator[dict[str, Any]]:
    """All maps of a program, outer ones first."""
    try:
        pending: list[Any] = [json.loads(program)]
    except (ValueError, RecursionError):
        return
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            found = cast("dict[str, Any]", value)
            yield found
            pending += reversed(list(found.values()))
        elif isinstance(value, list):
            pending += reversed(cast("list[Any]", value))


def _read(node: dict[str, Any]) -> Iterator[str]:
    op = node.get("op")
    if op in _READS_FIELD:
        yield from _texts([node.get("field")])
    if op == "get" and isinstance(node.get("path"), list):
        yield from _texts(node["path"][:1])
    elif op == "select":
        yield from _texts(node.get("fields"))
    elif op == "join":
        yield from _texts([node.get("on"), node.get("with_field")])


def _made(node: dict[str, Any]) -> Iterator[str]:
    """The names of a map without `op`, and those of a list of {name, value}."""
    if "op" not in node:
        yield from node
        yield from _texts([node.get("name")])
    elif isinstance(node.get("fields"), dict):
        yield from node["fields"]


def _texts(values: Any) -> Iterator[str]:
    if isinstance(values, list):
        yield from (each for each in cast("list[Any]", values) if isinstance(each, str))
