"""Placeholders of a mission text. In programs `{{region}}` becomes a reference to the data, `data/region`, never the
value, so that data does not land in the prompt; where there are no programs, the text is filled with values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ptc_lisp.signature import ListOf, Primitive, Record, Type
from subagent.prompting.mustache import (
    ABSENT,
    Node,
    Section,
    TemplateError,
    Text,
    Variable,
    field_of,
    place,
    template,
)
from subagent.prompting.preview import Language

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*)\s*\}\}")
_COMMENT = re.compile(r"\{\{!.*?\}\}", re.DOTALL)
_COMMENT_LINE = re.compile(r"^[^\S\n]*\{\{!(?:(?!\}\}).)*\}\}[^\S\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_MOST_LOOKED_AT = 200
_MOST_PARAGRAPHS = 50
_INSIDE_ANY = ("map", "any")


def placeholders(text: str) -> tuple[str, ...]:
    """The top-level names that a text refers to, in order, each once. Raises TemplateError, a ValueError."""
    return template(text).names()


def filled(text: str, language: Language = "ptc-lisp") -> str:
    """The text with every placeholder replaced by the expression that reads it in a program, in PTC-JSON by its path.
    Anything else in braces stays: a task is not a template, and may quote one."""
    if language == "ptc-json":
        return _VARIABLE.sub(lambda match: f"`{match[1]}`", text)
    return _VARIABLE.sub(lambda match: reference(match[1].split(".")), text)


def without_comments(text: str) -> str:
    """The text without `{{! comments }}`, and without the lines that hold nothing else."""
    return _COMMENT.sub("", _COMMENT_LINE.sub("", text))


def check_references(text: str) -> None:
    """Raises TemplateError when the text has anything but names and comments: sections need values."""
    for node in template(text).nodes:
        if isinstance(node, Section) or (isinstance(node, Variable) and not node.path):
            words = f"{node.source} needs a value, and programs read values as data/name: only {{{{name}}}} can stand here"
            raise TemplateError(words, *place(text, node.at))


def embedded(text: str, data: Mapping[str, Any]) -> str:
    """The text with its tags filled from the data; a name that the data does not have stays as it stands. What quotes
    something else in braces, as a task may, is no template: only names are filled from that paragraph on."""
    parts = text.split("\n\n")
    for count in range(len(parts), max(0, len(parts) - _MOST_PARAGRAPHS), -1):
        try:
            filled_in = template("\n\n".join(parts[:count])).render(data, missing="keep")
        except TemplateError:
            continue
        return "\n\n".join([filled_in, *(_names_filled(part, data) for part in parts[count:])])
    return _names_filled(text, data)


def _names_filled(text: str, data: Mapping[str, Any]) -> str:
    return _VARIABLE.sub(lambda match: template(match[0]).render(data, missing="keep"), text)


def unknown(text: str, names: Iterable[str], data: Mapping[str, Any] | None = None) -> str | None:
    """What to say about the first tag that refers to nothing: its name is not among `names`, and no item of the sections around it
    has it, as far as `data` tells what their items are; None when there is no such tag."""
    known = dict.fromkeys(names, _ANYTHING)
    return _unfound(template(text).nodes, ([{**known, **(data or {})}],))


_ANYTHING = object()
"""A value of which nothing is known."""


def _unfound(nodes: Iterable[Node], scopes: tuple[list[Any], ...]) -> str | None:
    """scopes: the values that may be the current one, from the outermost section to the innermost."""
    for node in nodes:
        if isinstance(node, Text):
            continue
        values = _values(node, scopes)
        if values is None:
            listed = dict.fromkeys(key for scope in scopes for holder in scope for key in _keys(holder))
            return f"{node.source if isinstance(node, Section) else f'{{{{{node.path[0]}}}}}'} refers to nothing; {_near(node.path[0], listed)}"
        if isinstance(node, Section):
            inner = scopes if node.inverted else (*scopes, _items(values))
            # Where there are no items, nobody knows what they would have.
            wrong = _unfound(node.children, inner) if inner[-1] and _ANYTHING not in inner[-1] else None
            if wrong is not None:
                return wrong
    return None


def _values(node: Variable | Section, scopes: tuple[list[Any], ...]) -> list[Any] | None:
    """The values that a tag may stand for; None when no scope has its name."""
    if not node.path:
        return scopes[-1]
    for scope in reversed(scopes):
        found = [value for holder in scope if (value := field_of(holder, node.path[0])) is not ABSENT]
        if found:
            break
    else:
        return None
    for name in node.path[1:]:
        found = [_ANYTHING if each is _ANYTHING else field_of(each, name) for each in found]
        found = [each for each in found if each is not ABSENT]
    return found


def _items(values: Iterable[Any]) -> list[Any]:
    """The current values inside of a section over these."""
    items: list[Any] = []
    for value in values:
        several = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        items += value[:_MOST_LOOKED_AT] if several else [value]
    return [item for item in items[:_MOST_LOOKED_AT] if item not in (None, False, "")]


def _keys(holder: Any) -> Iterable[str]:
    return map(str, holder) if isinstance(holder, Mapping) else ()


def misfit(text: str, inputs: dict[str, Type]) -> str | None:
    """What to say about the first tag that does not fit the declared inputs: an unknown name, a field that a record
    does not have, a section over what can be neither absent nor repeated; None when all fit."""
    root = Record(fields=())
    return _misfits(template(text).nodes, (dict(inputs), root))


_Scope = tuple[dict[str, Type], Type]


def _misfits(nodes: Iterable[Node], *scopes: _Scope) -> str | None:
    for node in nodes:
        if isinstance(node, Text):
            continue
        kind, wrong = _typed(node, scopes)
        if wrong is None and isinstance(node, Section):
            wrong = _section_misfit(node, kind, scopes)
        if wrong is not None:
            return wrong
    return None


def _typed(node: Variable | Section, scopes: tuple[_Scope, ...]) -> tuple[Type, str | None]:
    """The type that a tag stands for, or what is wrong with it."""
    if not node.path:
        return scopes[-1][1], None
    for fields, _ in reversed(scopes):
        kind = _named(fields, node.path[0])
        if kind is not None:
            break
    else:
        names = [name for fields, _ in scopes for name in fields]
        return Record(), f"{node.source} refers to nothing; {_near(node.path[0], names)}"
    for done, name in enumerate(node.path[1:], 1):
        fields = _fields(kind)
        if fields is None:
            if isinstance(kind, Primitive) and kind.name in _INSIDE_ANY:
                return Primitive(name="any"), None
            return kind, f"{node.source}: {'.'.join(node.path[:done])} has no fields"
        inner = _named(fields, name)
        if inner is None:
            return (
                kind,
                f"{node.source}: {'.'.join(node.path[:done])} has no field {name}; {_near(name, fields)}",
            )
        kind = inner
    return kind, None


def _section_misfit(node: Section, kind: Type, scopes: tuple[_Scope, ...]) -> str | None:
    open_ended = isinstance(kind, Primitive) and kind.name in (*_INSIDE_ANY, "bool")
    if not (isinstance(kind, ListOf | Record) or open_ended or kind.optional):
        assert isinstance(kind, Primitive)
        return f"{node.source} is a section over a {kind.name}, which is neither a list nor can it be missing"
    item = kind.item if isinstance(kind, ListOf) else kind
    if isinstance(item, Primitive) and item.name in _INSIDE_ANY:
        return None  # nobody knows what its items are
    return _misfits(node.children, *scopes, (_fields(item) or {}, item))


def _fields(kind: Type) -> dict[str, Type] | None:
    return (
        {field.name: field.type for field in kind.fields}
        if isinstance(kind, Record) and kind.fields
        else None
    )


def _named(fields: dict[str, Type], name: str) -> Type | None:
    plain = {known.replace("-", "_"): kind for known, kind in fields.items()}
    return plain.get(name.replace("-", "_"))


def _near(name: str, names: Iterable[str]) -> str:
    listed = list(names)
    near = get_close_matches(name, listed, n=1)
    return f"did you mean {{{{{near[0]}}}}}?" if near else f"known: {', '.join(listed) or 'none'}"


def reference(path: Sequence[str]) -> str:
    """The expression by which a program reads a path into the data."""
    first, *rest = path
    expression = f"data/{first}"
    for field in rest:
        expression = f"(:{field} {expression})"
    return expression
