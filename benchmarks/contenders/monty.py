"""The sandbox benchmark as pydantic-monty answers it (see `ptc`). Runs in an environment that has that package."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pydantic_monty

sys.path.insert(0, str(Path(__file__).parent))
sys.modules["ptc_lisp"] = type(sys)("ptc_lisp")  # the helpers below need none of it
sys.modules["ptc_lisp"].__dict__.update(Limits=lambda **_: None, Session=lambda **_: None)

from ptc import main, rate, rows, timed  # noqa: E402 - the stand-ins come first

TOTAL = "sum(r['amount'] for r in rows if r['category'] == 'travel')"
ONCE = pydantic_monty.Monty(min_processes=2, max_checkouts_per_worker=1).__enter__()
POOL = pydantic_monty.Monty(min_processes=2).__enter__()
SESSION = POOL.checkout().__enter__()


def once(pool: pydantic_monty.Monty) -> Callable[[], None]:
    """A session for one program; with a limit of one checkout per worker, a process of its own."""

    def action() -> None:
        with pool.checkout() as session:
            assert session.feed_run("1 + 2") == 3

    return action


def warm() -> None:
    """A program in a session that has run others."""
    assert SESSION.feed_run("1 + 2") == 3


def data(count: int) -> Callable[[], None]:
    """Rows handed in, filtered and added up, in a session of their own."""
    given = rows(count)
    expected = sum(i % 97 for i in range(0, count, 4))

    def action() -> None:
        with POOL.checkout() as session:
            assert session.feed_run(TOTAL, inputs={"rows": given}) == expected

    return action


if __name__ == "__main__":
    main(
        {
            "fresh": lambda: timed(once(ONCE), 40),
            "fresh, paced": lambda: timed(once(ONCE), 20, 0.02),
            "fresh/s": lambda: rate(once(ONCE), 300, 4),
            "checkout": lambda: timed(once(POOL), 40),
            "reuse": lambda: timed(once(POOL), 40),
            "reuse, session": lambda: timed(once(POOL), 40),
            "warm": lambda: timed(warm, 100),
            "data": lambda: timed(data(100_000), 1),
            "data, session": lambda: timed(data(100_000), 1),
        }
    )
