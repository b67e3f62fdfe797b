"""Operations on rows: comparing fields, choosing, ordering, grouping, adding up."""

from __future__ import annotations

from ptc_lisp.json_dsl.table import Example, Field, Gives, Op, expr, text

_FIELD = text("field")
_TWO = [{"n": 1}, {"n": 2}]


def _compares(name: str, doc: str, example: Example, *, ref: str | None = None, beyond: bool = False) -> Op:
    """An operation that looks at a field of the current map; false when it is missing."""
    return Op(name=name, group="comparisons", fields=(_FIELD, expr("value")), takes_input=True, gives="boolean",
              ref=ref or f"dsl/{name}", doc=doc, example=example, beyond=beyond)  # fmt: skip


def _aggregate(name: str, gives: Gives, doc: str, value: object) -> Op:
    return Op(name=name, group="aggregates", fields=(_FIELD,), takes_input=True, gives=gives,
              ref=f"dsl/{name.replace('_', '-')}", doc=doc, example=Example({"op": name, "field": "n"}, value, _TWO))  # fmt: skip


OPS: tuple[Op, ...] = (
    _compares("eq", "Whether the field has this value; 1 and 1.0 are equal. Every comparison with a missing field is false.",
              Example({"op": "eq", "field": "c", "value": "a"}, True, {"c": "a"})),
    _compares("neq", "Whether the field has another value.",
              Example({"op": "neq", "field": "c", "value": "a"}, False, {"c": "a"})),
    _compares("gt", "Whether the field is greater. Null is neither greater nor less; comparing a number with a text is an error.",
              Example({"op": "gt", "field": "n", "value": 3}, True, {"n": 5})),
    _compares("gte", "Whether the field is greater or equal.",
              Example({"op": "gte", "field": "n", "value": 5}, True, {"n": 5})),
    _compares("lt", "Whether the field is less.",
              Example({"op": "lt", "field": "n", "value": 3}, False, {"n": 5})),
    _compares("lte", "Whether the field is less or equal.",
              Example({"op": "lte", "field": "n", "value": 5}, True, {"n": 5})),
    _compares("contains", "Whether the field is a list with this item, a text with this part, or a map with this key.",
              Example({"op": "contains", "field": "tags", "value": "new"}, True, {"tags": ["new"]})),
    _compares("in", "Whether the field is one of this list, or this value one of the list in the field.",
              Example({"op": "in", "field": "c", "value": ["a", "b"]}, True, {"c": "a"})),
    _compares("starts_with", "Whether the field is a text that begins so.", ref="dsl/starts-with", beyond=True,
              example=Example({"op": "starts_with", "field": "c", "value": "ab"}, True, {"c": "abc"})),
    _compares("ends_with", "Whether the field is a text that ends so.", ref="dsl/ends-with", beyond=True,
              example=Example({"op": "ends_with", "field": "c", "value": "bc"}, True, {"c": "abc"})),
    Op(name="matches", group="comparisons", fields=(_FIELD, Field("pattern", "regex")), takes_input=True, gives="boolean",
       ref="dsl/matches", doc="Whether a regex finds a match in the field.", beyond=True,
       example=Example({"op": "matches", "field": "c", "pattern": "^a.c$"}, True, {"c": "abc"})),
    Op(name="get", group="access", one_of=("field", "path"), takes_input=True,
       fields=(Field("field", "text", required=False), Field("path", "texts", required=False), expr("default", required=False)),
       doc="The value of a field, or at the end of a path; the default when there is none. The empty path is the current value.",
       example=Example({"op": "get", "path": ["a", "b"], "default": 0}, 5, {"a": {"b": 5}})),
    Op(name="select", group="rows", fields=(Field("fields", "texts"),), takes_input=True, gives="list", ref="dsl/select",
       doc="The rows with these fields only.",
       example=Example({"op": "select", "fields": ["a"]}, [{"a": 1}], [{"a": 1, "b": 2}])),
    Op(name="sort_by", group="rows", fields=(_FIELD, Field("order", "order", required=False, default="asc")),
       takes_input=True, gives="list", doc="The rows in the order of a field.",
       example=Example({"op": "sort_by", "field": "n", "order": "desc"}, [{"n": 2}, {"n": 1}], _TWO)),
    Op(name="filter_in", group="rows", fields=(_FIELD, expr("value")), takes_input=True, gives="list", ref="dsl/filter-in",
       doc="The rows whose field is one of a list, or a key of a map.",
       example=Example({"op": "filter_in", "field": "n", "value": [2, 3]}, [{"n": 2}], _TWO)),
    Op(name="first", group="rows", takes_input=True, doc="The first item, or null.",
       example=Example({"op": "first"}, 5, [5, 6])),
    Op(name="last", group="rows", takes_input=True, doc="The last item, or null.",
       example=Example({"op": "last"}, 6, [5, 6])),
    Op(name="nth", group="rows", fields=(Field("index", "count"),), takes_input=True, doc="The item at an index from 0, or null.",
       example=Example({"op": "nth", "index": 1}, 6, [5, 6])),
    Op(name="take", group="rows", fields=(Field("count", "count"),), takes_input=True, gives="list", doc="The first items.",
       example=Example({"op": "take", "count": 1}, [5], [5, 6])),
    Op(name="drop", group="rows", fields=(Field("count", "count"),), takes_input=True, gives="list",
       doc="The items after the first.", example=Example({"op": "drop", "count": 1}, [6], [5, 6])),
    Op(name="distinct", group="rows", takes_input=True, gives="list", doc="Each different item once. 1 and 1.0 are different.",
       example=Example({"op": "distinct"}, [1, 2], [1, 2, 1])),
    Op(name="count", group="aggregates", takes_input=True, gives="number", doc="How many items a list has.",
       example=Example({"op": "count"}, 2, [5, 6])),
    _aggregate("sum", "number", "The sum of a field; null is skipped, 0 without rows.", 3),
    _aggregate("avg", "number", "The mean of the numbers in a field; null without numbers.", 1.5),
    _aggregate("min", "any", "The smallest value of a field; null without values.", 1),
    _aggregate("max", "any", "The largest value of a field; null without values.", 2),
    _aggregate("min_by", "any", "The row with the smallest value of a field.", {"n": 1}),
    _aggregate("max_by", "any", "The row with the largest value of a field.", {"n": 2}),
    Op(name="group_by", group="rows", fields=(_FIELD, Field("fields", "group", required=False)), takes_input=True, gives="list",
       doc="A row for each value of a field, with the results of `fields` for its rows, or with the rows themselves as `rows`.",
       beyond=True, example=Example({"op": "group_by", "field": "c", "fields": {"total": {"op": "sum", "field": "n"}}},
                                    [{"c": "a", "total": 3}, {"c": "b", "total": 4}],
                                    [{"c": "a", "n": 1}, {"c": "a", "n": 2}, {"c": "b", "n": 4}])),
    Op(name="count_by", group="rows", fields=(_FIELD,), takes_input=True, gives="list", ref="dsl/count-by", beyond=True,
       doc="A row for each value of a field, with its number of rows as `count`.",
       example=Example({"op": "count_by", "field": "n"}, [{"n": 1, "count": 1}, {"n": 2, "count": 1}], _TWO)),
    Op(name="join", group="rows", fields=(expr("with"), text("on"), Field("with_field", "text", required=False)),
       takes_input=True, gives="list", beyond=True,
       doc="Each row merged with the rows of `with` that have the same value in `on` (there called `with_field`).",
       example=Example({"op": "join", "with": {"op": "literal", "value": [{"n": 2, "name": "two"}]}, "on": "n"},
                       [{"n": 2, "name": "two"}], _TWO)),
)  # fmt: skip
