"""What the compiler knows about values before the program runs: "this local is always an integer".

A kind holds on every path, so generated code may leave a check out. None means unknown. Locals are unique in a program, and
only loops and functions bind one twice, so one table serves a whole compilation.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, TypeAlias

from ptc_lisp.core import nodes as core

Kind: TypeAlias = str | None
"""`int` (and no boolean), `float`, `str`; `seq`: nil or a collection that ends; `host`: came from the host, so nothing
in it is endless, and no plain dict has a keyword as a key; `hosts`: a `seq` of such values; `groups`: a map whose values
are `hosts`, `group`: an entry of it, `entries`: a `seq` of those."""

_FINITE: Final = frozenset({"seq", "host", "hosts", "groups", "group", "entries", "str"})
_MOST_NESTED: Final = 2
"""Loops inside loops are looked at so deep: each level goes through the ones inside several times."""

_ITEMS: Final[dict[Kind, Kind]] = {"host": "host", "hosts": "host", "groups": "group", "entries": "group"}
"""What the items are of a collection of a kind."""

_ROW: Final[dict[Kind, Kind]] = {"host": "hosts", "group": "entries"}
"""What a sequence is of items of a kind."""

_INT: Final = frozenset({"count", "compare"})
_INT_OF_INTS: Final = frozenset({"+", "-", "*", "inc", "dec", "mod", "rem", "quot", "abs", "max", "min"})
_SEQ: Final = frozenset(
    {"group-by", "frequencies", "mapv", "vec", "vals", "keys", "vector", "zipmap", "select-keys"}
)
_SAME_ITEMS: Final = frozenset(
    {"filter", "remove", "filterv", "sort", "sort-by", "distinct", "distinct-by", "reverse"}
)
_SAME_ITEMS_OF_SECOND: Final = frozenset({"take", "drop", "take-while", "drop-while", "take-last"})
_ITEM: Final = frozenset({"first", "last", "second", "nth"})
_LOOKUPS: Final = frozenset({"map", "mapv", "keep"})
_SEQ_OF_SECOND: Final = frozenset({"map", "mapcat", "map-indexed", "keep", "keep-indexed", "interpose"})


_ROWS_OF_FIRST: Final = frozenset({"dsl/rows", "dsl/sort-by", "dsl/filter-in", "dsl/group-by", "dsl/groups"})
"""Of PTC-JSON: they give lists, and take nothing else."""


class Direct(NamedTuple):
    """Calls of a function to itself that can go straight to its code for integers, while that is being compiled.

    They name it by the user name or the local, give `arity` arguments, integers at the `places`; `gives` is what it gives.
    """

    user_name: str | None
    local: str | None
    arity: int
    places: tuple[int, ...]
    gives: Kind

    def names(self, fn: core.Node) -> bool:
        """Whether the callee of a call is this function."""
        if isinstance(fn, core.Global):
            return fn.name == self.user_name
        return isinstance(fn, core.Local) and fn.name == self.local


class Known:
    """Facts about the locals of one compilation, and answers about nodes."""

    def __init__(
        self, kinds: dict[str, Kind] | None = None, nested: int = 0, direct: Direct | None = None
    ) -> None:
        """nested: of how many loops, one inside the other, this is a look ahead."""
        self._kinds: dict[str, Kind] = kinds or {}
        self._nested = nested
        self._direct = direct

    @contextmanager
    def integers(self, names: list[str], direct: Direct | None) -> Generator[None]:
        """While the body of a function is compiled whose parameters `names` are integers."""
        self._direct = direct
        for name in names:
            self._kinds[name] = "int"
        yield
        for name in names:
            self._kinds[name] = None
        self._direct = None

    def goes_direct(self, node: core.Call) -> bool:
        """Whether this is a call that can go straight to the integer code of the function around it."""
        direct = self._direct
        if direct is None or len(node.args) != direct.arity or not direct.names(node.fn):
            return False
        return all([self.of(node.args[place]) == "int" for place in direct.places])  # noqa: C419 - quicker as a list

    def bind(self, name: str, kind: Kind) -> None:
        """Notes what a local is."""
        self._kinds[name] = kind

    def bind_all(self, bindings: tuple[core.Binding, ...]) -> None:
        """Notes what the locals of a `let` are."""
        for binding in bindings:
            self._kinds[binding.name] = self.of(binding.value)

    def local(self, name: str) -> Kind:
        """What a local is."""
        return self._kinds.get(name)

    def of(self, node: core.Node) -> Kind:
        """What the value of a node is."""
        if type(node) is core.Local:
            return self._kinds.get(node.name)
        handler = _OF.get(type(node))
        return handler(self, node) if handler is not None else None

    def of_items(self, node: core.Node) -> Kind:
        """What the items are of the collection that a node gives."""
        return _ITEMS.get(self.of(node))

    def is_finite(self, node: core.Node) -> bool:
        """Whether the value of a node is surely no endless sequence."""
        return self.of(node) in _FINITE

    def settle(self, names: tuple[str, ...], kinds: list[Kind], body: core.Node) -> list[Kind]:
        """The kinds that `names` keep in all turns of `body` when they begin with `kinds`.

        Begins with the hope that none changes, and gives up those that some turn breaks, until nothing breaks.
        """
        if self._nested > _MOST_NESTED or not any(kinds):
            return [None] * len(names)
        while True:
            settled = list(kinds)
            ahead = self._ahead(names, kinds)
            for tail in ahead.tails(body):
                if isinstance(tail, core.Recur):
                    for place, arg in enumerate(tail.args):
                        if settled[place] is not None and ahead.of(arg) != settled[place]:
                            settled[place] = None
            if settled == kinds:
                return settled
            kinds = settled

    def of_loop(self, node: core.Loop) -> Kind:
        """What a loop gives."""
        ahead = self._ahead((), [])
        ahead.bind_all(node.bindings)
        return ahead.of_body(tuple([binding.name for binding in node.bindings]), node.body)

    def ahead_of(self, names: tuple[str, ...], body: core.Node) -> Known:
        """A look ahead at a body that can go round: `names` are what they stay in all turns."""
        return self._ahead(names, self.settle(names, [self.local(name) for name in names], body))

    def of_body(self, names: tuple[str, ...], body: core.Node) -> Kind:
        """What a body gives that can go round with new values of `names`."""
        ahead = self.ahead_of(names, body)
        found = {ahead.of(tail) for tail in ahead.tails(body) if not isinstance(tail, core.Recur)}
        return found.pop() if len(found) == 1 else None

    def tails(self, body: core.Node) -> Iterator[core.Node]:
        """The nodes that can be the value of `body`; what they see is bound by then."""
        pending = [body]
        while pending:
            node = pending.pop()
            match node:
                case core.If():
                    pending += [node.otherwise, node.then]
                case core.Let():
                    self.bind_all(node.bindings)
                    pending.append(node.body)
                case core.Do():
                    pending.append(node.items[-1])
                case core.And() | core.Or():
                    pending.append(node.items[-1])
                    yield node
                case _:
                    yield node

    def of_tails(self, node: core.Node) -> Kind:
        """What all of the possible values are, if they are the same."""
        found = {self.of(tail) for tail in self.tails(node)}
        return found.pop() if len(found) == 1 else None

    def _ahead(self, names: tuple[str, ...], kinds: list[Kind]) -> Known:
        kinds_then = {**self._kinds, **dict(zip(names, kinds, strict=True))}
        return Known(kinds_then, self._nested + 1, self._direct)

    def of_direct(self, node: core.Call) -> Kind:
        """What a call of the function around it gives, if it goes straight to the integer code."""
        return self._direct.gives if self._direct is not None and self.goes_direct(node) else None


def _of_const(_known: Known, node: core.Const) -> Kind:
    cls = node.value.__class__
    return cls.__name__ if cls is int or cls is float or cls is str else None


def _of_call(known: Known, node: core.Call) -> Kind:
    fn, args = node.fn, node.args
    if isinstance(fn, core.KeywordConst):
        return "host" if len(args) == 1 and known.of(args[0]) == "host" else None
    if not isinstance(fn, core.BuiltinRef) or not args:
        return known.of_direct(node)
    ref = fn.ref
    if ref in _INT:
        return "int"
    if ref in _ITEM and len(args) == 1 + (ref == "nth"):
        return known.of_items(args[0])
    if ref == "get" and len(args) == 2 and isinstance(args[1], core.KeywordConst | core.Const):
        return "host" if known.of(args[0]) == "host" else None
    if ref == "group-by" and len(args) == 2 and known.of_items(args[1]) == "host":
        return "groups"
    looks_up = ref in _LOOKUPS and len(args) == 2 and isinstance(args[0], core.KeywordConst)
    if looks_up and known.of_items(args[1]) == "host":
        return "hosts"
    if ref in _SEQ:
        return "seq"
    if ref in _INT_OF_INTS:
        return "int" if all([known.of(arg) == "int" for arg in args]) else None  # noqa: C419 - quicker as a list
    if ref in _ROWS_OF_FIRST:
        return _items(known.of(args[0])) or "seq"
    if ref in _SAME_ITEMS:
        return _items(known.of(args[-1]))
    if len(args) == 2 and (ref in _SAME_ITEMS_OF_SECOND or ref in _SEQ_OF_SECOND):
        kind = _items(known.of(args[1]))
        return kind if kind is None or ref in _SAME_ITEMS_OF_SECOND else "seq"
    return "float" if ref == "/" else None


def _of_intrinsic(known: Known, node: core.Intrinsic) -> Kind:
    if node.op == "get":
        return "host" if known.of(node.args[0]) == "host" else None
    if node.op != "nth":
        return None
    kind, place = known.of(node.args[0]), node.args[1]
    if kind == "group":
        return "hosts" if isinstance(place, core.Const) and place.value == 1 else None
    return _ITEMS.get(kind)


def _items(kind: Kind) -> Kind:
    return _ROW.get(_ITEMS.get(kind)) or ("seq" if kind in _FINITE else None)


_OF: dict[type, Callable[[Known, Any], Kind]] = {
    core.Const: _of_const,
    core.DataRef: lambda _known, _node: "host",
    core.ToolCall: lambda _known, _node: "host",
    core.VectorNode: lambda _known, _node: "seq",
    core.MapNode: lambda _known, _node: "seq",
    core.SetNode: lambda _known, _node: "seq",
    core.For: lambda _known, node: "seq" if node.collect else None,
    core.If: Known.of_tails,
    core.Let: Known.of_tails,
    core.Do: Known.of_tails,
    core.Loop: Known.of_loop,
    core.Call: _of_call,
    core.Intrinsic: _of_intrinsic,
}
