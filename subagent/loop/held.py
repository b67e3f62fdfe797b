"""Values of programs inside the agent's state: kept as they are, and written so that JSON and msgpack give them back.

JSON has no dates, no NaN, no integers beyond 64 bits (msgpack), and only text keys; a value that needs more than
JSON is written as a one-entry map whose key starts with `~`.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

_LONGEST_INT = 1 << 53
_TAG = "~"


class Held:
    """A value in a state. Equal when the values are equal."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and pack(self.value) == pack(other.value)

    def __hash__(self) -> int:
        return hash(repr(pack(self.value)))

    def __repr__(self) -> str:
        return f"Held({self.value!r})"


def pack(value: Any) -> Any:
    """A JSON-shaped stand-in of a value, from which `unpack` makes the value again.

    Raises:
        TypeError: the value is not one that a program can give back to its host.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return (
            value if -_LONGEST_INT < value < _LONGEST_INT else {"~int": hex(value)}
        )  # Python writes out only 4,300 decimal digits
    if isinstance(value, float):
        return value if math.isfinite(value) else {"~float": repr(value)}
    if isinstance(value, list | tuple):
        return [pack(item) for item in value]
    if isinstance(value, dict):
        return _pack_map(value)
    if isinstance(value, datetime):
        return {"~datetime": value.isoformat()}
    if isinstance(value, date):
        return {"~date": value.isoformat()}
    if isinstance(value, timedelta):
        return {"~duration": [value.days, value.seconds, value.microseconds]}
    raise TypeError(f"a value of type {type(value).__name__} cannot be kept in an agent's state")


def unpack(packed: Any) -> Any:
    """The value behind what `pack` made."""
    if isinstance(packed, list):
        return [unpack(item) for item in packed]
    if not isinstance(packed, dict):
        return packed
    if len(packed) == 1:
        tag, payload = next(iter(packed.items()))
        if isinstance(tag, str) and tag.startswith(_TAG):
            return _unpack_tagged(tag, payload)
    return {key: unpack(item) for key, item in packed.items()}


def enc_hook(value: Any) -> Any:
    """For msgspec: how a Held is written."""
    if isinstance(value, Held):
        # A bare null would be read as "no value was held".
        return {"~nil": None} if value.value is None else pack(value.value)
    raise NotImplementedError(f"{type(value).__name__} cannot be written into an agent's state")


def dec_hook(kind: type, packed: Any) -> Any:
    """For msgspec: how a Held is read."""
    if kind is Held:
        return Held(unpack(packed))
    raise NotImplementedError(f"{kind.__name__} cannot be read from an agent's state")


def _pack_map(value: dict[Any, Any]) -> Any:
    plain = all(isinstance(key, str) for key in value)
    tagged = len(value) == 1 and plain and next(iter(value)).startswith(_TAG)
    if plain and not tagged:
        return {key: pack(item) for key, item in value.items()}
    return {"~map": [[pack(key), pack(item)] for key, item in value.items()]}


def _unpack_tagged(tag: str, payload: Any) -> Any:
    match tag:
        case "~nil":
            return None
        case "~int":
            return int(payload, 0)
        case "~float":
            return float(payload)
        case "~datetime":
            return datetime.fromisoformat(payload)
        case "~date":
            return date.fromisoformat(payload)
        case "~duration":
            return timedelta(*payload)
        case "~map":
            return {unpack(key): unpack(item) for key, item in payload}
        case _:
            raise ValueError(f"unknown tag {tag} in an agent's state")
