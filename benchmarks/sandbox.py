"""What isolation costs: a program in a fresh worker, in a session, many at once, and the memory of idle workers.

    python benchmarks/sandbox.py [--rounds N] [--json]

Times are medians over all rounds. Because machines differ and are rarely idle, each is also given as a multiple of
`subprocess.run([python, "-I", "-S", "-c", "pass"])`, measured in turn with it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ptc_lisp
from ptc_lisp.sandbox.pool import POOL

BARE = (sys.executable, "-I", "-S", "-c", "pass")
FIRST = (
    "import time, ptc_lisp; t = time.perf_counter(); ptc_lisp.run('(+ 1 2)'); print(time.perf_counter() - t)"
)
PROGRAM = "(+ 1 2)"
TOOLS = {"wait": lambda: time.sleep(0.1)}
LIMITS = ptc_lisp.Limits(timeout_ms=30_000)


def main() -> None:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    given = options.parse_args()
    unit, figures = measure(given.rounds)
    if given.json:
        print(json.dumps({"bare python": unit, **figures}))
        return
    print(f"{'bare python, -I -S':<34}{unit:>9.2f} ms{1:>8.2f} x")
    for name, value in figures.items():
        print(f"{name:<34}{value:>9.2f} ms{value / unit:>8.2f} x")
    for name, rate in rates().items():
        print(f"{name:<34}{rate:>9.0f} /s{rate * unit / 1000:>8.2f} per bare start")
    print(f"{'private memory, idle worker':<34}{idle_private_kb():>9.0f} KB")


def measure(rounds: int) -> tuple[float, dict[str, float]]:
    """Milliseconds of a bare interpreter, and of each action, in alternation."""
    run()
    with ptc_lisp.Session() as session:
        actions: dict[str, tuple[Callable[[], object], int]] = {
            "bare": (lambda: subprocess.run(BARE, check=True), 10),
            "run": (run, 20),
            "run, paced": (paced, 10),
            "Session.eval": (lambda: session.eval(PROGRAM), 20),
            "pmap, 20 tools of 100 ms": (side_by_side, 1),
        }
        times: dict[str, list[float]] = {name: [] for name in actions}
        for _ in range(rounds):
            for name, (action, repeats) in actions.items():
                times[name] += [duration(action) for _ in range(repeats)]
    figures = {name: statistics.median(found) for name, found in times.items()}
    figures["first run in a process"] = statistics.median(first() for _ in range(rounds))
    return figures.pop("bare"), figures


def run() -> None:
    """One program in a fresh worker."""
    assert ptc_lisp.run(PROGRAM, limits=LIMITS).value == 3


def paced() -> float:
    """One program when the workers in reserve are ready; gives its own duration."""
    time.sleep(0.03)
    return duration(run)


def side_by_side() -> None:
    """Twenty slow tools in branches."""
    assert ptc_lisp.run("(pmap (fn [_] (tool/wait)) (range 20))", tools=TOOLS, limits=LIMITS).ok


def first() -> float:
    """The first program of a process, imports not counted."""
    done = subprocess.run((sys.executable, "-c", FIRST), check=True, capture_output=True, text=True)
    return float(done.stdout) * 1000


def duration(action: Callable[[], object]) -> float:
    """Milliseconds of an action (or those that it gives itself)."""
    start = time.perf_counter()
    own = action()
    return own if isinstance(own, float) else (time.perf_counter() - start) * 1000


def rates() -> dict[str, float]:
    """Programs a second, each in a fresh worker, by number of threads."""
    found: dict[str, float] = {}
    for threads in (1, 2, 4):
        with ThreadPoolExecutor(threads) as pool:
            start = time.perf_counter()
            list(pool.map(lambda _: run(), range(200)))
            found[f"runs/s, {threads} thread{'s' if threads > 1 else ''}"] = 200 / (
                time.perf_counter() - start
            )
    return found


def idle_private_kb() -> float:
    """Private memory of a worker that has done nothing yet."""
    worker = POOL.take()
    try:
        time.sleep(0.2)
        text = Path(f"/proc/{worker.pid}/smaps_rollup").read_text()
    finally:
        worker.kill()
    rows = (line.split() for line in text.splitlines() if line.startswith("Private_"))
    return float(sum(int(row[1]) for row in rows))


if __name__ == "__main__":
    main()
