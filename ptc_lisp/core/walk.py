"""Questions about core nodes: what is inside, what is bound, what is captured.

Nothing here recurses over nodes: a chain of hundreds of clauses is nested as deep as it is long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ptc_lisp.core import nodes as n

_LEAVES = (
    n.Const, n.KeywordConst, n.SymbolConst, n.RegexConst, n.Local, n.Global, n.BuiltinRef, n.ExportRef, n.DataRef,
    n.ToolNode, n.HistoryRef,
)  # fmt: skip


_SILENT = frozenset(_LEAVES) - {n.DataRef, n.ToolNode}


def _items(node: n.VectorNode | n.MapNode | n.SetNode | n.And | n.Or | n.Do) -> tuple[n.Node, ...]:
    return node.items


def _args(node: n.Recur | n.Intrinsic | n.ToolCall) -> tuple[n.Node, ...]:
    return node.args


def _bound(node: n.Let | n.Loop) -> tuple[n.Node, ...]:
    return (*[binding.value for binding in node.bindings], node.body)


def _for(node: n.For) -> tuple[n.Node, ...]:
    found: list[n.Node] = []
    for clause in node.clauses:
        match clause:
            case n.Each():
                found.append(clause.source)
            case n.Bind():
                found.extend(binding.value for binding in clause.bindings)
            case _:
                found.append(clause.test)
    return (*found, node.body)


_CHILDREN: dict[type, Callable[..., tuple[n.Node, ...]]] = {
    **dict.fromkeys(_LEAVES, lambda _node: ()),
    **dict.fromkeys((n.VectorNode, n.MapNode, n.SetNode, n.And, n.Or, n.Do), _items),
    **dict.fromkeys((n.Recur, n.Intrinsic, n.ToolCall), _args),
    **dict.fromkeys((n.Let, n.Loop), _bound),
    n.If: lambda node: (node.test, node.then, node.otherwise),
    n.Fn: lambda node: tuple([arity.body for arity in node.arities]),
    n.Call: lambda node: (node.fn, *node.args),
    n.Def: lambda node: (node.value,),
    n.For: _for,
    n.Stop: lambda node: (node.value,),
    n.Task: lambda node: (node.id, node.body),
}


def children(node: n.Node) -> tuple[n.Node, ...]:
    """The nodes directly inside, in order of evaluation."""
    return _CHILDREN[type(node)](node)


def walk(node: n.Node) -> Iterator[n.Node]:
    """The node and all nodes inside, each before its children."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))


def binds(node: n.Node) -> tuple[str, ...]:
    """The unique locals that this node itself introduces (not those of nodes inside)."""
    match node:
        case n.Let() | n.Loop():
            return tuple([binding.name for binding in node.bindings])
        case n.Fn():
            names = [] if node.self_name is None else [node.self_name]
            for arity in node.arities:
                names.extend(arity.params)
                if arity.rest is not None:
                    names.append(arity.rest)
            return tuple(names)
        case n.For():
            names = []
            for clause in node.clauses:
                if isinstance(clause, n.Each):
                    names.append(clause.name)
                elif isinstance(clause, n.Bind):
                    names.extend(binding.name for binding in clause.bindings)
            return tuple(names)
        case _:
            return ()


def free_locals(node: n.Node) -> tuple[str, ...]:
    """Locals that are read inside but bound outside, in order of first reading: what a function captures.

    Locals are unique in a program, so no scope has to be followed.
    """
    read: dict[str, None] = {}
    bound: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, n.Local):
            read[inner.name] = None
        else:
            bound.update(binds(inner))
    return tuple([name for name in read if name not in bound])


def captures(root: n.Node) -> dict[int, tuple[str, ...]]:
    """`free_locals` of every `Fn` inside, in one pass, by `id` of the `Fn`: valid while `root` is alive."""
    found: dict[int, tuple[str, ...]] = {}
    open_fns: list[tuple[n.Fn, dict[str, None], set[str]]] = []
    read: dict[str, None] = {}
    bound: set[str] = set()
    stack: list[n.Node | None] = [root]  # None: all of the innermost open function has been seen
    while stack:
        node = stack.pop()
        if node is None:
            fn, outer_read, outer_bound = open_fns.pop()
            free = tuple([name for name in read if name not in bound])
            found[id(fn)] = free
            outer_read.update(dict.fromkeys(free))
            read, bound = outer_read, outer_bound
            continue
        if isinstance(node, n.Fn):
            open_fns.append((node, read, bound))
            read, bound = {}, set()
            stack.append(None)
        if isinstance(node, n.Local):
            read[node.name] = None
        bound.update(binds(node))
        stack.extend(reversed(children(node)))
    return found


def user_names(roots: Iterable[n.Node]) -> tuple[str, ...]:
    """User names that are read, in order, each once."""
    found = [node.name for root in roots for node in walk(root) if isinstance(node, n.Global)]
    return tuple(dict.fromkeys(found))


class Mentions(NamedTuple):
    """Names that nodes mention, each once, in the order of the text."""

    defined: tuple[str, ...]  # user names that may be defined
    data: tuple[str, ...]  # names of `data/…`
    tools: tuple[str, ...]  # names of `tool/…`, called or mentioned


def mentions(roots: Iterable[n.Node]) -> Mentions:
    """What the nodes mention, in one pass: most nodes of a program are names and constants, which say nothing."""
    defined: dict[str, None] = {}
    data: dict[str, None] = {}
    tools: dict[str, None] = {}
    stack = list(roots)[::-1]
    while stack:
        node = stack.pop()
        cls = node.__class__
        if cls in _SILENT:
            continue
        if isinstance(node, n.DataRef):
            data[node.name] = None
        elif isinstance(node, n.Def):
            defined[node.name] = None
        elif isinstance(node, n.ToolCall | n.ToolNode):
            tools[node.name] = None
        stack += _CHILDREN[cls](node)[::-1]
    return Mentions(tuple(defined), tuple(data), tuple(tools))
