"""What a Python type says about its fields beyond their kind: descriptions, the values that are allowed, limits."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ptc_lisp.signature.python_types import fields_of

_MOST_VALUES = 20
_MAX_DEPTH = 4
_NOT_INTO = (dict, tuple, Mapping)  # what stands inside is not what the path names
# Called the same in msgspec.Meta, annotated_types and pydantic.
_LIMITS = {
    "gt": "> {}",
    "ge": ">= {}",
    "lt": "< {}",
    "le": "<= {}",
    "multiple_of": "a multiple of {}",
    "min_length": "at least {} long",
    "max_length": "at most {} long",
    "pattern": "matches {}",
}


def field_notes(annotation: Any) -> dict[str, str]:
    """What the type says about its fields beyond their kind: descriptions, the values that are allowed, limits. By path,
    such as `rows.status`; the value itself is ``""``."""
    found: dict[str, list[str]] = {}
    for path, text in _notes(annotation, "", 0):
        said = found.setdefault(path, [])
        if text not in said:
            said.append(text)
    return {path: joined(said) for path, said in found.items()}


def joined(said: list[str]) -> str:
    """Several notes as one."""
    return "; ".join([*(text.removesuffix(".") for text in said[:-1]), *said[-1:]])


def field_values(annotation: Any) -> dict[str, tuple[Any, ...]]:
    """The values that fields may have, where the type lists all of them (Literal, Enum). By path, as in `field_notes`."""
    found: dict[str, tuple[Any, ...]] = {}
    _collect_values(annotation, "", 0, found)
    return found


def allowed_text(values: list[Any]) -> str:
    """`one of "a", "b"`."""
    shown = (f'"{value}"' if isinstance(value, str) else repr(value) for value in values[:_MOST_VALUES])
    return f"one of {', '.join(shown)}"


def _notes(annotation: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    origin, args = get_origin(annotation), get_args(annotation)
    said: list[str] = []
    if origin is Annotated:
        said = [text for extra in args[1:] for text in _told(extra)]
        annotation = args[0]
        origin, args = get_origin(annotation), get_args(annotation)
    allowed = _allowed(annotation, args)
    if allowed:
        said.append(allowed_text(allowed))
    if said:
        yield path, joined(said)
    infos = getattr(origin or annotation, "model_fields", {})  # of pydantic, not in the annotations
    for name, place, inner in _inside(annotation, path, depth):
        told = _told(_info(infos, name)) if isinstance(infos, dict) else []
        if told:
            yield place, joined(told)
        yield from _notes(inner, place, depth + 1)


def _info(infos: dict[str, Any], name: str) -> Any:
    return next((info for key, info in infos.items() if (info.alias or key) == name), None)


def _told(extra: Any) -> list[str]:
    """What `msgspec.Meta(...)`, pydantic's `Field(...)`, a type of annotated_types, `Doc("...")` or a text says."""
    described = extra if isinstance(extra, str) else None
    for name in ("description", "documentation"):
        text = getattr(extra, name, None)
        if described is None and isinstance(text, str):
            described = text
    inner: Any = getattr(extra, "metadata", ())
    limits = [text for part in (extra, *(inner if isinstance(inner, list) else ())) for text in _limits(part)]
    return [described, *limits] if described else limits


def _limits(extra: Any) -> Iterator[str]:
    for name, words in _LIMITS.items():
        limit = getattr(extra, name, None)
        if limit is not None and not callable(limit) and (name, limit) != ("min_length", 0):
            yield words.format(getattr(limit, "pattern", limit))


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


def _allowed(annotation: Any, args: tuple[Any, ...]) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(args)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return [member.value for member in annotation]
    return []
