"""What can be looked up: builtins, special forms, and what the attached preludes export."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import msgspec

from ptc_lisp.builtins.registry import NAMESPACES, REGISTRY, SPECIALS, Constant
from ptc_lisp.builtins.run_state import doors, is_active
from ptc_lisp.builtins.support import bad_arg, type_fault
from ptc_lisp.faults import Trap
from ptc_lisp.prelude.parts import Export, Library, Namespace
from ptc_lisp.values.functions import Builtin
from ptc_lisp.values.types import Symbol, Value

LISTED = ("clojure.core", "clojure.set", "clojure.string", "clojure.walk", "json")
"""The namespaces of the language with functions of their own."""


class Entry(msgspec.Struct, frozen=True):
    """What is known about one name, whatever it stands for. called: as a program calls it. export, space: of a prelude."""

    ref: str
    name: str
    kind: str
    namespace: str
    doc: str
    usages: tuple[str, ...]
    area: str
    examples: tuple[tuple[str, str], ...] = ()
    see_also: tuple[str, ...] = ()
    export: Export | None = None
    space: Namespace | None = None

    @property
    def source(self) -> str:
        """Where it comes from: `builtin` or `prelude`."""
        return "builtin" if self.export is None and self.space is None else "prelude"

    @property
    def signatures(self) -> list[str]:
        """Its calls, one for each arity."""
        called = self.name if self.export is None else self.ref
        return [f"({called}{' ' if usage else ''}{usage})" for usage in self.usages]

    @property
    def line(self) -> str:
        """What begins its line in a list: its name, or how it is called."""
        return self.name if self.export is None else " ".join(self.signatures) or self.ref


def libraries() -> Mapping[str, Library]:
    """The attached preludes by namespace."""
    return doors().libraries() if is_active() else {}


def entries() -> list[Entry]:
    """Everything with a name of its own."""
    exported = [_of_export(export) for library in libraries().values() for export in library.exports.values()]
    found = [_of_registry(entry) for entry in REGISTRY.by_ref.values()]
    return exported + found + [_of_special(name) for name in SPECIALS if name not in REGISTRY.bare]


def find(ref: Value, who: str) -> Entry:
    """The entry of a name. Raises type_error for an unknown one."""
    name = name_text(ref, who)
    space, slash, member = name.partition("/")
    library = libraries().get(space)
    if library is not None and not slash:
        return _of_namespace(library.namespace)
    if library is not None and member in library.exports:
        return _of_export(library.exports[member])
    if library is not None:
        known = ", ".join(sorted(library.exports))
        raise type_fault(f"{who}: {space} has no {member}", f"{space}/ has {known or 'no exports'}")
    entry = REGISTRY.resolve(member, space) if slash and space and member else REGISTRY.resolve(name)
    if entry is not None:
        return _of_registry(entry)
    if name in SPECIALS:
        return _of_special(name)
    raise _unknown(name, who)


def namespace_of(namespace: Value, who: str) -> str:
    """The full name of a namespace. Raises type_error for an unknown one."""
    name = name_text(namespace, who)
    if name in libraries():
        return name
    canonical = NAMESPACES.get(name)
    if canonical is None:
        known = [*sorted(libraries()), *sorted(set(NAMESPACES.values()))]
        raise type_fault(f"{who}: there is no namespace {name}", f"known: {', '.join(known)}")
    return canonical


def members(space: str) -> list[Entry]:
    """The entries of a namespace by its full name, sorted."""
    library = libraries().get(space)
    if library is not None:
        return [_of_export(export) for _, export in sorted(library.exports.items())]
    found: list[Entry] = []
    for name in REGISTRY.members(space):
        entry = _of_registry(REGISTRY.qualified[space, name])
        found.append(entry if entry.name == name else msgspec.structs.replace(entry, name=name))
    return found


def name_text(value: Value, who: str) -> str:
    """The name that a symbol, a text or a function stands for. Raises type_error for anything else."""
    if value.__class__ is Builtin:
        return value.name if value.ref in REGISTRY.by_ref else value.ref
    if value.__class__ is Symbol:
        return value.name
    if value.__class__ is str:
        return value
    raise bad_arg(who, 1, "a name (symbol or string)", value)


def _of_export(export: Export) -> Entry:
    space = export.ref.partition("/")[0]
    doc = export.doc or (export.signature or "")
    return Entry(export.ref, export.symbol, export.kind, space, doc, export.usages, space, export=export)


def _of_namespace(space: Namespace) -> Entry:
    return Entry(space.name, space.name, "namespace", "", space.doc or "", (), space.name, space=space)


def _of_registry(entry: Builtin | Constant) -> Entry:
    space = entry.namespaces[0] if entry.namespaces else ""
    if isinstance(entry, Constant):
        return Entry(entry.ref, entry.name, "constant", space, entry.doc, (), "constants")
    return Entry(
        entry.ref,
        entry.name,
        "function",
        space,
        entry.doc,
        entry.params,
        entry.area,
        entry.examples,
        entry.see_also,
    )


def _of_special(name: str) -> Entry:
    special = SPECIALS[name]
    return Entry(name, name, "special form", "", special.doc, special.params, special.area, special.examples)


def _unknown(name: str, who: str) -> Trap:
    if name.startswith(("tool/", "data/")):
        hint = "tools and data are described with the task; look at data with (describe data/name)"
        return type_fault(f"{who}: {name} is not part of the language", hint)
    exported = [export.ref for library in libraries().values() for export in library.exports.values()]
    word = name.rpartition("/")[2] or name
    near = [ref for ref in exported if ref.endswith(f"/{word}")]
    near += get_close_matches(word, [*REGISTRY.bare, *SPECIALS], n=3)
    hint = f"nearest: {', '.join(near[:3])}" if near else f'search with (apropos "{name}")'
    return type_fault(f"{who}: no builtin or special form is called {name}", hint)
