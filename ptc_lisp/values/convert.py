"""Between Python objects of the host and values of the language.

    encode_host(obj, path)  host side: what context, tool results and memory may hold → bytes of the codec
    draft(obj)              host side: the same, quickly, if it is plain data
    from_host(obj, path)    host side: the same as a value

No object of the host ever becomes a value: each is copied into data or refused with its path.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import math
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

import msgspec

from ptc_lisp.source import half_character
from ptc_lisp.values.codec import encode
from ptc_lisp.values.collections import make_set
from ptc_lisp.values.persistent import LispSet
from ptc_lisp.values.plain import encodes_as_plain
from ptc_lisp.values.types import Keyword, Value

_MAX_DEPTH = 150
_MAX_DIGITS = 4_300  # of a Decimal that is an integer: as many as Python reads from text
_IN_MICROSECONDS = {"datetime64[ns]": "datetime64[us]", "timedelta64[ns]": "timedelta64[us]"}
_KEYS_BY_VALUE = (dt.date, dt.time, dt.timedelta, UUID, PurePath)
_SCALARS = frozenset({str, int, float, bool, type(None), dt.date, dt.timedelta, Keyword})


def encode_host(obj: object, path: str) -> bytes:
    """The bytes of a host object. Plain JSON-shaped data is not walked in Python.

    Raises:
        TypeError: something in it has no form in the language; the message names its path and a remedy.
    """
    # Encoding comes first: it fails on data that contains itself, on which the look at the types would hang.
    data = draft(obj)
    if data is not None and encodes_as_plain(obj):
        return data
    return encode(from_host(obj, path))  # the walk finds out what it was, and where


def draft(obj: object) -> bytes | None:
    """What `encode_host` gives for plain data; whether it is such, `encodes_as_plain(obj)` has to tell. None: it is not."""
    try:
        return msgspec.msgpack.encode(obj)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return None


def from_host(obj: object, path: str, depth: int = 0) -> Value:
    """The value of a host object: a copy without any link to the host.

    Tuples become vectors (named tuples maps), sets sets, dataclasses, msgspec structs, attrs and pydantic objects
    maps, enums their values, decimals numbers, UUIDs and paths strings, naive datetimes instants in UTC.

    Raises:
        TypeError: something has no form in the language; the message names its path and a remedy.
    """
    cls = obj.__class__
    if cls is str:
        return checked_text(obj, path)
    if cls in _SCALARS:
        return obj
    if depth > _MAX_DEPTH:
        raise TypeError(f"{_shown(path)} is nested deeper than {_MAX_DEPTH} levels, or contains itself")
    for kinds, convert in _CONVERTERS:
        if isinstance(obj, kinds):
            return convert(obj, path, depth)
    if hasattr(cls, "dtype") and hasattr(cls, "tolist"):  # arrays and scalars of numpy and its like
        return from_host(_listed(obj), path, depth + 1)
    if (cls.__module__.partition(".")[0], cls.__name__) == ("pandas", "NAType"):
        return None
    record = _record(obj)
    if record is not None:
        return _from_mapping(record, path, depth)
    raise _refused(obj, path)


def checked_text(obj: Any, path: str) -> str:
    """The text (a str), as a plain str. Raises TypeError when it has no bytes."""
    text = str.__str__(obj)
    if half_character(text) is not None:
        raise TypeError(f"{path} holds text that is not valid Unicode (a lone surrogate): repair it")
    return text


def _from_mapping(obj: Any, path: str, depth: int) -> Value:
    made: dict[Value, Value] = {}
    for k, v in obj.items():
        made[_from_key(k, path)] = from_host(v, _sub(path, k), depth + 1)
    return made


def _from_key(k: Any, path: str) -> Value:
    """The key of a map. One that JSON does not have becomes what it would become as a value."""
    if isinstance(k, enum.Enum):
        k = k.value
    if isinstance(k, str):
        return checked_text(k, f"a key of {path}")
    if k.__class__ is int or k.__class__ is Keyword:
        return k
    if isinstance(k, _KEYS_BY_VALUE):
        return from_host(k, path)
    raise TypeError(
        f"{_shown(path)} has the key {_shown(repr(k))} of type {type(k).__name__}: keys of maps are text, whole "
        "numbers or dates; convert it, e.g. with str()"
    )


def _from_sequence(obj: Any, path: str, depth: int) -> Value:
    fields: tuple[str, ...] | None = getattr(obj, "_fields", None) if isinstance(obj, tuple) else None
    if fields is not None:
        return _from_mapping(dict(zip(fields, obj, strict=True)), path, depth)
    return [from_host(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(obj)]


def _from_set(obj: Any, path: str, depth: int) -> Value:
    items = [from_host(item, f"an element of {path}", depth + 1) for item in obj]
    if all(item.__class__ is str for item in items):
        items.sort()  # Python's order of str sets changes from process to process
    return make_set(items)


def _from_decimal(obj: Any, path: str, depth: int) -> Value:
    del depth
    if obj.is_nan():
        return math.nan
    if obj.is_finite() and obj.adjusted() >= _MAX_DIGITS:  # Python takes minutes to write out 1e999999
        raise TypeError(
            f"{_shown(path)} is a Decimal of more than {_MAX_DIGITS} digits: give it as text, with str()"
        )
    exponent = obj.as_tuple().exponent
    return int(obj) if isinstance(exponent, int) and exponent >= 0 else float(obj)


def _from_datetime(obj: Any, path: str, depth: int) -> Value:
    """An instant. Subclasses, such as those of pandas and pendulum, give their own kind everywhere, so it is built anew."""
    del depth
    if obj != obj:  # noqa: PLR0124 - what pandas has for "no time" is a datetime that equals nothing
        return None
    try:
        at = obj if obj.tzinfo is None else obj.astimezone(dt.UTC)
    except OverflowError:
        raise TypeError(
            f"{_shown(path)} is {obj.isoformat()}, which has no time in UTC: give it as text"
        ) from None
    return dt.datetime(at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, dt.UTC)


def _from_duration(obj: Any, path: str, depth: int) -> Value:
    del path, depth
    return dt.timedelta(obj.days, obj.seconds, obj.microseconds)


def _listed(obj: Any) -> Any:
    """What `tolist` gives. Times in nanoseconds would come as bare integers."""
    kind = _IN_MICROSECONDS.get(str(getattr(obj, "dtype", "")))
    return (obj if kind is None else obj.astype(kind)).tolist()


def _from_bytes(obj: Any, path: str, depth: int) -> Value:
    del depth
    raise TypeError(
        f"{_shown(path)} is {type(obj).__name__} ({len(obj)} bytes), which programs cannot hold: "
        "decode it to str, or encode it with base64"
    )


_CONVERTERS: tuple[tuple[type | tuple[type, ...], Callable[[Any, str, int], Value]], ...] = (
    (dict, _from_mapping),
    ((list, tuple), _from_sequence),
    (enum.Enum, lambda obj, path, depth: from_host(obj.value, path, depth + 1)),
    (str, lambda obj, path, _: checked_text(obj, path)),
    (int, lambda obj, _, __: int(obj)),
    (float, lambda obj, _, __: float(obj)),
    (dt.datetime, _from_datetime),
    (dt.date, lambda obj, _, __: dt.date(obj.year, obj.month, obj.day)),
    (dt.timedelta, _from_duration),
    (dt.time, lambda obj, _, __: obj.isoformat()),
    (Decimal, _from_decimal),
    ((UUID, PurePath), lambda obj, _, __: str(obj)),
    ((bytes, bytearray, memoryview), _from_bytes),
    ((set, frozenset, AbstractSet), _from_set),
    (Mapping, _from_mapping),
    (LispSet, lambda obj, _, __: obj),
    (Sequence, _from_sequence),
)
"""In this order: subclasses before what they derive from."""


def _record(obj: Any) -> dict[str, object] | None:
    """The fields of an object that is a record, None for any other object."""
    cls = type(obj)
    if isinstance(obj, type):
        return None
    if dataclasses.is_dataclass(obj):
        return {f.name: getattr(obj, f.name) for f in dataclasses.fields(obj)}
    if isinstance(obj, msgspec.Struct):
        return {name: getattr(obj, name) for name in obj.__struct_fields__}
    if hasattr(cls, "model_dump") and hasattr(cls, "model_fields"):
        return obj.model_dump()
    attributes = getattr(cls, "__attrs_attrs__", None)
    if attributes is not None:
        return {a.name: getattr(obj, a.name) for a in attributes}
    return None


def _refused(obj: object, path: str) -> TypeError:
    name = f"{type(obj).__module__}.{type(obj).__qualname__}".removeprefix("builtins.")
    remedy = (
        "pass dicts, lists, strings, numbers, booleans, None, dates, sets, dataclasses or pydantic objects"
    )
    if hasattr(obj, "to_dicts"):
        remedy = "convert it first, e.g. frame.to_dicts()"  # polars
    elif hasattr(obj, "to_pylist"):
        remedy = "convert it first, e.g. table.to_pylist()"  # pyarrow
    elif hasattr(obj, "to_dict"):
        remedy = 'convert it first, e.g. frame.to_dict("records")'
    elif hasattr(obj, "__await__"):
        remedy = "it has to be awaited: make the tool an async def"
    elif callable(obj):
        remedy = "functions go in as tools=[...], not as data"
    elif hasattr(obj, "__iter__"):
        remedy = "make it a list first: list(...)"
    return TypeError(f"{_shown(path)} is of type {name}, which programs cannot hold: {remedy}")


def _sub(path: str, k: object) -> str:
    return f"{path}[{k.name!r}]" if k.__class__ is Keyword else f"{path}[{k!r}]"  # type: ignore[attr-defined] - a Keyword


def _shown(path: str) -> str:
    return path if len(path) <= 200 else f"{path[:80]}...{path[-80:]}"
