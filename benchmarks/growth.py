"""Building collections one step at a time: what twice the steps cost.

    python benchmarks/growth.py [--rounds 5]

Prints the time of 25,000 and of 50,000 steps of each way of building, and their ratio: 2 is linear, 4 quadratic. Exits
with 1 when a ratio is 2.6 or more. Both sizes take turns and the best of several rounds counts, so that a busy machine
changes little.
"""

from __future__ import annotations

import argparse
import sys

from ptc_lisp import Limits, Session

STEPS = 25_000
MOST = 2.6
LIMITS = Limits(timeout_ms=60_000, memory_bytes=1 << 30)

_REDUCE = "(fn [n] (count (reduce (fn [c i] {step}) {start} (range n))))"
_LOOP = "(fn [n] (loop [i 0 c {start}] (if (< i n) (recur (inc i) {step}) (count c))))"
STEPS_OF = {
    "assoc": ("(assoc c i i)", "{}"),
    "assoc of a string key": ('(assoc c (str "k" i) i)', "{}"),
    "conj to a vector": ("(conj c i)", "[]"),
    "conj to a set": ("(conj c i)", "#{}"),
    "conj to a map": ("(conj c [i i])", "{}"),
    "assoc in a vector": ("(assoc c i i)", "[]"),
    "update": ("(update c (mod (* i 7) 10007) (fnil inc 0))", "{}"),
    "update of a new key": ("(update c i (fnil + 1) 2)", "{}"),
    "update-in": ("(update-in c [(mod i 500) i] (fnil inc 0))", "{}"),
    "assoc-in": ("(assoc-in c [i :at] i)", "{}"),
    "update with conj": ("(update c (mod i 10) (fnil conj []) i)", "{}"),
    "merge": ("(merge c {i i})", "{}"),
    "into": ("(into c [i i])", "[]"),
    "dissoc": ("(dissoc c i)", "(zipmap (range n) (range n))"),
    "disj": ("(disj c i)", "(set (range n))"),
    "dissoc and assoc": ("(assoc (dissoc c (- i 100)) i i)", "{}"),
    "keep old versions": ("(let [older c] (assoc older i (count older)))", "{}"),
}
"""Ways of building: one step, and what it starts from."""


def programs() -> dict[str, str]:
    """Each way in `reduce` and in `loop`, as a function of the number of steps."""
    return {
        f"{name} in {kind}": shape.format(step=step, start=start)
        for name, (step, start) in STEPS_OF.items()
        for kind, shape in (("reduce", _REDUCE), ("loop", _LOOP))
    }


def times(source: str, steps: int, rounds: int) -> tuple[float, float]:
    """Best milliseconds of `steps` and of twice as many, measured in turn in one worker."""
    least = [float("inf"), float("inf")]
    with Session(limits=LIMITS) as session:
        session.eval(f"(def build {source})").unwrap()
        for _ in range(rounds):
            for place, count in enumerate((steps, 2 * steps)):
                step = session.eval(f"(build {count})")
                step.unwrap()
                least[place] = min(least[place], step.usage.duration_ms)
    return least[0], least[1]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    worst = 0.0
    for name, source in programs().items():
        once, twice = times(source, options.steps, options.rounds)
        worst = max(worst, twice / once)
        print(f"{name:34} {once:8.1f} ms {twice:8.1f} ms  x{twice / once:.2f}", flush=True)
    print(f"worst ratio {worst:.2f}, allowed {MOST}")
    return 0 if worst < MOST else 1


if __name__ == "__main__":
    sys.exit(main())
