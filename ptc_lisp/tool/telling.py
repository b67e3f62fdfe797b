"""What a program is told about arguments of a tool that do not fit: where, why, and a call that fits."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from ptc_lisp.signature import Type, field_values, from_python, sample
from ptc_lisp.signature.python_types import fields_of
from ptc_lisp.tool.kinds import lisp_name

_PLACE = re.compile(r" - at `\$(.*)`$")
_MAX_DEPTH = 4
_DATES = {dt.datetime: '"2024-01-31T12:00:00Z"', dt.date: '"2024-01-31"', dt.time: '"12:00:00"'}


def misfits(name: str, problem: ValueError, kind: Any) -> str:
    """Why an argument is not of its annotated type `kind`, by msgspec's or pydantic's error: `argument :order, field
    lines[0].sku: ...`. Several reasons are parted by semicolons."""
    inside = getattr(problem.__cause__, "errors", None)  # of a model inside what msgspec read
    listed, place = getattr(problem, "errors", inside), "" if inside is None else _by_msgspec(problem)[0]
    told = [_by_msgspec(problem)] if listed is None else [_by_pydantic(entry, place) for entry in listed()]
    allowed = field_values(kind)
    return "; ".join(_told(name, path, words, allowed.get(path, ())) for path, words in told)


def example_call(name: str, arguments: Iterable[tuple[str, Any]]) -> str:
    """A call with these arguments, each with a value of its type: a Type, or a Python annotation."""
    pairs = " ".join(f":{lisp_name(key)} {_sample(kind)}" for key, kind in arguments)
    return f"(tool/{name} {{{pairs}}})" if pairs else f"(tool/{name})"


def _told(name: str, path: str, words: str, allowed: Iterable[object]) -> str:
    place = f"argument :{lisp_name(name)}" + (f", field {path}" if path else "")
    listed = ", ".join(f'"{value}"' if isinstance(value, str) else repr(value) for value in allowed)
    return f"{place}: {words}" + (f"; it is one of {listed}" if listed else "")


def _by_msgspec(problem: ValueError) -> tuple[str, str]:
    text = str(problem)
    place = _PLACE.search(text)
    return ("" if place is None else place[1].lstrip(".")), _PLACE.sub("", text).replace("`", "")


def _by_pydantic(entry: dict[str, Any], place: str) -> tuple[str, str]:
    path = place + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in entry["loc"])
    return path.lstrip("."), entry["msg"]


def _sample(kind: Any, depth: int = 0) -> str:
    if isinstance(kind, Type):
        return sample(kind, optional=False)
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType, Annotated, list) and depth < _MAX_DEPTH:
        inner = _sample(next(arg for arg in args if arg is not NoneType), depth + 1)
        return f"[{inner}]" if origin is list else inner
    listed = field_values(kind).get("", ())
    if listed and isinstance(listed[0], str):
        return f'"{listed[0]}"'
    if isinstance(kind, type):
        date = next((text for each, text in _DATES.items() if issubclass(kind, each)), None)
        fields = fields_of(kind) if depth < _MAX_DEPTH else None
        if date is not None:
            return date
        if fields is not None:
            needed = {name: inner for name, (inner, required) in fields.items() if required}
            return (
                "{" + " ".join(f":{name} {_sample(each, depth + 1)}" for name, each in needed.items()) + "}"
            )
    return sample(from_python(kind), optional=False)
