"""The options of a tool: their types, and what is wrong with a value of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import msgspec

if TYPE_CHECKING:
    from ptc_lisp.tool.definition import Tool

Effect = Literal["read", "idempotent", "write"]
Visibility = Literal["public", "private"]
Expose = Literal["native", "program", "both"]

EFFECTS: Final = ("read", "idempotent", "write")
ALLOWED_EFFECTS: Final = ("read", "idempotent")
"""What `allow_effects` is unless the host says otherwise."""

_CHOICES = {
    "effect": (*EFFECTS, None),
    "visibility": ("public", "private"),
    "expose": ("native", "program", "both"),
    "validation": ("enabled", "strict", "warn_only", "disabled"),
}
_PREVIEWS = ("metadata", "rows")


class Unset(msgspec.Struct, frozen=True):
    """The type of `UNSET`."""


UNSET: Final = Unset()
"""No `on_timeout` was given (None is one)."""


class NativeResult(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a result is shown to a model that calls the tool itself, while programs get all of it from the cache.

    preview: "metadata" (count, keys, types), "rows" (the first `limit`), or a function from the result to what is shown.
    limit: rows or keys at most.

    Raises:
        ValueError: an unknown preview, or a limit below 1.
    """

    preview: Literal["metadata", "rows"] | Callable[[Any], Any] = "metadata"
    limit: int = 20

    def __post_init__(self) -> None:
        if not callable(self.preview) and self.preview not in _PREVIEWS:
            raise ValueError(
                f'NativeResult.preview must be "metadata", "rows" or a function, got {self.preview!r}'
            )
        if isinstance(self.limit, bool) or not isinstance(self.limit, int) or self.limit < 1:
            raise ValueError(f"NativeResult.limit must be at least 1, got {self.limit!r}")


def check_options(tool: Tool) -> None:
    """Raises ValueError or TypeError that name the field, its value and the remedy."""
    for name, choices in _CHOICES.items():
        value = getattr(tool, name)
        if value not in choices:
            said = ", ".join(f'"{choice}"' for choice in choices if choice)
            raise ValueError(f"Tool.{name} must be one of {said}, got {value!r}")
    for name, least in (("timeout_ms", 1), ("max_result", 1), ("retries", 0)):
        value = getattr(tool, name)
        if value is None and name != "retries":
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"Tool.{name} must be a whole number, got {value!r}")
        if value < least:
            raise ValueError(f"Tool.{name} must be at least {least}, got {value}")
    if not isinstance(tool.positional, bool):
        raise TypeError(f"Tool.positional must be True or False, got {tool.positional!r}")
    _check_pairs(tool)


def _check_pairs(tool: Tool) -> None:
    """Options that make no sense together."""
    if tool.on_timeout != UNSET and tool.timeout_ms is None:
        raise ValueError(
            f"Tool.on_timeout of {tool.name} needs timeout_ms=..., the time after which it counts"
        )
    if tool.retries and tool.effect == "write":
        raise ValueError(
            f"Tool.retries of {tool.name}: a call that writes is not made twice; "
            'declare effect="idempotent" when repeating it does no harm'
        )
    if tool.cache and tool.effect == "write":
        raise ValueError(
            f"Tool.cache of {tool.name}: a call that writes must be made each time; leave out cache"
        )
    native = tool.native_result
    if native is not None and not (tool.cache and tool.expose == "both"):
        raise ValueError(f'Tool.native_result of {tool.name} needs expose="both" and cache=True')
    if not isinstance(cast("object", tool.descriptions), Mapping):
        raise TypeError(f"Tool.descriptions must be a dict of parameter names, got {tool.descriptions!r}")


def allowed_effects(effects: object) -> frozenset[str]:
    """`allow_effects=` as a set. Raises TypeError or ValueError for what is none."""
    if effects is None:
        return frozenset(ALLOWED_EFFECTS)
    if isinstance(effects, str) or not isinstance(effects, list | tuple | set | frozenset):
        raise TypeError(f'allow_effects must be a list such as ["read", "write"], got {effects!r}')
    found = frozenset(cast("list[str]", effects))
    unknown = sorted(map(str, found.difference(EFFECTS)))
    if unknown:
        raise ValueError(f"allow_effects has {unknown[0]!r}; the effects are {', '.join(EFFECTS)}")
    return found
