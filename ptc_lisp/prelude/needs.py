"""What the functions of a prelude need: the tools that they reach, through whatever they call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ptc_lisp.core import nodes as n
from ptc_lisp.core.walk import walk
from ptc_lisp.prelude.parts import Effect

_SERVERS = "servers"


class Needs(NamedTuple):
    """requires: `tool:name` and `upstream:server/tool`. effects: what is declared, and `unknown` where it calls what only
    the run will tell."""

    requires: frozenset[str]
    effects: frozenset[str]

    @property
    def effect(self) -> Effect:
        """What its calls may do, as far as that is known."""
        if "write" in self.effects:
            return "write"
        return "unknown" if "unknown" in self.effects or self.requires else "read"


def needs_of(
    space: str, core: n.Program, declared: Mapping[str, Needs], known: Mapping[str, Needs]
) -> dict[str, Needs]:
    """The needs of every definition of a namespace by ref. declared: what these say; known: the needs of the exports of
    other namespaces."""
    direct: dict[str, Needs] = {}
    mentioned: dict[str, set[str]] = {}
    for form in core.forms:
        if isinstance(form, n.Def):
            ref = f"{space}/{form.name}"
            found, mentioned[ref] = _look(space, form.value, known)
            direct[ref] = _joined([found, declared[ref]])
    return {ref: _joined([direct[other] for other in _reached(ref, mentioned)]) for ref in direct}


def _joined(needs: list[Needs]) -> Needs:
    return Needs(
        frozenset().union(*(each.requires for each in needs)),
        frozenset().union(*(each.effects for each in needs)),
    )


def _look(space: str, node: n.Node, known: Mapping[str, Needs]) -> tuple[Needs, set[str]]:
    """What a node needs itself, and the names of its namespace that it mentions."""
    requires: set[str] = set()
    effects: set[str] = set()
    inside: set[str] = set()
    for inner in walk(node):
        match inner:
            case n.ToolCall(name="call"):
                target = _upstream(inner.args)
                requires |= set() if target is None else {target}
                effects |= {"unknown"} if target is None else set()
            case n.ToolNode(name="call"):
                effects.add("unknown")
            case n.ToolCall() | n.ToolNode() if inner.name != _SERVERS:
                requires.add(f"tool:{inner.name}")
            case n.Global():
                inside.add(f"{space}/{inner.name}")
            case n.ExportRef() if inner.ref in known:
                requires |= known[inner.ref].requires
                effects |= known[inner.ref].effects
            case _:
                pass
    return Needs(frozenset(requires), frozenset(effects)), inside


def _upstream(args: tuple[n.Node, ...]) -> str | None:
    """`upstream:server/tool` of a call that names both; None when that is only known when it runs."""
    items = args[0].items if len(args) == 1 and isinstance(args[0], n.MapNode) else args
    said: dict[str, object] = {}
    for key, value in zip(items[::2], items[1::2], strict=False):
        if isinstance(key, n.KeywordConst) and isinstance(value, n.Const):
            said[key.name] = value.value
    server, tool = said.get("server"), said.get("tool")
    return f"upstream:{server}/{tool}" if isinstance(server, str) and isinstance(tool, str) else None


def _reached(start: str, mentioned: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        ref = todo.pop()
        if ref not in seen and ref in mentioned:
            seen.add(ref)
            todo.extend(mentioned[ref])
    return seen
