"""Replies of models that call tools natively."""

from __future__ import annotations

from typing import Any


def calls(*made: tuple[str, Any]) -> dict[str, Any]:
    """A reply that calls tools natively: pairs of name and arguments, ids c1, c2, ..."""
    return {
        "tool_calls": [
            {"id": f"c{place}", "name": name, "args": args}
            for place, (name, args) in enumerate(made, start=1)
        ]
    }
