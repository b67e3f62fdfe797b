"""Forms taken apart, as far as following rows through a program needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VectorForm,
)

_THREADS = {"->>": -1, "->": 1}


def unthreaded(form: Form) -> Form:
    """`(->> x (f a))` as `(f a x)`, `(-> x (f a))` as `(f x a)`; other forms as they are."""
    while isinstance(form, ListForm) and len(form.items) > 1 and name_of(form.items[0]) in _THREADS:
        place = _THREADS[str(name_of(form.items[0]))]
        inner = form.items[1]
        for stage in form.items[2:]:
            items = stage.items if isinstance(stage, ListForm) else (stage,)
            items = (*items, inner) if place < 0 else (*items[:1], inner, *items[1:])
            inner = ListForm(form.start, form.end, items)
        form = inner
    return form


def parameters(function: Form) -> tuple[str | None, list[str], tuple[Form, ...]]:
    """The name of a function's only parameter, the keys that it takes out of it, and the body."""
    if isinstance(function, ShortFnForm):
        return "%", [], (ListForm(function.start, function.end, function.items),)
    if isinstance(function, ListForm) and len(function.items) > 2 and name_of(function.items[0]) == "fn":
        params = function.items[1]
        if isinstance(params, VectorForm) and len(params.items) == 1:
            only = params.items[0]
            if isinstance(only, SymbolForm):
                return only.text, [], function.items[2:]
            if isinstance(only, MapForm):
                return None, _taken(only), function.items[2:]
    return None, [], ()


def _taken(pattern: MapForm) -> list[str]:
    """The keys of `{:keys [a b]}`."""
    for key, names in zip(pattern.items[::2], pattern.items[1::2], strict=True):
        if isinstance(key, KeywordForm) and key.name == "keys" and isinstance(names, VectorForm):
            return [name.name for name in names.items if isinstance(name, SymbolForm | KeywordForm)]
    return []


def read_key(form: Form, row: str | None) -> str | None:
    """The key in `(:key row)`, `(get row :key)` and `(row :key)`."""
    if row is None or not isinstance(form, ListForm) or len(form.items) not in (2, 3):
        return None
    head, *rest = form.items
    if isinstance(head, KeywordForm) and len(rest) == 1 and is_name(rest[0], row):
        return head.name
    if name_of(head) == "get" and len(rest) == 2 and is_name(rest[0], row):
        return _key_of(rest[1])
    if is_name(head, row) and len(rest) == 1:
        return _key_of(rest[0])
    return None


def compared(form: Form, row: str | None) -> tuple[str | None, list[Any]]:
    """The key and the values in `(= (:key row) value)` and `(#{value ...} (:key row))`."""
    if row is None or not isinstance(form, ListForm) or len(form.items) < 2:
        return None, []
    head, *rest = form.items
    if name_of(head) == "=" and len(rest) == 2:
        for looked, other in (rest, rest[::-1]):
            key = read_key(looked, row)
            if key is not None and isinstance(other, LiteralForm) and isinstance(other.value, str):
                return key, [other.value]
    if isinstance(head, SetForm) and len(rest) == 1:
        values = [
            item.value for item in head.items if isinstance(item, LiteralForm) and isinstance(item.value, str)
        ]
        return read_key(rest[0], row), values
    return None, []


def _key_of(form: Form) -> str | None:
    if isinstance(form, KeywordForm):
        return form.name
    return form.value if isinstance(form, LiteralForm) and isinstance(form.value, str) else None


def is_name(form: Form, name: str) -> bool:
    """Whether a form is that name; `%1` is `%`."""
    return isinstance(form, SymbolForm) and form.text in ((name, "%1") if name == "%" else (name,))


def name_of(form: Form) -> str | None:
    """The text of a symbol; None for other forms."""
    return form.text if isinstance(form, SymbolForm) else None


def bound_names(target: Form) -> Iterator[str]:
    """The names that a pattern binds."""
    for form in deep((target,)):
        if isinstance(form, SymbolForm):
            yield form.text


def deep(forms: Sequence[Form]) -> Iterator[Form]:
    """The forms and all that is in them."""
    for form in forms:
        plain = unthreaded(form)
        yield plain
        yield from deep(parts_of(plain))


def parts_of(form: Form) -> tuple[Form, ...]:
    """The forms right inside of one."""
    items = getattr(form, "items", ())
    return cast("tuple[Form, ...]", items)
