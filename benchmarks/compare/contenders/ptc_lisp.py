"""ptc-lisp: each program in a locked-down worker process."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]
ptc_lisp = importlib.import_module("ptc_lisp")
from work import HALF, ROWS, rate_of, serve  # noqa: E402 - after the folder of this file, which has its name, is out of the way

LIMITS = ptc_lisp.Limits(timeout_ms=120_000, memory_bytes=1 << 30)
FILTER = '(->> data/rows (filter #(= "travel" (:category %))) (map :amount) (reduce + 0))'
PROGRAMS = {
    "loop": "(loop [i 0 s 0] (if (< i 1000000) (recur (inc i) (+ s i)) s))",
    "fib": "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 22)",
    "filter": FILTER,
    "group": "(->> data/half (group-by :customer) (map (fn [[k v]] [k (reduce + (map :amount v))]))"
    " (sort-by (fn [[k n]] [(- n) k])) (take 10))",
    "warm": "(+ 1 2)",
}


def value(step: object) -> object:
    return step.unwrap()  # type: ignore[attr-defined] - a Step


def checkout() -> object:
    with ptc_lisp.Session(limits=LIMITS) as session:
        return value(session.eval("(+ 1 2)"))


def fresh() -> object:
    return value(ptc_lisp.run("(+ 1 2)", limits=LIMITS))


def handed() -> object:
    return value(ptc_lisp.run(FILTER, context={"rows": ROWS}, limits=LIMITS))


def main() -> None:
    with ptc_lisp.Session(context={"rows": ROWS, "half": HALF}, limits=LIMITS) as resident:
        serve(
            "ptc-lisp",
            {
                **{
                    name: (lambda p=p: value(resident.eval(p)), 50 if name == "warm" else 1)
                    for name, p in PROGRAMS.items()
                },
                "checkout": (checkout, 20),
                "fresh": (fresh, 20),
                "rate": (lambda: rate_of(fresh), 1),
                "handed": (handed, 1),
            },
        )


if __name__ == "__main__":
    main()
