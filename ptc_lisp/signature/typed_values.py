"""Answers as values of a Python type: JSON-shaped data to TypedDict, dataclass, msgspec.Struct, pydantic model, enum and so
on."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import Any, cast

import msgspec

from ptc_lisp.faults import Portable
from ptc_lisp.signature.pydantic_types import adapter, has_limits

_PLACE = re.compile(r" - at `\$(.*)`$")


class ConversionError(Portable, ValueError):
    """A value does not have the type. `problems` says why, each with its path."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def converter(annotation: Any) -> Callable[[Any], Any]:
    """A function that makes values of the type out of JSON-shaped data and raises ConversionError for what does not fit.

    Raises:
        TypeError: no such function can be made; the message says which part of the type is the reason.
    """
    if _is_model(annotation):
        return partial(_validated, annotation.model_validate)
    try:
        if has_limits(annotation):  # msgspec would pass over them
            return partial(_validated, adapter(annotation).validate_python)
        msgspec.json.Decoder(annotation, dec_hook=_made)
    except (TypeError, NameError) as error:
        reader = _pydantic_adapter(annotation)
        if reader is not None:
            return partial(_validated, reader.validate_python)
        raise TypeError(f"{_name(annotation)} cannot be made from an answer: {error}") from error
    strange = next((kind for kind in _custom(annotation) if not _is_made(kind)), None)
    if strange is not None:
        raise TypeError(
            f"{_name(strange)} cannot be made from an answer: it is no TypedDict, dataclass, msgspec.Struct or pydantic model"
        )

    def convert(value: Any) -> Any:
        try:
            return msgspec.convert(value, annotation, dec_hook=_made)
        except msgspec.ValidationError as error:
            raise ConversionError(_msgspec_problems(error)) from error

    return convert


def _is_model(kind: Any) -> bool:
    """Whether a class is a pydantic model. A program that has one has loaded pydantic."""
    pydantic: Any = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)


def _pydantic_adapter(annotation: Any) -> Any:
    """Pydantic's reader, for what only it understands, such as a union of models; None without pydantic."""
    try:
        return adapter(annotation) if "pydantic" in sys.modules else None
    except TypeError:
        return None


def _validated(validate: Callable[[Any], Any], value: Any) -> Any:
    try:
        return validate(value)
    except ValueError as error:
        listed = getattr(error, "errors", None)
        problems = [str(error)] if listed is None else map(_pydantic_problem, listed())
        raise ConversionError(tuple(problems)) from error


def _pydantic_problem(entry: dict[str, Any]) -> str:
    path = "return" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in entry["loc"])
    return f"{path}: {entry['msg']}"


def _msgspec_problems(error: msgspec.ValidationError) -> tuple[str, ...]:
    text = str(error)
    place = _PLACE.search(text)
    path = "return" if place is None else f"return{place[1]}"
    inner = error.__cause__
    if isinstance(inner, ConversionError):  # of a model inside: its paths begin where it stands
        return tuple(f"{path}{problem.removeprefix('return')}" for problem in inner.problems)
    return (f"{path}: {_PLACE.sub('', text).replace('`', '')}",)


def _made(kind: type, value: Any) -> Any:
    """Types that msgspec does not know: models of pydantic, and what is made from one text."""
    if _is_model(kind):
        return _validated(cast("Any", kind).model_validate, value)
    if issubclass(kind, PurePath) and isinstance(value, str):
        return kind(value)
    raise ConversionError((f"return: a {kind.__name__} cannot be made from {type(value).__name__}",))


def _is_made(kind: Any) -> bool:
    return _is_model(kind) or (isinstance(kind, type) and issubclass(kind, PurePath))


def _custom(annotation: Any) -> list[Any]:
    """The classes in a type that msgspec does not know."""
    found: list[Any] = []
    todo: list[Any] = [msgspec.inspect.type_info(annotation)]
    seen: set[int] = set()
    while todo:
        info = todo.pop()
        if isinstance(info, msgspec.inspect.CustomType):
            found.append(info.cls)
        if id(info) in seen:
            continue
        seen.add(id(info))
        parts = (
            info
            if isinstance(info, tuple)
            else [getattr(info, name) for name in getattr(info, "__struct_fields__", ())]
        )
        todo += [
            part
            for part in list(parts)
            if isinstance(part, tuple | msgspec.inspect.Type | msgspec.inspect.Field)
        ]
    return found


def _name(annotation: Any) -> str:
    return getattr(annotation, "__name__", None) or str(annotation)
