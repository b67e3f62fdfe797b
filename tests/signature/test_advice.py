"""Hints for values that do not fit a signature: applied, they give a value that fits."""

from __future__ import annotations

from typing import Any

import pytest

import ptc_lisp
from ptc_lisp.signature import advice, check, parse

CASES: list[tuple[str, Any, str]] = [
    (":string", {"name": "Ada", "id": 1}, "a map was returned: take one field of it, (:name x)"),
    (":float", {"a": 1, "b": 2.5}, "a map was returned: take one field of it, (:a x) or (:b x)"),
    (":int", [4], "a list of one was returned: write (first x)"),
    (":int", [4, 5], "a list was returned, one value is wanted: (first x), (count x) or (sum x)"),
    (":int", 4.0, "write (round x), which gives an int"),
    (":int", "12", "write (parse-long x)"),
    (":float", "1.5", "write (parse-double x)"),
    (":string", 4, "write (str x)"),
    ("[:int]", {"a": 1}, "a map was returned: write (vals x), or [x] for a list of one"),
    ("{n :int}", [{"n": 1}], "a list of one was returned: write (first x)"),
    ("{n :int, s :string}", [1, 2], "one map is wanted: {:n … :s …}"),
    ("{total :float}", {"sum": 2.5}, "rename :sum to :total"),
    ("{mean_price :float, n :int}", {"price": 2.5, "count": 1}, "rename :price to :mean_price, :count to :n"),
    ("{total :float, n :int}", {"total": 2.5}, "add :n to the map"),
    ("[{n :int}]", [{"n": 1}, {"n": "2"}], "write (parse-long x)"),
    ("{rows [{n :int}]}", {"rows": [{"m": 1}]}, "rename :m to :n"),
]


@pytest.mark.parametrize(("signature", "value", "expected"), CASES)
def test_advice(signature: str, value: Any, expected: str) -> None:
    assert advice(parse(signature).returns, value) == expected


@pytest.mark.parametrize("signature", [":int", "[:int]", "{n :int}", ":bool"])
def test_nil_needs_no_advice_beyond_the_type(signature: str) -> None:
    kind = parse(signature).returns
    assert check(kind, None)
    assert advice(kind, None) is None


def test_a_value_that_fits_gets_none() -> None:
    assert advice(parse(":int").returns, 1) is None


def test_the_fault_of_a_run_carries_it() -> None:
    step = ptc_lisp.run('(return {:name "Ada"})', signature=":string")
    assert step.error is not None
    assert step.error.hint == "a map was returned: take one field of it, (:name x)"
