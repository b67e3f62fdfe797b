"""A program that is given the parts of a tool's result which it reads does the same as one that is given all of it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from inline_machine import Inline
from row_data import COUNTED, LIMITS, ROWS, ended, fields, some_data
from row_programs import RowWriter

import ptc_lisp
from ptc_lisp.limits import Limits
from ptc_lisp.runtime.parcels import Parcel, Wanted
from ptc_lisp.values.codec import decode_data, encode
from ptc_lisp.values.collections import make_set
from ptc_lisp.values.partial import Need
from ptc_lisp.values.types import kw

NEEDS: list[Need] = []
"""What was needed of the parcels that were opened."""


@pytest.fixture(autouse=True)
def noted(monkeypatch):
    """Openings are noted."""
    NEEDS.clear()
    opened = Parcel.open
    monkeypatch.setattr(Parcel, "open", lambda self, need: NEEDS.append(need) or opened(self, need))


def machines(data: dict[str, Any], limits: Limits) -> tuple[Inline, Inline]:
    """Two with a tool for each entry: one is given parcels, one values."""
    packed = {name: encode(value) for name, value in data.items()}
    lazy = {name: lambda name=name: Parcel(name, memoryview(packed[name]), nullcontext) for name in data}
    whole = {name: lambda name=name: decode_data(packed[name]) for name in data}
    echo = {"echo": lambda **args: args}
    return Inline({**lazy, **echo}, limits), Inline({**whole, **echo}, limits)


def compare(sources: list[str], data: dict[str, Any], limits: Limits = LIMITS) -> list[Need]:
    """Runs programs one after another in both; `data/x` of their texts is a call of a tool. What was needed."""
    lazy, whole = machines(data, limits)
    NEEDS.clear()
    for source in sources:
        for name in data:
            source = source.replace(f"data/{name}", f"(tool/{name})")  # noqa: PLW2901 - one after the other
        mine, theirs = lazy.run(source, journal={}), whole.run(source, journal={})
        seen = [ended(out, one.host.prints, one.host.calls) for out, one in ((mine, lazy), (theirs, whole))]
        assert seen[0] == seen[1], source
    return list(NEEDS)


@pytest.mark.parametrize("start", range(0, 400, 200))
def test_programs_about_results_cannot_tell(start):
    helped = 0
    for seed in range(start, start + 200):
        sources = [RowWriter(2 * seed).program(), RowWriter(2 * seed + 1).program()]
        data = some_data(seed, tidy=seed % 4 != 0)
        helped += any(compare(sources, data, COUNTED if seed % 5 == 0 else LIMITS))
    assert helped > 60


@pytest.mark.parametrize(
    "source, need",
    [
        ('(->> data/rows (filter #(= "k1" (:kind %))) (map :n) (reduce + 0))', fields("kind", "n")),
        ("(let [rows data/rows] [(count rows) (sum-by :n rows)])", fields("n")),
        ("(let [f (fn [] data/rows)] (map :id (f)))", fields("id")),
        ("(mapcat (fn [i] (filter #(= i (:n %)) data/rows)) [1])", None),
        ("(def rows data/rows) (map :id rows)", None),
        ("(println (first data/rows))", None),
        ('(task "a" data/rows) 1', None),
        ("(pmap (fn [i] (sum-by :n data/rows)) [1 2])", fields("n")),
    ],
)
def test_what_is_needed_of_a_result(source, need):
    assert set(compare([source], {"rows": ROWS})) == {need}


def test_a_result_with_keywords_for_keys_is_the_same():
    rows = [{kw("id"): 1, "id": 2}, {"id": 3}]
    compare(["(map :id data/rows)", "(sum-by :id data/rows)", "data/rows"], {"rows": rows})
    sets = [{"ids": make_set([{kw("id"): i, "id": 3}])} for i in range(3)]
    lazy, _ = machines({"rows": sets}, LIMITS)
    assert lazy.value("(map (fn [r] (println (:ids r)) (map :id (:ids r))) (tool/rows))") == [[0], [1], [2]]


def test_a_parcel_is_opened_once_for_branches_that_run_again():
    opened: list[int] = []
    parcel = Parcel("t", memoryview(encode(ROWS)), lambda: opened.append(1) or nullcontext())
    need = fields("n")
    assert parcel.open(need) is parcel.open(need)
    assert parcel.open(None) == ROWS
    assert parcel.open(need) == ROWS
    assert len(opened) == 2


def test_what_is_wanted_names_the_classes_in_order():
    assert dict(Wanted(fields("n"), ("c/1",)).rows()) == {"c/1": fields("n").of}


MANY = [{"id": i, "kind": f"k{i % 3}", "text": "x" * 40} for i in range(20_000)]


def fetch() -> list[dict[str, Any]]:
    """Gives many rows."""
    return MANY


@pytest.mark.parametrize("isolation", ["run", "session"])
def test_a_large_result_is_read_in_part_in_a_worker(isolation):
    programs = {
        '(->> (tool/fetch) (filter #(= "k1" (:kind %))) (map :id) (reduce +))': sum(range(1, 20_000, 3)),
        "(let [rows (tool/fetch)] [(count rows) (first rows)])": [20_000, MANY[0]],
        '(pmap (fn [k] (count (filter #(= k (:kind %)) (tool/fetch)))) ["k0" "k1"])': [6_667, 6_667],
        "(reduce (fn [m r] (update m (:kind r) (fnil inc 0))) {} (tool/fetch))": {
            "k0": 6_667, "k1": 6_667, "k2": 6_666,
        },
    }  # fmt: skip
    with ptc_lisp.Session(tools=[fetch], isolation=isolation, limits=Limits(timeout_ms=20_000)) as session:
        for _ in range(3):
            for source, value in programs.items():
                assert session.eval(source).unwrap() == value


def test_an_export_of_a_prelude_reads_a_large_result_as_a_whole():
    source = '(ns crm "Rows.") (defn ids "Ids." [k] (map #(select-keys % [:id]) (filter #(= k (:kind %)) (tool/fetch {}))))'
    tools = [ptc_lisp.Tool(fetch, visibility="private")]
    step = ptc_lisp.run('(count (crm/ids "k1"))', prelude=source, tools=tools)
    assert step.unwrap() == 6_667


def test_a_program_that_reads_a_field_of_a_result_needs_little_memory():
    limits = Limits(memory_bytes=5 << 20)
    assert ptc_lisp.run("(sum-by :id (tool/fetch))", tools=[fetch], limits=limits).ok
    step = ptc_lisp.run("(count (distinct (tool/fetch)))", tools=[fetch], limits=limits)
    assert step.error is not None
    assert step.error.kind == "memory_exceeded"


def fetch_all() -> list[dict[str, Any]]:
    """Gives so many rows that no memory which a worker happens to have at hand is enough."""
    return MANY * 4


@pytest.mark.parametrize(
    "source", ["(tool/fetch_all)", "(pmap (fn [_] (count (vals (first (tool/fetch_all))))) [1])"]
)
def test_a_result_that_is_too_large_for_the_program_is_named(source):
    limits = Limits(memory_bytes=4 << 20)
    with ptc_lisp.Session(tools=[fetch_all], limits=limits) as session:
        step = session.eval(f"(str 1)\n{source}")
        assert step.error is not None
        assert step.error.kind == "memory_exceeded"
        assert (
            step.error.message
            == "the result of tool/fetch_all (5.0 MB) needs more memory than the program may use"
        )
        assert step.error.details["tool"] == "fetch_all"
        assert step.error.hint is not None
        assert "ask tool/fetch_all for less" in step.error.hint
        assert step.error.span is not None
        assert step.error.span.line == 2
        assert session.eval("(+ 1 2)").value == 3
