"""pydantic-monty: Python in Rust, in worker processes."""

from __future__ import annotations

from pydantic_monty import Monty
from work import HALF, PYTHON, ROWS, rate_of, serve


def main() -> None:
    with (
        Monty() as pool,
        Monty(max_checkouts_per_worker=1, max_processes=4) as once,
        pool.checkout() as resident,
    ):
        resident.feed_run(
            "rows = given_rows\nhalf = given_half", inputs={"given_rows": ROWS, "given_half": HALF}
        )

        def checkout(source: Monty = pool) -> object:
            with source.checkout() as session:
                return session.feed_run("1 + 2")

        def handed() -> object:
            with pool.checkout() as session:
                return session.feed_run(PYTHON["filter"], inputs={"rows": ROWS})

        serve(
            "pydantic-monty",
            {
                **{name: (lambda p=p: resident.feed_run(p), 1) for name, p in PYTHON.items()},
                "warm": (lambda: resident.feed_run("1 + 2"), 50),
                "checkout": (checkout, 20),
                "fresh": (lambda: checkout(once), 20),
                "rate": (lambda: rate_of(lambda: checkout(once)), 1),
                "handed": (handed, 1),
            },
        )


if __name__ == "__main__":
    main()
