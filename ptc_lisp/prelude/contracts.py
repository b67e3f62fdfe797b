"""Exports with a signature: their arguments are made to fit before a call, and their result is checked after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ptc_lisp.faults import FaultKind, Phase, Trap
from ptc_lisp.prelude.parts import Export
from ptc_lisp.signature.checking import Problem, check
from ptc_lisp.signature.coercion import coerce
from ptc_lisp.signature.types import ANY, Field, Primitive, Signature, Type
from ptc_lisp.values.outward import to_host
from ptc_lisp.values.types import Value

Function = Callable[..., Value]

_CLASSES = {"int": int, "string": str, "bool": bool}
"""Types of which every value of a class is one."""


def guarded(export: Export, fn: Function) -> Function:
    """The function with the checks of its signature around it; itself without one."""
    if export.contract is None:
        return fn
    signature = msgspec.convert(export.contract, Signature)
    fields = (
        None if signature.open_params or all(f.type == ANY for f in signature.params) else signature.params
    )
    returns = None if signature.returns == ANY else signature.returns
    classes = [_class_of(field.type) for field in fields or ()]
    gives = None if returns is None else _class_of(returns)

    def call(*args: Value) -> Value:
        if fields is not None and [arg.__class__ for arg in args] != classes:
            args = tuple(_fitting(export, fields, args))
        value = fn(*args)
        if returns is not None and value.__class__ is not gives:
            _check_result(export, returns, value)
        return value

    return call


def _class_of(kind: Type) -> type | None:
    return _CLASSES.get(kind.name) if isinstance(kind, Primitive) else None


def _fitting(export: Export, fields: tuple[Field, ...], args: tuple[Value, ...]) -> list[Value]:
    """The arguments: as they are when they fit, else converted. Raises Trap (validation_error)."""
    found: list[Value] = []
    problems: list[Problem] = []
    for field, arg in zip(fields, args, strict=True):
        if field.type == ANY:
            found.append(arg)
            continue
        host = to_host(arg)
        if not check(field.type, host, field.name, limit=1):
            found.append(arg)
            continue
        made, _, wrong = coerce(field.type, host, field.name)
        found.append(made)
        problems += wrong
    if problems:
        hint = f"call it like ({' '.join([export.ref, *(f.name for f in fields)])}) with {export.signature}"
        raise _unfit(export, "cannot be called so", problems, hint)
    return found


def _check_result(export: Export, returns: Type, value: Any) -> None:
    problems = check(returns, to_host(value))
    if problems:
        hint = "the prelude does not keep its signature: go on without this function, or tell who wrote it"
        raise _unfit(export, "gave what its signature does not allow", problems, hint)


def _unfit(export: Export, what: str, problems: list[Problem], hint: str) -> Trap:
    said = [str(problem) for problem in problems]
    return Trap(
        FaultKind.VALIDATION_ERROR,
        f"{export.ref} {what}: {'; '.join(said)}",
        hint=hint,
        details={"ref": export.ref, "problems": said},
        phase=Phase.RUN,
    )
