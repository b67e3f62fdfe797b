"""What only pydantic can read: its models, its types, its limits. It is imported only for a type that holds one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from ptc_lisp.signature.python_types import fields_of

_MAX_DEPTH = 8
_HOMES = ("pydantic", "pydantic_core", "annotated_types")


def needs_pydantic(annotation: Any) -> bool:
    """Whether a type is one of pydantic, or holds one, or says limits in its way: `Annotated[int, Field(gt=3)]`."""
    return any(_parts(annotation, 0))


def has_limits(annotation: Any) -> bool:
    """Whether a type says limits in pydantic's way outside of its models, so that reading it otherwise would pass over them."""
    return "limits" in _parts(annotation, 0)


def adapter(annotation: Any) -> Any:
    """Pydantic's reader of a type (`validate_python`).

    Raises:
        TypeError: it cannot read the type, or is not installed; the message says why.
    """
    try:
        import pydantic  # noqa: PLC0415 - only programs that use it already pay for it

        return pydantic.TypeAdapter(annotation)
    except Exception as error:  # it raises many classes for types that it does not understand
        raise TypeError(str(error).partition("\n")[0]) from error


def _parts(annotation: Any, depth: int) -> Iterator[str]:
    """`limits` for each limit, `type` for each type of pydantic."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from ("limits" for extra in args[1:] if _is_limit(extra))
        args = args[:1]
    cls = origin or annotation
    if isinstance(cls, type):
        if hasattr(cls, "__get_pydantic_core_schema__") or hasattr(cls, "__pydantic_validator__"):
            yield "type"
            return
        args = (*args, *(kind for kind, _ in (fields_of(cls) or {}).values()))
    if depth < _MAX_DEPTH and origin is not Literal:
        for inner in args:
            yield from _parts(inner, depth + 1)


def _is_limit(extra: Any) -> bool:
    home = type(extra).__module__.partition(".")[0]
    return home in _HOMES or hasattr(extra, "__get_pydantic_core_schema__")
