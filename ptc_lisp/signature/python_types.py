"""Python annotations and functions to types and signatures. No third-party model library is imported for that."""

from __future__ import annotations

import dataclasses
import enum
import typing
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin
from uuid import UUID

import msgspec

from ptc_lisp.signature.hints import hints_of, python_signature
from ptc_lisp.signature.types import (
    ANY,
    IDENT,
    Field,
    ListOf,
    Primitive,
    Record,
    Signature,
    SignatureError,
    Type,
    with_optional,
)

_MAX_DEPTH = 8
_MAP = Primitive(name="map")
# In this order: bool is an int to Python, and a datetime is a date.
_SCALARS: tuple[tuple[type, str], ...] = (
    (bool, "bool"), (int, "int"), (float, "float"), (Decimal, "float"), (str, "string"), (bytes, "string"),
    (UUID, "string"), (PurePath, "string"), (datetime, "datetime"), (date, "string"),
)  # fmt: skip


def from_python(annotation: Any) -> Type:
    """The type for a Python annotation; `:any` for what a type cannot say. Never raises.

    Records come from TypedDict, dataclass, msgspec.Struct and pydantic models; what refers to itself, or nests very
    deeply, is `:map` inside. Dates without a time are ISO strings.
    """
    return _convert(annotation, ())


def from_function(fn: Callable[..., Any]) -> Signature:
    """The signature of a function whose parameters are filled by name; those with defaults are optional.

    `*args` and `**kwargs` are left out. Raises SignatureError for a positional-only parameter without default.
    """
    hints = hints_of(fn)
    fields: list[Field] = []
    for name, parameter in python_signature(fn).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.kind is parameter.POSITIONAL_ONLY:
            if parameter.default is parameter.empty:
                raise SignatureError(
                    f"the parameter {name} of {_name(fn)} is positional-only",
                    hint="tools are called by name: remove the / from the parameters",
                )
            continue
        if not IDENT.fullmatch(name):
            raise SignatureError(f"the parameter {name} of {_name(fn)} has a name that programs cannot write")
        kind = from_python(hints.get(name, Any))
        optional = kind.optional or parameter.default is not parameter.empty
        fields.append(Field(name, with_optional(kind, optional=optional)))
    returns = hints.get("return", Any)
    return Signature(tuple(fields), ANY if returns is None else from_python(returns))


def _name(fn: Callable[..., Any]) -> str:
    return getattr(fn, "__name__", type(fn).__name__)


def _convert(annotation: Any, outer: tuple[Any, ...]) -> Type:
    origin = get_origin(annotation)
    if origin in (Annotated, Required, NotRequired, typing.Final, typing.ClassVar):
        return _convert(get_args(annotation)[0], outer)
    if origin in (Union, UnionType):
        return _union(get_args(annotation), outer)
    if origin is Literal:
        return _of_values(get_args(annotation))
    if hasattr(annotation, "__supertype__"):
        return _convert(annotation.__supertype__, outer)
    if hasattr(annotation, "__value__"):  # a `type X = …` alias
        return _convert(annotation.__value__, outer) if len(outer) < _MAX_DEPTH else ANY
    cls: Any = origin or annotation
    if not isinstance(cls, type):
        return ANY
    if issubclass(cls, enum.Enum):
        return _of_values([member.value for member in cls])
    for scalar, name in _SCALARS:
        if issubclass(cls, scalar):
            return Primitive(name=name)
    fields = fields_of(cls)
    if fields is not None:
        return _record(cls, fields, outer)
    if issubclass(cls, Mapping):
        return _MAP
    if cls is not Iterable and not issubclass(cls, (Collection, Iterable)):
        return ANY
    return _list(cls, get_args(annotation), outer)


def _list(cls: type, args: tuple[Any, ...], outer: tuple[Any, ...]) -> Type:
    if len(outer) >= _MAX_DEPTH:
        return ListOf(item=ANY)
    if issubclass(cls, tuple):
        items = {_convert(arg, (*outer, cls)) for arg in args if arg is not Ellipsis}
        return ListOf(item=items.pop() if len(items) == 1 else ANY)
    return ListOf(item=_convert(args[0], (*outer, cls)) if len(args) == 1 else ANY)


def _union(options: tuple[Any, ...], outer: tuple[Any, ...]) -> Type:
    kinds = {_convert(option, outer) for option in options if option is not NoneType}
    optional = NoneType in options
    if kinds == {Primitive(name="int"), Primitive(name="float")}:
        return Primitive(name="float", optional=optional)
    if len(kinds) != 1:
        return Primitive(name="any", optional=optional)
    kind = kinds.pop()
    return with_optional(kind, optional=optional or kind.optional)


def _of_values(values: Iterable[Any]) -> Type:
    present = list(values)
    kinds = {from_python(type(value)) for value in present if value is not None}
    kind = kinds.pop() if len(kinds) == 1 else ANY
    return with_optional(kind, optional=None in present)


def _record(cls: type, fields: dict[str, tuple[Any, bool]], outer: tuple[Any, ...]) -> Type:
    if cls in outer or len(outer) >= _MAX_DEPTH or not all(IDENT.fullmatch(name) for name in fields):
        return _MAP
    inside = (*outer, cls)
    converted: list[Field] = []
    for name, (annotation, required) in fields.items():
        kind = _convert(annotation, inside)
        converted.append(Field(name, with_optional(kind, optional=kind.optional or not required)))
    return Record(fields=tuple(converted))


def fields_of(cls: Any) -> dict[str, tuple[Any, bool]] | None:
    """Name → (annotation, required) of a class that describes a record; None for any other class."""
    if typing.is_typeddict(cls):
        hints = hints_of(cls)
        return {name: (hint, _is_required(cls, name, hint)) for name, hint in hints.items()}
    if dataclasses.is_dataclass(cls):
        hints = hints_of(cls)
        missing = dataclasses.MISSING
        return {
            field.name: (
                hints.get(field.name, Any),
                field.default is missing and field.default_factory is missing,
            )
            for field in dataclasses.fields(cls)
            if field.init
        }
    if issubclass(cls, msgspec.Struct):
        try:
            infos = msgspec.structs.fields(cls)
        except NameError:  # an annotation that cannot be evaluated
            return None
        return {info.encode_name: (info.type, info.required) for info in infos}
    model_fields: Any = getattr(cls, "model_fields", None)
    if isinstance(model_fields, Mapping) and hasattr(cls, "model_validate"):  # a pydantic model
        return {
            info.alias or name: (info.annotation, info.is_required()) for name, info in model_fields.items()
        }
    return None


def _is_required(cls: Any, name: str, hint: Any) -> bool:
    # With postponed annotations the class itself does not know its marks.
    marks = {Required: True, NotRequired: False}
    return marks.get(get_origin(hint), name in cls.__required_keys__)
