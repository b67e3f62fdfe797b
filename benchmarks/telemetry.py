"""What watching costs a run that nobody watches: a process without an OpenTelemetry SDK.

    python benchmarks/telemetry.py [--rounds 60]

Runs a two-turn agent with a tool call by a scripted model, in turn: as it is; without the look for an SDK; without any
event. Prints the medians of wall time and of the host's CPU time per run, and their ratios. Exits with 1 when the look for
an SDK, which is all that OpenTelemetry costs such a process, takes 2 % of a run's CPU time or more.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

from subagent import ScriptedLLM, SubAgent
from subagent.drive import driver
from subagent.drive.scope import Scope

MOST_PERCENT = 2.0
REPLIES = ["```clojure\n(def a (tool/double {:n 4}))\n```", "```clojure\n(return (+ a 1))\n```"]
PER_ROUND = 5


def double(n: int) -> int:
    """Twice."""
    return 2 * n


def run_once() -> None:
    step = SubAgent(tools=[double]).run("x", llm=ScriptedLLM(REPLIES))
    assert step.value == 9


def as_it_is() -> Callable[[], None]:
    return lambda: None


def without_telemetry() -> Callable[[], None]:
    look = driver.installed
    driver.installed = lambda: None
    return lambda: setattr(driver, "installed", look)


def without_events() -> Callable[[], None]:
    emit, back = Scope.emit, without_telemetry()
    Scope.emit = lambda *_, **__: None

    def restore() -> None:
        Scope.emit = emit
        back()

    return restore


VARIANTS = {
    "as it is": as_it_is,
    "without the look for an SDK": without_telemetry,
    "without events": without_events,
}


def measured(change: Callable[[], Callable[[], None]]) -> tuple[float, float]:
    """Wall and CPU milliseconds of one run, the mean of several."""
    restore = change()
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(PER_ROUND):
            run_once()
        return (
            (time.perf_counter() - wall) * 1000 / PER_ROUND,
            (time.process_time() - cpu) * 1000 / PER_ROUND,
        )
    finally:
        restore()


def main() -> int:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--rounds", type=int, default=60)
    rounds = options.parse_args().rounds
    run_once()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in VARIANTS}
    for number in range(rounds):
        names = list(VARIANTS)
        for name in names[number % 3 :] + names[: number % 3]:
            found[name].append(measured(VARIANTS[name]))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)]
        for name, rows in found.items()
    }
    _, cpu = medians["as it is"]
    print(f"{'':30}{'wall ms':>9}{'CPU ms':>9}{'of the run':>12}")
    for name, (its_wall, its_cpu) in medians.items():
        print(f"{name:30}{its_wall:9.3f}{its_cpu:9.3f}{100 * its_cpu / cpu:11.1f}%")
    look = look_cost_ms()
    percent = 100 * look / cpu
    print(f"the look for an SDK alone: {look * 1000:.1f} µs, {percent:.2f} % of the CPU time of a run")
    return 0 if percent < MOST_PERCENT else 1


def look_cost_ms() -> float:
    """Milliseconds of one look, the best of several."""
    best = float("inf")
    for _ in range(20):
        started = time.perf_counter()
        for _ in range(100):
            driver.installed()
        best = min(best, (time.perf_counter() - started) * 10)
    return best


if __name__ == "__main__":
    sys.exit(main())
