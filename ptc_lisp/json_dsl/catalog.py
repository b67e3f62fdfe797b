"""All operations, by name and in the order of the reference."""

from __future__ import annotations

from ptc_lisp.json_dsl import ops_flow, ops_rows, ops_values
from ptc_lisp.json_dsl.table import Op

OPERATIONS: dict[str, Op] = {op.name: op for op in (*ops_flow.OPS, *ops_rows.OPS, *ops_values.OPS)}


def operations() -> tuple[Op, ...]:
    """The rows of the table."""
    return tuple(OPERATIONS.values())


def groups() -> dict[str, tuple[Op, ...]]:
    """The operations under their headings."""
    found: dict[str, list[Op]] = {}
    for op in OPERATIONS.values():
        found.setdefault(op.group, []).append(op)
    return {name: tuple(ops) for name, ops in found.items()}
