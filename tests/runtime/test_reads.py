"""A program that is given the parts of the data which it reads does the same as one that is given all of it."""

from __future__ import annotations

from typing import Any

import pytest
from inline_machine import Inline
from program_fuzz import program
from row_data import COUNTED, LIMITS, ROWS, ended, fields, some_data
from row_programs import RowWriter
from watched_data import Watched

from ptc_lisp.limits import Limits
from ptc_lisp.sandbox.worker import lazy_data
from ptc_lisp.values.codec import decode, encode
from ptc_lisp.values.partial import Fields, Items, Need


@pytest.fixture(autouse=True)
def every_entry_is_large(monkeypatch):
    """Small data will do."""
    monkeypatch.setattr(lazy_data, "_LARGE_BYTES", 0)


def echo(**args: Any) -> Any:
    """A tool."""
    return args


def compare(
    sources: list[str], data: dict[str, Any], in_pieces: bool = False, limits: Limits = LIMITS
) -> list[dict[str, Need]]:
    """Runs programs one after another with parts and with all of the data; what parts each asked for."""
    asked: list[dict[str, Need]] = []
    lazy, whole = Inline({"echo": echo}, limits), Inline({"echo": echo}, limits)
    parts, full = (
        Watched(data, in_pieces=in_pieces),
        {name: decode(encode(value)) for name, value in data.items()},
    )
    for source in sources:
        parts.asked = {}
        mine = lazy.run(source, parts, parts=parts, journal={})
        seen = ended(mine, lazy.host.prints, lazy.host.calls)
        theirs = whole.run(source, full, journal={})
        assert seen == ended(theirs, whole.host.prints, whole.host.calls), source
        asked.append(parts.asked)
    return asked


@pytest.mark.parametrize("start", range(0, 600, 200))
def test_programs_about_rows_cannot_tell(start):
    helped = 0
    for seed in range(start, start + 200):
        sources = [RowWriter(2 * seed).program(), RowWriter(2 * seed + 1).program()]
        asked = compare(
            sources, some_data(seed, tidy=seed % 4 != 0), seed % 3 == 0, COUNTED if seed % 5 == 0 else LIMITS
        )
        helped += any(asked)
    assert helped > 60


def test_programs_about_anything_cannot_tell():
    rows = [{"id": i, "unit_price": i / 4, "name": f"n{i}", "tags": ["x", None], "a": i} for i in range(5)]
    asked = [
        compare([program(seed)], {"rows": rows, "big": list(range(300))}, limits=COUNTED)
        for seed in range(1_500)
        if "data/" in program(seed)
    ]
    assert sum(any(found) for [found] in asked) > 20


def asked_for(source: str, name: str = "rows") -> Need | str:
    """What a program reads of an entry; "all" when it is decoded as a whole."""
    [asked] = compare([source], {"rows": ROWS, "shop": {"rows": ROWS, "name": "s"}})
    return asked.get(name, "all")


@pytest.mark.parametrize(
    "source, need",
    [
        ("(count data/rows)", fields()),
        ('(->> data/rows (filter #(= "k1" (:kind %))) (map :n) (reduce + 0))', fields("kind", "n")),
        ("(sum-by :n data/rows)", fields("n")),
        ("(->> data/rows (group-by :kind) (map (fn [[k v]] [k (sum-by :n v)])) (sort-by second >))", fields("kind", "n")),
        ("(update-vals (group-by :kind data/rows) count)", fields("kind")),
        ("(for [{:keys [id n]} data/rows :when (> n 3)] id)", fields("id", "n")),
        ("(:id (first (sort-by :n > data/rows)))", fields("id", "n")),
        ("(map #(select-keys % [:id :kind]) data/rows)", fields("id", "kind", as_row=False)),
        ("(filter #(contains? % :id) data/rows) (sum-by :n data/rows) 1", fields("id", "n", as_row=False)),
        ("(map #(:n % 0) data/rows)", fields("n", as_row=False)),
        ("(map (fn [{:keys [n] :or {n 1}}] n) data/rows)", fields("n", as_row=False)),
        ("(count (filter map? data/rows))", fields(as_row=False)),
        ('(map #(get % "n") (sort-by [:id] data/rows))', fields("id", "n")),
        ("(sort-by :n (map (fn [r] {:n (get r :n)}) data/rows))", fields("n")),
        ("(map (fn [r] {:id (:id r) :x (get-in r [:more :x])}) data/rows)", Items(Fields((("id", None), ("more", Fields((("x", None),)))), as_row=True))),
        ("(reduce (fn [m r] (update m (:kind r) (fn [x] (+ (or x 0) (:n r))))) {} data/rows)", fields("kind", "n")),
        ("(defn total [rows] (reduce + (map :n rows))) (total (filter :id data/rows))", fields("id", "n")),
        ("(let [big? (fn [r] (> (:n r) 3)) xs data/rows] (count (filter big? xs)))", fields("n")),
        ("(loop [xs data/rows n 0] (if (seq xs) (recur (rest xs) (+ n (:n (first xs)))) n))", fields("n")),
        ("(map :first-name data/rows)", fields("first-name", "first_name")),
        ("(->> data/shop :rows (map :n) (reduce +))", "all"),
    ],
)  # fmt: skip
def test_rows_of_which_fields_are_read_are_decoded_to_these(source, need):
    assert asked_for(source) == need


def test_rows_inside_a_map_are_read_in_part():
    assert asked_for("(->> data/shop :rows (map :n) (reduce +))", "shop") == Fields((("rows", fields("n")),))


@pytest.mark.parametrize(
    "source",
    [
        "data/rows",
        "(first data/rows)",
        "(map :id data/rows) (println (first data/rows))",
        "(frequencies data/rows)",
        "(map keys data/rows)",
        "(def kept (first data/rows)) (:id kept)",
        "(def f (let [r (first data/rows)] (fn [] (:id r))))",
        "(= (first data/rows) (last data/rows))",
        "(map str data/rows)",
        "(return (last data/rows))",
        "(let [k :id] (map #(get % k) data/rows))",
        "(defn f [x] x) (map f data/rows)",
        "(task :t (last data/rows))",
        "(tool/echo {:x (first data/rows)})",
        '(dsl/join data/rows data/rows "n" "n")',
    ],
)
def test_rows_that_leave_as_a_whole_are_decoded_as_a_whole(source):
    assert asked_for(source) == "all"


def test_rows_that_are_asked_whether_they_are_empty_are_not_emptied():
    compare(["(count (filter not-empty data/rows))", "(count (filter seq data/rows))"], {"rows": ROWS})


FLOWING = [
    '(->> data/rows (filter #(= "k1" (:kind %))) (map :n) (reduce + 0))',
    "(reduce (fn [m r] (update m (:kind r) (fnil + 0) (:n r))) {} data/rows)",
    "(reduce (fn [a r] (if (> (:id r) 6) (reduced a) (+ a (:n r)))) 0 data/rows)",
    "(map (fn [r] [(:id r) (:kind r)]) data/rows)",
    '(map (fn [r] (+ (:n r) (if (= 7 (:id r)) "x" 1))) data/rows)',
    "(do (println 1) (count (remove (fn [r] (even? (:n r))) data/rows)))",
]


@pytest.mark.parametrize("source", FLOWING)
@pytest.mark.parametrize("odd", [None, 5, {}, {"id": 3.5, "n": 1, "kind": "k1", 4: 4}])
def test_rows_that_one_loop_reads_are_decoded_as_it_goes(source, odd):
    rows = [*ROWS[:9], odd, *ROWS[9:]]
    compare([source, source, "(count data/rows)", source, "data/rows"], {"rows": rows}, in_pieces=True)
    data = Watched({"rows": ROWS}, in_pieces=True)
    machine = Inline({}, LIMITS)
    runs = [machine.run(source, data, parts=data) for _ in range(3)]
    once = Watched({"rows": ROWS}, in_pieces=True, single=True)
    single = Inline({}, LIMITS).run(source, once, parts=once)
    assert data.flowed == once.flowed == ["rows"]
    assert (single.value, single.steps) == (runs[0].value, runs[0].steps)
    assert runs[0].ok == runs[2].ok
    assert (runs[0].value, runs[0].steps) == (runs[2].value, runs[2].steps)


@pytest.mark.parametrize(
    "source",
    [
        "[(map (fn [r] (:id r)) data/rows) (count data/rows)]",
        "(for [i [1 2]] (reduce (fn [a r] (+ a (:n r))) 0 data/rows))",
        "(defn f [] (reduce (fn [a r] (+ a (:n r))) 0 data/rows)) [(f) (f)]",
        "(let [xs data/rows] (reduce (fn [a r] (+ a (:n r))) 0 xs))",
    ],
)
def test_rows_that_are_read_again_are_kept(source):
    compare([source], {"rows": ROWS}, in_pieces=True)
    data = Watched({"rows": ROWS}, in_pieces=True)
    assert Inline({}, LIMITS).run(source, data, parts=data).ok
    assert not data.flowed


def test_later_programs_find_what_they_read():
    programs = [
        "(defn ids [] (map :id data/rows)) (sum-by :n data/rows)",
        "(sum-by :n data/rows)",
        "[(sum-by :id data/rows) (ids)]",
        "(map :kind data/rows)",
        "(first data/rows)",
        "(ids)",
    ]
    asked = compare(programs, {"rows": ROWS})
    wanted = [fields("id", "n"), fields("n"), fields("id", "n"), fields("kind"), None, fields("id", "n")]
    assert [found.get("rows") for found in asked] == wanted
