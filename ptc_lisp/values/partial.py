"""Decoding of those parts of a value that somebody needs. What is left out is skipped without making objects of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, TypedDict, cast

import msgspec

from ptc_lisp.values import codec
from ptc_lisp.values.rows import Row, row_class
from ptc_lisp.values.types import Value


class Items(NamedTuple):
    """All items of a vector (or nil), and of each of them `of`."""

    of: Need


class Fields(NamedTuple):
    """Of a map with string keys (or nil): these keys where it has them, and of their values what stands beside them.

    as_row: nothing but lookups of these keys by literal names is asked of it, so that a `Row` will do.
    """

    of: tuple[tuple[str, Need], ...]
    as_row: bool = False


Need: TypeAlias = Items | Fields | None
"""What is needed of a value; None: all of it."""


def covers(have: Need, want: Need) -> bool:
    """Whether who has one part of a value can do without decoding the other."""
    if have is None:
        return True
    if isinstance(have, Items):
        return isinstance(want, Items) and covers(have.of, want.of)
    if have.as_row:
        return have == want
    known = dict(have.of)
    return isinstance(want, Fields) and all(
        name in known and covers(known[name], part) for name, part in want.of
    )


def rows_in(need: Need) -> Iterator[Fields]:
    """All `Row`s in what is needed."""
    if isinstance(need, Items):
        yield from rows_in(need.of)
    elif need is not None:
        if need.as_row:
            yield need
        for _, part in need.of:
            yield from rows_in(part)


def as_data(need: Need) -> Any:
    """Plain tuples for it, which can be bytes and come back by `from_data`."""
    if isinstance(need, Items):
        return (as_data(need.of),)
    return None if need is None else (tuple([(name, as_data(part)) for name, part in need.of]), need.as_row)


def from_data(data: Any) -> Need:
    """What `as_data` gave this for."""
    if data is None:
        return None
    if len(data) == 1:
        return Items(from_data(data[0]))
    return Fields(tuple([(name, from_data(part)) for name, part in data[0]]), data[1])


def decode_part(data: bytes | bytearray | memoryview, need: Need) -> Value:
    """The needed part of an encoded value, in the shape of the whole.

    Raises:
        ValueError: the value has another shape than what is needed of it, or a function in a needed part.
    """
    return codec.decode_with(_decoder(need), data)


@lru_cache(maxsize=64)
def class_of(need: Fields) -> type[Row]:
    """The class of such rows."""
    return row_class([(name, _type(part)) for name, part in need.of])


@lru_cache(maxsize=32)
def _decoder(need: Need) -> msgspec.msgpack.Decoder[Any]:
    return codec.decoder_of(_type(need))


def _type(need: Need) -> Any:
    if need is None:
        return Any
    if isinstance(need, Items):
        return list[_type(need.of)] | None
    if need.as_row:
        return class_of(need) | None
    return _TypedDict("Part", {name: _type(part) for name, part in need.of}, total=False) | None


_TypedDict = cast("Any", TypedDict)  # its fields are known only when a program is compiled
