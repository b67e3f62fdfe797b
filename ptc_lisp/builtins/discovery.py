"""Looking up the language from inside a program: `apropos`, `doc`, `meta`, `dir` and the namespace functions.

A name is given as a string or a symbol; the analyzer turns a bare name into a symbol.
"""

from __future__ import annotations

import re

from ptc_lisp.builtins.entries import (
    LISTED,
    Entry,
    entries,
    find,
    libraries,
    members,
    name_text,
    namespace_of,
)
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import doors
from ptc_lisp.builtins.support import bad_arg, type_fault
from ptc_lisp.faults import Trap
from ptc_lisp.prelude.parts import Export
from ptc_lisp.values.collections import flex_get
from ptc_lisp.values.persistent import is_map
from ptc_lisp.values.printing import brief
from ptc_lisp.values.types import Value, kw

AREA = "discovery"

_LINE = 100
_WORD = re.compile(r"[a-z0-9]+")


_JSON = "dsl/"
"""What PTC-JSON is made of has a twin for programs under its own name; only who asks for it finds it."""


@builtin(
    "apropos", "query", "query opts", area=AREA, ns=(), clojure="extension",
    doc="Lines about functions whose name or description fits the query, best first. Opts: :limit 1-50 (8).",
    examples=[('(count (apropos "key" {:limit 2}))', "2"), ('(apropos "qqq")', "[]")],
    see_also=("doc", "dir"),
)  # fmt: skip
def apropos(query: Value, opts: Value = None) -> list[Value]:
    """`(apropos query opts?)`. Raises type_error for an empty query and for a limit out of range."""
    text = name_text(query, "apropos").strip().lower()
    if not text:
        raise type_fault("apropos: the query is empty", 'give a part of a name, e.g. (apropos "sort")')
    tokens = _WORD.findall(text)
    scored = [
        (score, entry.ref, entry)
        for entry in entries()
        if (score := _score(entry, text, tokens))
        and (text.startswith("dsl") or not entry.ref.startswith(_JSON))
    ]
    scored.sort(key=lambda item: (-item[0], item[2].export is None, item[1]))
    limit = _option(opts, "apropos", "limit", (1, 8, 50))
    return [_line(_found(entry), entry) for _, _, entry in scored[:limit]]


def _found(entry: Entry) -> str:
    return f"local: {entry.ref}" if entry.export is None else f"prelude: {entry.line}"


def _line(head: str, entry: Entry) -> str:
    return f"{head} - {_first_sentence(entry.doc)}" if entry.doc else head


def _facts(export: Export) -> list[str]:
    """What a caller of an export should know."""
    facts = [f"  signature: {export.signature}"] if export.signature else []
    if export.effect != "read":
        facts.append(f"  effect: {export.effect}")
    if export.requires:
        facts.append(f"  needs: {', '.join(export.requires)}")
    return facts


def _score(entry: Entry, text: str, tokens: list[str]) -> int:
    name = entry.name.lower()
    score = 10 if name == text else 5 if name.startswith(text) else 2 if text in name else 0
    score += sum(2 for token in tokens if token in name)
    if not score and tokens:
        # "uppercase" and "upper case" mean upper-case.
        score = 2 if "".join(tokens) in "".join(_WORD.findall(name)) else 0
    if not score and tokens:
        words = set(_WORD.findall(entry.doc.lower()))
        return int(words.issuperset(tokens))
    return score


@builtin(
    "doc", "name", area=AREA, ns=(), pure=False, clojure="DIV-51",
    doc="Prints the description of a builtin or special form: usage, text, examples. Gives nil.", examples=[("(doc map)", "nil")],
    see_also=("apropos", "meta"),
)  # fmt: skip
def doc(ref: Value) -> None:
    """`(doc name)`. Raises type_error for an unknown name."""
    entry = find(ref, "doc")
    usages = "\n".join(f"  {usage}" for usage in entry.signatures)
    lines = [
        f"{entry.ref} ({entry.kind}, {entry.namespace})" if entry.namespace else f"{entry.ref} ({entry.kind})"
    ]
    if usages:
        lines.append(usages)
    if entry.doc:
        lines.append(f"  {entry.doc}")
    if entry.export is not None:
        lines += _facts(entry.export)
    if entry.space is not None:
        lines.append(f"  {len(entry.space.exports)} exports: (dir '{entry.ref})")
    lines.extend(f"  {source} ;=> {result}" for source, result in entry.examples)
    if entry.see_also:
        lines.append(f"  See also: {', '.join(entry.see_also)}")
    doors().emit("\n".join(lines))


@builtin(
    "meta", "name", area=AREA, ns=(), clojure="DIV-51",
    doc="What is known about a name, as a map with :kind :source :namespace :name :ref :description :signatures :section.",
    examples=[("(:name (meta 'zipmap))", '"zipmap"')], see_also=("doc",),
)  # fmt: skip
def meta(ref: Value) -> Value:
    """`(meta name)`. Raises type_error for an unknown name."""
    entry = find(ref, "meta")
    facts: dict[str, Value] = {
        "kind": entry.kind,
        "source": entry.source,
        "namespace": entry.namespace,
        "name": entry.name,
        "ref": entry.ref,
        "description": entry.doc,
        "signatures": list(entry.signatures),
        "section": entry.area,
        "examples": [source for source, _ in entry.examples],
    }
    export = entry.export
    if export is not None:
        facts |= {
            "visibility": kw(export.visibility),
            "effect": kw(export.effect),
            "requires": list(export.requires),
            "signature": export.signature,
            "provider-ref": export.provider_ref,
        }
    return {kw(name): value for name, value in facts.items()}


@builtin(
    "dir", "namespace", "namespace opts", area=AREA, ns=(), clojure="DIV-51",
    doc="Lines about the members of a namespace. Opts: :limit 1-200 (50), :offset.",
    examples=[("(count (dir 'clojure.core {:limit 3}))", "3")],
    see_also=("ns-publics", "all-ns"),
)  # fmt: skip
def dir_(namespace: Value, opts: Value = None) -> list[Value]:
    """`(dir namespace opts?)`. Raises type_error for an unknown namespace and for options out of range."""
    space = namespace_of(namespace, "dir")
    start = _option(opts, "dir", "offset", (0, 0, 1_000_000))
    limit = _option(opts, "dir", "limit", (1, 50, 200))
    found = members(space)[start : start + limit]
    return [_line(entry.line, entry) for entry in found]


@builtin(
    "ns-publics", "namespace", area=AREA, ns=(), clojure="extension",
    doc="A map from the names of a namespace to maps with :name :doc :arglists :section :source.",
    examples=[("(contains? (ns-publics 'clojure.set) \"union\")", "true")], see_also=("dir",),
)  # fmt: skip
def ns_publics(namespace: Value) -> Value:
    """`(ns-publics namespace)`. Raises type_error for an unknown namespace."""
    return {
        entry.name: {
            kw("name"): entry.name,
            kw("doc"): entry.doc,
            kw("arglists"): [f"[{usage}]" for usage in entry.usages],
            kw("section"): entry.area,
            kw("source"): entry.source,
        }
        for entry in members(namespace_of(namespace, "ns-publics"))
    }


@builtin(
    "all-ns", "", area=AREA, ns=(), clojure="extension", doc="The names of the namespaces: those of the language, then those of attached preludes.",
    examples=[("(first (all-ns))", '"clojure.core"')], see_also=("dir",),
)  # fmt: skip
def all_ns() -> list[Value]:
    """`(all-ns)`: those of the language, then those of preludes."""
    return [*LISTED, *sorted(set(libraries()) - set(LISTED))]


@builtin(
    "ns-name", "namespace", area=AREA, ns=(), clojure="extension", doc="The full name of a namespace.",
    examples=[("(ns-name 'str)", '"clojure.string"')], see_also=("all-ns",),
)  # fmt: skip
def ns_name(namespace: Value) -> str:
    """`(ns-name namespace)`. Raises type_error for an unknown namespace."""
    return namespace_of(namespace, "ns-name")


@builtin(
    "source", "name", area=AREA, ns=(), pure=False, clojure="DIV-51",
    doc="Prints the definition of a prelude's export; builtins have no source text. Gives nil.", examples=[("(source map)", "nil")], see_also=("doc",),
)  # fmt: skip
def source(ref: Value) -> None:
    """`(source name)`. An unknown name has no source either. Raises type_error for what is no name."""
    name = name_text(ref, "source")
    try:
        entry = find(name, "source")
    except Trap:
        doors().emit(
            f'{name} has no source: nothing that can be looked up is called so; (apropos "{name}") searches'
        )
        return
    if entry.export is not None:
        doors().emit(entry.export.source)
    elif entry.space is not None:
        doors().emit(f"{entry.ref} is a namespace; (dir '{entry.ref}) lists what has a source")
    else:
        doors().emit(f"{entry.ref} is built in and has no source here; (doc {entry.ref}) describes it")


def _option(opts: Value, who: str, name: str, bounds: tuple[int, int, int]) -> int:
    """The value of an option; `bounds` are the least, the default and the most."""
    least, default, most = bounds
    if opts is None:
        return default
    if not is_map(opts):
        raise bad_arg(who, 2, "a map of options", opts, f"write {{:{name} {default or least}}}")
    value = flex_get(opts, kw(name), default)
    if value.__class__ is not int or not least <= value <= most:
        raise type_fault(f"{who}: :{name} must be an integer from {least} to {most}, got {brief(value)}")
    return value


def _first_sentence(text: str) -> str:
    sentence = re.split(r"(?<=\.)\s", text, maxsplit=1)[0]
    return sentence if len(sentence) <= _LINE else f"{sentence[: _LINE - 3]}..."
