"""What a caller of a session asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from ptc_lisp.limits import Limits
from ptc_lisp.session.contexts import Context

Print = Callable[[str], object]
"""Is called with each printed entry."""


class Asked(msgspec.Struct, frozen=True):
    """One program; `data`: entries for this program alone."""

    source: str
    limits: Limits
    data: Context | None = None
    mode: Literal["run", "check"] = "run"
    any_tool: bool = False
    budget: bytes | None = None
    on_print: Print | None = None


def budget_blob(budget: Mapping[str, Any] | None) -> bytes | None:
    """What `budget/remaining` gives, encoded. Raises TypeError for what the language cannot hold."""
    return None if budget is None else Context.of({"budget": budget}).blobs["budget"]
