"""Tool arguments and program inputs made to fit a signature: numbers out of text, dates out of ISO text, and so on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, Literal

from ptc_lisp.signature.checking import Problem, describe_value, find_field, fits_primitive
from ptc_lisp.signature.rendering import render
from ptc_lisp.signature.types import Field, ListOf, Primitive, Signature, Type

_INT = re.compile(r"[+-]?\d{1,400}")
_FLOAT_PREFIX = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


OfHost = Callable[[Any], Any]


class _Unfit(Exception):  # noqa: N818 - control flow of this module
    """The value cannot be made to fit."""


Validation = Literal["enabled", "strict", "warn_only", "disabled"]
"""What happens to values that a signature declares: `enabled` makes them fit or refuses them, `strict` converts nothing,
`warn_only` lets what does not fit through with a warning, `disabled` lets everything through as it is."""


def fit_args(
    signature: Signature, args: Mapping[str, Any], validation: Validation = "enabled"
) -> tuple[dict[str, Any], list[str], list[Problem]]:
    """`coerce_args` as a validation mode has it, for arguments that may be objects of the host: those that do not fit are
    looked at as programs get them."""
    from ptc_lisp.signature.host_values import as_value  # noqa: PLC0415 - not there in workers, which coerce too

    if validation == "disabled":
        return dict(args), [], []
    values, warnings, problems = coerce_args(
        signature, args, convert=validation != "strict", of_host=as_value
    )
    if problems and validation == "warn_only":
        return dict(args), [*warnings, *map(str, problems)], []
    return values, warnings, problems


def coerce_args(
    signature: Signature, args: Mapping[str, Any], *, convert: bool = True, of_host: OfHost | None = None
) -> tuple[dict[str, Any], list[str], list[Problem]]:
    """Arguments by name, made to fit: (arguments, warnings, problems).

    The result has the declared parameters only, named with `_` for `-`; a missing optional one stays missing. A
    signature without parameters lets everything through. Text turned into numbers, booleans or dates, and arguments
    that are left out, are told by warnings; with problems the arguments must not be used. Without `convert` nothing is
    turned into something else. of_host: gives what programs get for an object of the host.
    """
    if signature.open_params:
        return dict(args), [], []
    work = _Work(convert=convert, of_host=of_host)
    result = work.fields(signature.params, args, "")
    return result, work.warnings, work.problems


def coerce(kind: Type, value: Any, path: str = "value") -> tuple[Any, list[str], list[Problem]]:
    """One value made to fit: (value, warnings, problems)."""
    work = _Work()
    return work.value(kind, value, path), work.warnings, work.problems


class _Work:
    """Collects what one coercion has to say."""

    def __init__(self, *, convert: bool = True, of_host: OfHost | None = None) -> None:
        self._convert = convert
        self._of_host = of_host
        self.warnings: list[str] = []
        self.problems: list[Problem] = []

    def value(self, kind: Type, value: Any, path: str) -> Any:
        if value is None and (kind.optional or kind == Primitive(name="any")):
            return None
        if isinstance(kind, Primitive):
            return self._primitive(kind, value, path)
        if isinstance(kind, ListOf):
            if not isinstance(value, (list, tuple, set, frozenset)):
                return self._unfit(kind, value, path)
            return [self.value(kind.item, item, f"{path}[{index}]") for index, item in enumerate(value)]
        if not isinstance(value, Mapping):
            return self._unfit(kind, value, path)
        if not kind.fields:
            return dict(value)
        return self.fields(kind.fields, value, path, closed=kind.closed)

    def fields(
        self, fields: tuple[Field, ...], value: Mapping[str, Any], path: str, *, closed: bool = False
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        used: set[str] = set()
        for field in fields:
            key = find_field(value, field.name)
            place = f"{path}.{field.name}" if path else field.name
            if key is not None:
                used.add(key)
                result[field.name.replace("-", "_")] = self.value(field.type, value[key], place)
            elif not field.type.optional:
                self.problems.append(Problem(place, render(field.type).lstrip(":"), "nothing: it is missing"))
        self._leftovers([key for key in value if key not in used], fields, path, closed=closed)
        return result

    def _leftovers(self, keys: list[str], fields: tuple[Field, ...], path: str, *, closed: bool) -> None:
        names = [field.name for field in fields]
        for key in keys:
            place = f"{path}.{key}" if path else str(key)
            near = get_close_matches(str(key), names, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known: {', '.join(names) or 'none'}"
            if closed:
                self.problems.append(Problem(place, f"no such field ({advice})", "a value"))
            else:
                self.warnings.append(f"{place} is not a parameter and was left out; {advice}")

    def _primitive(self, kind: Primitive, value: Any, path: str) -> Any:
        convert = _CONVERSIONS.get(kind.name) if self._convert else None
        if value is None or (convert is None and not fits_primitive(kind.name, value)):
            return self._unfit(kind, value, path)
        if convert is None:
            return value
        try:
            result, silent = convert(value)
        except _Unfit:
            return self._unfit(kind, value, path)
        if not silent:
            self.warnings.append(f"{path}: {describe_value(value)} was read as {describe_value(result)}")
        return result

    def _unfit(self, kind: Type, value: Any, path: str) -> Any:
        # Times without a zone stay as they are: a signature wants one. What pandas has for "no time" equals nothing.
        is_time = isinstance(value, datetime) and value == value  # noqa: PLR0124
        if self._of_host is not None and not is_time and (plain := self._of_host(value)) is not value:
            return self.value(kind, plain, path)
        expected = render(kind).lstrip(":")
        if kind == Primitive(name="datetime", optional=kind.optional):
            expected += " (ISO text needs an offset, e.g. 2024-01-02T00:00:00Z)"
        self.problems.append(Problem(path, expected, describe_value(value)))
        return value


def _to_int(value: Any) -> tuple[Any, bool]:
    if fits_primitive("int", value):
        return value, True
    if isinstance(value, str) and _INT.fullmatch(value.strip()):
        return int(value.strip()), False
    raise _Unfit


def _to_float(value: Any) -> tuple[Any, bool]:
    if fits_primitive("float", value):
        try:
            return float(value), True
        except OverflowError:
            raise _Unfit from None
    match = _FLOAT_PREFIX.match(value.strip()) if isinstance(value, str) else None
    if match is None or not fits_primitive("float", float(match[0])):
        raise _Unfit
    return float(match[0]), False


def _to_bool(value: Any) -> tuple[Any, bool]:
    if isinstance(value, bool):
        return value, True
    if value in ("true", "false"):
        return value == "true", False
    raise _Unfit


def _to_string(value: Any) -> tuple[Any, bool]:
    if isinstance(value, str):
        return value, True
    if isinstance(value, date):
        return value.isoformat().replace("+00:00", "Z"), False
    raise _Unfit


def _to_datetime(value: Any) -> tuple[Any, bool]:
    parsed, silent = value, True
    if isinstance(value, str):
        try:
            parsed, silent = datetime.fromisoformat(value.strip()), False
        except ValueError:
            raise _Unfit from None
    if not isinstance(parsed, datetime) or parsed.tzinfo is None:
        raise _Unfit
    try:
        return parsed.astimezone(UTC), silent
    except OverflowError:  # before the year 1 or after 9999 there
        raise _Unfit from None


_CONVERSIONS: dict[str, Callable[[Any], tuple[Any, bool]]] = {
    "int": _to_int,
    "float": _to_float,
    "bool": _to_bool,
    "string": _to_string,
    "datetime": _to_datetime,
}
