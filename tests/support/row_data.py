"""Rows for programs about rows, and what anybody can see of how such programs end."""

from __future__ import annotations

import random
from typing import Any

from ptc_lisp.limits import Limits
from ptc_lisp.runtime.outcome import Outcome
from ptc_lisp.values.partial import Fields, Items

COUNTED = Limits(step_limit=200_000, loop_limit=2_000, recursion_limit=400)
LIMITS = Limits(loop_limit=2_000, recursion_limit=400)
"""Without a limit of steps, loops are written in place."""

ROWS = [{"id": i, "n": i % 7, "kind": f"k{i % 3}", "more": {"x": i, "y": [i]}} for i in range(20)]


def some_rows(rng: random.Random, tidy: bool) -> list[Any]:
    """Rows with gaps; untidy ones are not all maps with string keys."""
    rows: list[Any] = []
    for i in range(rng.randrange(1, 8)):
        row: dict[Any, Any] = {
            "id": i, "amount": rng.choice([5, 20.5, 30, None]), "region": rng.choice(["north", "south"]),
            "customer_name": f"c{i}", "tags": rng.choice([[], ["a", "b"], ["b"]]), "active": rng.choice([True, False]),
            "address": rng.choice([{"city": "Oslo", "zip": i}, {"zip": 1}, None]), "unread": [i, {"deep": i}],
        }  # fmt: skip
        for key in rng.sample(list(row), rng.randrange(3)):
            del row[key]
        rows.append(row)
    if not tidy:
        rows.insert(
            rng.randrange(len(rows)), rng.choice([None, 7, "text", ["a"], {1: 2}, {}, {"address": 3}])
        )
    return rows


def some_data(seed: int, tidy: bool = True) -> dict[str, Any]:
    """A context for `row_programs`."""
    rng = random.Random(seed)
    rows = some_rows(rng, tidy)
    odd = rng.choice([None, 3, {"xs": [{"a": 1}, {"a": 2, "b": 3}]}, {"a": {"b": 1}}, ["x"], [[1]], []])
    return {"rows": rows, "shop": {"name": "s", "orders": some_rows(rng, tidy), "more": [1]}, "odd": odd}


def ended(outcome: Outcome, prints: list[str], calls: list[Any]) -> tuple[Any, ...]:
    """All that anybody can see of it."""
    faults = [(f.kind, f.message, f.hint, f.span, f.details.get("frames")) for f in outcome.faults]
    failed = tuple(map(repr, outcome.failed))
    return (outcome.ok, repr(outcome.value), outcome.shown, faults, failed, outcome.steps, outcome.memory, outcome.journal,
            list(prints), list(calls))  # fmt: skip


def fields(*names: str, as_row: bool = True) -> Items:
    """Rows with these fields."""
    return Items(Fields(tuple((name, None) for name in sorted(names)), as_row))
