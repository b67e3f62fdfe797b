"""Answers as values of a Python type: JSON-shaped data to TypedDict, dataclass, msgspec.Struct, pydantic model, enum and so
on, and what the type says about its fields."""

from __future__ import annotations

import enum
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import msgspec

from ptc_lisp.faults import Portable
from ptc_lisp.signature.python_types import fields_of

_PLACE = re.compile(r" - at `\$(.*)`$")
_MOST_VALUES = 20
_MAX_DEPTH = 4


class ConversionError(Portable, ValueError):
    """A value is not of the type. `problems` says why, each with its path."""

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
        msgspec.json.Decoder(annotation, dec_hook=_made)
    except (TypeError, NameError) as error:
        adapter = _pydantic_adapter(annotation)
        if adapter is not None:
            return partial(_validated, adapter.validate_python)
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


def field_notes(annotation: Any) -> dict[str, str]:
    """What the type says about its fields beyond their kind: descriptions, and the values that are allowed. By path, such
    as `rows.status`; the answer itself is ``""``."""
    found: dict[str, list[str]] = {}
    for path, text in _notes(annotation, "", 0):
        said = found.setdefault(path, [])
        if text not in said:
            said.append(text)
    return {path: "; ".join(said) for path, said in found.items()}


def _notes(annotation: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    origin, args = get_origin(annotation), get_args(annotation)
    said: list[str] = []
    if origin is Annotated:
        said = [text for text in map(_described, args[1:]) if text]
        annotation = args[0]
        origin, args = get_origin(annotation), get_args(annotation)
    allowed = _allowed(annotation, args)
    if allowed:
        said.append(f"one of {', '.join(map(_shown, allowed[:_MOST_VALUES]))}")
    if said:
        yield path, "; ".join(said)
    cls = origin or annotation
    told = _pydantic_descriptions(cls)
    for name, place, inner in _inside(annotation, path, depth):
        if name in told:
            yield place, told[name]
        yield from _notes(inner, place, depth + 1)


def field_values(annotation: Any) -> dict[str, tuple[Any, ...]]:
    """The values that fields may have, where the type lists all of them (Literal, Enum). By path, as in `field_notes`."""
    found: dict[str, tuple[Any, ...]] = {}
    _collect_values(annotation, "", 0, found)
    return found


def _collect_values(annotation: Any, path: str, depth: int, found: dict[str, tuple[Any, ...]]) -> None:
    kind = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    members = [kind]
    if get_origin(kind) in (Union, UnionType):
        members = [member for member in get_args(kind) if member is not NoneType]
    listed = [_allowed(member, get_args(member)) for member in members]
    if all(listed):
        found[path] = tuple(dict.fromkeys(value for values in listed for value in values))
    elif len(members) == 1 and (get_origin(members[0]) or members[0]) not in _NOT_INTO:
        for _, place, inner in _inside(members[0], path, depth):
            _collect_values(inner, place, depth + 1, found)


_NOT_INTO = (dict, tuple, Mapping)  # what stands inside is not what the path names


def _inside(annotation: Any, path: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    """The types inside of a type: name ("" for one that is no field), path, type."""
    if depth >= _MAX_DEPTH:
        return
    origin = get_origin(annotation)
    cls = origin or annotation
    fields = fields_of(cls) if isinstance(cls, type) else None
    if fields is not None:
        for name, (inner, _) in fields.items():
            yield name, f"{path}.{name}" if path else name, inner
    elif origin is not Literal:
        for inner in get_args(annotation):
            yield "", path, inner


def _described(extra: Any) -> str | None:
    """The description in `msgspec.Meta(description=...)`, pydantic's `Field(description=...)`, `Doc("...")`."""
    for name in ("description", "documentation"):
        text = getattr(extra, name, None)
        if isinstance(text, str):
            return text
    return extra if isinstance(extra, str) else None


def _allowed(annotation: Any, args: tuple[Any, ...]) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(args)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return [member.value for member in annotation]
    return []


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _pydantic_descriptions(cls: Any) -> dict[str, str]:
    infos = getattr(cls, "model_fields", None)
    if not isinstance(infos, dict):
        return {}
    return {
        info.alias or name: info.description
        for name, info in infos.items()
        if isinstance(getattr(info, "description", None), str)
    }


def _is_model(kind: Any) -> bool:
    """Whether a class is a pydantic model. A program that has one has loaded pydantic."""
    pydantic: Any = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)


def _pydantic_adapter(annotation: Any) -> Any:
    """Pydantic's reader, for what only it understands, such as a union of models; None without pydantic."""
    pydantic: Any = sys.modules.get("pydantic")
    try:
        return None if pydantic is None else pydantic.TypeAdapter(annotation)
    except Exception:  # noqa: BLE001 - it raises many classes for types that it does not understand
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
