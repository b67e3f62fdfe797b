"""Which effects tools may have in a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

EFFECTS = ("read", "idempotent", "write")
DEFAULT_EFFECTS = ("read", "idempotent")


def effects(name: str, value: Any) -> tuple[str, ...]:
    """The effects that a field or option names. Raises TypeError or ValueError for anything else."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f'{name} must be a list such as ["read", "write"], got {value!r}')
    found = tuple(dict.fromkeys(cast("Iterable[str]", value)))
    unknown = [each for each in found if each not in EFFECTS]
    if unknown:
        raise ValueError(f"{name} has {unknown[0]!r}; the effects are {', '.join(EFFECTS)}")
    return found
