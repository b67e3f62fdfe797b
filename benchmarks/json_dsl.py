"""PTC-JSON beside the PTC-Lisp that a person would write for the same question, on 100,000 rows.

    python benchmarks/json_dsl.py

Whole runs: encoding of the rows, a fresh worker, the program, its result; processor time of host and worker. Rounds alternate;
medians are compared.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

import ptc_lisp
from ptc_lisp import Limits, Step, json_dsl

ROWS = 100_000
ROUNDS = 9
LIMITS = Limits(timeout_ms=60_000, memory_bytes=512 << 20)
LOAD = {"op": "load", "name": "rows"}
PAIRS: dict[str, tuple[list[object], str]] = {
    "filter, sum": (
        [LOAD, {"op": "filter", "where": {"op": "eq", "field": "category", "value": "travel"}}, {"op": "sum", "field": "amount"}],
        '(sum-by :amount (filter #(= (:category %) "travel") data/rows))',
    ),
    "two tests, count": (
        [LOAD, {"op": "filter", "where": {"op": "and", "conditions": [
            {"op": "gt", "field": "amount", "value": 500}, {"op": "neq", "field": "city", "value": "Oslo"}]}}, {"op": "count"}],
        '(count (filter #(and (> (:amount %) 500) (not= (:city %) "Oslo")) data/rows))',
    ),
    "group, mean, sort": (
        [LOAD, {"op": "group_by", "field": "city", "fields": {"mean": {"op": "avg", "field": "amount"}}},
         {"op": "sort_by", "field": "mean", "order": "desc"}],
        "(->> (group-by :city data/rows) (map (fn [[city rows]] {:city city :mean (avg-by :amount rows)})) (sort-by :mean >))",
    ),
    "arithmetic": (
        [LOAD, {"op": "map", "expr": {"total": {"op": "mul", "left": {"op": "get", "field": "amount"}, "right": {"op": "get", "field": "n"}}}},
         {"op": "sum", "field": "total"}],
        "(sum-by :total (map (fn [r] {:total (* (:amount r) (:n r))}) data/rows))",
    ),
    "sort, take": (
        [LOAD, {"op": "sort_by", "field": "amount", "order": "desc"}, {"op": "take", "count": 3}, {"op": "select", "fields": ["city"]}],
        "(map #(select-keys % [:city]) (take 3 (sort-by :amount > data/rows)))",
    ),
}  # fmt: skip


def seconds(run: Callable[[], Step]) -> tuple[float, object]:
    """The processor time of a run, host and worker, and its value."""
    started = time.process_time()
    step = run()
    host = time.process_time() - started
    return host + step.usage.cpu_ms / 1000, step.unwrap()


def main() -> None:
    """Prints one line for each pair, and the ratio of all."""
    pick = random.Random(1)
    rows = [
        {"category": pick.choice(("travel", "food", "home")), "city": pick.choice(("Oslo", "Bergen", "Paris")),
         "amount": pick.randrange(1000), "n": pick.randrange(1, 5)}
        for _ in range(ROWS)
    ]  # fmt: skip
    context = {"rows": rows}
    both: list[tuple[float, float]] = []
    for name, (steps, lisp) in PAIRS.items():
        program = {"program": {"op": "pipe", "steps": steps}}
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            one, left = seconds(lambda: json_dsl.run(program, context=context, limits=LIMITS))  # noqa: B023 - called at once
            two, right = seconds(lambda: ptc_lisp.run(lisp, context=context, limits=LIMITS))  # noqa: B023 - as above
            assert left == right, (name, left, right)
            times[0].append(one)
            times[1].append(two)
        found = statistics.median(times[0]), statistics.median(times[1])
        both.append(found)
        print(
            f"{name:20} json {found[0] * 1000:7.1f} ms   lisp {found[1] * 1000:7.1f} ms   ratio {found[0] / found[1]:.2f}"
        )
    total = sum(one for one, _ in both) / sum(two for _, two in both)
    print(f"{'all':20} ratio {total:.2f}")


if __name__ == "__main__":
    main()
