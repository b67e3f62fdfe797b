"""Plain Python, without any isolation: the unit."""

from __future__ import annotations

from work import HALF, ROWS, serve


def loop() -> int:
    i = 0
    s = 0
    while i < 1_000_000:
        s = s + i
        i = i + 1
    return s


def fib(n: int) -> int:
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def total() -> object:
    return sum([r["amount"] for r in ROWS if r["category"] == "travel"])  # type: ignore[misc] - integers


def group() -> object:
    groups: dict = {}
    for r in HALF:
        groups.setdefault(r["customer"], []).append(r)
    sums = [[k, sum([r["amount"] for r in v])] for k, v in groups.items()]
    return sorted(sums, key=lambda p: (-p[1], p[0]))[:10]


if __name__ == "__main__":
    serve(
        "CPython",
        {
            "loop": (loop, 1),
            "fib": (lambda: fib(22), 1),
            "filter": (total, 1),
            "group": (group, 1),
            "handed": (total, 1),
        },
    )
