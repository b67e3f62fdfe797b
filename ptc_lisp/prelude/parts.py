"""Preludes as data: namespaces, what they export, and what is wrong with one that cannot be used. Leaf module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from ptc_lisp.faults import Fault, FaultKind, Phase, Portable
from ptc_lisp.source import Span

Kind = Literal["function", "constant"]
Visibility = Literal["prompt", "discoverable"]
Effect = Literal["read", "write", "unknown"]

REASONS: Final = (
    "missing_namespace",
    "reserved_namespace",
    "reserved_name",
    "invalid_namespace",
    "duplicate_ref",
    "invalid_visibility",
    "invalid_requires",
    "invalid_metadata",
    "qualified_self_reference",
    "invalid_signature",
    "parse_error",
    "compile_error",
    "unrecognized_node",
    "prelude_attach_failed",
)
"""Why a prelude cannot be used. The last one depends on the tools of a run, the others on the source alone."""


class Export(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One public name of a namespace.

    ref: as programs write it, `crm/find-user`.
    arities: argument counts of the fixed arities; variadic: the fewest arguments of the one with `&`. usages: the
    parameters of each arity as written.
    requires: `tool:name` and `upstream:server/tool`, what private helpers need included.
    signature: its contract as text; contract: the same as data. source: its definition.
    """

    ref: str
    symbol: str
    kind: Kind = "function"
    arities: tuple[int, ...] = ()
    variadic: int | None = None
    usages: tuple[str, ...] = ()
    doc: str | None = None
    visibility: Visibility = "prompt"
    effect: Effect = "unknown"
    requires: tuple[str, ...] = ()
    provider_ref: str | None = None
    signature: str | None = None
    contract: Any = None
    source: str = ""

    @property
    def params(self) -> tuple[str, ...]:
        """The parameters of the first arity."""
        return tuple(self.usages[0].split()) if self.usages else ()

    @property
    def arity(self) -> int | None:
        """How many arguments it takes; None when that is not one number."""
        return self.arities[0] if len(self.arities) == 1 and self.variadic is None else None

    @property
    def min_arity(self) -> int:
        """The fewest arguments that it takes."""
        counts = (*self.arities, *(() if self.variadic is None else (self.variadic,)))
        return min(counts, default=0)

    def takes(self, count: int) -> bool:
        """Whether a call with so many arguments fits."""
        return count in self.arities or (self.variadic is not None and count >= self.variadic)


class Namespace(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One namespace. private: its other names, which nobody can reach from outside."""

    name: str
    doc: str | None = None
    visibility: Visibility = "prompt"
    requires: tuple[str, ...] = ()
    exports: tuple[Export, ...] = ()
    private: tuple[str, ...] = ()


class Library:
    """A namespace for looking things up."""

    __slots__ = ("exports", "namespace", "private")

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.exports = {export.symbol: export for export in namespace.exports}
        self.private = frozenset(namespace.private)


class Component(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One source of a prelude. name, metadata: what its owner says about where it comes from."""

    source: str
    namespaces: tuple[Namespace, ...]
    name: str | None = None
    metadata: dict[str, Any] = {}

    @property
    def source_hash(self) -> str:
        """SHA-256 of the source, in hexadecimal."""
        return hashed(self.source.encode("utf-8", "surrogatepass"))


class Prelude(msgspec.Struct, frozen=True, kw_only=True):
    """Namespaces of functions that the host gives to programs. Made by `compile_prelude` and `bundle_preludes`.

    It can be stored as JSON (`msgspec.json`); its sources are compiled again where it is next used."""

    components: tuple[Component, ...]

    @property
    def namespaces(self) -> tuple[Namespace, ...]:
        """All namespaces, in order."""
        return tuple(space for component in self.components for space in component.namespaces)

    @property
    def exports(self) -> tuple[Export, ...]:
        """All exports, in order."""
        return tuple(export for space in self.namespaces for export in space.exports)

    @property
    def requires(self) -> tuple[str, ...]:
        """What the namespaces and exports require, each once, sorted."""
        found = {need for space in self.namespaces for need in space.requires}
        return tuple(sorted(found.union(*(export.requires for export in self.exports))))

    @property
    def source(self) -> str:
        """The sources, one after the other."""
        return "\n".join(component.source for component in self.components)

    @property
    def source_hash(self) -> str:
        """SHA-256 of the source of the only component, or of the hashes of all."""
        hashes = [component.source_hash for component in self.components]
        return hashes[0] if len(hashes) == 1 else hashed("\n".join(hashes).encode())

    @property
    def artifact_hash(self) -> str:
        """SHA-256 of everything that is known about it, metadata included."""
        return hashed(msgspec.msgpack.encode(self, order="deterministic"))

    @property
    def metadata(self) -> dict[str, Any]:
        """What is said about the components by name, or by position for those without one."""
        return {c.name or str(index): c.metadata for index, c in enumerate(self.components)}

    def find(self, ref: str) -> Export | None:
        """The export with a ref such as `crm/find-user`; None if there is none."""
        return next((export for export in self.exports if export.ref == ref), None)

    def labelled(self, name: str | None = None, metadata: Mapping[str, Any] | None = None) -> Prelude:
        """The same with another name or metadata of its components."""
        replaced = {
            **({} if name is None else {"name": name}),
            **({} if metadata is None else {"metadata": dict(metadata)}),
        }
        return Prelude(components=tuple(msgspec.structs.replace(c, **replaced) for c in self.components))

    def trace_summary(self) -> dict[str, Any]:
        """What identifies it in traces: JSON-shaped, without sources."""
        return {
            "source_hash": self.source_hash,
            "artifact_hash": self.artifact_hash,
            "protected_namespaces": [space.name for space in self.namespaces],
            "exports": [export.ref for export in self.exports],
            "components": [
                {"name": c.name, "source_hash": c.source_hash, **c.metadata} for c in self.components
            ],
        }


class Flaw(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with a prelude, with its place. ref: the definition that it is in. excerpt: the line, with carets."""

    reason: str
    message: str
    hint: str | None = None
    span: Span | None = None
    excerpt: str | None = None
    namespace: str | None = None
    ref: str | None = None
    details: dict[str, Any] = {}


class PreludeError(Portable, ValueError):
    """A prelude that cannot be used. `reason` is one of `REASONS`; str() says what is wrong, where, and how to fix it."""

    def __init__(self, flaw: Flaw, component: str | None = None) -> None:
        where = "" if component is None else f" {component}"
        place = f" at line {flaw.span.line}, column {flaw.span.column}" if flaw.span else ""
        parts = [f"prelude{where} cannot be used: {flaw.reason}{place}: {flaw.message}", flaw.excerpt]
        parts.append(None if flaw.hint is None else f"hint: {flaw.hint}")
        super().__init__("\n".join(part for part in parts if part))
        self.flaw = flaw
        self.component = component
        self.reason = flaw.reason
        self.message = flaw.message
        self.hint = flaw.hint
        self.span = flaw.span

    @property
    def fault(self) -> Fault:
        """The fault of a run to which it could not be attached."""
        flaw = self.flaw
        named = {"prelude": self.component, "namespace": flaw.namespace, "ref": flaw.ref}
        return Fault(
            FaultKind.PRELUDE_ATTACH_FAILED,
            Phase.HOST,
            f"a prelude could not be attached: {flaw.message}",
            span=flaw.span,
            hint=flaw.hint,
            details={"reason": flaw.reason, **{k: v for k, v in named.items() if v}, **flaw.details},
            excerpt=flaw.excerpt,
        )


def hashed(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    import hashlib  # noqa: PLC0415 - loads OpenSSL, which would lie in every worker, and which none needs

    return hashlib.sha256(data).hexdigest()
