"""What a host hands to a session, checked. Raises TypeError with the remedy for what is unusable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from ptc_lisp.limits import Limits
from ptc_lisp.sandbox import wire
from ptc_lisp.tool import ToolCache

Isolation = Literal["session", "run", "reuse"]
_POLICIES: Final[tuple[Isolation, ...]] = get_args(Isolation)


def isolation_of(isolation: object) -> Isolation:
    """The policy of that name. Raises ValueError for anything else."""
    for known in _POLICIES:
        if isolation == known:
            return known
    raise ValueError(f"isolation must be {' or '.join(map(repr, _POLICIES))}, got {isolation!r}")


def then_of(isolation: Isolation, *, only: bool) -> wire.Then:
    """What a worker does after a program. only: there will be no other one."""
    if only and isolation == "reuse":
        return "forget"
    return "end" if only or isolation == "run" else "stay"


def size_of(data: Mapping[str, bytes]) -> int:
    """The bytes of encoded entries."""
    return sum(map(len, data.values()))


def limits_of(limits: object) -> Limits:
    """The limits, by default the defaults."""
    if limits is None:
        return Limits()
    if not isinstance(limits, Limits):
        raise TypeError(f"limits must be ptc_lisp.Limits(...), got {type(limits).__name__}")
    return limits


def cache_of(cache: object) -> ToolCache:
    """The cache, by default a new one."""
    if cache is None:
        return ToolCache()
    if not isinstance(cache, ToolCache):
        raise TypeError(f"tool_cache must be ptc_lisp.ToolCache(), got {type(cache).__name__}")
    return cache
