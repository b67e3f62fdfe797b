"""Looking at forms: short descriptions for messages, equality of key forms, and nodes spliced into forms."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, cast

import msgspec

from ptc_lisp.core import nodes as n
from ptc_lisp.core.unparse import literal_text
from ptc_lisp.reader.forms import (
    Form,
    KeywordForm,
    ListForm,
    LiteralForm,
    MapForm,
    QuoteForm,
    RegexForm,
    SetForm,
    ShortFnForm,
    SymbolForm,
    VarForm,
    VectorForm,
)

_SHOWN = 40


class Spliced(msgspec.Struct, frozen=True):
    """A form that was already analysed. Macros put it into the forms that they make."""

    start: int
    end: int
    node: n.Node


def splice(node: n.Node) -> Form:
    """The node as a form."""
    return cast("Form", Spliced(node.start, node.end, node))


def symbol_text(form: Form) -> str | None:
    """The name of a symbol without namespace; None for every other form."""
    return form.name if isinstance(form, SymbolForm) and form.ns is None else None


def make_list(place: Form, *items: Form) -> ListForm:
    """A list that stands at the place of another form."""
    return ListForm(place.start, place.end, items)


def form_text(form: Form) -> str:
    """The form as text on one line, cut to about 40 characters."""
    parts: list[str] = []
    room = _SHOWN
    for piece in _pieces(form):
        parts.append(piece)
        room -= len(piece)
        if room <= 0:
            break
    text = "".join(parts)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def what(form: Form) -> str:
    """The form for a sentence: `the number 5`, `the vector [a b]`."""
    return f"{_kind(form)} {form_text(form)}".lstrip()


def _kind(form: Form) -> str:
    match form:
        case LiteralForm(value=bool()):
            return "the boolean"
        case LiteralForm(value=None):
            return ""
        case LiteralForm(value=str()):
            return "the string"
        case LiteralForm():
            return "the number"
        case SymbolForm():
            return "the name"
        case KeywordForm():
            return "the keyword"
        case VectorForm():
            return "the vector"
        case MapForm():
            return "the map"
        case SetForm():
            return "the set"
        case ListForm():
            return "the list"
        case ShortFnForm():
            return "the function"
        case _:
            return "the form"


def _pieces(form: Form) -> Iterator[str]:
    match form:
        case SymbolForm():
            yield form.text
        case KeywordForm():
            yield f":{form.name}"
        case LiteralForm():
            yield literal_text(form.value)
        case RegexForm():
            yield f'#"{form.pattern}"'
        case ListForm():
            yield from _between("(", form.items, ")")
        case VectorForm():
            yield from _between("[", form.items, "]")
        case MapForm():
            yield from _between("{", form.items, "}")
        case SetForm():
            yield from _between("#{", form.items, "}")
        case ShortFnForm():
            yield from _between("#(", form.items, ")")
        case QuoteForm():
            yield "'"
            yield from _pieces(form.form)
        case VarForm():
            yield f"#'{form.symbol.text}"
        case _:
            yield "…"


def _between(opener: str, items: tuple[Form, ...], closer: str) -> Iterator[str]:
    yield opener
    for index, item in enumerate(items):
        if index:
            yield " "
        yield from _pieces(item)
    yield closer


_unequal = count()


def form_key(form: Form) -> Any:
    """A hashable value that is equal for forms that count as the same key of a map or set literal.

    Lists and vectors with the same items are alike, map and set literals are unordered, regexes and `#()` never equal.
    """
    match form:
        case SymbolForm():
            return ("symbol", form.text)
        case KeywordForm():
            return ("keyword", form.name)
        case LiteralForm():
            return (type(form.value).__name__, form.value)
        case ListForm() | VectorForm():
            return ("sequence", *[form_key(item) for item in form.items])
        case MapForm():
            keys = [form_key(item) for item in form.items]
            return ("map", frozenset(zip(keys[::2], keys[1::2], strict=True)))
        case SetForm():
            return ("set", frozenset([form_key(item) for item in form.items]))
        case QuoteForm():
            return ("quote", form_key(form.form))
        case VarForm():
            return ("var", form.symbol.text)
        case _:
            return ("unequal", next(_unequal))


def symbols_in(forms: tuple[Form, ...]) -> Iterator[SymbolForm]:
    """All symbols inside, also in nested `#()`; quoted ones are left out."""
    stack: list[Form] = list(reversed(forms))
    while stack:
        form = stack.pop()
        match form:
            case SymbolForm():
                yield form
            case ListForm() | VectorForm() | MapForm() | SetForm() | ShortFnForm():
                stack.extend(reversed(form.items))
            case VarForm():
                yield form.symbol
            case _:
                pass
