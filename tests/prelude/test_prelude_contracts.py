"""Exports with a signature: arguments are made to fit, results are checked, and what does not fit is told with its path."""

from __future__ import annotations

import pytest

import ptc_lisp
from ptc_lisp import FaultKind

SOURCE = """
(ns shop)
(defn total "Adds up." {:signature "(n :int, line {price :float, count :int?}) -> {total :float}"}
  [n line] {:total (+ n (* (:price line) (:count line 1)))})
(defn broken {:signature "(n :int) -> [{id :int}]"} [n] [{:id n} {:id "x"}])
(defn loose {:signature ":string"} [a b] (str a b))
(defn same {:signature "(x :any, m {name :string}) -> :any"} [x m] (:extra m))
"""


def run(source, **options):
    return ptc_lisp.run(source, prelude=SOURCE, **options)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("(shop/total 1 {:price 2.5 :count 2})", {"total": 6.0}),
        ('(shop/total "1" {:price "2.5" :count "2"})', {"total": 6.0}),
        ("(shop/total 1 {:price 2})", {"total": 3}),
        ('(map #(shop/total % {:price 1}) ["1" 2])', [{"total": 2}, {"total": 3}]),
        ("(shop/loose 1 2)", "12"),
        ('(shop/same inc {:name "n" :extra 5})', 5),
    ],
)
def test_arguments_are_made_to_fit(source, value):
    assert run(source).unwrap() == value


def test_what_does_not_fit_is_told_with_its_path():
    error = run('(shop/total "x" {:price [] :count 1})').error
    assert error.kind is FaultKind.VALIDATION_ERROR
    assert error.details["problems"] == [
        'n: expected int, got string "x"',
        "line.price: expected float, got vector of 0",
    ]
    assert "(shop/total n line)" in error.hint


def test_a_result_that_breaks_the_signature_is_a_fault_of_the_prelude():
    error = run("(shop/broken 1)").error
    assert (error.kind, error.details["ref"]) == (FaultKind.VALIDATION_ERROR, "shop/broken")
    assert 'return[1].id: expected int, got string "x"' in error.message


def test_the_checks_hold_where_the_worker_compiles_the_prelude_itself():
    error = run("(shop/broken 1)", limits=ptc_lisp.Limits(step_limit=1_000)).error
    assert error.kind is FaultKind.VALIDATION_ERROR
