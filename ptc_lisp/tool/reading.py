"""How the value of an argument becomes one of its annotated type."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import msgspec

Reader = Callable[[Any, bool], Any]
"""Takes a value, and whether nothing may be converted. Raises ValueError for a value that does not fit, TypeError for a type
that msgspec does not know."""

_FOREIGN = frozenset({"pydantic", "annotated_types"})  # a type that needs them has loaded them
_PLAIN: tuple[Any, ...] = (str, int, float, bool, list, dict)


def reader_of(kind: Any) -> Reader:
    """The reader of an annotation.

    Raises:
        TypeError: it says limits in pydantic's way, and pydantic cannot read it.
    """
    if kind not in _PLAIN and not _FOREIGN.isdisjoint(sys.modules):
        from ptc_lisp.signature.pydantic_types import adapter, has_limits, needs_pydantic  # noqa: PLC0415 - rarely needed

        if needs_pydantic(kind):
            try:
                return _by_pydantic(adapter(kind))
            except TypeError:
                if has_limits(kind):
                    raise
    return _by_msgspec(kind)


def _by_pydantic(adapter: Any) -> Reader:
    return lambda value, strict: adapter.validate_python(value, strict=strict or None)


def _by_msgspec(kind: Any) -> Reader:
    return lambda value, strict: msgspec.convert(value, kind, strict=strict, dec_hook=_made)


def _made(kind: Any, value: Any) -> Any:
    """For msgspec: a path of its text, a model of pydantic. Other types that it does not know stay, for it to judge."""
    if hasattr(kind, "model_validate"):
        return kind.model_validate(value)
    return kind(value) if issubclass(kind, PurePath) and isinstance(value, str) else value
