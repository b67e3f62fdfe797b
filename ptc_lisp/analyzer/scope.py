"""Which locals can be seen at a place of the program, and where `recur` would lead from there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Target(NamedTuple):
    """Where `recur` leads: how many arguments it takes, and what the place is called in messages."""

    places: int
    what: str


class Scope:
    """Locals by the name that the program gives them, mapped to their unique names.

    A scope is filled while its bindings are analysed in order; what was analysed before sees only what was bound
    before. `tail`: whether the value of this place is the value of the body of `target`. `depth`: enclosing functions.
    """

    __slots__ = ("depth", "names", "parent", "tail", "target")

    def __init__(
        self,
        names: dict[str, str] | None = None,
        parent: Scope | None = None,
        *,
        target: Target | None = None,
        tail: bool = False,
        depth: int = 0,
    ) -> None:
        self.names: dict[str, str] = {} if names is None else names
        self.parent = parent
        self.target = target
        self.tail = tail
        self.depth = depth

    def lookup(self, name: str) -> str | None:
        """The unique name of a local, None when there is no such local."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def visible(self) -> Iterator[str]:
        """All local names that can be seen, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent

    @property
    def operand(self) -> Scope:
        """The same locals at a place that is not in tail position."""
        if not self.tail:
            return self
        return Scope(self.names, self.parent, target=self.target, depth=self.depth)

    def inner(self) -> Scope:
        """A new scope inside this one, in the same position."""
        return Scope(parent=self, target=self.target, tail=self.tail, depth=self.depth)

    def loop(self, target: Target) -> Scope:
        """The body of a loop inside this scope."""
        return Scope(parent=self, target=target, tail=True, depth=self.depth)

    def fn(self, target: Target | None) -> Scope:
        """The body of a function inside this scope."""
        return Scope(parent=self, target=target, tail=target is not None, depth=self.depth + 1)

    def closed(self) -> Scope:
        """A body inside this scope that no `recur` may leave."""
        return Scope(parent=self, depth=self.depth)
