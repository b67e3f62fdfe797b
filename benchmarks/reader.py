"""How quickly programs are read: in one pass, through the parser, and from the memo.

    python benchmarks/reader.py [--json]

Times are the best of several in milliseconds. Because machines differ, each stands beside `ast.parse` of a Python text
of the same size in the same run.
"""

from __future__ import annotations

import argparse
import ast
import json
import time
from collections.abc import Callable

from ptc_lisp.reader import read, warm_up
from ptc_lisp.reader.program import read_parsed
from ptc_lisp.reader.quick import read_plain

SIZES = (500, 1_000, 10_000)
LISP = """\
;; revenue per carrier, largest first
(def flights (->> data/flights (filter #(and (= "JFK" (:origin %)) (> (:dep_delay %) 15.5)))))
(defn revenue [{:keys [carrier price] :or {price 0}}]
  {:carrier carrier :total (* 1.19 price)})
(let [rows (map revenue flights)
      grouped (group-by :carrier rows)]
  (->> grouped
       (map (fn [[carrier items]] {:carrier carrier :count (count items) :sum (reduce + 0 (map :total items))}))
       (sort-by :sum >)
       (take 10)))
"""
PYTHON = """\
# revenue per carrier, largest first
flights = [row for row in data["flights"] if row["origin"] == "JFK" and row["dep_delay"] > 15.5]
def revenue(carrier, price=0):
    return {"carrier": carrier, "total": 1.19 * price}
rows = [revenue(row["carrier"], row["price"]) for row in flights]
grouped = group_by(rows, key=lambda row: row["carrier"])
result = [
    {"carrier": carrier, "count": len(items), "sum": sum(item["total"] for item in items)}
    for carrier, items in grouped.items()
]
result = sorted(result, key=lambda row: -row["sum"])[:10]
"""
LIMITS = (64, 10_000)


def main() -> None:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    as_json = options.parse_args().json
    warm_up()
    rows = [measured(size) for size in SIZES]
    if as_json:
        print(json.dumps(rows))
        return
    print(
        f"{'bytes':>6}{'one pass':>12}{'parser':>12}{'memo':>12}{'ast.parse':>12}   one pass / ast.parse, ms per KB"
    )
    for row in rows:
        print(
            f"{row['bytes']:>6.0f}{row['plain']:>12.3f}{row['parser']:>12.3f}{row['memo']:>12.4f}{row['python']:>12.3f}"
            f"   {row['plain'] / row['python']:.2f} x, {row['plain'] / row['bytes'] * 1000:.2f}"
        )


def measured(size: int) -> dict[str, float]:
    """One row: times of a program of about this size."""
    text, python = program(LISP, size), program(PYTHON, size)
    assert read_plain(text, *LIMITS) == read_parsed(text, *LIMITS)
    return {
        "bytes": len(text),
        "plain": best(lambda: read_plain(text, *LIMITS)),
        "parser": best(lambda: read_parsed(text, *LIMITS)),
        "memo": best(lambda: read(text)),
        "python": best(lambda: ast.parse(python)),
    }


def program(text: str, size: int) -> str:
    """A text as often as it takes to come nearest to a size, once at least."""
    return text * max(1, round(size / len(text)))


def best(action: Callable[[], object], seconds: float = 1.0) -> float:
    """The shortest duration in milliseconds, after one run that fills the caches."""
    action()
    found = float("inf")
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        action()
        found = min(found, time.perf_counter() - start)
    return found * 1000


if __name__ == "__main__":
    main()
