"""Values against types: strict checks of results, coercion of inputs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ptc_lisp.signature import check, coerce, coerce_args, parse, parse_type

AWARE = datetime(2024, 1, 2, tzinfo=UTC)

FITS: list[tuple[str, Any]] = [
    (":any", None),
    (":any", object()),
    (":string", ""),
    (":int", 10**30),
    (":float", 1),
    (":float", 1.5),
    (":bool", False),
    (":keyword", "done?"),
    (":map", {1: 2}),
    (":datetime", AWARE),
    (":int?", None),
    ("[:int]", []),
    ("[:int]", (1, 2)),
    ("[:int?]", [1, None]),
    ("[:int]?", None),
    ("{}", {"x": object()}),
    ("{a :int?}", {}),
    ("{a :int?}", {"a": None}),
    ("{a :int}", {"a": 1, "more": 2}),
    ("{order-no :int}", {"order_no": 1}),
    ("{order_no :int}", {"order-no": 1}),
    ("{a {b [{c :int}]}}", {"a": {"b": [{"c": 1}]}}),
]

FITS_NOT: list[tuple[str, Any, str]] = [
    (":string", 1, "return: expected string, got int 1"),
    (":string", None, "return: expected string, got nil"),
    (":int", 1.0, "return: expected int, got float 1.0"),
    (":int", True, "return: expected int, got bool true"),
    (":int", "1", 'return: expected int, got string "1"'),
    (":float", float("inf"), "return: expected float, got float inf"),
    (":float", float("nan"), "return: expected float, got float nan"),
    (":float", True, "return: expected float, got bool true"),
    (":bool", 0, "return: expected bool, got int 0"),
    (":keyword", "foo bar", 'return: expected keyword, got string "foo bar"'),
    (":map", [1], "return: expected map, got vector of 1"),
    (":datetime", "2024-01-02T00:00:00Z", 'return: expected datetime, got string "2024-01-02T00:00:00Z"'),
    (":datetime", date(2024, 1, 2), "return: expected datetime, got date 2024-01-02"),
    ("[:int]", None, "return: expected list [:int], got nil"),
    ("[:int]", {1}, "return: expected list [:int], got set"),
    ("[:int]", "ab", 'return: expected list [:int], got string "ab"'),
    ("[:int]", [1, "x"], 'return[1]: expected int, got string "x"'),
    ("{a :int}", {"b": 1}, "return.a: expected int, got nil (missing; the map has b)"),
    ("{a :int}", {}, "return.a: expected int, got nil (missing; the map has no fields)"),
    ("{a :int}", 3, "return: expected map {a :int}, got int 3"),
    ("{rows [{id :int}]}", {"rows": [{"id": "x"}]}, 'return.rows[0].id: expected int, got string "x"'),
]


@pytest.mark.parametrize(("kind", "value"), FITS)
def test_values_that_fit(kind: str, value: Any) -> None:
    assert check(parse_type(kind), value) == []


@pytest.mark.parametrize(("kind", "value", "words"), FITS_NOT)
def test_values_that_do_not_fit(kind: str, value: Any, words: str) -> None:
    assert [str(problem) for problem in check(parse_type(kind), value)] == [words]


def test_all_problems_are_told_up_to_a_limit() -> None:
    kind = parse_type("{a :int, b [:int]}")
    assert len(check(kind, {"a": "x", "b": ["y", "z"]})) == 3
    assert len(check(kind, {"a": 1, "b": ["y"] * 100_000})) == 20


def test_the_value_is_shown_bounded() -> None:
    (problem,) = check(parse_type(":int"), "x" * 10_000)
    assert len(str(problem)) < 120
    (problem,) = check(parse_type(":string"), 10**10_000)
    assert len(str(problem)) < 120


COERCED: list[tuple[str, Any, Any, bool]] = [
    (":int", "42", 42, True),
    (":int", " -7 ", -7, True),
    (":int", 42, 42, False),
    (":float", 3, 3.0, False),
    (":float", "3.14", 3.14, True),
    (":float", "42", 42.0, True),
    (":float", "3.5kg", 3.5, True),
    (":bool", "true", True, True),
    (":bool", "false", False, True),
    (":bool", True, True, False),
    (":string", "x", "x", False),
    (":string", AWARE, "2024-01-02T00:00:00Z", True),
    (":string", date(2024, 1, 2), "2024-01-02", True),
    (":keyword", "done", "done", False),
    (":datetime", "2024-01-02T01:00:00+01:00", AWARE, True),
    (":datetime", "2024-01-02T00:00:00Z", AWARE, True),
    (":datetime", AWARE, AWARE, False),
    ("[:int]", ["1", 2], [1, 2], True),
    ("[:int]", {5}, [5], False),
    ("{a :int}", {"a": "1"}, {"a": 1}, True),
    ("{a :int?}", {}, {}, False),
    (":int?", None, None, False),
    (":any", None, None, False),
]


@pytest.mark.parametrize(("kind", "value", "expected", "warned"), COERCED)
def test_row_54_inputs_are_coerced(kind: str, value: Any, expected: Any, warned: bool) -> None:
    result, warnings, problems = coerce(parse_type(kind), value)
    assert (result, problems) == (expected, [])
    assert type(result) is type(expected)
    assert bool(warnings) == warned


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (":int", 42.0),
        (":int", "42.0"),
        (":int", "x"),
        (":int", True),
        (":int", None),
        (":int", "9" * 500),
        (":float", "x"),
        (":float", "1e999"),
        (":float", 10**400),
        (":bool", "yes"),
        (":bool", 1),
        (":string", 5),
        (":keyword", "two words"),
        (":datetime", "2024-01-02T00:00:00"),
        (":datetime", "2024-01-02"),
        (":datetime", "soon"),
        (":datetime", "0001-01-01T00:00:00+05:00"),  # in UTC, in the year before the first
        (":datetime", "9999-12-31T23:59:59-05:00"),
        (":datetime", datetime(2024, 1, 2)),  # noqa: DTZ001 - a naive datetime is what is refused
        ("[:int]", "12"),
        ("{a :int}", [1]),
        ("{a :int}", {}),
    ],
)
def test_inputs_that_cannot_be_coerced(kind: str, value: Any) -> None:
    _, _, problems = coerce(parse_type(kind), value)
    assert len(problems) == 1


def test_row_54_naive_datetimes_get_a_repair_hint() -> None:
    _, _, problems = coerce(parse_type(":datetime"), "2024-01-02T00:00:00")
    assert "needs an offset" in str(problems[0])


def test_arguments_arrive_by_name() -> None:
    signature = parse("(order-id :int, note :string?, rows [{line-no :int}]?) -> :any")
    args, warnings, problems = coerce_args(signature, {"order-id": "5", "rows": [{"line_no": 1, "x": 2}]})
    assert args == {"order_id": 5, "rows": [{"line_no": 1}]}
    assert problems == []
    assert warnings == [
        'order-id: string "5" was read as int 5',
        "rows[0].x is not a parameter and was left out; known: line-no",
    ]


def test_missing_and_misspelt_arguments() -> None:
    args, warnings, problems = coerce_args(parse("(limit :int, city :string?) -> :any"), {"limt": 5})
    assert args == {}
    assert [str(problem) for problem in problems] == ["limit: expected int, got nothing: it is missing"]
    assert warnings == ["limt is not a parameter and was left out; did you mean limit?"]


def test_without_parameters_everything_passes() -> None:
    assert coerce_args(parse(":any"), {"a": 1}) == ({"a": 1}, [], [])
    assert coerce_args(parse("() -> :any"), {"a": 1})[0] == {}
