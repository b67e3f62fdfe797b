"""Rows 13 to 25: what the operations mean. The machine runs in this process; workers have their own tests."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_machine import Inline
from json_programs import ROWS, Programs

from ptc_lisp import json_dsl
from ptc_lisp.faults import FaultKind

TOOLS = {"double": lambda n=0: 2 * n, "fetch": lambda page=1: [page]}


def ran(op: Any, *, given: Any = None, context: dict[str, Any] | None = None, tools: Any = None):
    program = op if given is None else {"op": "pipe", "steps": [{"op": "literal", "value": given}, op]}
    inline = Inline(tools or {})
    outcome = inline.run(json.dumps({"program": program}), context, language="ptc-json")
    return outcome, inline


def value(op: Any, given: Any = None, **options: Any) -> Any:
    outcome, _ = ran(op, given=given, **options)
    assert outcome.ok, outcome.faults
    return outcome.value


def fault(op: Any, given: Any = None, **options: Any):
    outcome, _ = ran(op, given=given, **options)
    assert not outcome.ok, outcome.value
    return outcome.faults[0]


@pytest.mark.parametrize("op", json_dsl.operations(), ids=lambda op: op.name)
def test_the_example_of_every_operation_gives_what_it_says(op):
    inline = Inline(TOOLS)
    inline.run("(def kept 7)")
    given = op.example.given
    program = (
        op.example.op
        if given is None
        else {"op": "pipe", "steps": [{"op": "literal", "value": given}, op.example.op]}
    )
    outcome = inline.run(json.dumps({"program": program}), {"numbers": [3, 1, 2]}, language="ptc-json")
    assert outcome.ok, outcome.faults
    assert outcome.value == op.example.value
    assert type(outcome.value) is type(op.example.value)


@pytest.mark.parametrize(
    ("op", "field", "against", "expected"),
    [
        ("eq", 1, 1.0, True), ("eq", "a", "b", False), ("eq", None, None, True), ("neq", 1, 2, True), ("neq", 1, 1.0, False),
        ("gt", 3, 2, True), ("gt", 2, 2, False), ("gt", None, 2, False), ("gte", 2, 2.0, True), ("gte", 1, 2, False),
        ("lt", 1, 2, True), ("lt", None, 2, False), ("lt", 2, None, False), ("lte", "a", "b", True), ("lte", 3, 2, False),
        ("contains", [1, 2], 2.0, True), ("contains", "abc", "bc", True), ("contains", {"k": 1}, "k", True),
        ("contains", 5, 5, False), ("in", "a", ["a", "b"], True), ("in", "c", ["a"], False), ("in", ["x"], "x", True),
        ("in", "k", {"k": 1}, True), ("starts_with", "abc", "ab", True), ("starts_with", 1, "ab", False),
        ("ends_with", "abc", "bc", True), ("ends_with", "abc", "ab", False),
    ],
)  # fmt: skip
def test_row_13_comparisons(op, field, against, expected):
    assert value({"op": op, "field": "f", "value": against}, {"f": field}) is expected


@pytest.mark.parametrize(
    "op", ["eq", "neq", "gt", "gte", "lt", "lte", "contains", "in", "starts_with", "ends_with"]
)
def test_row_13_a_missing_field_makes_every_comparison_false(op):
    assert value({"op": op, "field": "f", "value": None if op == "eq" else "a"}, {"g": 1}) is False


@pytest.mark.parametrize("op", ["gt", "gte", "lt", "lte"])
def test_row_13_values_of_different_kinds_have_no_order(op):
    found = fault({"op": op, "field": "f", "value": "a"}, {"f": 1})
    assert found.kind is FaultKind.TYPE_ERROR
    assert found.message == f'{op} cannot compare the number 1 with the text "a"'
    assert fault({"op": "sort_by", "field": "f"}, [{"f": 1}, {"f": "a"}]).kind is FaultKind.TYPE_ERROR
    assert fault({"op": "max", "field": "f"}, [{"f": 1}, {"f": "a"}]).kind is FaultKind.TYPE_ERROR


def test_row_13_a_comparison_wants_a_map():
    assert (
        fault({"op": "eq", "field": "f", "value": 1}, [1]).message
        == "eq: the current value must be a map, got a list of 1"
    )


def test_row_14_where_must_give_true_or_false():
    for op in ("filter", "reject"):
        found = fault({"op": op, "where": {"op": "get", "field": "n"}}, [{"n": 1}])
        assert found.kind is FaultKind.TYPE_ERROR
        assert found.message == f"{op}: where must be true or false, got the number 1"


def test_row_15_logic_stops_early_and_gives_booleans():
    calls = []
    call = {"op": "call", "tool": "boom"}
    for op, first in (("or", True), ("and", False)):
        assert (
            value({"op": op, "conditions": [first, call]}, tools={"boom": lambda: calls.append(1)}) is first
        )
    assert calls == []
    assert value({"op": "and", "conditions": []}) is True
    assert value({"op": "or", "conditions": []}) is False
    assert value({"op": "and", "conditions": [1, "a"]}) is True
    assert value({"op": "or", "conditions": [None, 0]}) is True
    assert value({"op": "not", "condition": 0}) is False


def test_row_16_get():
    data = {"a": {"b": 5, "none": None}}
    assert value({"op": "get", "path": ["a", "b"]}, data) == 5
    assert value({"op": "get", "field": "a"}, data) == data["a"]
    assert value({"op": "get", "path": ["a", "x"], "default": 0}, data) == 0
    assert value({"op": "get", "path": ["a", "none"], "default": 0}, data) == 0
    assert value({"op": "get", "path": ["a", "b", "c"]}, data) is None
    assert value({"op": "map", "expr": {"op": "get", "path": []}}, [1, 2]) == [1, 2]
    assert (
        value({"op": "get", "field": "a", "default": {"op": "fail", "reason": "none"}}, {"a": False}) is False
    )


def test_row_17_aggregates_of_nothing():
    empty = [{"op": "sum", "field": "n"}, {"op": "count"}, {"op": "sort_by", "field": "n"}]
    assert [value(op, []) for op in empty] == [0, 0, []]
    for op in ("avg", "min", "max", "min_by", "max_by"):
        assert value({"op": op, "field": "n"}, []) is None
    assert [value({"op": op}, []) for op in ("first", "last")] == [None, None]


def test_row_18_sum_refuses_what_avg_skips():
    rows = [{"n": 1}, {"n": "x"}, {"n": None}, {}]
    assert (
        fault({"op": "sum", "field": "n"}, rows).message
        == 'sum of n must be a number or null, got the text "x"'
    )
    assert value({"op": "avg", "field": "n"}, rows) == 1.0
    assert value({"op": "sum", "field": "n"}, [{"n": 1}, {}, {"n": None}]) == 1


def test_row_19_merge_concat_zip():
    assert value({"op": "merge", "objects": [{"a": 1, "b": 1}, {"a": 2}]}) == {"a": 2, "b": 1}
    assert value({"op": "concat", "lists": [[1], [], [2]]}) == [1, 2]
    assert value({"op": "zip", "lists": [[1, 2, 3], ["a", "b"]]}) == [[1, "a"], [2, "b"]]
    assert [
        value({"op": op, key: []})
        for op, key in (("merge", "objects"), ("concat", "lists"), ("zip", "lists"))
    ] == [{}, [], []]
    assert fault({"op": "concat", "lists": [{"a": 1}]}).kind is FaultKind.TYPE_ERROR


def test_row_20_let_is_lexical():
    inner = {"op": "let", "name": "x", "value": 2, "in": {"op": "var", "name": "x"}}
    both = {
        "op": "let",
        "name": "x",
        "value": 1,
        "in": {"op": "list", "items": [inner, {"op": "var", "name": "x"}]},
    }
    outcome, _ = ran(both)
    assert outcome.value == [2, 1]
    assert outcome.memory == {}
    assert value({"op": "list", "items": [both, {"op": "var", "name": "x"}]}) == [[2, 1], None]


def test_row_21_keys_typeof_and_extremes():
    assert value({"op": "keys"}, {"b": 1, "a": 2}) == ["a", "b"]
    kinds = [({}, "object"), ([], "list"), ("", "string"), (1.5, "number"), (False, "boolean")]
    assert [value({"op": "typeof"}, given) for given, _ in kinds] == [name for _, name in kinds]
    assert value({"op": "pipe", "steps": [{"op": "typeof"}]}) == "null"
    rows = [{"n": None, "k": 0}, {"n": 2, "k": 1}, {"n": 2, "k": 2}, {"k": 3}]
    assert value({"op": "max_by", "field": "n"}, rows) == {"n": 2, "k": 1}
    assert value({"op": "min_by", "field": "n"}, rows) == {"n": 2, "k": 1}
    assert value({"op": "sort_by", "field": "k", "order": "desc"}, rows) == rows[::-1]


def test_row_22_take_drop_distinct():
    assert value({"op": "take", "count": 2}, [1, 2, 3]) == [1, 2]
    assert value({"op": "drop", "count": 5}, [1, 2, 3]) == []
    assert value({"op": "distinct"}, [1, 1.0, 1, "1"]) == [1, 1.0, "1"]
    for op in ("take", "drop"):
        assert "must not be negative" in fault({"op": op, "count": -1}, [1]).message
        assert "whole number" in fault({"op": op, "count": 1.5}, [1]).message
    assert fault({"op": "count"}, "abc").message == 'count must be a list, got the text "abc"'


def test_row_23_arithmetic():
    assert value({"op": "div", "left": 10, "right": 4}) == 2.5
    assert value({"op": "pct", "part": 1, "whole": 8}) == 12.5
    assert fault({"op": "div", "left": 1, "right": 0}).kind is FaultKind.ARITHMETIC_ERROR
    assert "division by zero" in fault({"op": "pct", "part": 1, "whole": 0.0}).message
    assert fault({"op": "add", "left": 1, "right": "2"}).kind is FaultKind.TYPE_ERROR
    rounded = [
        value({"op": "round", "value": x, "precision": p})
        for x, p in ((2.5, 0), (-2.5, 0), (1.005, 2), (7, 3), (0.125, 2))
    ]
    assert rounded == [3.0, -3.0, 1.0, 7.0, 0.13]
    assert value({"op": "round", "value": 2.4}) == 2.0


def test_row_24_membership_and_objects():
    orders, vip = [{"c": 1}, {"c": 2}, {"c": 3.0}], [{"id": 3}, {"id": 1}]
    wanted = {
        "op": "pipe",
        "steps": [{"op": "load", "name": "vip"}, {"op": "map", "expr": {"op": "get", "field": "id"}}],
    }
    assert value({"op": "filter_in", "field": "c", "value": wanted}, orders, context={"vip": vip}) == [
        {"c": 1},
        {"c": 3.0},
    ]
    assert value({"op": "filter_in", "field": "c", "value": {"a": 1}}, [{"c": "a"}, {"c": "b"}]) == [
        {"c": "a"}
    ]
    fields = {"n": {"op": "count"}, "raw": {"deep": {"op2": 1}}}
    assert (
        value({"op": "object", "fields": fields}, [1])
        == value(fields, [1])
        == {"n": 1, "raw": {"deep": {"op2": 1}}}
    )
    pairs = [{"name": "n", "value": {"op": "count"}}]
    assert value({"op": "object", "fields": pairs}, [1]) == {"n": 1}


@pytest.mark.parametrize("explicit", [True, False])
def test_row_25_maps_go_into_the_memory_and_result_is_taken_out(explicit):
    def made(fields):
        return {"op": "object", "fields": fields} if explicit else fields

    inline = Inline()
    first = inline.run(json.dumps({"program": made({"a": 1, "b": [2]})}), language="ptc-json")
    assert first.value == {"a": 1, "b": [2]}
    assert set(first.memory) == {"a", "b"}
    second = inline.run(
        json.dumps(
            {"program": made({"c": {"op": "var", "name": "b"}, "result": {"op": "var", "name": "a"}})}
        ),
        language="ptc-json",
    )
    assert second.value == 1
    assert set(second.memory) == {"c"}
    deep = {
        "op": "let",
        "name": "x",
        "value": 5,
        "in": {"op": "if", "condition": True, "then": made({"result": 6, "d": 7}), "else": 0},
    }
    third = inline.run(json.dumps({"program": deep}), language="ptc-json")
    assert third.value == 6
    assert set(third.memory) == {"d"}
    plain = inline.run(json.dumps({"program": {"op": "var", "name": "b"}}), language="ptc-json")
    assert plain.memory == {}


def test_groups_counts_and_joins():
    rows = [{"c": "a", "n": 1}, {"c": "b", "n": 2}, {"c": "a", "n": 3}]
    assert value({"op": "group_by", "field": "c"}, rows)[0] == {"c": "a", "rows": [rows[0], rows[2]]}
    joined = value(
        {
            "op": "join",
            "with": [{"op": "literal", "value": {"id": "a", "x": 9}}],
            "on": "c",
            "with_field": "id",
        },
        rows,
    )
    assert joined == [{"id": "a", "x": 9, "c": "a", "n": 1}, {"id": "a", "x": 9, "c": "a", "n": 3}]


def test_an_operation_without_input_is_refused_before_running():
    found = fault({"op": "object", "fields": {"n": {"op": "count"}}})
    assert found.kind is FaultKind.VALIDATION_ERROR
    assert found.message == "no input available for count"


def test_a_long_pipe_is_no_deep_program():
    steps = [
        {"op": "load", "name": "rows"},
        *[{"op": "reject", "where": {"op": "eq", "field": "n", "value": n}} for n in range(2000)],
        {"op": "count"},
    ]
    assert value({"op": "pipe", "steps": steps}, context={"rows": ROWS}) == 3


@settings(max_examples=250)
@given(st.integers(0, 10**9))
def test_the_lisp_of_a_program_does_the_same(seed):
    program = Programs(seed).program()
    try:
        lisp = json_dsl.to_lisp(program)
    except ValueError:  # a name with a space in it
        return
    outcomes = []
    for source, language in ((json.dumps(program), "ptc-json"), (lisp, "ptc-lisp")):
        outcomes.append(Inline(TOOLS).run(source, {"rows": ROWS, "n": 5}, language=language))
    left, right = outcomes
    assert left.ok == right.ok, (program, lisp, left.faults, right.faults)
    assert (left.value, left.failed, left.memory) == (right.value, right.failed, right.memory)
    assert [fault.kind for fault in left.faults] == [fault.kind for fault in right.faults]


def test_names_that_lisp_cannot_write_are_said():
    with pytest.raises(ValueError, match="'my rows' cannot be written"):
        json_dsl.to_lisp({"program": {"op": "load", "name": "my rows"}})
    assert value({"op": "load", "name": "my rows"}, context={"my rows": [1]}) == [1]


@pytest.mark.parametrize("name", ["true", "false", "nil"])
def test_a_name_that_lisp_reads_as_a_literal_cannot_be_written(name):
    assert value({"op": "var", "name": name}) is None
    with pytest.raises(ValueError, match=f"'{name}' cannot be written"):
        json_dsl.to_lisp({"program": {"op": "var", "name": name}})
    # Behind a prefix, and as a name of let, it is a name like any other.
    assert json_dsl.to_lisp({"program": {"op": "load", "name": name}}) == f"(dsl/remember data/{name})"


def test_split_says_that_its_separator_is_empty():
    found = fault({"op": "split", "value": "abc", "separator": ""})
    assert found.kind is FaultKind.TYPE_ERROR
    assert found.message == 'split: separator must be a text that is not empty, got the text ""'
