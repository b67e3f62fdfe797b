"""Words that several messages share: counts, misspelt names with the one that was probably meant, exceptions of others."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, TypeVar, cast

import msgspec

_Made = TypeVar("_Made")


def counted(count: int, noun: str) -> str:
    """`1 tool call`, `2 tool calls`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """How a message about an unknown name ends: with the nearest known one, or with all of them."""
    listed = list(known)
    near = get_close_matches(name, listed, n=1)
    return f" (did you mean {near[0]}?)" if near else f"; known are {', '.join(listed)}"


def writable(value: Any) -> Any:
    """JSON-shaped data that can be written. Halves of characters that belong together become the character, others the
    replacement character; integers longer than Python writes out become a text that says how long they are."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value).items()
        return {writable(key): writable(item) for key, item in pairs}
    if isinstance(value, list | tuple):
        return [writable(item) for item in cast("list[Any]", value)]
    if isinstance(value, int) and value.bit_length() > _WRITTEN_BITS:
        return f"#<integer of {value.bit_length()} bits>"
    return value


_WRITTEN_BITS = 14_000  # 4,214 digits; Python writes out 4,300


def json_text(value: Any, enc_hook: Callable[[Any], Any] = str) -> str:
    """A value as JSON text; what JSON cannot say becomes what `enc_hook` gives, what cannot be written as by `writable`."""
    try:
        return msgspec.json.encode(value, enc_hook=enc_hook).decode()
    except ValueError:  # half a character, or a very long integer
        plain = msgspec.to_builtins(value, enc_hook=enc_hook, str_keys=True)
        return msgspec.json.encode(writable(plain)).decode()


def told(error: BaseException) -> str:
    """`ValueError: no`: what an exception of somebody else's code says. Nothing behind the colon when it cannot say it."""
    try:
        words = writable(str(error))
    except Exception:  # noqa: BLE001 - its `__str__` is their code too
        words = ""
    return f"{type(error).__name__}: {words}"


def shown(value: Any, show: Callable[[Any], str] = repr) -> str:
    """A value for people, by `show`; as JSON where it holds an integer that Python does not write out."""
    try:
        return show(value)
    except ValueError:
        return json_text(value)


def suggesting(cls: type[_Made]) -> type[_Made]:
    """A dataclass whose constructor says, of a keyword that is no field, which field was probably meant."""
    plain: Any = cls.__init__
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type] - a dataclass, as the docstring demands

    @functools.wraps(plain)
    def init(self: Any, *values: Any, **keywords: Any) -> None:
        for name in keywords:
            if name not in known:
                raise TypeError(f"{name} is no field of {cls.__name__}{did_you_mean(name, known)}")
        plain(self, *values, **keywords)

    cls.__init__ = init
    return cls


def visible(text: str) -> str:
    """Text without control characters, other than tabs and ends of lines, and without marks that turn the direction of
    writing: their codes stand in their places."""
    return _COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
