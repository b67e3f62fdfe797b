"""The few kinds of tool arguments that can be told wrong from the text of a program alone."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ptc_lisp.signature import Type

_PYTHON: dict[Any, str] = {
    int: "int", float: "float", str: "string", bool: "bool",
    list: "list", tuple: "list", set: "list", frozenset: "list", Sequence: "list", AbstractSet: "list",
    dict: "map", Mapping: "map",
}  # fmt: skip
_DECLARED = {"int": "int", "float": "float", "string": "string", "bool": "bool", "map": "map"}


def kind_of_annotation(kind: Any) -> str | None:
    """`int`, `float`, `string`, `bool`, `list` or `map` for a Python type, None when it is none of these."""
    if any(hasattr(extra, "func") for extra in getattr(kind, "__metadata__", ())):
        return None  # a validator of pydantic, which may take other kinds
    kind = unannotated(kind)
    origin = typing.get_origin(kind)
    if origin in {typing.Union, types.UnionType}:
        inner = [part for part in typing.get_args(kind) if part is not type(None)]
        return kind_of_annotation(inner[0]) if len(inner) == 1 else None
    try:
        return _PYTHON.get(kind if origin is None else origin)
    except TypeError:  # an annotation that has no hash
        return None


def unannotated(kind: Any) -> Any:
    """`T` for `Annotated[T, ...]`."""
    return typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind


def kind_of_declared(kind: Type) -> str | None:
    """The same for the type of a signature."""
    from ptc_lisp.signature import ListOf, Primitive  # noqa: PLC0415 - loads a grammar, only needed for such tools

    if isinstance(kind, Primitive):
        return _DECLARED.get(kind.name)
    return "list" if isinstance(kind, ListOf) else "map"


def lisp_name(name: str) -> str:
    """A parameter as programs write it."""
    return name.rstrip("_").replace("_", "-")
