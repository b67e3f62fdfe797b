"""A PTC-JSON program that is given the parts of the data which it reads does the same as one that is given all of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from inline_machine import Inline
from json_programs import Programs
from watched_data import Watched

from ptc_lisp.sandbox.worker import lazy_data
from ptc_lisp.values.codec import decode, encode
from ptc_lisp.values.partial import Fields, Items, Need

TOOLS = {"double": lambda n=0: n, "fetch": lambda **_: [1, 2]}
ROWS = [
    {"n": i % 7, "c": f"c{i % 3}", "rows": [i], "first name": i, "x-y": i, "more": {"a": i, "b": [i]}}
    for i in range(12)
]
LOAD = {"op": "load", "name": "rows"}


@pytest.fixture(autouse=True)
def every_entry_is_large(monkeypatch):
    """Small data will do."""
    monkeypatch.setattr(lazy_data, "_LARGE_BYTES", 0)


def compare(program: dict[str, Any], data: dict[str, Any]) -> dict[str, Need]:
    """Runs a program with parts and with all of the data; what parts it asked for."""
    lazy, whole, parts = Inline(TOOLS), Inline(TOOLS), Watched(data)
    text = json.dumps(program)
    mine = lazy.run(text, parts, parts=parts, language="ptc-json")
    theirs = whole.run(
        text, {name: decode(encode(value)) for name, value in data.items()}, language="ptc-json"
    )
    seen = [
        (
            one.ok,
            repr(one.value),
            one.shown,
            [(f.kind, f.message, f.details.get("path")) for f in one.faults],
            one.memory,
        )
        for one in (mine, theirs)
    ]
    assert seen[0] == seen[1], text
    assert lazy.host.calls == whole.host.calls
    return parts.asked


@pytest.mark.parametrize("start", range(0, 1_600, 400))
def test_programs_cannot_tell(start):
    helped = 0
    for seed in range(start, start + 400):
        rows: list[Any] = [*ROWS] if seed % 3 else [*ROWS, *(None, 7, ["a"], {})[: seed % 4 + 1]]
        helped += bool(compare(Programs(seed).program(), {"rows": rows, "n": 3}))
    assert helped > 5


def fields(*names: str) -> Items:
    """Rows with these fields."""
    return Items(Fields(tuple((name, None) for name in sorted(names))))


@pytest.mark.parametrize(
    ("steps", "need"),
    [
        ([{"op": "count"}], Items(Fields(()))),
        ([{"op": "sum", "field": "n"}], fields("n")),
        ([{"op": "filter", "where": {"op": "eq", "field": "c", "value": "c1"}}, {"op": "avg", "field": "n"}], fields("c", "n")),
        ([{"op": "reject", "where": {"op": "and", "conditions": [{"op": "gt", "field": "n", "value": 3}, {"op": "in", "field": "c", "value": ["c1"]}]}}, {"op": "count"}], fields("c", "n")),
        ([{"op": "group_by", "field": "c", "fields": {"mean": {"op": "avg", "field": "n"}}}, {"op": "sort_by", "field": "mean"}], fields("c", "n")),
        ([{"op": "count_by", "field": "c"}], fields("c")),
        ([{"op": "sort_by", "field": "n"}, {"op": "take", "count": 2}, {"op": "select", "fields": ["c"]}], fields("c", "n")),
        ([{"op": "map", "expr": {"op": "mul", "left": {"op": "get", "field": "n"}, "right": 2}}], fields("n")),
        ([{"op": "map", "expr": {"op": "get", "path": ["more", "a"]}}], Items(Fields((("more", Fields((("a", None),))),)))),
        ([{"op": "max_by", "field": "n"}, {"op": "get", "field": "c"}], fields("c", "n")),
        ([{"op": "filter_in", "field": "c", "value": ["c1"]}, {"op": "max", "field": "n"}], fields("c", "n")),
        ([{"op": "filter", "where": {"op": "eq", "field": "c", "value": "c1"}}], None),
        ([{"op": "first"}], None),
        ([{"op": "group_by", "field": "c"}], None),
        ([{"op": "join", "with": LOAD, "on": "n"}, {"op": "count"}], None),
    ],
)  # fmt: skip
def test_rows_of_which_fields_are_read_are_decoded_to_these(steps, need):
    asked = compare({"program": {"op": "pipe", "steps": [LOAD, *steps]}}, {"rows": ROWS})
    assert asked.get("rows") == need
