"""What a model is told about the operations, made from their table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ptc_lisp.json_dsl.catalog import groups
from ptc_lisp.json_dsl.strict import strict_fields
from ptc_lisp.json_dsl.strict_writing import to_strict
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
)
_TREE_RULES = (
    'Fields that take maps of names (object, call args, group_by fields) may also be lists of {"name": …, "value": …}.',
)
_STRICT_HEAD = 'A program is JSON: {"nodes": [NODE, …], "result": id of the node that is the program}.'
_STRICT_RULES = (
    'NODE: {"op": name, "id": id, fields}. A field that takes an expression names a node by its id; beside it where a plain value may stand, a node is {"node": id}. All fields are given; get takes path.',
    'Maps of names (object, args, group_by fields) are lists of {"name": …, "value": …}; literal lists and maps are nodes list and object. Of an object as the result, "result" is the answer, the rest is kept as vars.',
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


def to_prompt(*, compact: bool = False, examples: int | None = None, strict: bool = False) -> str:
    """The operations as text for a prompt. compact: only names and required fields (about 400 tokens). examples: how many
    programs to show, by default one or three. strict: in the spelling of `to_llm_schema`."""
    rules = [_STRICT_HEAD, *_STRICT_RULES, *_RULES[1:]] if strict else [_HEAD, *_RULES]
    if compact:
        lines = [*rules, *[f"{name}: {_short(ops, strict=strict)}" for name, ops in groups().items()]]
    else:
        lines = [*rules, *_MORE_RULES, *(() if strict else _TREE_RULES)]
        for name, ops in groups().items():
            lines += ["", f"# {name}", *[f"- {_usage(op, strict=strict)}: {op.doc}" for op in ops]]
        lines.append("")
    count = (1 if compact else len(_EXAMPLES)) if examples is None else examples
    programs = [to_strict(each) if strict else each for each in example_programs(count)]
    shown = [json.dumps(program, separators=(",", ":") if compact else None) for program in programs]
    return "\n".join([*lines, *([f"Example: {shown[0]}"] if compact and shown else shown)])


def example_programs(count: int | None = None) -> tuple[dict[str, Any], ...]:
    """The programs that prompts show; each reads the rows `orders` (city, total, days)."""
    return _EXAMPLES[:count]


def _short(ops: Iterable[Op], *, strict: bool) -> str:
    """`take* drop*(count) …`: operations that are written alike share their fields."""
    alike: dict[tuple[bool, tuple[str, ...]], list[str]] = {}
    for op in ops:
        fields = (
            tuple([field.name for field in strict_fields(op)]) if strict else op.one_of[-1:] or op.required
        )
        alike.setdefault((op.takes_input, fields), []).append(op.name)
    return " ".join(
        "|".join(names) + "*" * takes + (f"({','.join(fields)})" if fields else "")
        for (takes, fields), names in alike.items()
    )


def _usage(op: Op, *, strict: bool) -> str:
    if strict:
        fields = ", ".join(f.name for f in strict_fields(op))
    else:
        fields = ", ".join(f.name if f.required else f"{f.name}?" for f in op.fields)
    return f"{op.name}{'*' if op.takes_input else ''}({fields})"
