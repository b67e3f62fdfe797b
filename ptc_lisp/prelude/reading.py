"""The worker's side: from the text of a prelude to its namespaces and definitions, with their metadata. Nothing is run."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, cast

from ptc_lisp.analyzer.form_tools import form_text, symbols_in, what
from ptc_lisp.analyzer.specials import TABLE
from ptc_lisp.analyzer.suggest import nearest
from ptc_lisp.builtins.registry import NAMESPACES
from ptc_lisp.fault_make import to_fault
from ptc_lisp.faults import Trap
from ptc_lisp.prelude.parts import Flaw
from ptc_lisp.reader import read
from ptc_lisp.reader.forms import Form, KeywordForm, ListForm, LiteralForm, MapForm, SymbolForm, VectorForm
from ptc_lisp.source import Source

MAX_BYTES = 1_000_000
_MAX_SYMBOLS = 100_000
_ALIASES = frozenset({"str", "string", "set", "walk", "re", "math"})
RESERVED = frozenset(
    {"tool", "tools", "data", "budget", "mcp", "ptc", "ptc.core", "user", *NAMESPACES} - _ALIASES
)
"""Namespaces that no prelude can declare; short aliases of the language may be taken over."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.+*!?<>=-]*")
_SHAPES = {
    "ns": '(ns name "doc"? {metadata}?)',
    "defn": '(defn name "doc"? {metadata}? [params] body…)',
    "defn-": '(defn- name "doc"? {metadata}? [params] body…)',
    "def": '(def name "doc"? {metadata}? value)',
}
_NS_KEYS = ("visibility", "requires")
_EXPORT_KEYS = ("visibility", "effect", "provider-ref", "requires", "signature")
_VISIBILITIES = ("prompt", "discoverable")
_EFFECTS = ("read", "write", "unknown")
_NEED = re.compile(r"tool:[^\s/:]+|upstream:[^\s/:]+/[^\s]+")


class FlawFound(Exception):  # noqa: N818 - a finding about a prelude, no error of the host
    """The prelude cannot be used."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.message)
        self.flaw = flaw


class Definition(NamedTuple):
    """One `defn`, `defn-` or `def`. form: as the analyzer takes it, without metadata."""

    ref: str
    symbol: str
    form: ListForm
    doc: str | None
    facts: dict[str, Any]
    place: ListForm
    private: bool
    constant: bool


class Section(NamedTuple):
    """A namespace and its definitions, in the order of the text."""

    name: str
    doc: str | None
    facts: dict[str, Any]
    definitions: list[Definition]
    place: ListForm


class Reading:
    """One reading of one source."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._source = Source(text, "prelude")

    def sections(self) -> list[Section]:
        """The namespaces in order. Raises FlawFound; NeedsParser as `read` does."""
        try:
            forms = read(self.text, max_symbols=_MAX_SYMBOLS, max_bytes=MAX_BYTES)
        except Trap as trap:
            raise self.from_trap("parse_error", trap) from None
        found: list[Section] = []
        for form in forms:
            items = form.items if isinstance(form, ListForm) else ()
            head = form_text(items[0]) if items and isinstance(items[0], SymbolForm) else None
            if head == "ns":
                found.append(self._namespace(cast("ListForm", form), found))
            elif head in _SHAPES:
                if not found:
                    raise self.flaw(
                        "missing_namespace",
                        f"{form_text(form)} stands before any (ns …)",
                        form,
                        'begin with (ns name "what it is for")',
                    )
                self._define(found[-1], cast("ListForm", form), head)
            else:
                raise self.flaw(
                    "compile_error",
                    f"{what(form)} cannot stand at the top of a prelude",
                    form,
                    "only ns, def, defn and defn- can; put other forms into a function",
                )
        if not found:
            raise self.flaw(
                "missing_namespace", "it declares no namespace", None, 'begin with (ns name "what it is for")'
            )
        return found

    def flaw(
        self, reason: str, message: str, place: Form | None, hint: str | None = None, ref: str | None = None
    ) -> FlawFound:
        """A flaw at a place."""
        span = None if place is None else self._source.span(place.start, place.end)
        excerpt = None if span is None else self._source.excerpt(span)
        space = ref.partition("/")[0] if ref else None
        return FlawFound(
            Flaw(
                reason=reason,
                message=message,
                hint=hint,
                span=span,
                excerpt=excerpt,
                namespace=space,
                ref=ref if ref and "/" in ref else None,
            )
        )

    def from_trap(self, reason: str, trap: Trap, ref: str | None = None, more: int = 0) -> FlawFound:
        """A flaw that is a fault of its program; more: how many others there are."""
        fault = to_fault(trap, self._source)
        others = f" (and {more} more)" if more else ""
        return FlawFound(
            Flaw(
                reason=reason,
                message=f"{fault.message}{others}",
                hint=fault.hint,
                span=fault.span,
                excerpt=fault.excerpt,
                ref=ref,
                details={"kind": str(fault.kind)},
            )
        )

    # --- (ns …) -----------------------------------------------------------------------------------------------------

    def _namespace(self, form: ListForm, before: list[Section]) -> Section:
        items = form.items[1:]
        if not items or not isinstance(items[0], SymbolForm):
            got = what(items[0]) if items else "nothing"
            raise self.flaw(
                "invalid_namespace", f"ns takes a name, got {got}", form, f"write {_SHAPES['ns']}"
            )
        name = items[0].text
        if name in RESERVED or name.partition(".")[0] in {"clojure", "java", "ptc"}:
            raise self.flaw(
                "reserved_namespace",
                f"the namespace {name} belongs to the language",
                items[0],
                "choose another name",
            )
        if items[0].ns is not None or not _NAME.fullmatch(name):
            raise self.flaw(
                "invalid_namespace",
                f"{name} is no name for a namespace",
                items[0],
                "use letters, digits, - and .",
            )
        if any(section.name == name for section in before):
            raise self.flaw(
                "invalid_namespace",
                f"the namespace {name} is declared twice",
                items[0],
                "declare each one once",
            )
        doc, facts, rest = self._head(items[1:], _NS_KEYS, name)
        if rest:
            raise self.flaw(
                "invalid_namespace",
                f"ns {name} has {what(rest[0])} where nothing can stand",
                rest[0],
                f"write {_SHAPES['ns']}",
            )
        return Section(name, doc, facts, [], form)

    # --- definitions ------------------------------------------------------------------------------------------------

    def _define(self, section: Section, form: ListForm, head: str) -> None:
        items = form.items[1:]
        if not items or not isinstance(items[0], SymbolForm):
            got = what(items[0]) if items else "nothing"
            raise self.flaw(
                "invalid_signature",
                f"{head} takes a name, got {got}",
                form,
                f"write {_SHAPES[head]}",
                section.name,
            )
        name, symbol = items[0], items[0].text
        ref = f"{section.name}/{symbol}"
        if name.ns is not None or symbol in TABLE or symbol == "&" or symbol[0] in "*%." or symbol == "/":
            raise self.flaw("reserved_name", f"{symbol} cannot be defined", name, "choose another name", ref)
        if any(known.symbol == symbol for known in section.definitions):
            raise self.flaw(
                "duplicate_ref",
                f"{ref} is defined twice",
                name,
                "rename one of them, or leave it out",
                ref,
            )
        doc, facts, rest = self._head(items[1:], _EXPORT_KEYS, ref, is_def=head == "def")
        self._check_shape(head, form, rest, ref)
        self._no_self_reference(section.name, rest, ref)
        made = ListForm(form.start, form.end, (form.items[0], name, *rest))
        private, constant = head == "defn-", head == "def"
        section.definitions.append(Definition(ref, symbol, made, doc, facts, form, private, constant))

    def _check_shape(self, head: str, form: ListForm, rest: tuple[Form, ...], ref: str) -> None:
        """That a value, or parameters, follow."""
        if head == "def":
            fits = len(rest) == 1
        else:
            fits = bool(rest) and (
                isinstance(rest[0], VectorForm)
                or (
                    isinstance(rest[0], ListForm)
                    and bool(rest[0].items)
                    and isinstance(rest[0].items[0], VectorForm)
                )
            )
        if not fits:
            raise self.flaw(
                "invalid_signature", f"{head} {ref} is incomplete", form, f"write {_SHAPES[head]}", ref
            )

    def _no_self_reference(self, space: str, rest: tuple[Form, ...], ref: str) -> None:
        for symbol in symbols_in(rest):
            if symbol.ns == space:
                raise self.flaw(
                    "qualified_self_reference",
                    f"{symbol.text} is mentioned inside {space}",
                    symbol,
                    f"inside its own namespace write {symbol.name}",
                    ref,
                )

    # --- metadata ---------------------------------------------------------------------------------------------------

    def _head(
        self, items: tuple[Form, ...], keys: tuple[str, ...], ref: str, *, is_def: bool = False
    ) -> tuple[str | None, dict[str, Any], tuple[Form, ...]]:
        """The doc string and the metadata, and what follows them. The last form of a `def` is its value."""
        doc, least = None, 1 if is_def else 0
        if len(items) > least and isinstance(items[0], LiteralForm) and isinstance(items[0].value, str):
            doc, items = items[0].value, items[1:]
        if len(items) > least and isinstance(items[0], MapForm):
            return doc, self._facts(items[0], keys, ref), items[1:]
        return doc, {}, items

    def _facts(self, form: MapForm, keys: tuple[str, ...], ref: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in zip(form.items[::2], form.items[1::2], strict=True):
            if not isinstance(key, KeywordForm) or key.name not in keys:
                near = nearest(form_text(key).lstrip(":"), keys, limit=1)
                known = f"did you mean :{near[0]}?" if near else f"known: {', '.join(f':{k}' for k in keys)}"
                raise self.flaw("invalid_metadata", f"{form_text(key)} is no metadata here", key, known, ref)
            found[key.name] = self._fact(key.name, value, ref)
        return found

    def _fact(self, key: str, form: Form, ref: str) -> Any:
        if key in {"visibility", "effect"}:
            choices = _VISIBILITIES if key == "visibility" else _EFFECTS
            if isinstance(form, KeywordForm) and form.name in choices:
                return form.name
            reason = "invalid_visibility" if key == "visibility" else "invalid_metadata"
            said = " or ".join(f":{choice}" for choice in choices)
            raise self.flaw(reason, f":{key} must be {said}, got {form_text(form)}", form, None, ref)
        if key == "requires":
            return self._needs(form, ref)
        if isinstance(form, LiteralForm) and isinstance(form.value, str):
            return form.value
        reason = "invalid_signature" if key == "signature" else "invalid_metadata"
        raise self.flaw(reason, f":{key} must be a string, got {form_text(form)}", form, None, ref)

    def _needs(self, form: Form, ref: str) -> tuple[str, ...]:
        items = form.items if isinstance(form, VectorForm) else (form,)
        found: list[str] = []
        for item in items:
            text = item.value if isinstance(item, LiteralForm) else None
            if not isinstance(form, VectorForm) or not isinstance(text, str) or not _NEED.fullmatch(text):
                raise self.flaw(
                    "invalid_requires",
                    f":requires has {form_text(item)}",
                    item,
                    'write a vector of strings like "tool:name" and "upstream:server/tool"',
                    ref,
                )
            found.append(text)
        return tuple(found)
