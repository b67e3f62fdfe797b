"""What builtins of PTC-JSON read of their arguments: see `sequences`. They show the keys of a map where they want a list, but
then the data has another shape than what is read of it, and is decoded as a whole."""

from __future__ import annotations

from ptc_lisp.core import nodes as n
from ptc_lisp.runtime.reads import spots
from ptc_lisp.runtime.reads.args import Arg, Handler, Reader, all_lost, follow, literal_name, lost, of
from ptc_lisp.runtime.reads.spots import NOTHING, Held, Pair


def _field(held: Held, name: Arg) -> Held | None:
    """What stands in a field of maps; None when the name is not written."""
    text = literal_name(name.node)
    return None if text is None else spots.look(held, text, only_maps=True)


@of(2)
def _rows(_reader: Reader, args: list[Arg]) -> Held:
    """`(dsl/rows coll op)`."""
    args[1].lose()
    return spots.many(spots.as_dict(args[0].items()))


@of(1)
def _kind(_reader: Reader, args: list[Arg]) -> Held:
    """`(dsl/typeof x)`."""
    spots.as_dict(args[0].held)
    return NOTHING


@of(3)
def _compared(reader: Reader, args: list[Arg]) -> Held:
    """`(dsl/eq row field x)`."""
    found = _field(args[0].held, args[1])
    return all_lost(reader, args) if found is None else lost(found, args[2].held)


@of(2, 3)
def _got(reader: Reader, args: list[Arg]) -> Held:
    """`(dsl/get x path default)`."""
    path = args[1].node
    if not isinstance(path, n.VectorNode):
        return all_lost(reader, args)
    return follow(reader, args[0].held, path.items) | spots.union([arg.held for arg in args[2:]])


@of(2)
def _added(reader: Reader, args: list[Arg]) -> Held:
    """`(dsl/sum rows field)`."""
    found = _field(args[0].items(), args[1])
    return all_lost(reader, args) if found is None else lost(found)


@of(2)
def _best(reader: Reader, args: list[Arg]) -> Held:
    """`(dsl/max-by rows field)`."""
    _added(reader, args)
    return args[0].items()


@of(3)
def _chosen(reader: Reader, args: list[Arg]) -> Held:
    """`(dsl/sort-by rows field descending)`, `(dsl/filter-in rows field members)`."""
    _added(reader, args[:2])
    args[2].lose()
    return spots.many(args[0].items())


@of(2)
def _grouped(reader: Reader, args: list[Arg]) -> Held:
    """`(dsl/groups rows field)`: pairs of a value and its rows."""
    _added(reader, args)
    rows = spots.many(args[0].items())
    return spots.many(frozenset({Pair(rows)}) if rows else NOTHING)


@of(2)
def _selected(reader: Reader, args: list[Arg]) -> Held:
    """`(dsl/select rows fields)`."""
    names = args[1].node
    if not isinstance(names, n.VectorNode) or not all(literal_name(name) is not None for name in names.items):
        return all_lost(reader, args)
    rows = spots.as_map(args[0].items())
    for name in names.items:
        lost(spots.look(rows, str(literal_name(name))))
    return NOTHING


JSON_ROWS: dict[str, Handler] = {
    "dsl/rows": _rows, "dsl/typeof": _kind, "dsl/get": _got, "dsl/select": _selected,
    **{f"dsl/{name}": _compared for name in ("eq", "neq", "gt", "gte", "lt", "lte", "contains", "in", "starts-with",
                                             "ends-with", "matches")},
    **{f"dsl/{name}": _added for name in ("sum", "avg", "min", "max", "count-by")},
    "dsl/min-by": _best, "dsl/max-by": _best, "dsl/sort-by": _chosen, "dsl/filter-in": _chosen, "dsl/groups": _grouped,
}  # fmt: skip
"""By registry ref."""
