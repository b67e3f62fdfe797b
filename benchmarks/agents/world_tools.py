"""The tools that the evaluation's agents may call. Each is an ordinary typed function over seeded data."""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmarks.agents.data import Dice

_TOPICS = ("travel", "security", "onboarding", "hardware", "training", "remote work", "parking", "expenses")
_OFFICES = ("Oslo", "Lyon", "Graz", "Porto")
_RATES = {"EUR": 1.0, "GBP": 1.17, "USD": 0.92}


@cache
def documents() -> tuple[dict[str, Any], ...]:
    """The shelf: 40 documents, of which a few were planted for one question each."""
    dice = Dice(11)
    shelf: list[dict[str, Any]] = []
    for number in range(1, 37):
        topics = {dice.one(_TOPICS), dice.one(_TOPICS)} - {"security"}
        budget = 100 * (1 + dice.below(90))
        shelf.append(
            {
                "id": f"d{number}",
                "title": f"{' and '.join(sorted(topics)).capitalize()} rules, part {number}",
                "office": dice.one(_OFFICES),
                "budget": budget,
                "text": f"This page is about {' and '.join(sorted(topics))}. The yearly budget is {budget} EUR.",
            }
        )
    planted = (
        ("Laptop safety", "Oslo", 900, "About security and hardware: lock your screen."),
        ("Trips abroad", "Lyon", 700, "About travel and security: carry a copy of your passport."),
        ("Mileage policy", "Graz", 400, "Superseded in March. The rate was 0.30 EUR per kilometre."),
        ("Mileage policy", "Porto", 400, "In force since March. The rate is 0.42 EUR per kilometre."),
    )
    for number, (title, office, budget, text) in enumerate(planted, start=37):
        shelf.append({"id": f"d{number}", "title": title, "office": office, "budget": budget, "text": text})
    return tuple(shelf)


def search(query: str, cursor: int = 0) -> dict[str, Any]:
    """Documents whose title or text contains every word of the query, ten at a time, as {items, next_cursor}.

    Args:
        query: words, any case.
        cursor: where to go on; next_cursor of the page before. next_cursor is nil on the last page.
    """
    words = query.lower().split()
    hits = [d for d in documents() if all(w in f"{d['title']} {d['text']}".lower() for w in words)]
    page = [{"id": d["id"], "title": d["title"]} for d in hits[cursor : cursor + 10]]
    following = cursor + 10
    return {"items": page, "next_cursor": following if following < len(hits) else None}


def fetch(id: str) -> dict[str, Any]:  # noqa: A002 - the argument's name is what the model reads
    """The whole document: id, title, office, budget (EUR), text.

    Args:
        id: as `search` reports it, e.g. "d7".
    """
    for document in documents():
        if document["id"] == id:
            return document
    raise ValueError(f"there is no document {id!r}; ids look like d7")


def exchange_rate(currency: str) -> float:
    """How many EUR one unit of the currency is worth.

    Args:
        currency: EUR, GBP or USD.
    """
    if currency not in _RATES:
        raise ValueError(f"no rate for {currency!r}; known are EUR, GBP and USD")
    return _RATES[currency]


def warehouse_stock(product_id: int) -> dict[str, int]:
    """Pieces of a product by warehouse, e.g. {"north": 3, "south": 0}.

    Args:
        product_id: the id of a product.
    """
    return {"north": product_id * 7 % 23, "south": product_id * 5 % 19}


TOOLS = {tool.__name__: tool for tool in (search, fetch, exchange_rate, warehouse_stock)}
