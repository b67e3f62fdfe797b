"""What a value looks like, in few lines: its type, and for tables and maps a line for each key."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, cast

import msgspec

from ptc_lisp.signature import as_value
from subagent.prompting.preview import Bounds, Language, cut, key_text, preview, type_name

COLUMNS = 40
"""So many keys of a table or map are listed."""

_ROWS_READ = 200
_SAMPLES = 3
_INNER_COLUMNS = 12
_INNER_LINES = 40
_FEW = 8
_OFTEN = 3
_LINE = 140
_SAMPLE = Bounds(chars=32, string=24, items=3, depth=2)
_VALUE = Bounds(chars=160, string=100, items=6, depth=3)


class Shapes:
    """Heads and lines of values in the notation of a language."""

    def __init__(
        self, language: Language, links: Mapping[Any, str] | None = None, digits: int | None = None
    ) -> None:
        """links: what is to be said of columns of the outermost table, by key. digits: decimals of floats; None: all."""
        self._language: Language = language
        self._links = links or {}
        self._inner_lines = 0
        self._sample = msgspec.structs.replace(_SAMPLE, language=language, digits=digits)
        self._value = msgspec.structs.replace(_VALUE, language=language, digits=digits)

    def shape(self, value: Any, depth: int = 2) -> tuple[str, list[str]]:
        """The head line of a value and the lines below it; maps inside maps are opened `depth` levels deep."""
        if isinstance(value, str):
            text = preview(value, self._value)
            if len(value) <= _VALUE.string:
                return f"string {text}", []
            return f"string of {len(value)} characters, begins {text}", []
        if isinstance(value, Mapping):
            return self._map(value, depth)
        if isinstance(value, AbstractSet):
            return f"set of {len(value)} values, {preview(value, self._value)}", []
        if isinstance(value, list | tuple):
            return self._list(value, depth)
        return f"{self._type(value)} {preview(value, self._value)}", []

    def _map(self, value: Mapping[Any, Any], depth: int) -> tuple[str, list[str]]:
        if not value:
            return "empty map", []
        lines: list[str] = []
        for key, raw in list(value.items())[:COLUMNS]:
            item = as_plain(raw)
            nested = isinstance(item, Mapping | list | tuple) and len(item) > 0 and depth > 0
            plain = f"{self._type(item)} {preview(item, self._sample)}"
            head, below = self.shape(item, depth - 1) if nested else (plain, [])
            lines += [f"{self._key(key)} {head}", *(f"  {line}" for line in below)]
        return f"map with {_plural(len(value), 'key')}", [*lines, *_rest(len(value), "key")]

    def _list(self, value: Sequence[Any], depth: int) -> tuple[str, list[str]]:
        if not value:
            return "empty list", []
        sample = spread(value)
        if not all(isinstance(row, Mapping) for row in sample):
            types = " or ".join(dict.fromkeys(self._type(item) for item in sample))
            return f"list of {_plural(len(value), 'value')} ({types}), {preview(value, self._value)}", []
        return f"list of {_plural(len(value), 'map')} with keys", self._columns(sample, depth, self._links)

    def _columns(
        self, rows: Sequence[Mapping[Any, Any]], depth: int, links: Mapping[Any, str], most: int = COLUMNS
    ) -> list[str]:
        columns: dict[Any, list[Any]] = {}
        for row in rows:
            for key, item in row.items():
                columns.setdefault(key, []).append(as_plain(item))
        lines: list[str] = []
        for key, items in list(columns.items())[:most]:
            lines += self._column(key, items, len(rows), depth, links.get(key))
        return [*lines, *_rest(len(columns), "key", most)]

    def _column(self, key: Any, items: Sequence[Any], rows: int, depth: int, link: str | None) -> list[str]:
        types = list(dict.fromkeys(self._type(item) for item in items if item is not None))
        if len(types) < len({self._type(item) for item in items}) or len(items) < rows:
            types.append(self._type(None))
        if types[:2] in (["int", "float"], ["float", "int"]):
            types[:2] = ["float"]
        head = f"{self._key(key)} {' or '.join(types)}"
        below = _rows_inside(items)
        if below and depth > 0 and self._inner_lines < _INNER_LINES:
            lines = self._columns(below, depth - 1, {}, _INNER_COLUMNS)
            self._inner_lines += len(lines)
            head = " or ".join("list of maps" if name == "list" else name for name in types)
            return [f"{self._key(key)} {head} with keys", *(f"  {line}" for line in lines)]
        samples = self._samples([item for item in items if item is not None])
        link = f"; {link}" if link else ""
        return [cut(f"{head}, e.g. {samples}" if samples else head, _LINE - len(link)) + link]

    def _samples(self, items: Sequence[Any]) -> str:
        """Some of the different values; of text all when they are few and come often, as those of a status do."""
        shown = list(dict.fromkeys(preview(item, self._sample) for item in items))
        few = len(shown) <= _FEW and len(items) >= _OFTEN * len(shown)
        few = few and all(isinstance(item, str) for item in items)
        return ", ".join(shown if few else shown[:_SAMPLES])

    def _type(self, value: Any) -> str:
        return type_name(value, self._language)

    def _key(self, key: Any) -> str:
        return key_text(key, self._language)


def spread(value: Sequence[Any]) -> list[Any]:
    """Up to `_ROWS_READ` items from all over a sequence, always the same ones."""
    if len(value) <= _ROWS_READ:
        return [as_plain(item) for item in value]
    half = _ROWS_READ // 2
    step = (len(value) - half) // half
    # The growing offset keeps the picks from falling in step with rows that repeat regularly.
    spread = (half + i * step + i * i % max(1, step) for i in range(half))
    return [as_plain(value[i]) for i in [*range(half), *spread]]


def rows_of(value: Any) -> list[Mapping[Any, Any]]:
    """A map, or the maps of a list (some of them, when there are many); nothing for any other value."""
    plain = as_plain(value)
    if isinstance(plain, Mapping):
        return [cast("Mapping[Any, Any]", plain)]
    items = spread(plain) if isinstance(plain, list | tuple) else []
    return [item for item in items if isinstance(item, Mapping)]


def _rows_inside(items: Sequence[Any]) -> list[Mapping[Any, Any]]:
    """The maps that a column holds, in itself or in lists, when it holds nothing else."""
    there = [item for item in items if item is not None]
    if not all(isinstance(item, type(there[0])) for item in there) or not isinstance(
        there[0] if there else None, Mapping | list | tuple
    ):
        return []
    flat = there if isinstance(there[0], Mapping) else [as_plain(part) for item in there for part in item]
    return flat[:_ROWS_READ] if all(isinstance(part, Mapping) for part in flat) else []


def _rest(total: int, what: str, most: int = COLUMNS) -> list[str]:
    return [f"... {_plural(total - most, f'more {what}')}"] if total > most else []


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def as_plain(value: Any) -> Any:
    """A value of the context as programs get it: records as maps, scalars of libraries as those of the language."""
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    dump: Callable[[], Any] | None = getattr(value, "model_dump", None)
    return dump() if callable(dump) else as_value(value)
