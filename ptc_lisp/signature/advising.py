"""How a value that does not fit a type could be made to fit, as one hint for whoever wrote the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple, cast

from ptc_lisp.signature.checking import check, find_field, fits_primitive
from ptc_lisp.signature.types import Field, ListOf, Primitive, Record, Type

Language = Literal["ptc-lisp", "ptc-json"]

_NUMBERS = frozenset({"int", "float"})
_MOST_FIELDS = 4


class _Forms(NamedTuple):
    """How a language writes what helps; "" where it has nothing for it. `{}`: the name of a field."""

    field: str = "(:{} x)"
    key: str = ":{}"
    listed: str = "write (vals x), or [x] for a list of one"
    first: str = "write (first x)"
    one_number: str = "(first x), (count x) or (sum x)"
    one_text: str = '(first x) or (join ", " x)'
    whole: str = "write (round x), which gives an int"
    parsed_int: str = "write (parse-long x)"
    parsed_float: str = "write (parse-double x)"
    printed: str = "write (str x)"


_LISP = _Forms()
_JSON = _Forms(
    field='{{"op": "get", "field": "{}"}}',
    key='"{}"',
    listed='put it into a list, {"op": "list", "items": [x]}',
    first='end with {"op": "first"}',
    one_number="end with first, count or sum",
    one_text="end with first or join_text",
    whole="",
    parsed_int="",
    parsed_float="",
    printed='write {"op": "text", "parts": [x]}',
)


def advice(kind: Type, value: Any, language: Language = "ptc-lisp") -> str | None:
    """What to write for the first part of a value that does not fit; None if there is nothing better to say than what was
    expected. The proposed code calls the value `x`.

    >>> advice(parse(":string").returns, {"name": "Ada", "id": 1})
    'a map was returned: take one field of it, (:name x)'
    """
    forms = _JSON if language == "ptc-json" else _LISP
    failing = _first_failing(kind, value)
    if failing is None:
        return None
    wanted, found = failing
    if isinstance(wanted, Primitive):
        return _to_primitive(wanted.name, found, forms)
    if isinstance(wanted, ListOf):
        return f"a map was returned: {forms.listed}" if _is_map(found) else None
    return _to_record(wanted, found, forms)


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


def _to_primitive(name: str, value: Any, forms: _Forms) -> str | None:
    if _is_map(value):
        fitting = [str(k) for k, v in value.items() if v is not None and fits_primitive(name, v)]
        if name == "map" or not fitting:
            return None
        fields = " or ".join(forms.field.format(field) for field in fitting[:_MOST_FIELDS])
        return f"a map was returned: take one field of it, {fields}"
    if _is_list(value):
        if len(value) == 1 and fits_primitive(name, value[0]):
            return f"a list of one was returned: {forms.first}"
        what = forms.one_number if name in _NUMBERS else forms.one_text
        return f"a list was returned, one value is wanted: {what}"
    return _convert(name, value, forms) or None


def _convert(name: str, value: Any, forms: _Forms) -> str:
    if name == "int" and isinstance(value, float):
        return forms.whole
    if name in _NUMBERS and isinstance(value, str):
        return forms.parsed_int if name == "int" else forms.parsed_float
    if name == "string" and isinstance(value, int | float):
        return forms.printed
    return ""


def _to_record(kind: Record, value: Any, forms: _Forms) -> str | None:
    if _is_list(value):
        if len(value) == 1 and not check(kind, value[0], limit=1):
            return f"a list of one was returned: {forms.first}"
        between, colon = (", ", ":") if forms is _JSON else (" ", "")
        named = between.join(f"{forms.key.format(field.name)}{colon} …" for field in kind.fields)
        return f"one map is wanted: {{{named}}}"
    if not _is_map(value):
        return None
    missing = [f for f in kind.fields if not f.type.optional and find_field(value, f.name) is None]
    used = {find_field(value, field.name) for field in kind.fields}
    spare = {str(key): item for key, item in value.items() if key not in used}
    renamed = [(_meant(field, spare), field.name) for field in missing]
    if missing and all(old for old, _ in renamed) and len({old for old, _ in renamed}) == len(missing):
        pairs = (f"{forms.key.format(old)} to {forms.key.format(new)}" for old, new in renamed)
        return f"rename {', '.join(pairs)}"
    names = ", ".join(forms.key.format(field.name) for field in missing)
    return f"add {names} to the map" if missing else None


def _meant(field: Field, spare: Mapping[str, Any]) -> str | None:
    """The key that probably holds a missing field: spelled much alike, or the only one whose value fits."""
    fitting = [key for key, item in spare.items() if not check(field.type, item, limit=1)]
    alike = get_close_matches(field.name, fitting, n=1, cutoff=0.6)
    return alike[0] if alike else fitting[0] if len(fitting) == 1 else None


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: Any) -> bool:
    return isinstance(cast("object", value), Sequence) and not isinstance(value, str | bytes)
