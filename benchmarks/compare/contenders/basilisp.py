"""basilisp: Clojure on Python, in the host's process, without isolation."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]
importlib.import_module("basilisp.main").init()
core = importlib.import_module("basilisp.core")
from work import HALF, ROWS, serve  # noqa: E402 - after the folder of this file, which has its name, is out of the way

FILTER = '(fn [rows] (reduce + 0 (map #(get % "amount") (filter #(= "travel" (get % "category")) rows))))'
GROUP = """(fn [half] (take 10 (sort-by (fn [[k n]] [(- n) k])
  (map (fn [[k v]] [k (reduce + (map #(get % "amount") v))]) (group-by #(get % "customer") half)))))"""
LOOP = "(loop [i 0 s 0] (if (< i 1000000) (recur (inc i) (+ s i)) s))"
FIB = "((fn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) 22)"


def ev(source: str) -> object:
    return core.eval_(core.read_string(source))


if __name__ == "__main__":
    serve(
        "basilisp",
        {
            "loop": (lambda: ev(LOOP), 1),
            "fib": (lambda: ev(FIB), 1),
            "filter": (lambda: ev(FILTER)(ROWS), 1),
            "group": (lambda: ev(GROUP)(HALF), 1),
            "handed": (lambda: ev(FILTER)(ROWS), 1),
            "warm": (lambda: ev("(+ 1 2)"), 5),
        },
    )
