"""The world that the evaluation asks about: five small tables, a log and a shelf of documents, the same on every
machine. Only `random.Random.random` is used, whose sequence Python promises to keep."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

Row = dict[str, Any]
Tables = dict[str, Any]
_T = TypeVar("_T")

CATEGORIES = ("books", "clothing", "electronics", "food", "garden", "sports", "toys")
DEPARTMENTS = ("engineering", "finance", "legal", "marketing", "operations", "support")
CURRENCIES = ("EUR", "GBP", "USD")
_FIRST = (
    "Ada",
    "Ben",
    "Cleo",
    "Dan",
    "Eve",
    "Finn",
    "Gus",
    "Hana",
    "Ines",
    "Jon",
    "Kim",
    "Lena",
    "Milo",
    "Nora",
)
_LAST = (
    "Abel",
    "Baker",
    "Costa",
    "Dahl",
    "Ekman",
    "Fisher",
    "Grant",
    "Holm",
    "Ito",
    "Jensen",
    "Kaur",
    "Lopez",
    "Meyer",
)
_KINDS = ("Lamp", "Chair", "Kettle", "Ball", "Novel", "Jacket", "Drill", "Puzzle", "Radio", "Basket")
_LINES = ("Basic", "Pro", "Max", "Mini", "Eco", "Classic")
_SERVICES = ("billing", "search", "mailer", "login")


class Dice:
    """Choices from one seeded source."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, n: int) -> int:
        """A whole number from 0 up to, not including, n."""
        return int(self._random.random() * n)

    def one(self, items: Sequence[_T]) -> _T:
        """One of the items, each as likely as the others."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[_T, int]]) -> _T:
        """One of the items, by weight."""
        at = self.below(sum(weight for _, weight in items))
        for item, weight in items:
            at -= weight
            if at < 0:
                return item
        raise AssertionError("weights are positive")


@cache
def tables(seed: int = 7) -> Tables:
    """All tables by name. Callers must not change them."""
    dice = Dice(seed)
    products = _products(dice)
    employees = _employees(dice)
    return {
        "products": products,
        "orders": _orders(dice, products),
        "employees": employees,
        "expenses": _expenses(dice, employees),
        "log": _log(dice),
        "events": _events(dice),
    }


def _products(dice: Dice) -> list[Row]:
    cents = set[int]()
    rows: list[Row] = []
    for number in range(1, 301):
        price = 199 + dice.below(99_800)
        while price in cents:  # a ranking by price has no ties
            price += 1
        cents.add(price)
        rows.append(
            {
                "id": number,
                "name": f"{dice.one(_LINES)} {dice.one(_KINDS)} {100 + number}",
                "category": dice.one(CATEGORIES),
                "price": price / 100,
                "stock": max(0, dice.below(120) - 15),
                "rating": (10 + dice.below(41)) / 10,
                "status": dice.weighted((("active", 8), ("discontinued", 2))),
            }
        )
    return rows


def _orders(dice: Dice, products: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, 801):
        product = products[dice.below(270)]  # the last thirty products are never ordered
        quantity = 1 + dice.below(5)
        rows.append(
            {
                "id": 5_000 + number,
                "customer_id": 1 + dice.below(120),
                "product_id": product["id"],
                "quantity": quantity,
                "total": round(product["price"] * quantity, 2),
                "status": dice.weighted((("delivered", 6), ("shipped", 2), ("pending", 1), ("cancelled", 1))),
                "payment_method": dice.one(("card", "invoice", "paypal")),
                "date": _day(dice, 2024),
            }
        )
    return rows


def _employees(dice: Dice) -> list[Row]:
    return [
        {
            "id": number,
            "name": f"{dice.one(_FIRST)} {dice.one(_LAST)}-{number}",
            "department": dice.one(DEPARTMENTS),
            "level": dice.weighted((("junior", 4), ("mid", 4), ("senior", 3), ("lead", 1))),
            "salary": 30_000 + dice.below(90_000),
            "remote": dice.below(3) == 0,
        }
        for number in range(1, 121)
    ]


def _expenses(dice: Dice, employees: list[Row]) -> list[Row]:
    return [
        {
            "id": 9_000 + number,
            "employee_id": dice.one(employees)["id"],
            "category": dice.one(("travel", "meals", "equipment", "training")),
            "amount": (500 + dice.below(199_500)) / 100,
            "currency": dice.one(CURRENCIES),
            "status": dice.weighted((("approved", 6), ("pending", 2), ("rejected", 2))),
            "date": _day(dice, 2024),
            "note": None if dice.below(4) == 0 else "receipt attached",
        }
        for number in range(1, 501)
    ]


def _log(dice: Dice) -> list[str]:
    lines: list[str] = []
    for number in range(400):
        level = dice.weighted((("INFO", 7), ("WARN", 2), ("ERROR", 1)))
        service = dice.one(_SERVICES)
        lines.append(
            f"2024-05-01T{number // 60:02d}:{number % 60:02d} {level} {service} took {5 + dice.below(900)} ms"
        )
    return lines


def _events(dice: Dice) -> list[Row]:
    """Records whose shape no prompt lists in full: what is asked lies two levels down."""
    return [
        {
            "kind": dice.weighted((("purchase", 3), ("visit", 6), ("refund", 1))),
            "who": {"user": f"u{1 + dice.below(40)}", "plan": dice.one(("free", "team", "business"))},
            "payload": {
                "items": [{"sku": f"s{dice.below(30)}", "n": 1 + dice.below(3)} for _ in range(dice.below(4))]
            },
        }
        for _ in range(300)
    ]


def _day(dice: Dice, year: int) -> str:
    return (dt.date(year, 1, 1) + dt.timedelta(days=dice.below(365))).isoformat()


def total(rows: list[Row], key: str) -> float:
    """The sum of a column, to the cent."""
    return round(sum(row[key] for row in rows), 2)


def grouped(rows: list[Row], key: str) -> dict[Any, list[Row]]:
    """The rows by what a column holds."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups
