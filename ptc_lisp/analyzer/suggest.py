"""Nearest names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 60
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def nearest(name: str, candidates: Iterable[str], *, limit: int = 3) -> list[str]:
    """Up to `limit` of the candidates that the writer may have meant, best first.

    `parseInt`, `parse_int` and `PARSE-INT` all mean `parse-int`; otherwise spelling decides.
    """
    if len(name) > _LONGEST:
        return []
    pool = list(dict.fromkeys(candidates))
    plain = _plain(name)
    same = [other for other in pool if other != name and _plain(other) == plain]
    cutoff = 0.8 if len(name) <= 4 else 0.72
    close = get_close_matches(name, pool, n=limit, cutoff=cutoff)
    spelled = get_close_matches(_kebab(name), pool, n=limit, cutoff=cutoff)
    found = dict.fromkeys([*same, *close, *spelled])
    found.pop(name, None)
    return list(found)[:limit]


def did_you_mean(names: list[str]) -> str | None:
    """A question that lists the names, in backquotes because a name may end in `?`; None without names."""
    if not names:
        return None
    *first, last = [f"`{name}`" for name in names]
    return f"did you mean {', '.join(first)} or {last}?" if first else f"did you mean {last}?"


def shown(names: Iterable[str], *, limit: int = 30) -> str:
    """Names for a message, sorted, the rest as a count."""
    ordered = sorted(names)
    more = f" and {len(ordered) - limit} more" if len(ordered) > limit else ""
    return (", ".join(ordered[:limit]) + more) or "none"


def _kebab(name: str) -> str:
    return _HUMP.sub("-", name).replace("_", "-").lower()


def _plain(name: str) -> str:
    return re.sub(r"[-_?!*$]", "", name).lower()
