"""Where two traces first differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from subagent.trace.reading import Record, Trace, TraceError
from subagent.trace.tree import Node, forest

_COMPARED = {
    "run": ("agent", "model", "signature", "ok", "error_kind"),
    "turn": ("turn", "kind", "ok", "error_kind"),
    "model": ("model", "message_count", "ok", "error_kind", "finish_reason"),
    "program": ("language", "ok", "returned", "error_kind", "steps", "tool_calls", "prints"),
    "tool": ("name", "ok", "error_type", "cached"),
}
_PAYLOADS = {
    "run": ("task", "context", "value"),
    "turn": (),
    "model": ("system", "messages", "content"),
    "program": ("program", "shown", "value"),
    "tool": ("args", "result"),
}


class Divergence(msgspec.Struct, frozen=True, kw_only=True):
    """The first difference: where it is, which field, and what each side has. A side that ends has None."""

    where: str
    field: str
    left: Any
    right: Any


def first_divergence(left: Trace, right: Trace) -> Divergence | None:
    """Compares the first trees of two traces, node by node in the order of the program; times and ids are left out.
    Payloads are compared when both sides have them; else their sizes.

    Raises:
        TraceError: one of them holds no run.
    """
    for a, b in _pairs(_root(left), _root(right)):
        if a is None or b is None:
            present = a or b
            assert present is not None
            return Divergence(where=_path(present), field="presence", left=_named(a), right=_named(b))
        if a.kind != b.kind:
            return Divergence(where=_path(a), field="kind", left=a.name, right=b.name)
        for field, one, other in _fields(a, b):
            if one != other:
                return Divergence(where=_path(a), field=field, left=one, right=other)
    return _ends(_root(left), _root(right))


def _ends(a: Node, b: Node) -> Divergence | None:
    """How the runs ended: looked at last, because it follows from what is inside."""
    for field, one, other in _compared("run", a.finished or {}, b.finished or {}):
        if one != other:
            return Divergence(where=a.name, field=field, left=one, right=other)
    return None


def _root(trace: Trace) -> Node:
    roots = [node for node in forest(trace.records) if node.kind == "run"]
    if not roots:
        raise TraceError(f"{trace.path}: there is no run in this trace")
    return roots[0]


def _pairs(a: Node | None, b: Node | None) -> Iterator[tuple[Node | None, Node | None]]:
    """Both trees side by side, a node before what is below it."""
    yield a, b
    if a is None or b is None:
        return
    for place in range(max(len(a.children), len(b.children))):
        one = a.children[place] if place < len(a.children) else None
        other = b.children[place] if place < len(b.children) else None
        yield from _pairs(one, other)


def _fields(a: Node, b: Node) -> Iterator[tuple[str, Any, Any]]:
    yield from _compared(a.kind, a.started, b.started)
    if a.kind not in {"run", "turn"}:
        yield from _compared(a.kind, a.finished or {}, b.finished or {})


def _compared(kind: str, a: Record, b: Record) -> Iterator[tuple[str, Any, Any]]:
    for name in _COMPARED[kind]:
        yield name, a.get(name), b.get(name)
    both = "payload" in a and "payload" in b
    for name in _PAYLOADS[kind]:
        if both:
            yield name, a["payload"].get(name), b["payload"].get(name)
        else:
            for size in (f"{name}_chars", f"{name}_count"):
                yield size, a.get(size), b.get(size)


def _path(node: Node) -> str:
    names: Sequence[str] = []
    at: Node | None = node
    while at is not None:
        names = [at.name, *names]
        at = at.parent
    return " > ".join(names)


def _named(node: Node | None) -> str | None:
    return None if node is None else node.name
