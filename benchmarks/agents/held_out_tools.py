"""The tools of the second world."""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmarks.agents.data import Dice

_RATES = {"checkup": 2.1, "injury": 3.4, "vaccination": 1.5, "follow-up": 1.8}
_DRIVES = {("Lund", "Bonn"): 545, ("Bonn", "Lund"): 562, ("Bonn", "Graz"): 530, ("Graz", "Bonn"): 541}
_SUBJECTS = ("ferry", "harbour", "museum", "bridge", "market", "garden", "school")
_AUTHORS = ("Noor", "Pavel", "Rosa", "Sven")


@cache
def notes() -> tuple[dict[str, Any], ...]:
    """All notes: 33 about everyday subjects and a few with a thing that no other has."""
    dice = Dice(31)
    shelf: list[dict[str, Any]] = []
    for number in range(1, 34):
        subjects = sorted({dice.one(_SUBJECTS), dice.one(_SUBJECTS)})
        shelf.append(
            {
                "key": f"n-{number}",
                "heading": f"On the {' and the '.join(subjects)} ({number})",
                "author": dice.one(_AUTHORS),
                "cost": 50 * (1 + dice.below(40)),
                "body": f"What the town spent on the {' and the '.join(subjects)}.",
            }
        )
    planted = (
        ("A light at sea", "Rosa", 1_200, "The lighthouse was painted in April."),
        ("Ice in the port", "Pavel", 850, "Winter closed the harbour for nine days."),
        ("Snow ploughs", "Noor", 2_300, "Winter on the bridge: four ploughs were hired."),
    )
    for number, (heading, author, cost, body) in enumerate(planted, start=34):
        shelf.append({"key": f"n-{number}", "heading": heading, "author": author, "cost": cost, "body": body})
    return tuple(shelf)


def find_notes(words: str, page: int = 1) -> dict[str, Any]:
    """Notes whose heading or body contains all the words, eight on a page, as {notes, page, pages}.

    Args:
        words: separated by blanks, any case.
        page: 1 is the first page; pages in the result says how many there are.
    """
    wanted = words.lower().split()
    hits = [n for n in notes() if all(w in f"{n['heading']} {n['body']}".lower() for w in wanted)]
    shown = [{"key": n["key"], "heading": n["heading"]} for n in hits[8 * (page - 1) : 8 * page]]
    return {"notes": shown, "page": page, "pages": max(1, -(-len(hits) // 8))}


def read_note(key: str) -> dict[str, Any]:
    """One note in full: key, heading, author, cost (EUR), body.

    Args:
        key: as find_notes gives it, e.g. "n-3".
    """
    for note in notes():
        if note["key"] == key:
            return note
    raise ValueError(f"no note has the key {key!r}; keys look like n-3")


def minute_rate(reason: str) -> float:
    """What a minute of a visit costs, in EUR.

    Args:
        reason: checkup, injury, vaccination or follow-up.
    """
    if reason not in _RATES:
        raise ValueError(f"no rate for {reason!r}; reasons are {', '.join(_RATES)}")
    return _RATES[reason]


def shelf_space(volume_id: int) -> dict[str, int]:
    """Where the copies of a volume stand, e.g. {"hall": 2, "cellar": 5}.

    Args:
        volume_id: the id of a volume.
    """
    return {"hall": volume_id * 11 % 7, "cellar": volume_id * 3 % 13}


def drive_minutes(start: str, end: str) -> int:
    """Minutes of driving from one city to another. The way back can take another time.

    Args:
        start: a city, e.g. Bonn.
        end: another city.
    """
    if (start, end) not in _DRIVES:
        raise ValueError(f"no road from {start!r} to {end!r} is known")
    return _DRIVES[start, end]


HELD_OUT_TOOLS = {
    tool.__name__: tool for tool in (find_notes, read_note, minute_rate, shelf_space, drive_minutes)
}
