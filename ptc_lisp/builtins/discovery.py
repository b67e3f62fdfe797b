"""Looking up the language from inside a program: `apropos`, `doc`, `meta`, `dir` and the namespace functions.

A name is given as a string or a symbol; the analyzer turns a bare name into a symbol.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

import msgspec

from ptc_lisp.builtins.registry import NAMESPACES, REGISTRY, SPECIALS, Constant, builtin
from ptc_lisp.builtins.run_state import doors
from ptc_lisp.builtins.support import bad_arg, type_fault
from ptc_lisp.faults import Trap
from ptc_lisp.values.collections import flex_get
from ptc_lisp.values.functions import Builtin
from ptc_lisp.values.persistent import is_map
from ptc_lisp.values.types import Symbol, Value, kw

AREA = "discovery"

_LISTED = ("clojure.core", "clojure.set", "clojure.string", "clojure.walk", "json")
_LINE = 100
_WORD = re.compile(r"[a-z0-9]+")


class _Entry(msgspec.Struct, frozen=True):
    """What is known about one name, whatever it stands for."""

    ref: str
    name: str
    kind: str
    namespace: str
    doc: str
    usages: tuple[str, ...]
    area: str
    examples: tuple[tuple[str, str], ...] = ()
    see_also: tuple[str, ...] = ()


_JSON = "dsl/"
"""What PTC-JSON is made of has a twin for programs under its own name; only who asks for it finds it."""


@builtin(
    "apropos", "query", "query opts", area=AREA, ns=(), clojure="extension",
    doc="Lines about builtins whose name or description fits the query, best first. Opts: :limit 1-50 (8).",
    examples=[('(count (apropos "key" {:limit 2}))', "2"), ('(apropos "qqq")', "[]")],
    see_also=("doc", "dir"),
)  # fmt: skip
def apropos(query: Value, opts: Value = None) -> list[Value]:
    """`(apropos query opts?)`. Raises type_error for an empty query."""
    text = _name_text(query, "apropos").strip().lower()
    if not text:
        raise type_fault("apropos: the query is empty", 'give a part of a name, e.g. (apropos "sort")')
    tokens = _WORD.findall(text)
    scored = [
        (score, entry.ref, entry)
        for entry in _entries()
        if (score := _score(entry, text, tokens))
        and (text.startswith("dsl") or not entry.ref.startswith(_JSON))
    ]
    scored.sort(key=lambda item: (-item[0], item[1]))
    limit = _option(opts, "limit", 1, 8, 50)
    return [f"local: {entry.ref} - {_first_sentence(entry.doc)}" for _, _, entry in scored[:limit]]


def _score(entry: _Entry, text: str, tokens: list[str]) -> int:
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
    entry = _found(ref, "doc")
    usages = "\n".join(f"  ({entry.name}{' ' if usage else ''}{usage})" for usage in entry.usages)
    lines = [
        f"{entry.ref} ({entry.kind}, {entry.namespace})" if entry.namespace else f"{entry.ref} ({entry.kind})"
    ]
    if usages:
        lines.append(usages)
    lines.append(f"  {entry.doc}")
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
    entry = _found(ref, "meta")
    facts: dict[str, Value] = {
        "kind": entry.kind,
        "source": "builtin",
        "namespace": entry.namespace,
        "name": entry.name,
        "ref": entry.ref,
        "description": entry.doc,
        "signatures": _signatures(entry),
        "section": entry.area,
        "examples": [source for source, _ in entry.examples],
    }
    return {kw(name): value for name, value in facts.items()}


@builtin(
    "dir", "namespace", "namespace opts", area=AREA, ns=(), clojure="DIV-51",
    doc="Lines about the members of a namespace. Opts: :limit 1-200 (50), :offset.",
    examples=[("(count (dir 'clojure.core {:limit 3}))", "3")],
    see_also=("ns-publics", "all-ns"),
)  # fmt: skip
def dir_(namespace: Value, opts: Value = None) -> list[Value]:
    """`(dir namespace opts?)`. Raises type_error for an unknown namespace."""
    space = _space(namespace, "dir")
    start = _option(opts, "offset", 0, 0, 1_000_000)
    limit = _option(opts, "limit", 1, 50, 200)
    members = _members(space)[start : start + limit]
    return [f"{entry.name} - {_first_sentence(entry.doc)}" for entry in members]


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
            kw("source"): "builtin",
        }
        for entry in _members(_space(namespace, "ns-publics"))
    }


@builtin(
    "all-ns", "", area=AREA, ns=(), clojure="extension", doc="The names of the namespaces with functions of this language.",
    examples=[("(first (all-ns))", '"clojure.core"')], see_also=("dir",),
)  # fmt: skip
def all_ns() -> list[Value]:
    """`(all-ns)`."""
    return list(_LISTED)


@builtin(
    "ns-name", "namespace", area=AREA, ns=(), clojure="extension", doc="The full name of a namespace.",
    examples=[("(ns-name 'str)", '"clojure.string"')], see_also=("all-ns",),
)  # fmt: skip
def ns_name(namespace: Value) -> str:
    """`(ns-name namespace)`. Raises type_error for an unknown namespace."""
    return _space(namespace, "ns-name")


@builtin(
    "source", "name", area=AREA, ns=(), pure=False, clojure="DIV-51",
    doc="Prints where a name comes from; builtins have no source text. Gives nil.", examples=[("(source map)", "nil")], see_also=("doc",),
)  # fmt: skip
def source(ref: Value) -> None:
    """`(source name)`. Raises type_error for an unknown name."""
    entry = _found(ref, "source")
    doors().emit(f"{entry.ref} is built in and has no source here; (doc {entry.ref}) describes it")


# --- finding ---------------------------------------------------------------------------------------------------------


def _entries() -> list[_Entry]:
    found = [_of_registry(entry) for entry in REGISTRY.by_ref.values()]
    return found + [_of_special(name) for name in SPECIALS if name not in REGISTRY.bare]


def _of_registry(entry: Builtin | Constant) -> _Entry:
    space = entry.namespaces[0] if entry.namespaces else ""
    if isinstance(entry, Constant):
        return _Entry(entry.ref, entry.name, "constant", space, entry.doc, (), "constants")
    return _Entry(
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


def _of_special(name: str) -> _Entry:
    special = SPECIALS[name]
    return _Entry(name, name, "special form", "", special.doc, special.params, special.area, special.examples)


def _found(ref: Value, who: str) -> _Entry:
    name = _name_text(ref, who)
    space, slash, member = name.partition("/")
    entry = REGISTRY.resolve(member, space) if slash and space and member else REGISTRY.resolve(name)
    if entry is not None:
        return _of_registry(entry)
    if name in SPECIALS:
        return _of_special(name)
    raise _unknown(name, who)


def _unknown(name: str, who: str) -> Trap:
    if name.startswith(("tool/", "data/")):
        hint = "tools and data are described with the task; look at data with (describe data/name)"
        return type_fault(f"{who}: {name} is not part of the language", hint)
    near = get_close_matches(name.rpartition("/")[2] or name, [*REGISTRY.bare, *SPECIALS], n=3)
    hint = f"nearest: {', '.join(near)}" if near else f'search with (apropos "{name}")'
    return type_fault(f"{who}: no builtin or special form is called {name}", hint)


def _space(namespace: Value, who: str) -> str:
    name = _name_text(namespace, who)
    canonical = NAMESPACES.get(name)
    if canonical is None:
        raise type_fault(
            f"{who}: there is no namespace {name}", f"known: {', '.join(sorted(set(NAMESPACES.values())))}"
        )
    return canonical


def _members(space: str) -> list[_Entry]:
    found: list[_Entry] = []
    for name in REGISTRY.members(space):
        entry = _of_registry(REGISTRY.qualified[space, name])
        found.append(entry if entry.name == name else msgspec.structs.replace(entry, name=name))
    return found


def _name_text(value: Value, who: str) -> str:
    if value.__class__ is Symbol or value.__class__ is Builtin:
        return value.name
    if value.__class__ is str:
        return value
    raise bad_arg(who, 1, "a name (symbol or string)", value)


def _signatures(entry: _Entry) -> list[Value]:
    return [f"({entry.name}{' ' if usage else ''}{usage})" for usage in entry.usages]


def _option(opts: Value, name: str, least: int, default: int, most: int) -> int:
    value = flex_get(opts, kw(name)) if is_map(opts) else None
    return (
        min(max(int(value), least), most)
        if isinstance(value, int) and not isinstance(value, bool)
        else default
    )


def _first_sentence(text: str) -> str:
    sentence = re.split(r"(?<=\.)\s", text, maxsplit=1)[0]
    return sentence if len(sentence) <= _LINE else f"{sentence[: _LINE - 3]}..."
