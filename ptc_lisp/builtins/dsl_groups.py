"""What the operations of PTC-JSON make of many rows: sums and extremes, groups, joins."""

from __future__ import annotations

from ptc_lisp.builtins.dsl_support import NUMBERS, dsl_builtin, mark, one_kind, plucked, row_list, wrong
from ptc_lisp.builtins.folding import total
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.values.order import extreme
from ptc_lisp.values.types import ABSENT, Value

# --- aggregates ------------------------------------------------------------------------------------------------------


def _present(value: Value, field: Value, op: str) -> list[Value]:
    return [item for item in plucked(row_list(value, op), field, op) if item is not None]


@dsl_builtin(
    "sum", "rows field",
    doc="The sum of a field; nil is skipped, anything else that is no number is an error.",
    examples=[('(dsl/sum [{"n" 1} {"n" 2}] "n")', "3")], see_also=("sum-by",),
)  # fmt: skip
def _sum(value: Value, field: Value) -> Value:
    numbers = _present(value, field, "sum")
    added = total(numbers)
    if added is not ABSENT:
        return added
    raise wrong(f"sum of {field}", "a number or null", next(n for n in numbers if n.__class__ not in NUMBERS))


@dsl_builtin(
    "avg", "rows field",
    doc="The mean of the numbers in a field, as a float; everything else is skipped; nil without numbers.",
    examples=[('(dsl/avg [{"n" 1} {"n" 2} {"n" "x"}] "n")', "1.5")], see_also=("avg-by",),
)  # fmt: skip
def _avg(value: Value, field: Value) -> float | None:
    numbers = [n for n in plucked(row_list(value, "avg"), field, "avg") if n.__class__ in NUMBERS]
    return float(total(numbers)) / len(numbers) if numbers else None


def _extreme(name: str, *, largest: bool, row: bool, doc: str, shown: str) -> None:
    """Registers what gives the smallest or largest value of a field, or the `row` that has it."""
    op = name.replace("-", "_")

    def found(value: Value, field: Value) -> Value:
        rows = row_list(value, op)
        pairs = [(key, at) for at, key in enumerate(plucked(rows, field, op)) if key is not None]
        keys = [key for key, _ in pairs]
        one_kind(keys, field, op)
        if not pairs:
            return None
        key, at = pairs[extreme(keys, largest=largest)]
        return rows[at] if row else key

    dsl_builtin(
        name, "rows field", doc=doc, examples=[(f'(dsl/{name} [{{"n" 2}} {{"n" 1}}] "n")', shown)],
        see_also=(name if row else f"dsl/{name}-by",),
    )(found)  # fmt: skip


_extreme("min", largest=False, row=False, shown="1",
         doc="The smallest value of a field; nil is skipped; nil without values.")  # fmt: skip
_extreme("max", largest=True, row=False, shown="2",
         doc="The largest value of a field; nil is skipped; nil without values.")  # fmt: skip
_extreme("min-by", largest=False, row=True, shown='{"n" 1}',
         doc="The first row with the smallest value of a field; rows where it is nil are skipped; nil without rows.")  # fmt: skip
_extreme("max-by", largest=True, row=True, shown='{"n" 2}',
         doc="The first row with the largest value of a field; rows where it is nil are skipped; nil without rows.")  # fmt: skip


@dsl_builtin(
    "group-by", "rows field",
    doc="A row for each value of a field, in the order of their first rows: the field, and its rows under `rows`.",
    examples=[('(dsl/group-by [{"t" 1 "n" 1} {"t" 1 "n" 2}] "t")', '[{"t" 1 "rows" [{"t" 1 "n" 1} {"t" 1 "n" 2}]}]')],
    see_also=("group-by",),
)  # fmt: skip
def _group_by(value: Value, field: Value) -> list[Value]:
    return [{field: key, "rows": members} for key, members in _groups(value, field)]


@dsl_builtin(
    "groups", "rows field",
    doc="The different values of a field, in the order of their first rows, each in a pair with its rows.",
    examples=[('(dsl/groups [{"t" 1 "n" 1} {"t" 1 "n" 2}] "t")', '[[1 [{"t" 1 "n" 1} {"t" 1 "n" 2}]]]')],
    see_also=("dsl/group-by",),
)  # fmt: skip
def _groups(value: Value, field: Value) -> list[Value]:
    rows = row_list(value, "group_by")
    groups: dict[Value, list[Value]] = {}
    keys = plucked(rows, field, "group_by")
    for same, key, row in zip(_marks(keys), keys, rows, strict=True):
        groups.setdefault(same, [key, []])[1].append(row)
    return list(groups.values())


@dsl_builtin(
    "count-by", "rows field",
    doc="A row for each value of a field, in the order of their first rows: the field, and how many rows under `count`.",
    examples=[('(dsl/count-by [{"t" "a"} {"t" "a"}] "t")', '[{"t" "a" "count" 2}]')], see_also=("frequencies",),
)  # fmt: skip
def _count_by(value: Value, field: Value) -> list[Value]:
    return [{field: key, "count": len(members)} for key, members in _groups(value, field)]


@dsl_builtin(
    "join", "rows others field other-field",
    doc="Each row merged with each other row whose field has the same value; fields of the row win. Rows without one are left out.",
    examples=[('(dsl/join [{"id" 1}] [{"id" 1 "n" "a"}] "id" "id")', '[{"id" 1 "n" "a"}]')], see_also=("index",),
)  # fmt: skip
def _join(value: Value, others: Value, field: Value, other_field: Value) -> list[Value]:
    rows, others = row_list(value, "join"), row_list(others, "join: with")
    index: dict[Value, list[Value]] = {}
    keys = plucked(others, other_field, "join: with")
    for same, key, other in zip(_marks(keys), keys, others, strict=True):
        if key is not None:
            index.setdefault(same, []).append(other)
    joined = [
        {**found, **row}
        for same, row in zip(_marks(plucked(rows, field, "join")), rows, strict=True)
        for found in index.get(same, ())
    ]
    tick(len(joined))
    return joined


def _marks(values: list[Value]) -> list[Value]:
    return [mark(value) for value in values]
