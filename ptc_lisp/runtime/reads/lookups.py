"""What builtins that look something up, and those for maps, read of their arguments: see `sequences`."""

from __future__ import annotations

from ptc_lisp.core import nodes as n
from ptc_lisp.runtime.reads import spots
from ptc_lisp.runtime.reads.args import (
    Arg,
    Handler,
    Reader,
    all_lost,
    follow,
    literal_index,
    literal_name,
    lost,
    of,
)
from ptc_lisp.runtime.reads.spots import NOTHING, Groups, Held, Many, Pair, Spot


@of(1)
def _itself(_reader: Reader, args: list[Arg]) -> Held:
    """`(identity x)`."""
    return args[0].held


@of(1)
def _filled(_reader: Reader, args: list[Arg]) -> Held:
    """`(not-empty coll)`: whether there is anything in it counts."""
    args[0].items()
    return args[0].held


@of(1)
def _asked(_reader: Reader, args: list[Arg]) -> Held:
    """`(nil? x)`: only whether it is there counts."""
    _ = args[0].held
    return NOTHING


@of(1)
def _kind_asked(_reader: Reader, args: list[Arg]) -> Held:
    """`(map? x)`: only the kind of thing that it is counts."""
    spots.as_dict(args[0].held)
    return NOTHING


@of(3)
def _reduced_kv(reader: Reader, args: list[Arg]) -> Held:
    """`(reduce-kv f init m)`."""
    values = _values(args[2].held)
    return reader.settled(args[1].held, lambda acc: args[0].call(acc, NOTHING, values))


def _values(held: Held) -> Held:
    """The values of maps that the program made; all else is lost."""
    rest = frozenset([what for what in held if not isinstance(what, Groups)])
    return lost(rest) | spots.union([what.of for what in held if isinstance(what, Groups)])


@of(1)
def _vals(_reader: Reader, args: list[Arg]) -> Held:
    return spots.many(_values(args[0].held))


@of(1)
def _keys(_reader: Reader, args: list[Arg]) -> Held:
    _values(args[0].held)
    return NOTHING


@of(2)
def _updated_vals(_reader: Reader, args: list[Arg]) -> Held:
    """`(update-vals m f)`."""
    return spots.groups(args[1].call(_values(args[0].held)))


@of(1)
def _val(reader: Reader, args: list[Arg]) -> Held:
    """`(val entry)`; of what is no entry of a map, it shows all."""
    held = args[0].held
    if not all(isinstance(what, Pair) for what in held):
        return all_lost(reader, args)
    return spots.at(held, 1)


@of(1)
def _key(reader: Reader, args: list[Arg]) -> Held:
    _val(reader, args)
    return NOTHING


@of(2, 3)
def _got(_reader: Reader, args: list[Arg]) -> Held:
    """`(get m k default)`."""
    held, key = args[0].held, args[1]
    name, index = literal_name(key.node), literal_index(key.node)
    default = spots.union([arg.held for arg in args[2:]])
    if name is not None:
        return (spots.look_up if len(args) == 2 else spots.look)(held, name) | default
    if index is not None:
        return spots.at(held, index) | default
    known = frozenset([what for what in held if isinstance(what, Groups | Many)])
    key.lose()
    return lost(held - known) | spots.union([what.of for what in known]) | default


@of(2, 3)
def _got_in(reader: Reader, args: list[Arg]) -> Held:
    """`(get-in m path default)`."""
    path = args[1].node
    default = spots.union([arg.held for arg in args[2:]])
    if isinstance(path, n.VectorNode):
        look = spots.look_up if len(args) == 2 else spots.look
        return follow(reader, args[0].held, path.items, look) | default
    return all_lost(reader, args[:2]) | default


@of(2, 3)
def _nth(_reader: Reader, args: list[Arg]) -> Held:
    """`(nth coll i default)`."""
    args[1].lose()
    found = spots.at(args[0].held, literal_index(args[1].node))
    return found | spots.union([arg.held for arg in args[2:]])


@of(2)
def _has(_reader: Reader, args: list[Arg]) -> Held:
    """`(contains? m k)`."""
    name = literal_name(args[1].node)
    held = args[0].held
    if name is None or not all(isinstance(what, Spot | Groups) for what in held):
        return lost(held, args[1].held)
    return lost(spots.look(frozenset([what for what in held if isinstance(what, Spot)]), name))


@of(2)
def _select_keys(reader: Reader, args: list[Arg]) -> Held:
    """`(select-keys m [k …])`."""
    held, keys = args[0].held, args[1].node
    names = [literal_name(key) for key in keys.items] if isinstance(keys, n.VectorNode) else [None]
    if not all(isinstance(what, Spot) for what in held):
        return all_lost(reader, args)
    for name in names:
        lost(args[1].held, held) if name is None else lost(spots.look(held, name))
    spots.as_map(spots.as_dict(held))
    return NOTHING


def _updates(position: int) -> Handler:
    """`(update m k f & args)`: a function at this place, called at once with what the collection holds."""

    def handler(_reader: Reader, args: list[Arg]) -> Held:
        for arg in [*args[:position], *args[position + 1 :]]:
            arg.lose()
        if len(args) <= position:
            return NOTHING
        return lost(args[position].call(NOTHING, *[NOTHING for _ in args[position + 1 :]]))

    return handler


LOOKUPS: dict[str, Handler] = {
    "not-empty": _filled, "identity": _itself,
    **dict.fromkeys(("not", "boolean", "nil?", "some?", "true?", "false?"), _asked),
    **dict.fromkeys(("map?", "vector?", "coll?", "sequential?", "string?", "number?", "keyword?", "fn?"), _kind_asked),
    "reduce-kv": _reduced_kv, "vals": _vals, "keys": _keys, "val": _val, "key": _key, "update-vals": _updated_vals,
    "get": _got, "get-in": _got_in, "nth": _nth, "contains?": _has, "select-keys": _select_keys,
    "update": _updates(2), "update-in": _updates(2),
}  # fmt: skip
"""By registry ref."""
