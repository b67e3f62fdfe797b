"""Where in its data a program looks: the places it reads, and what of them a value of the program may be or hold.

A `Spot` is a place in one entry of the data: the entry, an item of any vector, the value under a key. What a program does
with it is noted in it, and `needed` tells in the end what has to be decoded. Maps among the items of a vector of which a
program only looks up keys come as `Row`s; `as_map` says of a place that it must be a map like any other. Places that may be
looked at as a whole (because they are printed, compared, returned, or handed to something that is not known) are `spoil`ed.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from ptc_lisp.values.partial import Fields, Items, Need

_MOST_SPOTS = 300
_DEEPEST = 8


class Spot:
    """A place in the data. It is either a vector whose items count or a map whose keys count; else all of it counts."""

    __slots__ = ("_depth", "_dict", "_fields", "_item", "_root", "_spots", "_whole")

    def __init__(self, parent: Spot | None = None) -> None:
        self._root: Spot = self if parent is None else parent._root
        self._depth: int = 0 if parent is None else parent._depth + 1
        self._spots = 0
        self._root._spots += 1
        self._whole = self._depth > _DEEPEST or self._root._spots > _MOST_SPOTS
        self._dict = False
        self._item: Spot | None = None
        self._fields: dict[str, Spot] | None = None

    def spoil(self) -> None:
        """It may be looked at as a whole."""
        self._whole = True

    def item(self) -> Held:
        """Any of its items, if it is a vector."""
        if self._whole or self._fields is not None:
            self._whole = True
            return NOTHING
        if self._item is None:
            self._item = Spot(self)
        return frozenset({self._item})

    def expect_map(self) -> bool:
        """It is a map, of which nothing is read by that. False: all of it counts already."""
        self._whole = self._whole or self._item is not None
        if not self._whole and self._fields is None:
            self._fields = {}
        return not self._whole

    def expect_dict(self) -> None:
        """A `Row` will not do."""
        self._dict = True

    def field(self, name: str) -> Held:
        """What a flexible lookup of a keyword or string finds, if it is a map."""
        if not self.expect_map() or self._fields is None:
            return NOTHING
        for key in (name, name.replace("-", "_")):
            if key not in self._fields:
                self._fields[key] = Spot(self)
        return frozenset({self._fields[name], self._fields[name.replace("-", "_")]})

    def is_read(self) -> bool:
        """Whether anything but its being there counts. Items of which nothing is read are most likely rows."""
        return self._whole or self._item is not None or self._fields is not None

    def needed(self) -> Need:
        """What has to be decoded."""
        if self._whole:
            return None
        if self._item is not None:
            need = self._item.needed() if self._item.is_read() else Fields(())
            if isinstance(need, Fields) and not self._item._dict:
                need = Fields(need.of, as_row=True)
            return None if need is None else Items(need)
        if self._fields is None:
            return None
        return Fields(tuple(sorted([(name, spot.needed()) for name, spot in self._fields.items()])))


class Many(NamedTuple):
    """A vector that the program made, with such items."""

    of: Held


class Groups(NamedTuple):
    """A map that the program made, with such values and keys of no concern."""

    of: Held


class Pair(NamedTuple):
    """An entry of such a map."""

    of: Held


Held: TypeAlias = "frozenset[Spot | Many | Groups | Pair]"
"""What of the data a value may be, or hold. A value that holds nothing of it may be anything else."""

NOTHING: Final[Held] = frozenset()


def many(of: Held) -> Held:
    """A vector with such items."""
    return frozenset({Many(of)}) if of else NOTHING


def groups(of: Held) -> Held:
    """A map with such values."""
    return frozenset({Groups(of)}) if of else NOTHING


def spoil(held: Held) -> None:
    """All of it may be looked at as a whole."""
    for what in held:
        spoil(what.of) if not isinstance(what, Spot) else what.spoil()


def union(parts: list[Held]) -> Held:
    """What any of several values may be or hold."""
    return NOTHING.union(*parts)


def items(held: Held) -> Held:
    """What going through a collection meets."""
    found: list[Held] = []
    for what in held:
        match what:
            case Spot():
                found.append(what.item())
            case Many(of):
                found.append(of)
            case Groups(of):
                found.append(frozenset({Pair(of)}))
            case Pair(of):
                spoil(of)
    return union(found)


def look(held: Held, name: str, *, only_maps: bool = False) -> Held:
    """What a lookup of a literal keyword or string finds in a map. only_maps: it fails, and shows, what is no map."""
    return look_up(as_dict(held), name, only_maps=only_maps)


def look_up(held: Held, name: str, *, only_maps: bool = False) -> Held:
    """The same for who does it with a `Row`, too."""
    found: list[Held] = []
    for what in held:
        match what:
            case Spot():
                found.append(what.field(name))
            case Groups(of):
                found.append(of)
            case Many(of) | Pair(of) if only_maps:
                spoil(of)
            case _:
                pass
    return union(found)


def at(held: Held, index: int | None) -> Held:
    """What stands at an index of a vector; None: one that is not known."""
    found: list[Held] = []
    for what in held:
        match what:
            case Spot():
                found.append(what.item())
            case Many(of):
                found.append(of)
            case Pair(of) if index is not None:
                found.append(of if index else NOTHING)
            case Pair(of) | Groups(of):
                spoil(of)
    return union(found)


def as_dict(held: Held) -> Held:
    """The value of who cannot do with a `Row` where it wants a map."""
    for what in held:
        if isinstance(what, Spot):
            what.expect_dict()
    return held


def as_map(held: Held) -> Held:
    """The value of a pattern for maps, which fails for others, and shows them."""
    for what in held:
        match what:
            case Spot():
                what.expect_map()
            case Many(of) | Pair(of):
                spoil(of)
            case _:
                pass
    return held


def as_seq(held: Held) -> Held:
    """The value of a pattern for vectors, which fails for others, and shows them."""
    for what in held:
        match what:
            case Spot():
                what.item()
            case Groups(of):
                spoil(of)
            case _:
                pass
    return held
