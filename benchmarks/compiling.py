"""How long it takes from the text of a typical program to code that can run: reading, analysis, generation of Python.

    python benchmarks/compiling.py [--rounds 500] [--json]

CPU time in milliseconds, with the garbage collector as in a worker. Beside it stands Python's own compiler with the same
program written in Python, in the same rounds.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable

import ptc_lisp.builtins  # noqa: F401 - registers what programs call
from ptc_lisp.analyzer import Env, analyze
from ptc_lisp.reader import warm_up
from ptc_lisp.reader.quick import read_plain
from ptc_lisp.runtime.compiler import compile_program

LISP = """\
(let [rows data/expenses
      recent (filter #(>= (:day %) 20) rows)
      large (filter (fn [row] (and (> (:amount row) 100) (not= (:category row) "other"))) recent)
      groups (group-by :category large)
      totals (map (fn [[category items]]
                    {:category category
                     :count (count items)
                     :total (reduce + (map :amount items))})
                  groups)
      ranked (sort-by :total > totals)
      best (first ranked)]
  {:summary (str "Most was spent on " (:category best) ": " (:total best) " in " (:count best) " rows")
   :ranked (take 5 ranked)})
"""
PYTHON = """\
rows = data["expenses"]
recent = [row for row in rows if row["day"] >= 20]
large = [row for row in recent if row["amount"] > 100 and row["category"] != "other"]
groups = {}
for row in large:
    groups.setdefault(row["category"], []).append(row)
totals = [
    {"category": category, "count": len(items), "total": sum(row["amount"] for row in items)}
    for category, items in groups.items()
]
ranked = sorted(totals, key=lambda row: row["total"], reverse=True)
best = ranked[0] if ranked else {}
summary = f"Most was spent on {best.get('category')}: {best.get('total')} in {best.get('count')} rows"
result = {"summary": summary, "ranked": ranked[:5]}
"""
LIMITS = (64, 10_000)
ENV = Env(tools=frozenset(), data=frozenset({"expenses"}))
WORKER_GC = (50_000, 20, 50)


def main() -> None:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--rounds", type=int, default=500)
    options.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    given = options.parse_args()
    found = measured(given.rounds)
    if given.json:
        print(json.dumps(found))
        return
    unit = found["Python's compile()"]["median"]
    print(f"{len(LISP)} bytes{'':<16}{'median':>8}{'min':>8}   times of Python's compile()")
    for name, times in found.items():
        print(f"{name:<25}{times['median']:>8.3f}{times['min']:>8.3f}{times['median'] / unit:>8.2f} x")


def measured(rounds: int) -> dict[str, dict[str, float]]:
    """Median and shortest time of each part, in milliseconds."""
    warm_up(parser=False)
    forms = read()
    program = analyze(forms, ENV)
    parts: dict[str, Callable[[], object]] = {
        "read": read,
        "analyse": lambda: analyze(forms, ENV),
        "compile": lambda: compile_program(program),
        "all three": lambda: compile_program(analyze(read(), ENV)),
        "Python's compile()": lambda: compile(PYTHON, "<python>", "exec", dont_inherit=True),
    }
    gc.collect()
    gc.freeze()
    gc.set_threshold(*WORKER_GC)
    times: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(rounds):
        for name, action in parts.items():
            times[name].append(duration(action))
    return {name: {"median": statistics.median(found), "min": min(found)} for name, found in times.items()}


def read() -> list[object]:
    """The forms, without the memo that remembers texts."""
    forms = read_plain(LISP, *LIMITS)
    assert forms is not None
    return forms  # type: ignore[return-value] - forms


def duration(action: Callable[[], object]) -> float:
    """CPU time of one call in milliseconds."""
    start = time.process_time_ns()
    action()
    return (time.process_time_ns() - start) / 1e6


if __name__ == "__main__":
    main()
