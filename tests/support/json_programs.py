"""Random PTC-JSON programs, made from the table of operations, and slips that make most of them invalid."""

from __future__ import annotations

import copy
import random
from typing import Any

from ptc_lisp.json_dsl.catalog import OPERATIONS
from ptc_lisp.json_dsl.table import Field, Op

NAMES = ("n", "c", "rows", "first name", "x-y", "result")
REGEXES = ("^a", r"\d+", "b.c", "")
SCALARS: tuple[Any, ...] = (None, True, False, 0, 1, -2, 2.5, "", "a", "abc", "12")
ROWS = [{"n": 1, "c": "a"}, {"n": 2.5, "c": "b", "rows": [1]}, {"n": None, "c": "abc"}, {"c": 7}]
TOOLS = ("double", "fetch")

ORDERS = [
    {"city": "Oslo", "total": 5, "days": 4},
    {"city": "Bergen", "total": 7, "days": 1},
    {"city": "Oslo", "total": 1, "days": 2},
]
_STEPS: list[list[Any]] = [
    [{"op": "load", "name": "orders"}, {"op": "count"}],
    [{"op": "load", "name": "orders"}, {"op": "filter", "where": {"op": "eq", "field": "city", "value": "Oslo"}}, {"op": "sum", "field": "total"}],
    [{"op": "load", "name": "orders"}, {"op": "sort_by", "field": "total"}, {"op": "take", "count": 2}],
    [{"op": "load", "name": "orders"}, {"op": "group_by", "field": "city", "fields": {"mean": {"op": "avg", "field": "total"}}}],
    [{"op": "load", "name": "orders"}, {"op": "count_by", "field": "city"}, {"op": "max_by", "field": "count"}],
    [{"op": "load", "name": "orders"}, {"op": "map", "expr": {"op": "get", "field": "total"}}],
    [{"op": "load", "name": "orders"}, {"op": "map", "expr": {"c": {"op": "get", "path": ["city"]}, "kind": "order"}}],
    [{"op": "load", "name": "orders"}, {"op": "map", "expr": {"op": "mul", "left": {"op": "get", "field": "total"}, "right": 2}}],
    [{"op": "load", "name": "orders"}, {"op": "select", "fields": ["city"]}, {"op": "distinct"}],
    [{"op": "load", "name": "orders"}, {"op": "filter_in", "field": "city", "value": ["Oslo", "Bergen"]}, {"op": "count"}],
    [{"op": "load", "name": "orders"}, {"op": "reject", "where": {"op": "and", "conditions": [
        {"op": "gt", "field": "total", "value": 3}, {"op": "in", "field": "city", "value": ["Oslo"]}]}}],
    [{"op": "load", "name": "orders"}, {"n": {"op": "count"}, "sum": {"op": "sum", "field": "total"}},
     {"op": "div", "left": {"op": "get", "field": "sum"}, "right": {"op": "get", "field": "n"}}],
    [{"op": "load", "name": "orders"}, {"op": "first"}, {"op": "keys"}],
    [{"op": "load", "name": "orders"}, {"op": "typeof"}],
    [{"op": "load", "name": "orders"}, {"op": "nth", "index": 1}, {"op": "get", "path": ["city"]}],
    [{"op": "literal", "value": [1, 2, 3]}, {"op": "drop", "count": 1}],
    [{"op": "literal", "value": 2.345}, {"op": "round", "value": {"op": "get", "path": []}, "precision": 1}],
    [{"op": "call", "tool": "fetch", "args": {"page": 1}}, {"op": "count"}],
    [{"op": "object", "fields": {"a": {"op": "pipe", "steps": [{"op": "load", "name": "orders"}, {"op": "count"}]}}}],
    [{"op": "load", "name": "orders"}, {"op": "filter", "where": {"op": "matches", "field": "city", "pattern": "^O"}},
     {"op": "return", "value": {"op": "count"}}],
]  # fmt: skip
SAMPLES = [{"program": {"op": "pipe", "steps": steps}} for steps in _STEPS]


class Programs:
    """A source of programs; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)

    def program(self, depth: int = 4) -> dict[str, Any]:
        """A valid program."""
        while True:
            made = self.expression(depth, fed=False)
            if isinstance(made, dict):
                return {"program": made}

    def expression(self, depth: int, *, fed: bool) -> Any:
        """Any expression."""
        kind = self.pick.random()
        if depth <= 0 or kind < 0.12:
            return self.leaf(fed=fed)
        if kind < 0.2:
            return {
                self.pick.choice(NAMES): self.slot(depth - 1, fed=fed) for _ in range(self.pick.randint(0, 2))
            }
        if kind < 0.25:
            return [self.slot(depth - 1, fed=fed) for _ in range(self.pick.randint(0, 2))]
        op = self.pick.choice([op for op in OPERATIONS.values() if fed or not op.takes_input])
        if not fed and self.pick.random() < 0.6:
            op = OPERATIONS["pipe"]
        return self.operation(op, depth, fed=fed)

    def leaf(self, *, fed: bool) -> Any:
        """An expression without others inside."""
        choice = self.pick.randrange(4)
        if choice == 0:
            return self.pick.choice(SCALARS)
        if choice == 1:
            return {"op": "literal", "value": self.data()}
        if choice == 2:
            return {
                "op": self.pick.choice(("load", "var")),
                "name": self.pick.choice(("rows", "n", "__input")),
            }
        return (
            {"op": self.pick.choice(("first", "count", "distinct"))}
            if fed
            else {"op": "literal", "value": ROWS}
        )

    def data(self) -> Any:
        """Literal JSON."""
        return self.pick.choice((*SCALARS, [], [1, "a"], {}, {"n": 1}, ROWS, [3, 1, 2], {"op": "anything"}))

    def slot(self, depth: int, *, fed: bool) -> Any:
        """A member of data."""
        made = self.expression(depth, fed=fed)
        return made if isinstance(made, dict) and "op" in made else copy.deepcopy(self.pick.choice(SCALARS))

    def operation(self, op: Op, depth: int, *, fed: bool) -> dict[str, Any]:
        """One operation with everything it needs, and some of what it may have."""
        chosen = self.pick.choice(op.one_of) if op.one_of else None
        made: dict[str, Any] = {"op": op.name}
        for field in op.fields:
            if field.name in op.one_of:
                if field.name != chosen:
                    continue
            elif not field.required and self.pick.random() < 0.5:
                continue
            made[field.name] = self.field(op, field, depth - 1, fed=fed)
        return made

    def field(self, op: Op, field: Field, depth: int, *, fed: bool) -> Any:
        """A value for a field."""
        many = range(self.pick.randint(0, 3))
        match field.kind:
            case "expr":
                return self.expression(depth, fed=fed)
            case "each":
                return self.expression(depth, fed=True)
            case "exprs":
                return [self.expression(depth, fed=fed) for _ in many]
            case "steps":
                first = [{"op": "load", "name": "rows"}] if self.pick.random() < 0.8 else []
                return first + [self.expression(depth, fed=True) for _ in many]
            case "object" | "group":
                inner = fed or field.kind == "group"
                pairs = [(self.pick.choice(NAMES), self.slot(depth, fed=inner)) for _ in many]
                if self.pick.random() < 0.3:
                    return [{"name": name, "value": value} for name, value in pairs]
                return dict(pairs)
            case "json":
                return self.data()
            case "text":
                return self.pick.choice(TOOLS if op.name == "call" else NAMES)
            case "texts":
                return [self.pick.choice(NAMES) for _ in many]
            case "regex":
                return self.pick.choice(REGEXES)
            case "count":
                return self.pick.choice((0, 1, 2, 2.0))
            case "precision":
                return self.pick.choice((0, 2, 15, 1.0))
            case "order":
                return self.pick.choice(("asc", "desc"))

    def slip(self, program: dict[str, Any]) -> dict[str, Any]:
        """The program with one change anywhere: mostly a mistake."""
        made = copy.deepcopy(program)
        maps = [node for node in _containers(made) if isinstance(node, dict)]
        target = self.pick.choice(maps)
        what = self.pick.randrange(5)
        if what == 0 and target:
            del target[self.pick.choice(list(target))]
        elif what == 1:
            target[self.pick.choice(("extra", "field", "value", "op", "path"))] = copy.deepcopy(self.data())
        elif what == 2 and target:
            target[self.pick.choice(list(target))] = copy.deepcopy(
                self.pick.choice((*SCALARS, -1, 16, 0.5, [], {}, [1], [{}]))
            )
        elif what == 3:
            target["op"] = self.pick.choice(list(OPERATIONS))
        elif target:
            old = self.pick.choice(list(target))
            target[self.pick.choice(("feild", "name", "value"))] = target.pop(old)
        return made


def _containers(value: Any):
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(item, dict | list):
            yield from _containers(item)
