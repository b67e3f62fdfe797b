"""How cost grows: with rows, with the length of a program, and with the number of open sessions.

    python benchmarks/compare/grow.py [--most-rows 1000000] [--most-sessions 1000] [--out docs]

Writes `<out>/img/growth-*.svg` and prints the figures; each is the best of three.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from chart import lines
from work import make_rows

from ptc_lisp import Limits, Session
from ptc_lisp import run as evaluate

LIMITS = Limits(timeout_ms=120_000, memory_bytes=4 << 30)
PROGRAMS = {
    "filter + sum": '(->> data/rows (filter #(= "travel" (:category %))) (map :amount) (reduce + 0))',
    "group + sort": "(->> data/rows (group-by :customer) (map (fn [[k v]] [k (sum-by :amount v)])) (sort-by second >) (take 10))",
}
HANDED = PROGRAMS["filter + sum"]
Series = dict[str, list[tuple[float, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most-rows", type=int, default=1_000_000)
    parser.add_argument("--most-sessions", type=int, default=1_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "docs")
    given = parser.parse_args()
    found = {
        "rows": ("Milliseconds by rows", "rows", by_rows(given.most_rows)),
        "program": ("Milliseconds by length of a program seen for the first time", "characters", by_length()),
        "sessions": (
            "Milliseconds of one evaluation by open sessions",
            "sessions",
            by_sessions(given.most_sessions),
        ),
    }
    (given.out / "img").mkdir(parents=True, exist_ok=True)
    for name, (title, unit, series) in found.items():
        (given.out / "img" / f"growth-{name}.svg").write_text(lines(title, unit, series))
        for line, points in series.items():
            print(f"{name}: {line}: " + ", ".join(f"{x:,.0f}: {y:.3g} ms" for x, y in points))


def best(action: Callable[[], object], rounds: int = 3) -> float:
    """The shortest of several durations, in milliseconds."""
    times: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def by_rows(most: int) -> Series:
    """Rows that are in the session already, and rows that are handed in."""
    found: Series = {name: [] for name in (*PROGRAMS, "handed in")}
    count = 1_000
    while count <= most:
        rows = {"rows": make_rows(count)}
        with Session(context=rows, limits=LIMITS) as session:
            session.eval("(count data/rows)").unwrap()
            for name, program in PROGRAMS.items():
                found[name].append((count, best(lambda p=program: session.eval(p).unwrap())))
        found["handed in"].append(
            (count, best(lambda d=rows: evaluate(HANDED, context=d, limits=LIMITS).unwrap()))
        )
        count *= 10
    return found


def by_length() -> Series:
    """Programs that were never seen before, so that no cache helps."""
    found: list[tuple[float, float]] = []
    seen = 0
    with Session(limits=LIMITS) as session:
        for size in (100, 1_000, 10_000, 100_000):

            def once(size: int = size) -> None:
                nonlocal seen
                seen += 1
                line = "(let [x {n} m {:k x :v [1 2]}] (if (> (:k m) 3) (+ x 1) (count (:v m))))\n"
                count = max(1, size // len(line))
                session.eval(
                    "".join(line.replace("{n}", str(seen * 10_000 + i)) for i in range(count))
                ).unwrap()

            found.append((size, best(once)))
    return {"read, check, compile, run": found}


def by_sessions(most: int) -> Series:
    """One evaluation in a session that was opened first, while more and more others are open."""
    found: list[tuple[float, float]] = []
    sessions: list[Session] = []
    count = 1
    try:
        while count <= most:
            while len(sessions) < count:
                sessions.append(Session(limits=LIMITS))
                sessions[-1].eval("(def x 1)").unwrap()
            found.append((count, best(lambda: sessions[0].eval("(+ x 1)").unwrap(), 9)))
            count *= 10
    finally:
        for session in sessions:
            session.close()
    return {"(+ x 1)": found}


if __name__ == "__main__":
    main()
