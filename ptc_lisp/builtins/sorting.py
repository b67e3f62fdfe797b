"""`sort` and `sort-by`. What is smaller: `ptc_lisp.values.order`."""

from __future__ import annotations

from collections.abc import Callable

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.seq_support import coll, usage
from ptc_lisp.builtins.support import bad_arg, type_fault
from ptc_lisp.values.functions import Builtin, as_fn, is_fn
from ptc_lisp.values.lookup import select
from ptc_lisp.values.order import sort_list
from ptc_lisp.values.printing import brief
from ptc_lisp.values.types import ABSENT, Keyword, Value, kw

AREA = "sorting"

_DESCENDING: dict[Value, bool] = {None: False, kw("asc"): False, kw("desc"): True}
_DESCENDING_REFS = {"compare": False, "<": False, "<=": False, ">": True, ">=": True}


@builtin(
    "sort", "coll", "comparator coll",
    doc="The items in order, as a vector; items that tie keep their places. Any values can be compared. The comparator "
    "is <, >, compare, :asc, :desc, or a function of two items that gives a boolean (first comes before second) or a number.",
    examples=[("(sort [3 1 2])", "[1 2 3]"), ("(sort > [3 1 2])", "[3 2 1]"), ("(sort :desc [3 1 2])", "[3 2 1]")],
    area=AREA, clojure="DIV-30", see_also=("sort-by", "compare", "reverse"),
)  # fmt: skip
def _sort(first: Value, second: Value = ABSENT) -> list[Value]:
    if second is ABSENT:
        return sort_list(coll(first, "sort", 1))
    return sorted_by(first, 1, coll(second, "sort", 2), None, "sort")


@builtin(
    "sort-by", "selector coll", "selector comparator coll",
    doc="The items in the order of what the selector (keyword, string, vector path or function) finds in each; ties keep "
    "their places. Comparator as in sort. Sort by several keys with a vector: (sort-by (juxt :a :b) rows).",
    examples=[
        ("(sort-by :n [{:n 2} {:n 1}])", "[{:n 1} {:n 2}]"),
        ("(sort-by :n > [{:n 1} {:n 2}])", "[{:n 2} {:n 1}]"),
        ('(sort-by count ["ccc" "a"])', '["a" "ccc"]'),
    ],
    area=AREA, clojure="DIV-30", see_also=("sort", "max-by", "min-by"),
)  # fmt: skip
def _sort_by(sel: Value, second: Value, third: Value = ABSENT) -> list[Value]:
    if third is ABSENT:
        items = coll(second, "sort-by", 2)
        return sort_list(items, select(sel, items, "sort-by"))
    if second.__class__ is Keyword and second not in _DESCENDING and is_fn(sel):
        raise bad_arg(
            "sort-by", 2, "a comparator", second, hint=f"the selector comes first; {usage('sort-by')}"
        )
    items = coll(third, "sort-by", 3)
    return sorted_by(second, 2, items, select(sel, items, "sort-by"), "sort-by")


def sorted_by(
    comparator: Value, position: int, items: list[Value], keys: list[Value] | None, who: str
) -> list[Value]:
    """The items by a comparator of their keys (of themselves without keys); `position` is its place in the call."""
    descending = _known_direction(comparator)
    if descending is not None:
        return sort_list(items, keys, descending=descending)
    if not is_fn(comparator):
        expected = "a comparator (<, >, compare, :asc, :desc or a function of two arguments)"
        raise bad_arg(who, position, expected, comparator, hint=usage(who))
    before = _before(as_fn(comparator, 2, who), who)
    by = items if keys is None else keys
    return [items[place] for place in _merge_sort(by, before)]


def _known_direction(comparator: Value) -> bool | None:
    if comparator.__class__ is Builtin:
        return _DESCENDING_REFS.get(comparator.ref)
    return _DESCENDING.get(comparator) if comparator is None or comparator.__class__ is Keyword else None


def _before(fn: Callable[..., Value], who: str) -> Callable[[Value, Value], bool]:
    """Whether the first argument must come before the second, by the program's comparator."""

    def before(a: Value, b: Value) -> bool:
        answer = fn(a, b)
        if answer is True:
            # A comparator like `<=` says true both ways for items that tie; those keep their places.
            return fn(b, a) is not True
        if answer is False or answer is None:
            return False
        if answer.__class__ is int or answer.__class__ is float:
            return bool(answer < 0)
        raise type_fault(
            f"{who}: the comparator must give true, false or a number, it gave {brief(answer)}",
            hint="compare two keys with <, > or (compare a b), or use sort-by with a selector of one argument",
        )

    return before


def _merge_sort(keys: list[Value], before: Callable[[Value, Value], bool]) -> list[int]:
    """The places of `keys` in sorted order. In Python on purpose: `list.sort` would call closures from C."""
    runs = [[place] for place in range(len(keys))]
    while len(runs) > 1:
        merged = [_merge(runs[i], runs[i + 1], keys, before) for i in range(0, len(runs) - 1, 2)]
        if len(runs) % 2:
            merged.append(runs[-1])
        runs = merged
    return runs[0] if runs else []


def _merge(
    left: list[int], right: list[int], keys: list[Value], before: Callable[[Value, Value], bool]
) -> list[int]:
    if not before(keys[right[0]], keys[left[-1]]):
        return left + right
    merged: list[int] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if before(keys[right[j]], keys[left[i]]):
            merged.append(right[j])
            j += 1
        else:
            merged.append(left[i])
            i += 1
    return merged + left[i:] + right[j:]
