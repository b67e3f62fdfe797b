"""The table of builtins. One decorator above each function says all that anybody needs to know about it; the
reference page, the prompt card, `(doc f)`, `(apropos …)`, arity checks, "did you mean" and one test per example come
from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from ptc_lisp.values.functions import Builtin
from ptc_lisp.values.types import Value

F = TypeVar("F", bound=Callable[..., Value])
_VARIADIC = 0x04
"""`inspect.CO_VARARGS`. That module takes long to load, and workers need nothing else of it."""


class Constant(msgspec.Struct, frozen=True):
    """A named value, e.g. `Math/PI`."""

    name: str
    ref: str
    value: Value
    doc: str
    namespaces: tuple[str, ...] = ()


NAMESPACES: dict[str, str] = {
    "clojure.core": "clojure.core",
    "core": "clojure.core",
    "clojure.string": "clojure.string",
    "str": "clojure.string",
    "string": "clojure.string",
    "clojure.set": "clojure.set",
    "set": "clojure.set",
    "clojure.walk": "clojure.walk",
    "walk": "clojure.walk",
    "regex": "regex",
    "re": "regex",
    "json": "json",
    "cheshire.core": "json",
    "Math": "Math",
    "math": "Math",
    "clojure.math": "Math",
    "java.lang.Math": "Math",
    "System": "System",
    "Boolean": "Boolean",
    "Double": "Double",
    "Float": "Float",
    "Integer": "Integer",
    "Long": "Long",
    "LocalDate": "LocalDate",
    "java.time.LocalDate": "LocalDate",
    "Instant": "Instant",
    "java.time.Instant": "Instant",
    "Duration": "Duration",
    "java.time.Duration": "Duration",
    "ptc": "ptc",
    "dsl": "dsl",
}
"""Every spelling of a namespace that a program may use, and the namespace it means."""


class Registry:
    """Builtins and constants by bare name, by (namespace, name) and by ref."""

    def __init__(self) -> None:
        self.bare: dict[str, Builtin | Constant] = {}
        self.qualified: dict[tuple[str, str], Builtin | Constant] = {}
        self.by_ref: dict[str, Builtin | Constant] = {}

    def add(self, entry: Builtin | Constant, *, bare: bool) -> None:
        """Adds an entry; a name that is taken is a programming error (ValueError)."""
        if entry.ref in self.by_ref:
            raise ValueError(f"builtin {entry.ref} is defined twice")
        self.by_ref[entry.ref] = entry
        if bare:
            if entry.name in self.bare:
                raise ValueError(f"builtin name {entry.name} is taken")
            self.bare[entry.name] = entry
        for ns in entry.namespaces:
            if (ns, entry.name) in self.qualified:
                raise ValueError(f"builtin {ns}/{entry.name} is defined twice")
            self.qualified[ns, entry.name] = entry

    def alias(self, name: str, target: str, *, namespaces: Iterable[str] = ()) -> None:
        """Makes `name` (bare, and in `namespaces`) mean what `target` (a ref) means."""
        entry = self.by_ref[target]
        self.bare[name] = entry
        for ns in namespaces:
            self.qualified[ns, name] = entry

    def qualified_alias(self, ns: str, name: str, target: str) -> None:
        """Makes `ns/name` mean what `target` (a ref) means."""
        self.qualified[ns, name] = self.by_ref[target]

    def resolve(self, name: str, ns: str | None = None) -> Builtin | Constant | None:
        """The entry of `name` or `ns/name` as a program writes it; None when there is none."""
        if ns is None:
            return self.bare.get(name)
        canonical = NAMESPACES.get(ns)
        return None if canonical is None else self.qualified.get((canonical, name))

    def members(self, ns: str) -> list[str]:
        """Sorted names of a (canonical) namespace."""
        return sorted(name for space, name in self.qualified if space == ns)


REGISTRY = Registry()


def builtin(
    name: str,
    *params: str,
    doc: str,
    examples: Iterable[tuple[str, str]] = (),
    area: str,
    ns: str | tuple[str, ...] = "clojure.core",
    bare: bool = True,
    clojure: str = "same",
    pure: bool = True,
    see_also: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Registers a Python function as a builtin.

    Args:
        name: its name in the language, without namespace.
        params: one usage per arity, e.g. `"m k"`, `"m k default"`, `"f & colls"` (Clojure's arglist style).
        doc: one or two sentences for programmers and models. Required.
        examples: (source, printed result) pairs; each is run as a test. At least one for every pure function.
        area: group in the reference, e.g. "maps", "sequences", "strings".
        ns: canonical namespace(s) in which it can be written qualified.
        bare: whether the unqualified name works.
        clojure: "same", "DIV-nn" (a documented divergence) or "extension" (Clojure has no such function).
        pure: False when it prints, reads the clock or talks to the host.
        aliases: further bare names (also usable with the same namespaces).

    The Python function takes positional arguments only; its accepted count comes from its signature (defaults are
    optional, `*args` means any number more).
    """
    spaces = (ns,) if isinstance(ns, str) else ns

    def register(fn: F) -> F:
        least, most = _arity(fn)
        ref = name if bare else f"{spaces[0]}/{name}"
        entry = Builtin(
            name=name, ref=ref, fn=fn, least=least, most=most, params=params, doc=doc, examples=tuple(examples),
            area=area, namespaces=spaces, clojure=clojure, pure=pure, see_also=see_also,
        )  # fmt: skip
        REGISTRY.add(entry, bare=bare)
        for other in aliases:
            REGISTRY.alias(other, ref, namespaces=spaces)
        return fn

    return register


def constant(name: str, value: Value, *, doc: str, ns: str | tuple[str, ...], bare: bool = False) -> None:
    """Registers a named value."""
    spaces = (ns,) if isinstance(ns, str) else ns
    ref = name if bare else f"{spaces[0]}/{name}"
    REGISTRY.add(Constant(name=name, ref=ref, value=value, doc=doc, namespaces=spaces), bare=bare)


def _arity(fn: Any) -> tuple[int, int | None]:
    while hasattr(fn, "__wrapped__"):
        fn = fn.__wrapped__
    most = fn.__code__.co_argcount
    least = most - len(fn.__defaults__ or ())
    return least, None if fn.__code__.co_flags & _VARIADIC else most


class Special(msgspec.Struct, frozen=True):
    """What is known about a special form or macro; the analyzer registers its table here so that `doc` can show it."""

    name: str
    params: tuple[str, ...]
    doc: str
    examples: tuple[tuple[str, str], ...]
    area: str
    clojure: str = "same"


SPECIALS: dict[str, Special] = {}
