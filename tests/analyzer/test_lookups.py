"""What programs look up in tables that is not there."""

import pytest

from benchmarks.agents.data import tables
from benchmarks.agents.tasks import TASKS
from ptc_lisp.language import missed_lookups

DATA = {
    "orders": [
        {"id": 1, "status": "open", "placed_on": "2024-03-02", "n": 5},
        {"id": 2, "status": "Paid", "placed_on": "2024-04-02", "n": 7, "note": None},
    ],
    "goods": [{"sku": "a", "kind": "toy"}],
    "visits": [
        {"who": {"name": "Ann"}, "seen": [{"page": "a", "ms": 5}, {"page": "b", "ms": 7}]},
        {"who": {"name": "Bo"}, "seen": []},
    ],
    "limit": 3,
}
NO_KIND = "rows of data/orders have no :kind, so it is nil; they have :id :status :placed_on :n :note; data/goods has it"
PAIRS = (
    "(:n item) is nil where the items are those of a map: they are pairs [key value], taken apart by (fn [[k v]] ...); or go "
    "through the rows of a table"
)
VALUES = (
    "(:n item) is nil where the items come from (map :key rows): they are values of that key, no rows; or go through the rows "
    "of a table"
)
LISTS = (
    "(:ms item) is nil where the items are lists that rows hold: (mapcat :key rows) gives what is in them; or go through the "
    "rows of a table"
)
PAIR = (
    "(sum-by ... g) goes through a pair [key value], not through rows: take it apart, "
    "(fn [[k rows]] (sum-by ... rows))"
)


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ('(count (filter #(= (:kind %) "toy") data/orders))', [NO_KIND]),
        ("(map :kind data/orders)", [NO_KIND]),
        ("(->> data/orders (filter :note) (map #(get % :kind)))", [NO_KIND]),
        ('(->> data/orders (map #(get % "kind")))', [NO_KIND]),
        ("(-> data/orders (->> (group-by :kind)))", [NO_KIND]),
        ("(let [os (sort-by :n data/orders) x 1] (sum-by :kind os))", [NO_KIND]),
        ("(map (fn [{:keys [id kind]}] [id kind]) data/orders)", [NO_KIND]),
        ("(map (fn [o] {:k (:kind o)}) (take 1 (reverse data/orders)))", [NO_KIND]),
        ("(map (fn [o] (o :kind)) data/orders)", [NO_KIND]),
        (
            '(filter #(= (:placed-on %) "2024-03") data/orders)',
            [
                (
                    'no row of data/orders has :placed-on "2024-03"; it has "2024-03-02", so test with '
                    '(starts-with? (:placed-on row) "2024-03")'
                )
            ],
        ),
        (
            '(filter #(= "paid" (:status %)) data/orders)',
            ['no row of data/orders has :status "paid"; it has "Paid"'],
        ),
        (
            '(remove #(#{"open" "late"} (:status %)) data/orders)',
            ['no row of data/orders has :status "late"; it has values such as "Paid", "open"'],
        ),
        (
            '(some #(= (:status %) "pai") data/orders)',
            ['no row of data/orders has :status "pai"; it has values such as "Paid", "open"'],
        ),
        (
            '(filter #(= (:status %) "ai") data/orders)',
            [
                'no row of data/orders has :status "ai"; it has "Paid", so test with (includes? (:status row) "ai")'
            ],
        ),
        (
            '(filter #(= (:n %) "5") data/orders)',
            ['no row of data/orders has :n "5"; it has values such as 5, 7'],
        ),
        ("(let [by-id (into {} (map (juxt :id :n) data/orders))] (filter #(= (:n %) 5) by-id))", [PAIRS]),
        ("(->> (group-by :status data/orders) (map :n))", [PAIRS]),
        (
            "(map (fn [g] (sum-by :n g)) (group-by :status data/orders))",
            [PAIR],
        ),
        (
            "(map :age (map :who data/visits))",
            ["rows of data/visits :who have no :age, so it is nil; they have :name"],
        ),
        (
            '(filter #(= (:page %) "c") (mapcat :seen data/visits))',
            ['no row of data/visits :seen has :page "c"; it has values such as "a", "b"'],
        ),
        ("(map :ms (map :seen data/visits))", [LISTS]),
        ("(let [os (map :id data/orders)] (count (filter #(> (:n %) 5) os)))", [VALUES]),
    ],
)
def test_what_is_not_there_is_named(program: str, found: list[str]):
    assert missed_lookups(program, DATA) == found


@pytest.mark.parametrize(
    "program",
    [
        '(filter #(= (:status %) "open") data/orders)',
        "(map :note data/orders)",  # in one row only
        "(map :placed-on data/orders)",
        "(map :kind (map identity data/orders))",  # rows of what?
        "(let [data/orders 1] 2)",
        "(let [os data/orders os (map inc os)] (map :kind os))",
        "(let [{:keys [os]} {:os data/orders}] (map :kind os))",
        "(map (fn [a b] (:kind a)) data/orders data/goods)",
        "(:kind data/limit)",
        "(map (fn [[k v]] (:n v)) (group-by :status data/orders))",
        "(map :n (vals (group-by :status data/orders)))",
        "(map :kind data/unknown)",
        '(filter #(= (:name %) "Bo") (map :who data/visits))',
        "(sum-by :ms (mapcat :seen data/visits))",
        "(map (fn [g] (count (second g))) (group-by :status data/orders))",
        "(filter #(= (:status %) ",  # cannot be read
        "",
    ],
)
def test_nothing_is_said_where_it_is_there_or_not_certain(program: str):
    assert missed_lookups(program, DATA) == []


def test_the_solutions_of_the_evaluation_miss_nothing():
    world = tables()
    for task in TASKS:
        for part in task.parts:
            assert missed_lookups(part.solution, {name: world[name] for name in task.tables}) == [], task.name


@pytest.mark.parametrize(
    "program, said",
    [
        ("(map :x data/rows)", ["rows of data/rows have no :x, so it is nil; they have 1 :na-me None"]),
        ("(map :na_me data/rows)", []),
        (
            '(filter #(= (:na-me %) "b") data/rows)',
            ['no row of data/rows has :na-me "b"; it has values such as "a"'],
        ),
        (
            "(map :y (map :deep data/others))",
            ["rows of data/others :deep have no :y, so it is nil; they have 2"],
        ),
    ],
)
def test_keys_of_the_host_that_are_no_text_are_left_alone(program, said):
    data = {"rows": [{1: 2, "na-me": "a", None: 0}], "others": [{3: 4, "deep": {2: 3}}]}
    assert missed_lookups(program, data) == said
