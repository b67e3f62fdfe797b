"""What a program can reach, told in few lines: the data under `data/`, the tools under `tool/`.

Big data never enters the prompt: a table is its row count and, per column, type and a few sample values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from ptc_lisp import Tool
from subagent.loop.contract import type_text
from subagent.prompting.envelope import harmless
from subagent.prompting.preview import Bounds, Language, cut, key_text, preview, type_name

_ROWS_READ = 200
_COLUMNS = 40
_NOTE_CHARS = 400
_SAMPLES = 3
_SAMPLE = Bounds(chars=32, string=24, items=3, depth=2)
_VALUE = Bounds(chars=160, string=100, items=6, depth=3)


def data_inventory(
    context: Mapping[str, Any],
    descriptions: Mapping[str, str] | None = None,
    *,
    language: Language = "ptc-lisp",
) -> str:
    """One entry per name of the context, in its order; "" for an empty context."""
    notes, prefix = descriptions or {}, "" if language == "ptc-json" else "data/"
    entries = [
        describe(f"{prefix}{name}", value, notes.get(name), language=language)
        for name, value in context.items()
    ]
    return harmless("\n".join(entries))


def row_keys(context: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The text keys in the rows of each table (and of each map) of a context."""
    found: dict[str, tuple[str, ...]] = {}
    for name, raw in context.items():
        value = _as_plain(raw)
        rows = (
            [value]
            if isinstance(value, Mapping)
            else _spread(value)
            if isinstance(value, list | tuple)
            else []
        )
        keys = dict.fromkeys(
            key for row in rows if isinstance(row, Mapping) for key in row if isinstance(key, str)
        )
        if keys:
            found[name] = tuple(keys)[:_COLUMNS]
    return found


def describe(name: str, value: Any, note: str | None = None, *, language: Language = "ptc-lisp") -> str:
    """The entry of one value: name, type and shape, samples; `note` is the host's own description."""
    head, lines = _Shapes(language).shape(_as_plain(value))
    first = f"{name} - {head}" + (f" - {note}" if note else "")
    return "\n".join([first, *(f"  {line}" for line in lines)])


def tool_inventory(
    tools: Mapping[str, Tool],
    effects: Collection[str] = ("read", "idempotent"),
    *,
    language: Language = "ptc-lisp",
) -> str:
    """One line per public tool: `(tool/find {:city string, :limit int?}) -> [{...}] - Finds ...`, the call as programs
    write it (in PTC-JSON `find {"city": string, "limit": int?}`); below it, what is known of its arguments. `effects`
    are those that the run allows."""
    public = {name: tool for name, tool in tools.items() if tool.visibility == "public"}
    return "\n".join(_tool_entry(name, tool, effects, language) for name, tool in public.items())


def _tool_entry(name: str, tool: Tool, effects: Collection[str], language: Language) -> str:
    in_json = language == "ptc-json"
    lines = [_tool_line((_json_call if in_json else _lisp_call)(name, tool), tool, language)]
    for key, text in tool.descriptions.items():
        shown = key if in_json else f":{key.replace('_', '-')}"
        lines.append(f"  {shown} {harmless(cut(' '.join(text.split()), _NOTE_CHARS))}")
    if tool.effect is not None and tool.effect not in effects:
        lines.append(f"  Not allowed in this run (its effect is {tool.effect}).")
    elif tool.effect == "write":
        lines.append("  It changes something: call it once for each change.")
    return "\n".join(lines)


def _lisp_call(name: str, tool: Tool) -> str:
    named = ", ".join(
        f":{field.name.replace('_', '-')} {type_text(field.type)}" for field in tool.contract.params
    )
    return f"(tool/{name}{_arguments(tool, named)})"


def _json_call(name: str, tool: Tool) -> str:
    named = ", ".join(
        f'"{field.name}": {type_text(field.type, "ptc-json")}' for field in tool.contract.params
    )
    return f"{name}{_arguments(tool, named)}"


def _arguments(tool: Tool, named: str) -> str:
    return " {...}" if tool.contract.open_params else f" {{{named}}}" if named else ""


def _tool_line(head: str, tool: Tool, language: Language) -> str:
    line = f"{head} -> {type_text(tool.contract.returns, language)}"
    note = " ".join((tool.description or "").split())
    return f"{line} - {harmless(cut(note, _NOTE_CHARS))}" if note else line


class _Shapes:
    """Heads and lines of values in the notation of a language."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language
        self._sample = msgspec.structs.replace(_SAMPLE, language=language)
        self._value = msgspec.structs.replace(_VALUE, language=language)

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
            return self._list(value)
        return f"{self._type(value)} {preview(value, self._value)}", []

    def _map(self, value: Mapping[Any, Any], depth: int) -> tuple[str, list[str]]:
        if not value:
            return "empty map", []
        lines: list[str] = []
        for key, raw in list(value.items())[:_COLUMNS]:
            item = _as_plain(raw)
            nested = isinstance(item, Mapping | list | tuple) and len(item) > 0 and depth > 0
            plain = f"{self._type(item)} {preview(item, self._sample)}"
            head, below = self.shape(item, depth - 1) if nested else (plain, [])
            lines += [f"{self._key(key)} {head}", *(f"  {line}" for line in below)]
        return f"map with {_plural(len(value), 'key')}", [*lines, *_rest(len(value), "key")]

    def _list(self, value: Sequence[Any]) -> tuple[str, list[str]]:
        if not value:
            return "empty list", []
        sample = _spread(value)
        if not all(isinstance(row, Mapping) for row in sample):
            types = " or ".join(dict.fromkeys(self._type(item) for item in sample))
            return f"list of {_plural(len(value), 'value')} ({types}), {preview(value, self._value)}", []
        columns: dict[Any, list[Any]] = {}
        for row in sample:
            for key, item in row.items():
                columns.setdefault(key, []).append(item)
        lines = [self._column(key, items, len(sample)) for key, items in list(columns.items())[:_COLUMNS]]
        return f"list of {_plural(len(value), 'map')} with keys", [*lines, *_rest(len(columns), "key")]

    def _column(self, key: Any, items: Sequence[Any], rows: int) -> str:
        types = list(dict.fromkeys(self._type(item) for item in items if item is not None))
        if len(types) < len({self._type(item) for item in items}) or len(items) < rows:
            types.append(self._type(None))
        if types[:2] in (["int", "float"], ["float", "int"]):
            types[:2] = ["float"]
        shown = dict.fromkeys(preview(item, self._sample) for item in items if item is not None)
        samples = ", ".join(list(shown)[:_SAMPLES])
        return cut(f"{self._key(key)} {' or '.join(types)}" + (f", e.g. {samples}" if samples else ""), 140)

    def _type(self, value: Any) -> str:
        return type_name(value, self._language)

    def _key(self, key: Any) -> str:
        return key_text(key, self._language)


def _spread(value: Sequence[Any]) -> list[Any]:
    """Up to `_ROWS_READ` items from all over a sequence, always the same ones."""
    if len(value) <= _ROWS_READ:
        return [_as_plain(item) for item in value]
    half = _ROWS_READ // 2
    step = (len(value) - half) // half
    # The growing offset keeps the picks from falling in step with rows that repeat regularly.
    spread = (half + i * step + i * i % max(1, step) for i in range(half))
    return [_as_plain(value[i]) for i in [*range(half), *spread]]


def _rest(total: int, what: str) -> list[str]:
    return [f"... {_plural(total - _COLUMNS, f'more {what}')}"] if total > _COLUMNS else []


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _as_plain(value: Any) -> Any:
    """Records of the host as maps; everything else as it is."""
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    dump: Callable[[], Any] | None = getattr(value, "model_dump", None)
    return dump() if callable(dump) else value
