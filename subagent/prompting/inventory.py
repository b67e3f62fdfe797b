"""What a program can use, in few lines: the data under `data/`, the tools under `tool/`.

Large data never enters the prompt: a table is described by its row count and, per column, type and a few sample values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ptc_lisp import Tool
from subagent.loop.contract import type_text
from subagent.prompting.envelope import harmless
from subagent.prompting.preview import Language, cut
from subagent.prompting.relations import references
from subagent.prompting.shapes import COLUMNS, Shapes, as_plain, rows_of

_NAME = re.compile(r"""[^\s,;:#()\[\]{}"`~@^\\]+""")
_NOTE_CHARS = 400
_MOST_KEYS = 16


def data_inventory(
    context: Mapping[str, Any],
    descriptions: Mapping[str, str] | None = None,
    *,
    language: Language = "ptc-lisp",
    digits: int | None = None,
) -> str:
    """One entry per name of the context, in its order; "" for an empty context. Names that no program can write are left out.
    digits: decimals of floats; None: all."""
    notes, prefix = descriptions or {}, "" if language == "ptc-json" else "data/"
    links = references(context, prefix, language)
    entries = [
        _entry(f"{prefix}{name}", value, notes.get(name), Shapes(language, links.get(name, {}), digits))
        for name, value in context.items()
        if readable(name, language)
    ]
    return harmless("\n".join(entries))


def readable(name: str, language: Language = "ptc-lisp") -> bool:
    """Whether a program can read the entry `name` of the context: as `data/name` it must be a name of the language."""
    return language == "ptc-json" or (name.isascii() and _NAME.fullmatch(name) is not None)


def row_keys(context: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The text keys in the rows of each table (and of each map) of a context. Maps inside them follow under names such as
    `events :who`."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in context.items():
        for path, keys in _keys_of(name, rows_of(value)):
            if path != name and len(found) >= _MOST_KEYS:
                break
            found[path] = keys
    return found


def _keys_of(path: str, rows: list[Mapping[Any, Any]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    columns: dict[str, list[Any]] = {}
    for row in rows:
        for key, item in row.items():
            if isinstance(key, str):
                columns.setdefault(key, []).append(item)
    if columns:
        yield path, tuple(columns)[:COLUMNS]
    for key, items in columns.items():
        inner = [row for item in items for row in rows_of(item)]
        if inner:
            yield from _keys_of(f"{path} :{key}", inner)


def describe(
    name: str,
    value: Any,
    note: str | None = None,
    *,
    language: Language = "ptc-lisp",
    digits: int | None = None,
) -> str:
    """The entry of one value: name, type and shape, samples; `note` is the host's own description."""
    return _entry(name, value, note, Shapes(language, digits=digits))


def _entry(name: str, value: Any, note: str | None, shapes: Shapes) -> str:
    head, lines = shapes.shape(as_plain(value))
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
    for key, text in tool.notes.items():
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
