"""The sandbox benchmark as this package answers it: one command per line on stdin, one JSON list of times on stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import ptc_lisp

LIMITS = ptc_lisp.Limits(timeout_ms=60_000, memory_bytes=512 << 20)
TOTAL = '(->> data/rows (filter #(= "travel" (:category %))) (map :amount) (reduce +))'
SESSION = ptc_lisp.Session(limits=LIMITS)


def fresh() -> None:
    """A program in a process of its own."""
    assert ptc_lisp.run("(+ 1 2)", limits=LIMITS).value == 3


def checkout(isolation: Literal["session", "reuse"]) -> Callable[[], None]:
    """A session for one program."""

    def action() -> None:
        with ptc_lisp.Session(limits=LIMITS, isolation=isolation) as session:
            assert session.eval("(+ 1 2)").value == 3

    return action


def once() -> None:
    """A program in a worker that has served others."""
    assert ptc_lisp.run("(+ 1 2)", limits=LIMITS, isolation="reuse").value == 3


def warm() -> None:
    """A program in a session that has run others."""
    assert SESSION.eval("(+ 1 2)").value == 3


def rows(count: int) -> list[dict[str, object]]:
    """Expenses."""
    kinds = ("travel", "food", "office", "fees")
    return [
        {"id": i, "category": kinds[i % 4], "amount": i % 97, "customer": f"c{i % 500}"} for i in range(count)
    ]


def data(count: int, *, session: bool = False) -> Callable[[], None]:
    """Rows handed in, filtered and added up, by a single program or in a fresh session."""
    given = rows(count)
    expected = sum(i % 97 for i in range(0, count, 4))

    def run() -> None:
        assert ptc_lisp.run(TOTAL, context={"rows": given}, limits=LIMITS).value == expected

    def in_session() -> None:
        with ptc_lisp.Session(context={"rows": given}, limits=LIMITS) as opened:
            assert opened.eval(TOTAL).value == expected

    return in_session if session else run


def timed(action: Callable[[], None], repeats: int, pause_s: float = 0) -> list[float]:
    """Milliseconds of each call."""
    times: list[float] = []
    for _ in range(repeats):
        time.sleep(pause_s)
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1000)
    return times


def rate(action: Callable[[], None], repeats: int, threads: int) -> list[float]:
    """Calls a second from several threads."""
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        for done in [pool.submit(action) for _ in range(repeats)]:
            done.result()
        return [repeats / (time.perf_counter() - began)]


def main(actions: dict[str, Callable[[], list[float]]]) -> None:
    """Performs what is asked for, line by line."""
    for line in sys.stdin:
        print(json.dumps(actions[line.strip()]()), flush=True)


if __name__ == "__main__":
    main(
        {
            "fresh": lambda: timed(fresh, 40),
            "fresh, paced": lambda: timed(fresh, 20, 0.02),
            "fresh/s": lambda: rate(fresh, 300, 4),
            "checkout": lambda: timed(checkout("session"), 40),
            "reuse": lambda: timed(once, 40),
            "reuse, session": lambda: timed(checkout("reuse"), 40),
            "warm": lambda: timed(warm, 100),
            "data": lambda: timed(data(100_000), 1),
            "data, session": lambda: timed(data(100_000, session=True), 1),
        }
    )
