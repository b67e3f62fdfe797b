"""The language as data, for people and prompts: every builtin, constant and special form, and what programs look up. Read-only.

Loading it imports the builtins (not the evaluator); nothing here runs a program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal

import msgspec

__all__ = ["Entry", "areas", "entries", "grammar", "lookup", "missed_lookups", "namespaces"]


class Entry(msgspec.Struct, frozen=True):
    """One name of the language.

    kind: "function", "constant" or "special form". usages: one per arity, e.g. `(get m k default)`. area: the group it
    is documented in. namespaces: where it can also be written qualified. clojure: "same", "DIV-nn" (a documented
    divergence) or "extension".
    """

    name: str
    kind: str
    usages: tuple[str, ...]
    doc: str
    examples: tuple[tuple[str, str], ...]
    area: str
    namespaces: tuple[str, ...]
    clojure: str
    pure: bool = True
    aliases: tuple[str, ...] = ()


@cache
def entries() -> tuple[Entry, ...]:
    """All entries, by area and name."""
    # Imported here: 40 ms that `import ptc_lisp` must not pay.
    import ptc_lisp.analyzer  # noqa: PLC0415 - it fills the table of special forms
    from ptc_lisp.builtins.registry import REGISTRY, SPECIALS, Constant  # noqa: PLC0415

    assert ptc_lisp.analyzer
    spellings: dict[str, list[str]] = {}
    for bare, found in REGISTRY.bare.items():
        spellings.setdefault(found.ref, []).append(bare)
    made: list[Entry] = []
    for ref, entry in REGISTRY.by_ref.items():
        others = tuple(sorted(name for name in spellings.get(ref, []) if name != entry.name))
        if isinstance(entry, Constant):
            made.append(Entry(ref, "constant", (ref,), entry.doc, (), "constants", entry.namespaces, "same"))
            continue
        made.append(
            Entry(
                name=ref,
                kind="function",
                usages=tuple(f"({ref}{' ' if p else ''}{p})" for p in entry.params) or (f"({ref})",),
                doc=entry.doc,
                examples=entry.examples,
                area=entry.area,
                namespaces=entry.namespaces,
                clojure=entry.clojure,
                pure=entry.pure,
                aliases=others,
            )
        )
    for name, special in SPECIALS.items():
        made.append(
            Entry(
                name,
                "special form",
                tuple(f"({name}{' ' if p else ''}{p})" for p in special.params),
                special.doc,
                special.examples,
                special.area,
                (),
                special.clojure,
            )
        )
    return tuple(sorted(made, key=lambda e: (e.area, e.name)))


@cache
def _by_name() -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in entries():
        found[entry.name] = entry
        for alias in entry.aliases:
            found.setdefault(alias, entry)
    return found


def lookup(name: str) -> Entry | None:
    """The entry of a bare or canonically qualified name."""
    return _by_name().get(name)


def areas() -> tuple[str, ...]:
    """The names of the groups, sorted."""
    return tuple(sorted({entry.area for entry in entries()}))


def namespaces() -> tuple[str, ...]:
    """The canonical namespaces in which names can be written."""
    return tuple(sorted({ns for entry in entries() for ns in entry.namespaces}))


def grammar(
    format: Literal["lark", "gbnf"] = "lark",  # noqa: A002 - the word that users of grammars expect
    *,
    tools: Iterable[str] | None = None,
    data: Iterable[str] | None = None,
) -> str:
    """The grammar of programs, for constrained decoding: as Lark has it (also for llguidance), or GBNF for llama.cpp.

    Without names, "lark" is the very text that programs are read with. `tools` and `data` limit the names after `tool/`
    and `data/`; atoms can then not touch either, as `7N` would. "gbnf" never lets them, and leaves out what need not
    be written: quotes, vars, metadata, `#_` and surplus closers. Raises ValueError for another format.
    """
    from ptc_lisp.reader import export  # noqa: PLC0415 - it loads the parser library

    return export.grammar(format, tools=tools, data=data)


def missed_lookups(program: str, context: Mapping[str, Any]) -> list[str]:
    """Describes lookups of a program in tables of the context (lists of dicts) that no row has: keys, and values that a
    column is compared with. Rows are followed through filters, sorts, `let` and threading. Nothing is said where that is
    not certain, or if the program cannot be read."""
    from ptc_lisp.analyzer.lookups import missed  # noqa: PLC0415 - as above

    return missed(program, context)
