"""The work that all contenders do: data, expected results, and the loop that serves one contender.

Imports nothing but the standard library, because it runs in the environment of each peer.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable

Action = Callable[[], object]

LOOP_SUM = 499_999_500_000
FIB_22 = 17_711


def make_rows(count: int) -> list[dict[str, object]]:
    """Expense rows, the same every time."""
    rng = random.Random(7)
    kinds = ["travel", "food", "office", "fun", "other"]
    return [
        {"id": i, "category": rng.choice(kinds), "amount": rng.randint(1, 1_000), "customer": f"c{i % 1_000}"}
        for i in range(count)
    ]


ROWS = make_rows(100_000)
HALF = ROWS[:50_000]
TRAVEL = sum(row["amount"] for row in ROWS if row["category"] == "travel")
"""What `filter` and `handed` must give."""


def top_ten() -> list[list[object]]:
    """What `group` must give: the customers with the largest sums, ties by name."""
    sums: dict[object, int] = {}
    for row in HALF:
        sums[row["customer"]] = sums.get(row["customer"], 0) + row["amount"]
    return [list(pair) for pair in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))[:10]]


TOP_TEN = top_ten()
EXPECTED = {
    "loop": LOOP_SUM, "fib": FIB_22, "filter": TRAVEL, "group": TOP_TEN, "handed": TRAVEL, "warm": 3, "checkout": 3, "fresh": 3,
    "rate": None,
}  # fmt: skip

PYTHON = {
    "loop": "i = 0\ns = 0\nwhile i < 1000000:\n    s = s + i\n    i = i + 1\ns",
    "fib": "def fib(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)\nfib(22)",
    "filter": "sum([r['amount'] for r in rows if r['category'] == 'travel'])",
    "group": "groups = {}\nfor r in half:\n    groups.setdefault(r['customer'], []).append(r)\n"
    "sums = [[k, sum([r['amount'] for r in v])] for k, v in groups.items()]\n"
    "sorted(sums, key=lambda p: (-p[1], p[0]))[:10]",
}
"""The work as Python, whose last line is the result; for everybody who runs Python."""


def serve(name: str, actions: dict[str, tuple[Action, int]]) -> None:
    """Measures what the parent asks for, line by line: one duration in milliseconds, the mean of an action's repeats.

    An action may give `(result, milliseconds)` when it measures itself.
    """
    say({"name": name, "can": list(actions)})
    for line in sys.stdin:
        action, repeats = actions[line.strip()]
        try:
            say({"ms": measured(action, repeats, EXPECTED[line.strip()])})
        except Exception as error:  # noqa: BLE001 - a peer that cannot do it says why
            say({"error": f"{type(error).__name__}: {error}"[:300]})


def measured(action: Action, repeats: int, expected: object) -> float:
    """Milliseconds of one run. Raises ValueError when the result is wrong."""
    start = time.perf_counter()
    for _ in range(repeats):
        result = action()
    took = (time.perf_counter() - start) * 1000 / repeats
    if expected is not None and plain(result) != expected:
        raise ValueError(f"gave {str(result)[:80]}, not {str(expected)[:80]}")
    return result if expected is None else took  # type: ignore[return-value] - an action without result gives a figure


def plain(value: object) -> object:
    """Tuples and their like as lists."""
    if isinstance(value, (str, int, float)) or value is None:
        return value
    return [plain(item) for item in value]  # type: ignore[attr-defined] - a sequence


def say(message: dict[str, object]) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def rate_of(action: Action, threads: int = 4, seconds: float = 1.5) -> float:
    """Runs a second of an action in several threads, as milliseconds for one."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - some peers never need it

    ends = time.perf_counter() + seconds
    began = time.perf_counter()

    def go(_: int) -> int:
        count = 0
        while time.perf_counter() < ends:
            action()
            count += 1
        return count

    with ThreadPoolExecutor(threads) as pool:
        done = sum(pool.map(go, range(threads)))
    return (time.perf_counter() - began) * 1000 / done
