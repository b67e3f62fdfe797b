"""Advice about tokens that touch or assign: what other languages mean by `f(x)`, `x[0]`, `f"…"`, `x = 5`.

Two forms of a program are apart by a space, a comma or a line end; where they touch, another language was meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from ptc_lisp.analyzer.foreign import FOREIGN
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.reader.forms import (
    Form,
    ListForm,
    LiteralForm,
    MapForm,
    QuoteForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VectorForm,
)

_MAX_SHOWN = 80


def advise(trap: Trap, path: tuple[Form, ...], forms: Sequence[Form], text: str) -> str | None:
    """A hint for a fault at the last form of `path`; None when its neighbours do not touch it."""
    if not path or trap.kind not in _KINDS:
        return None
    form = path[-1]
    around = inside(path[-2]) if len(path) > 1 else forms
    at = next(i for i, item in enumerate(around) if item is form)
    before = around[at - 1] if at else None
    after = around[at + 1] if at + 1 < len(around) else None
    if trap.kind is FaultKind.UNBOUND_VAR:
        return _name(form, before, after, text)
    if isinstance(form, ListForm) and isinstance(before, SymbolForm) and before.end == form.start:
        return f"parentheses stand around the whole call: {_cut(f'({before.text} {text[form.start + 1 : form.end]}')}"
    if isinstance(form, ListForm) and trap.kind is FaultKind.ARITY_ERROR:
        return _assignment(form, text) or _index(form, text)
    return None


_KINDS = frozenset({FaultKind.UNBOUND_VAR, FaultKind.ARITY_ERROR, FaultKind.NOT_CALLABLE})


def _name(form: Form, before: Form | None, after: Form | None, text: str) -> str | None:
    if _is_text(before) and before is not None and before.end == form.start:
        return 'a quote inside a string is written \\"'
    if _is_text(after) and after is not None and form.end == after.start:
        return 'strings take no prefix: write (str "total " x), or (format "total %s" x)'
    if isinstance(after, SymbolForm) and after.text == "=" and isinstance(form, SymbolForm):
        return f"to name a value write (def {form.text} …), or (let [{form.text} …] …)"
    if isinstance(after, ListForm) and isinstance(form, SymbolForm) and form.end == after.start:
        instead = FOREIGN.get(form.text)
        whole = _cut(f"({form.text} {text[after.start + 1 : after.end]}")
        return f"parentheses stand around the whole call: {instead or whole}"
    return None


def _assignment(call: ListForm, text: str) -> str | None:
    """`(def x = 5)`."""
    if len(call.items) < 4 or not isinstance(call.items[2], SymbolForm) or call.items[2].text != "=":
        return None
    head, name = (text[item.start : item.end] for item in call.items[:2])
    return f"leave out the =: {_cut(f'({head} {name} {text[call.items[3].start : call.end]}')}"


def _index(call: ListForm, text: str) -> str | None:
    """`(count rows[0])`."""
    for left, right in zip(call.items, call.items[1:], strict=False):
        if isinstance(right, VectorForm) and left.end == right.start and right.items:
            item = text[right.items[0].start : right.items[0].end]
            return f"to read an item write {_cut(f'(get {text[left.start : left.end]} {item})')}"
    return None


def _is_text(form: Form | None) -> bool:
    return isinstance(form, LiteralForm) and isinstance(form.value, str)


def inside(form: Form) -> Sequence[Form]:
    """The forms directly inside a form."""
    if isinstance(form, ListForm | VectorForm | MapForm | SetForm | ShortFnForm):
        return form.items
    return (form.form,) if isinstance(form, QuoteForm) else ()


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MAX_SHOWN else f"{flat[: _MAX_SHOWN - 1]}…"
