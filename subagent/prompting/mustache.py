"""Templates in a subset of Mustache, for texts that carry values:

    {{name}} {{a.b}} {{.}}          a value; {{.}} is the current item
    {{#rows}}...{{/rows}}           once per item of a list; inside a map; or if the value is neither nil, false nor empty
    {{^rows}}...{{/rows}}           if it is nil, false or empty
    {{! comment }}

A section tag or comment that stands alone on its line takes the line with it. Nothing is escaped: the texts are for
models, not for browsers. There are no partials, no functions and no other delimiters.

Own code, because no maintained library reports where a template is wrong and can refuse a missing name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal

import msgspec

from ptc_lisp.faults import Portable
from subagent.wording import json_text

MAX_NESTING = 20
Missing = Literal["error", "keep"]

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*\Z")
ABSENT = object()
"""The value of a name that nothing has."""


class TemplateError(Portable, ValueError):
    """A template that cannot be read or filled. `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.line = line
        self.column = column


class Text(msgspec.Struct, frozen=True):
    """Text as it is."""

    text: str


class Variable(msgspec.Struct, frozen=True):
    """`{{a.b}}`; the path of `{{.}}` is empty. `source` is the tag as written, `at` its offset."""

    path: tuple[str, ...]
    source: str
    at: int


class Section(msgspec.Struct, frozen=True):
    """`{{#a.b}}...{{/a.b}}`, or with `^` when `inverted`."""

    path: tuple[str, ...]
    source: str
    at: int
    inverted: bool
    children: tuple[Node, ...]


Node = Text | Variable | Section


class _Tag(msgspec.Struct, frozen=True):
    sigil: str
    path: tuple[str, ...]
    source: str
    at: int


class Template(msgspec.Struct, frozen=True):
    """A template that was read."""

    source: str
    nodes: tuple[Node, ...]

    def names(self) -> tuple[str, ...]:
        """The top-level names that it may read, in order, each once; inside sections, names of items count too."""
        return tuple(dict.fromkeys(node.path[0] for node in tags(self.nodes) if node.path))

    def render(self, values: Mapping[str, Any], *, missing: Missing = "error") -> str:
        """The text with its tags filled. A name that no map has is an error; with `missing="keep"` its tag stays as it is, and
        is nothing inside of sections.

        Raises:
            TemplateError: a name is missing.
        """
        return "".join(_Rendering(self.source, missing).of(self.nodes, (values,)))


@lru_cache(maxsize=256)
def template(source: str) -> Template:
    """Reads a template.

    Raises:
        TemplateError: a tag is not one of the subset, is not closed, or sections nest too deeply.
    """
    return Template(source, tuple(_Reader(source).nodes()))


def tags(nodes: Sequence[Node]) -> Iterator[Variable | Section]:
    """Every variable and section, at any depth, in the order of the text."""
    for node in nodes:
        if not isinstance(node, Text):
            yield node
        if isinstance(node, Section):
            yield from tags(node.children)


def place(source: str, at: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    return source.count("\n", 0, at) + 1, at - (source.rfind("\n", 0, at) + 1) + 1


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._parts = list(self._split())
        self._next = 0

    def nodes(self, inside: _Tag | None = None, depth: int = 0) -> Iterator[Node]:
        """The nodes up to the end of the section `inside`, or of the text."""
        while self._next < len(self._parts):
            part = self._parts[self._next]
            self._next += 1
            if isinstance(part, str):
                if part:
                    yield Text(part)
            elif part.sigil == "/":
                if inside is None or part.path != inside.path:
                    opened = "no section is open" if inside is None else f"{inside.source} is open"
                    raise self._error(f"{part.source} closes nothing: {opened}", part.at)
                return
            elif part.sigil in ("#", "^"):
                if depth == MAX_NESTING:
                    raise self._error(f"sections nest deeper than {MAX_NESTING}", part.at)
                children = tuple(self.nodes(part, depth + 1))
                yield Section(part.path, part.source, part.at, part.sigil == "^", children)
            elif part.sigil != "!":
                yield Variable(part.path, part.source, part.at)
        if inside is not None:
            raise self._error(f"{inside.source} is never closed", inside.at)

    def _split(self) -> Iterator[str | _Tag]:
        """Texts and tags in turn; lines that hold nothing but one section tag or comment are gone."""
        at = 0
        # Behind the last end of a tag no search succeeds, and each would go to the end of the text.
        last = self._source.rfind("}}") + len("}}") if "}}" in self._source else 0
        for match in _TAG.finditer(self._source, 0, last):
            tag = self._tag(match)
            start, end = match.span()
            if tag.sigil:
                start, end = self._alone(start, end)
            yield self._source[at : max(at, start)]
            yield tag
            at = end
        rest = self._source[at:]
        if "{{" in rest:
            raise self._error("{{ is never closed", at + rest.index("{{"))
        yield rest

    def _tag(self, match: re.Match[str]) -> _Tag:
        inner = match[1].strip()
        sigil = inner[:1] if inner[:1] in ("#", "^", "/", "!") else ""
        if sigil == "!":
            return _Tag("!", (), match[0], match.start())
        name = inner[len(sigil) :].strip()
        if name == ".":
            return _Tag(sigil, (), match[0], match.start())
        if not _PATH.match(name):
            raise self._error(
                f"{match[0]} is no placeholder: write {{{{name}}}} or {{{{name.field}}}} with letters, digits, - and _",
                match.start(),
            )
        return _Tag(sigil, tuple(name.split(".")), match[0], match.start())

    def _alone(self, start: int, end: int) -> tuple[int, int]:
        """The whole line of a tag that stands alone on it, else the tag."""
        line = self._source.rfind("\n", 0, start) + 1
        newline = self._source.find("\n", end)
        stop = len(self._source) if newline < 0 else newline
        around = self._source[line:start] + self._source[end:stop]
        return (start, end) if around.strip() else (line, min(stop + 1, len(self._source)))

    def _error(self, message: str, at: int) -> TemplateError:
        return TemplateError(message, *place(self._source, at))


class _Rendering:
    def __init__(self, source: str, missing: Missing) -> None:
        self._source = source
        self._missing = missing

    def of(self, nodes: Sequence[Node], scopes: tuple[Any, ...]) -> Iterator[str]:
        for node in nodes:
            if isinstance(node, Text):
                yield node.text
            elif isinstance(node, Variable):
                value = self._found(node, scopes)
                kept = node.source if len(scopes) == 1 else ""  # items need not have every field
                yield kept if value is ABSENT else shown(value)
            else:
                yield from self._section(node, scopes)

    def _section(self, section: Section, scopes: tuple[Any, ...]) -> Iterator[str]:
        value = self._found(section, scopes)
        empty = value is ABSENT or value is None or value is False or value in ("", [], {}, ())
        if section.inverted:
            if empty:
                yield from self.of(section.children, scopes)
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            for item in value:
                yield from self.of(section.children, (*scopes, item))
        elif not empty:
            yield from self.of(section.children, (*scopes, value))

    def _found(self, node: Variable | Section, scopes: tuple[Any, ...]) -> Any:
        if not node.path:
            return scopes[-1]
        value = next(
            (v for scope in reversed(scopes) if (v := field_of(scope, node.path[0])) is not ABSENT), ABSENT
        )
        for name in node.path[1:]:
            value = field_of(value, name)
        if value is ABSENT and self._missing == "error":
            raise TemplateError(
                f"{node.source} refers to nothing that is given", *place(self._source, node.at)
            )
        return value


def field_of(holder: Any, name: str) -> Any:
    """What a map has under a name, `-` and `_` being the same; ABSENT where there is none."""
    if isinstance(holder, Mapping):
        for spelling in (name, name.replace("-", "_"), name.replace("_", "-")):
            if spelling in holder:
                return holder[spelling]
    return ABSENT


def shown(value: Any) -> str:
    """A value as text: dates in ISO form, lists and maps as JSON, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta | int | float):
        return str(value)
    return json_text(value)
