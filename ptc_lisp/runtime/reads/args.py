"""What the handlers of builtins work with: the arguments of a call, and the walk through the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from ptc_lisp.core import nodes as n
from ptc_lisp.runtime.reads import spots
from ptc_lisp.runtime.reads.spots import NOTHING, Held


class Reader(Protocol):
    """Who goes through the program."""

    def value(self, node: n.Node) -> Held:
        """What the value of a node may be or hold."""
        ...

    def apply(self, fn: n.Node, args: list[Held]) -> Held:
        """What a call of a function gives."""
        ...

    def settled(self, start: Held, turn: Callable[[Held], Held]) -> Held:
        """What an accumulator may hold."""
        ...


class Arg:
    """An argument: a node, or only what it may hold (where a builtin is called by another)."""

    __slots__ = ("_held", "_reader", "node")

    def __init__(self, reader: Reader, node: n.Node | None = None, held: Held | None = None) -> None:
        self._reader = reader
        self.node = node
        self._held = held

    @property
    def held(self) -> Held:
        """What its value may be or hold."""
        if self._held is None:
            self._held = NOTHING if self.node is None else self._reader.value(self.node)
        return self._held

    def items(self) -> Held:
        """What going through it meets."""
        return spots.items(self.held)

    def call(self, *args: Held) -> Held:
        """What calling it gives."""
        return lost(self.held, *args) if self.node is None else self._reader.apply(self.node, list(args))

    def select(self, item: Held) -> Held:
        """What it finds in an item as a selector."""
        if isinstance(self.node, n.Const) and isinstance(self.node.value, str):
            return spots.look(item, self.node.value)
        return (
            follow(self._reader, item, self.node.items, spots.look_up)
            if isinstance(self.node, n.VectorNode)
            else self.call(item)
        )

    def lose(self) -> None:
        """It may be looked at as a whole."""
        spots.spoil(self.held)


Handler: TypeAlias = Callable[[Reader, list[Arg]], Held]


def literal_name(node: n.Node | None) -> str | None:
    """The name of a literal keyword or string."""
    if isinstance(node, n.KeywordConst):
        return node.name
    return node.value if isinstance(node, n.Const) and isinstance(node.value, str) else None


def literal_index(node: n.Node | None) -> int | None:
    """The value of a literal integer."""
    return node.value if isinstance(node, n.Const) and node.value.__class__ is int else None  # type: ignore[return-value] - an int


def follow(
    reader: Reader, held: Held, path: tuple[n.Node, ...], look: Callable[[Held, str], Held] = spots.look
) -> Held:
    """What a path of literal keys and indexes leads to. look: `spots.look_up` if a `Row` will do."""
    for step in path:
        name, index = literal_name(step), literal_index(step)
        if name is not None:
            held = look(held, name)
        elif index is not None:
            held = spots.at(held, index)
        else:
            held = lost(held, reader.value(step))
    return held


def lost(*parts: Held) -> Held:
    """They may be looked at as a whole."""
    for held in parts:
        spots.spoil(held)
    return NOTHING


def all_lost(_reader: Reader, args: list[Arg]) -> Held:
    """Everything may be looked at as a whole."""
    return lost(*[arg.held for arg in args])


def of(*counts: int) -> Callable[[Handler], Handler]:
    """A handler for calls with so many arguments; others read everything."""

    def wrap(handler: Handler) -> Handler:
        return lambda reader, args: (handler if len(args) in counts else all_lost)(reader, args)

    return wrap
