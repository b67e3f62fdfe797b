"""What a model is told about the operations, made from their table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ptc_lisp.json_dsl.catalog import groups
from ptc_lisp.json_dsl.table import Op

_HEAD = 'A program is JSON: {"program": EXPR}.'
_RULES = (
    'EXPR: {"op": name, fields}, a scalar, or a list or map of them. {…} without op is a map; its "result" is the answer, the rest is kept as vars.',
    "pipe hands each step the value before; filter, reject, map hand each item: that value is the input of ops marked *.",
    "Comparisons test a field of the input map; false if missing.",
)
_MORE_RULES = (
    "A missing field makes a comparison false; null is neither greater nor less; ordering a number and a text is an error.",
    "let is seen by `in` only. A map as the program's value is kept: var finds its entries in the next program.",
    "return ends the program with the answer, fail with a reason.",
    'Fields that take maps of names (object, call args, group_by fields) may also be lists of {"name": …, "value": …}.',
)
_EXAMPLES: tuple[dict[str, Any], ...] = (
    {"program": {"op": "pipe", "steps": [
        {"op": "load", "name": "orders"}, {"op": "filter", "where": {"op": "eq", "field": "city", "value": "Oslo"}},
        {"op": "sum", "field": "total"}]}},
    {"program": {"op": "pipe", "steps": [
        {"op": "load", "name": "orders"},
        {"op": "group_by", "field": "city", "fields": {"n": {"op": "count"}, "mean": {"op": "avg", "field": "total"}}},
        {"op": "sort_by", "field": "mean", "order": "desc"}, {"op": "take", "count": 3}]}},
    {"program": {"op": "let", "name": "late", "value": {"op": "pipe", "steps": [
        {"op": "load", "name": "orders"}, {"op": "filter", "where": {"op": "gt", "field": "days", "value": 3}}]},
        "in": {"late": {"op": "var", "name": "late"},
               "result": {"op": "pipe", "steps": [{"op": "var", "name": "late"}, {"op": "count"}]}}}},
)  # fmt: skip


def to_prompt(*, compact: bool = False, examples: int | None = None) -> str:
    """The operations for a prompt. `compact`: names and required fields only (about 400 tokens). `examples`: how many
    programs to show, by default one or three."""
    if compact:
        lines = [_HEAD, *_RULES, *[f"{name}: {_short(ops)}" for name, ops in groups().items()]]
    else:
        lines = [_HEAD, *_RULES, *_MORE_RULES]
        for name, ops in groups().items():
            lines += ["", f"# {name}", *[f"- {_usage(op)}: {op.doc}" for op in ops]]
        lines.append("")
    count = (1 if compact else len(_EXAMPLES)) if examples is None else examples
    shown = [
        json.dumps(program, separators=(",", ":") if compact else None) for program in example_programs(count)
    ]
    return "\n".join([*lines, *([f"Example: {shown[0]}"] if compact and shown else shown)])


def example_programs(count: int | None = None) -> tuple[dict[str, Any], ...]:
    """The programs that prompts show; each reads the rows `orders` (city, total, days)."""
    return _EXAMPLES[:count]


def _short(ops: Iterable[Op]) -> str:
    """`take* drop*(count) …`: operations that are written alike share their fields."""
    alike: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for op in ops:
        alike.setdefault((op.takes_input, op.one_of[-1:] or op.required), []).append(op.name)
    return " ".join(
        "|".join(names) + "*" * takes + (f"({','.join(fields)})" if fields else "")
        for (takes, fields), names in alike.items()
    )


def _usage(op: Op) -> str:
    fields = ", ".join(f.name if f.required else f"{f.name}?" for f in op.fields)
    return f"{op.name}{'*' if op.takes_input else ''}({fields})"
