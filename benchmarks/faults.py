"""Many callers at once while workers are killed, run out of time and run out of memory.

    python benchmarks/faults.py [--runs N] [--seed N] [--json]

Of N runs (10,000) 5 % are killed from outside in the middle, 5 % never end, 5 % take more memory than they may. Callers are
threads and coroutines in several event loops. Each run knows what must come back to it: value, kind of fault, own prints.
Descriptors, processes, threads and memory are counted before and after. The rate of plain runs is measured before and after
the storm, and without a break around a burst of faults: just before, during, just after. Ends with status 1 when an outcome was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from processes import descendants

import ptc_lisp
from ptc_lisp import Limits, Session, Step

THREADS, LOOPS, TASKS_PER_LOOP = 4, 2, 2
SHARES = {"killed": 0.05, "timeout": 0.05, "memory": 0.05}
PATIENT = Limits(timeout_ms=60_000)
HASTY = Limits(timeout_ms=250, loop_limit=10**15)
SMALL = Limits(timeout_ms=60_000, memory_bytes=4 << 20, loop_limit=10**15)
SETTLE_S = 10.0
_CALM_S = 1.0


def main() -> int:
    """Makes the runs and prints what came of them."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--runs", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    given = options.parse_args()
    report = storm(given.runs, given.seed)
    if given.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:<28}{value}")
    return 1 if report["wrong"] else 0


def storm(runs: int, seed: int) -> dict[str, object]:
    """Runs everything; the figures by name."""
    plain = max(40, min(500, runs // 10))
    rate(plain)  # what is made once is there before anything is counted
    before = rate(plain)
    had = held()
    jobs = [(number, kind) for number, kind in enumerate(kinds(runs, seed))]
    wrong: list[str] = []
    began = time.monotonic()
    run_all(jobs, wrong)
    seconds = time.monotonic() - began
    after = rate(plain)
    around = around_a_burst(max(4, min(60, runs // 40)))
    return {
        "runs": runs,
        **Counter(kind for _, kind in jobs),
        "wrong": len(wrong),
        "first_wrong": wrong[:3],
        "seconds": round(seconds, 1),
        "runs_per_s_in_the_storm": round(runs / seconds),
        "plain_runs_per_s_before": round(before),
        "plain_runs_per_s_after": round(after),
        **{f"plain_runs_per_s_{moment}": round(found) for moment, found in around.items()},
        **{f"{name}_before": value for name, value in had.items()},
        **{f"{name}_after": value for name, value in settled(had).items()},
    }


def kinds(runs: int, seed: int) -> list[str]:
    """What each run is, in a random order that the seed fixes."""
    found = [kind for kind, share in SHARES.items() for _ in range(round(runs * share))]
    found += ["plain"] * (runs - len(found))
    random.Random(seed).shuffle(found)
    return found


def run_all(jobs: list[tuple[int, str]], wrong: list[str]) -> None:
    """Threads that run, and threads with an event loop that runs several at a time, share the jobs."""
    pending, lock = iter(jobs), threading.Lock()

    def next_job() -> tuple[int, str] | None:
        with lock:
            return next(pending, None)

    def in_thread() -> None:
        while (job := next_job()) is not None:
            number, kind = job
            with session_for(kind) as session:
                judge(number, kind, session.eval(program(number, kind)), wrong)

    async def task() -> None:
        while (job := next_job()) is not None:
            number, kind = job
            async with session_for(kind) as session:
                judge(number, kind, await session.aeval(program(number, kind)), wrong)

    async def tasks() -> None:
        await asyncio.gather(*(task() for _ in range(TASKS_PER_LOOP)))

    with ThreadPoolExecutor(THREADS + LOOPS) as threads:
        waiting = [threads.submit(in_thread) for _ in range(THREADS)]
        waiting += [threads.submit(asyncio.run, tasks()) for _ in range(LOOPS)]
        for future in waiting:
            future.result()


def session_for(kind: str) -> Session:
    """A fresh session with the limits that a kind of run needs; `tool/die` kills its worker."""
    limits = {"timeout": HASTY, "memory": SMALL}.get(kind, PATIENT)
    session: Session

    def die() -> None:
        worker = session._worker
        assert worker is not None
        while (pid := worker.pid) is None:
            time.sleep(0.001)
        os.kill(pid, signal.SIGKILL)

    session = Session(limits=limits, tools={"die": die}, context={"secret": kind})
    return session


def program(number: int, kind: str) -> str:
    """Its text. What it prints belongs to it alone."""
    ends = {
        "plain": f"(* {number} 2)",
        "killed": "(tool/die) (loop [] (recur))",
        "timeout": "(loop [] (recur))",
        "memory": "(loop [v [1]] (recur (into v v)))",
    }
    return f'(println "run {number}") {ends[kind]}'


def judge(number: int, kind: str, step: Step, wrong: list[str]) -> None:
    """Compares an outcome with what had to come back."""
    expected = {"killed": "worker_crashed", "timeout": "timeout", "memory": "memory_exceeded"}.get(kind)
    found = None if step.error is None else str(step.error.kind)
    own = (
        [[f"run {number}"], []] if kind == "timeout" else [[f"run {number}"]]
    )  # time may end before it prints
    good = found == expected and step.prints in own and (expected or step.value == number * 2)
    if kind == "killed" and step.error is not None:
        good = good and step.error.details == {"signal": "SIGKILL"}
    if not good:
        wrong.append(f"{kind} {number}: {found}, {step.value!r}, {step.prints}, {step.error}")


def rate(runs: int) -> float:
    """Plain runs per second, from as many threads as in the storm."""
    with ThreadPoolExecutor(THREADS + LOOPS) as threads:
        began = time.monotonic()
        for step in threads.map(lambda n: ptc_lisp.run(f"(+ {n} 1)", limits=PATIENT), range(runs)):
            assert step.ok
        return runs / (time.monotonic() - began)


def around_a_burst(faults: int) -> dict[str, float]:
    """Plain runs per second while nothing else happens, while so many faults happen, and in the second after the last."""
    over, ended = threading.Event(), list[float]()

    def plainly() -> None:
        while not over.is_set():
            assert ptc_lisp.run("(+ 1 2)", limits=PATIENT).ok
            ended.append(time.monotonic())

    jobs = list(enumerate(random.Random(faults).choices(list(SHARES), k=faults)))
    with ThreadPoolExecutor(THREADS) as threads:
        waiting = [threads.submit(plainly) for _ in range(THREADS)]
        time.sleep(_CALM_S)
        began, wrong = time.monotonic(), list[str]()
        run_all(jobs, wrong)
        calm = time.monotonic()
        time.sleep(_CALM_S)
        over.set()
        for future in waiting:
            future.result()
    assert not wrong, wrong[0]

    def between(start: float, end: float) -> float:
        return sum(start <= moment < end for moment in ended) / (end - start)

    return {
        "just_before_a_burst": between(began - _CALM_S, began),
        "in_the_burst": between(began, calm),
        "just_after_it": between(calm, calm + _CALM_S),
    }


def held() -> dict[str, int]:
    """What this process holds now."""
    gc.collect()
    statm = Path("/proc/self/statm").read_text().split()
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "processes": len(descendants()),
        "threads": threading.active_count(),
        "resident_mb": int(statm[1]) * os.sysconf("SC_PAGE_SIZE") >> 20,
    }


def settled(had: dict[str, int]) -> dict[str, int]:
    """What is held when the last workers are reaped, or when waiting for that is no use any more."""
    ends = time.monotonic() + SETTLE_S
    while time.monotonic() < ends:
        found = held()
        if found["processes"] <= had["processes"]:
            break
        time.sleep(0.05)
    return found


if __name__ == "__main__":
    sys.exit(main())
