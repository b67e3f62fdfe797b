"""How a value that does not fit a type could be made to fit, as one hint for whoever wrote the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast

from ptc_lisp.signature.checking import check, find_field, fits_primitive
from ptc_lisp.signature.types import Field, ListOf, Primitive, Record, Type

_NUMBERS = frozenset({"int", "float"})
_MOST_FIELDS = 4


def advice(kind: Type, value: Any) -> str | None:
    """What to write for the first part of a value that does not fit, None when there is nothing better to say than what
    was expected. Forms name the value `x`.

    >>> advice(parse(":string").returns, {"name": "Ada", "id": 1})
    'a map was returned: take one field of it, (:name x)'
    """
    failing = _first_failing(kind, value)
    if failing is None:
        return None
    wanted, found = failing
    if isinstance(wanted, Primitive):
        return _to_primitive(wanted.name, found)
    if isinstance(wanted, ListOf):
        return "a map was returned: write (vals x), or [x] for a list of one" if _is_map(found) else None
    return _to_record(wanted, found)


def _first_failing(kind: Type, value: Any) -> tuple[Type, Any] | None:
    """The innermost type and value of the first problem."""
    if not check(kind, value, limit=1):
        return None
    if isinstance(kind, ListOf) and _is_list(value):
        return next((f for item in value if (f := _first_failing(kind.item, item))), None)
    if isinstance(kind, Record) and _is_map(value):
        for field in kind.fields:
            key = find_field(value, field.name)
            if key is None and not field.type.optional:
                return kind, value
            inner = None if key is None else _first_failing(field.type, value[key])
            if inner is not None:
                return inner
    return kind, value


def _to_primitive(name: str, value: Any) -> str | None:
    if _is_map(value):
        fitting = [str(k) for k, v in value.items() if v is not None and fits_primitive(name, v)]
        if name == "map" or not fitting:
            return None
        fields = " or ".join(f"(:{field} x)" for field in fitting[:_MOST_FIELDS])
        return f"a map was returned: take one field of it, {fields}"
    if _is_list(value):
        if len(value) == 1 and fits_primitive(name, value[0]):
            return "a list of one was returned: write (first x)"
        what = "(first x), (count x) or (sum x)" if name in _NUMBERS else '(first x) or (join ", " x)'
        return f"a list was returned, one value is wanted: {what}"
    return _convert(name, value)


def _convert(name: str, value: Any) -> str | None:
    if name == "int" and isinstance(value, float):
        return "write (round x), which gives an int"
    if name in _NUMBERS and isinstance(value, str):
        return f"write ({'parse-long' if name == 'int' else 'parse-double'} x)"
    if name == "string" and isinstance(value, int | float):
        return "write (str x)"
    return None


def _to_record(kind: Record, value: Any) -> str | None:
    if _is_list(value):
        if len(value) == 1 and not check(kind, value[0], limit=1):
            return "a list of one was returned: write (first x)"
        return f"one map is wanted: {{{' '.join(f':{field.name} …' for field in kind.fields)}}}"
    if not _is_map(value):
        return None
    missing = [f for f in kind.fields if not f.type.optional and find_field(value, f.name) is None]
    used = {find_field(value, field.name) for field in kind.fields}
    spare = {str(key): item for key, item in value.items() if key not in used}
    renamed = [(_meant(field, spare), field.name) for field in missing]
    if missing and all(old for old, _ in renamed) and len({old for old, _ in renamed}) == len(missing):
        return f"rename {', '.join(f':{old} to :{new}' for old, new in renamed)}"
    return f"add {', '.join(f':{field.name}' for field in missing)} to the map" if missing else None


def _meant(field: Field, spare: Mapping[str, Any]) -> str | None:
    """The key that probably holds a missing field: spelled much alike, or the only one whose value fits."""
    fitting = [key for key, item in spare.items() if not check(field.type, item, limit=1)]
    alike = get_close_matches(field.name, fitting, n=1, cutoff=0.6)
    return alike[0] if alike else fitting[0] if len(fitting) == 1 else None


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> bool:
    return isinstance(cast("object", value), Sequence) and not isinstance(value, str | bytes)
