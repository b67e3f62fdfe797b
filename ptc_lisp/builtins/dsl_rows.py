"""What the operations of PTC-JSON on rows mean: strict lookups, comparisons, and selection.

They differ from their Lisp namesakes where a JSON program wants to know what went wrong: a missing field makes a
comparison false, values of different kinds have no order, and a wrong input is an error that names the operation.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from ptc_lisp.builtins.dsl_support import (
    NUMBERS,
    dsl_builtin,
    field_of,
    found_in,
    member_test,
    one_kind,
    ordered,
    plucked,
    row_list,
    wrong,
)
from ptc_lisp.values.collections import flex_find, flex_get
from ptc_lisp.values.equality import equals
from ptc_lisp.values.order import sort_list
from ptc_lisp.values.persistent import is_map, is_vector, vec_list
from ptc_lisp.values.types import ABSENT, Value


@dsl_builtin(
    "rows", "coll op",
    doc="The vector itself; every other value is an error that names the operation.",
    examples=[('(dsl/rows [1 2] "count")', "[1 2]")], see_also=("dsl/boolean",),
)  # fmt: skip
def _rows(value: Value, op: Value) -> Value:
    if is_vector(value):
        return value
    raise wrong(str(op), "a list", value)


@dsl_builtin(
    "boolean", "x op",
    doc="true or false itself; every other value is an error that names the operation.",
    examples=[('(dsl/boolean true "filter")', "true")], see_also=("dsl/rows",),
)  # fmt: skip
def _boolean(value: Value, op: Value) -> bool:
    if value is True or value is False:
        return value
    raise wrong(f"{op}: where", "true or false", value)


# --- comparisons of a field ------------------------------------------------------------------------------------------


@dsl_builtin(
    "eq", "row field x",
    doc="Whether the row has the field and its value is x; 1 and 1.0 are equal.",
    examples=[('(dsl/eq {"n" 1} "n" 1)', "true"), ('(dsl/eq {} "n" nil)', "false")], see_also=("dsl/neq",),
)  # fmt: skip
def _eq(row: Value, field: Value, x: Value) -> bool:
    found = field_of(row, field, "eq")
    return found is not ABSENT and equals(found, x)


@dsl_builtin(
    "neq", "row field x",
    doc="Whether the row has the field and its value is not x.",
    examples=[('(dsl/neq {"n" 1} "n" 2)', "true"), ('(dsl/neq {} "n" 2)', "false")], see_also=("dsl/eq",),
)  # fmt: skip
def _neq(row: Value, field: Value, x: Value) -> bool:
    found = field_of(row, field, "neq")
    return found is not ABSENT and not equals(found, x)


def _ordering(name: str, words: str, test: Callable[[Any, Any], bool], shown: str, see_also: str) -> None:
    def compared(row: Value, field: Value, x: Value) -> bool:
        found = field_of(row, field, name)
        if found.__class__ in NUMBERS and x.__class__ in NUMBERS:
            return bool(test(found, x))
        return ordered(found, x, name, lambda sign: test(sign, 0))

    dsl_builtin(
        name, "row field x",
        doc=f"Whether the value of the field is {words}; false when either is missing or nil.",
        examples=[(f'(dsl/{name} {{"n" {shown}}} "n" 2)', "true"), (f'(dsl/{name} {{}} "n" 2)', "false")],
        see_also=(see_also,),
    )(compared)  # fmt: skip


_ordering("gt", "greater than x", operator.gt, "3", "dsl/gte")
_ordering("gte", "x or greater", operator.ge, "2", "dsl/gt")
_ordering("lt", "less than x", operator.lt, "1", "dsl/lte")
_ordering("lte", "x or less", operator.le, "2", "dsl/lt")


@dsl_builtin(
    "contains", "row field x",
    doc="Whether the value of the field is a list with the item x, a text with the part x, or a map with the key x.",
    examples=[('(dsl/contains {"tags" ["a" "b"]} "tags" "a")', "true"), ('(dsl/contains {"t" "abc"} "t" "bc")', "true")],
    see_also=("dsl/in",),
)  # fmt: skip
def _contains(row: Value, field: Value, x: Value) -> bool:
    return found_in(field_of(row, field, "contains"), x)


@dsl_builtin(
    "in", "row field x",
    doc="Whether the value of the field is one of the list x (or a key of the map x), or x one of the list in the field.",
    examples=[('(dsl/in {"c" "a"} "c" ["a" "b"])', "true"), ('(dsl/in {"tags" ["a"]} "tags" "a")', "true")],
    see_also=("dsl/contains",),
)  # fmt: skip
def _in(row: Value, field: Value, x: Value) -> bool:
    found = field_of(row, field, "in")
    if found is ABSENT:
        return False
    if is_vector(x) or (is_map(x) and not is_vector(found)):
        return found_in(x, found)
    return found_in(found, x)


# --- parts of rows ---------------------------------------------------------------------------------------------------


@dsl_builtin(
    "get", "x path", "x path default",
    doc="What a path of keys leads to; default (or nil) when it leads nowhere or to nil. The empty path is x itself.",
    examples=[('(dsl/get {"a" {"b" 1}} ["a" "b"])', "1"), ('(dsl/get {} ["a"] 0)', "0")], see_also=("get-in",),
)  # fmt: skip
def _get(value: Value, path: Value, default: Value = None) -> Value:
    for key in vec_list(path):
        if not is_map(value):
            return default
        value = flex_get(value, key)
    return default if value is None else value


@dsl_builtin(
    "select", "rows fields",
    doc="The rows with these fields only; items that are no maps stay as they are.",
    examples=[('(dsl/select [{"a" 1 "b" 2}] ["a"])', '[{"a" 1}]')], see_also=("select-keys",),
)  # fmt: skip
def _select(value: Value, fields: Value) -> list[Value]:
    rows, names = row_list(value, "select"), vec_list(fields)
    return [
        {n: flex_get(row, n) for n in names if flex_find(row, n) is not ABSENT} if is_map(row) else row
        for row in rows
    ]


@dsl_builtin(
    "sort-by", "rows field descending",
    doc="The rows in the order of a field; ties keep their places. Values of different kinds are an error.",
    examples=[('(dsl/sort-by [{"n" 2} {"n" 1}] "n" false)', '[{"n" 1} {"n" 2}]')], see_also=("sort-by",),
)  # fmt: skip
def _sort_by(value: Value, field: Value, descending: Value) -> list[Value]:
    rows = row_list(value, "sort_by")
    keys = plucked(rows, field, None)
    one_kind([key for key in keys if key is not None], field, "sort_by")
    return sort_list(rows, keys, descending=descending is True)


@dsl_builtin(
    "filter-in", "rows field coll",
    doc="The rows whose field is one of a list, or a key of a map.",
    examples=[('(dsl/filter-in [{"c" 1} {"c" 2}] "c" [2 3])', '[{"c" 2}]')], see_also=("dsl/in",),
)  # fmt: skip
def _filter_in(value: Value, field: Value, members: Value) -> list[Value]:
    rows = row_list(value, "filter_in")
    test = member_test(members, "filter_in")
    found = plucked(rows, field, None, missing=ABSENT)
    return [row for row, key in zip(rows, found, strict=True) if key is not ABSENT and test(key)]
