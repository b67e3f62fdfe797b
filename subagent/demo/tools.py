"""The tool that a question of the demo may call: a stand-in for a service that answers about one thing at a time."""

from __future__ import annotations

from typing import Any

from subagent.demo.tables import load_table


def airport(code: str) -> dict[str, str]:
    """Name and time zone of the airport with this three-letter code."""
    row = _airports().get(code)
    if row is None:
        raise LookupError(f"no airport has the code {code!r}; codes are upper-case, such as JFK")
    return {"code": code, "name": row["name"], "time_zone": row["tzone"]}


def _airports() -> dict[str, Any]:
    return {row["faa"]: row for row in load_table("airports")}


TOOLS = {"airport": airport}
