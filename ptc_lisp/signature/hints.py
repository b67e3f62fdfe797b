"""What functions and classes of a host say about themselves: parameters, and evaluated annotations."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any


def python_signature(fn: Callable[..., Any]) -> inspect.Signature:
    """How a function is called, whatever its annotations are. Raises TypeError or ValueError, as `inspect.signature`."""
    if sys.version_info >= (3, 14):
        import annotationlib  # noqa: PLC0415 - new in 3.14, where annotations are evaluated when they are asked for

        return inspect.signature(fn, annotation_format=annotationlib.Format.FORWARDREF)
    return inspect.signature(fn)


def hints_of(subject: Any) -> dict[str, Any]:
    """The annotations of a class, a function, a `functools.partial` or an object that can be called, by name. One that cannot be
    evaluated is `Any`. Never raises."""
    target = subject
    while isinstance(target, partial):
        target = target.func
    if not isinstance(target, type) and not inspect.isroutine(target):
        target = type(target).__call__
    found = _evaluated(target)
    if found is not None:
        return found
    # One name that is known to type checkers only must not cost the others their types.
    home = sys.modules.get(getattr(target, "__module__", ""))
    names = getattr(inspect.unwrap(target), "__globals__", None) or getattr(home, "__dict__", {})
    hints: dict[str, Any] = {}
    for name, annotation in _written(target).items():
        alone = SimpleNamespace(__annotations__={name: annotation})
        hints[name] = (_evaluated(alone, names) or {}).get(name, Any)
    return hints


def _evaluated(target: Any, names: dict[str, Any] | None = None) -> dict[str, Any] | None:
    try:
        return typing.get_type_hints(target, globalns=names, include_extras=True)
    except Exception:  # noqa: BLE001 - evaluating an annotation runs code of the host, which may raise anything
        return None


def _written(target: Any) -> dict[str, Any]:
    """Annotations as they are, evaluated where that is possible."""
    if sys.version_info >= (3, 14):
        import annotationlib  # noqa: PLC0415 - as above

        return annotationlib.get_annotations(target, format=annotationlib.Format.FORWARDREF)
    return getattr(target, "__annotations__", {})
