"""The context of a session or program, as bytes by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from ptc_lisp.values.convert import draft, encode_host
from ptc_lisp.values.memory import Memory
from ptc_lisp.values.plain import encodes_as_plain

_LARGE_BYTES = 1 << 16


class Context:
    """Encoded entries by name. foreign: those that were not made of data of the host, so that they may hold functions.

    stands: when not None, the large entries are encoded as plain data, and whether they are such is not known yet: it says
    so, after a look at the type of everything (at one, however often it is called). If they are not, `settled` has the
    right context, or the error.
    """

    def __init__(
        self,
        blobs: dict[str, bytes],
        given: object = None,
        stands: Callable[[], bool] | None = None,
        foreign: frozenset[str] = frozenset(),
    ) -> None:
        self.blobs = blobs
        self.foreign = foreign
        self.stands = stands
        self._given = given

    @classmethod
    def of(cls, given: object) -> Context:
        """The entries of a mapping, or a Memory, whose entries are encoded already.

        Raises:
            TypeError: a name is no string, or a value has no form in the language (the message names its path).
        """
        if given is None:
            return _NOTHING
        if isinstance(given, Context):
            return given
        if isinstance(given, Memory):
            return cls(given.blobs(), foreign=given.foreign)
        return cls({name: encode_host(value, f"context[{name!r}]") for name, value in _named(given).items()})

    @classmethod
    def drafted(cls, given: object) -> Context:
        """The same sooner, perhaps not settled. Raises TypeError as `of`."""
        if isinstance(given, Memory):
            return cls.of(given)
        blobs: dict[str, bytes] = {}
        unseen: list[Any] = []
        for name, value in _named(given).items():
            blob = draft(value)
            large = blob is not None and len(blob) > _LARGE_BYTES
            if blob is None or not encodes_as_plain(_ends(value) if large else value):
                return cls.of(given)
            blobs[name] = blob
            if large:
                unseen.append(value)
        return cls(blobs, given, cache(lambda: all(map(encodes_as_plain, unseen))) if unseen else None)

    def settled(self) -> Context:
        """The context without a doubt. Raises TypeError as `of`."""
        return self if self.stands is None or self.stands() else self.of(self._given)


_NOTHING = Context({})


def _ends(value: Any) -> Any:
    """A little of it: mostly enough to see that it is no plain data."""
    return (value[:1], value[-1:]) if value.__class__ is list else None


def _named(given: object) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(
            f'context must be a dict of names, e.g. {{"orders": [...]}}, got {type(given).__name__}'
        )
    for name in given:
        if not isinstance(name, str):
            raise TypeError(f"context has the name {name!r}: names must be str (programs read data/name)")
    return cast("Mapping[str, Any]", given)
