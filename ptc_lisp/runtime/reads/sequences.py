"""What builtins for sequences read of their arguments, if they pass rows on.

A builtin without a handler may look at everything that it is given. One with a handler must not show, compare or keep anything
of its arguments except what the handler says.
"""

from __future__ import annotations

from ptc_lisp.core import nodes as n
from ptc_lisp.runtime.reads import spots
from ptc_lisp.runtime.reads.args import Arg, Handler, Reader, all_lost, lost, of
from ptc_lisp.runtime.reads.spots import NOTHING, Held


@of(2)
def _same_items(_reader: Reader, args: list[Arg]) -> Held:
    """`(filter pred coll)`."""
    found = args[1].items()
    args[0].call(found)
    return spots.many(found)


@of(1, 2)
def _cut(_reader: Reader, args: list[Arg]) -> Held:
    """`(take n coll)`, `(rest coll)`."""
    for arg in args[:-1]:
        arg.lose()
    return spots.many(args[-1].items())


@of(2, 3)
def _pieces(reader: Reader, args: list[Arg]) -> Held:
    """`(partition n coll)`."""
    return spots.many(_cut(reader, args[-2:])) if len(args) == 2 else spots.many(_cut_twice(args))


def _cut_twice(args: list[Arg]) -> Held:
    args[0].lose()
    args[1].lose()
    return spots.many(args[2].items())


@of(2)
def _split(reader: Reader, args: list[Arg]) -> Held:
    """`(split-with pred coll)`."""
    return spots.many(_same_items(reader, args))


@of(2)
def _split_by(_reader: Reader, args: list[Arg]) -> Held:
    """`(partition-by f coll)`."""
    found = args[1].items()
    lost(args[0].call(found))
    return spots.many(spots.many(found))


@of(1)
def _one(_reader: Reader, args: list[Arg]) -> Held:
    """`(first coll)`."""
    return args[0].items()


@of(1)
def _counted(_reader: Reader, args: list[Arg]) -> Held:
    """`(count coll)`."""
    args[0].items()
    return NOTHING


def _mapped(_reader: Reader, args: list[Arg]) -> Held:
    """`(map f coll & colls)`."""
    return spots.many(args[0].call(*[arg.items() for arg in args[1:]]))


def _joined(reader: Reader, args: list[Arg]) -> Held:
    """`(mapcat f coll & colls)`."""
    return spots.many(spots.items(spots.items(_mapped(reader, args))))


@of(2)
def _numbered(_reader: Reader, args: list[Arg]) -> Held:
    """`(map-indexed f coll)`."""
    return spots.many(args[0].call(NOTHING, args[1].items()))


@of(2)
def _found(_reader: Reader, args: list[Arg]) -> Held:
    """`(some f coll)`."""
    return args[0].call(args[1].items())


@of(2)
def _checked(reader: Reader, args: list[Arg]) -> Held:
    """`(every? pred coll)`."""
    _found(reader, args)
    return NOTHING


@of(2, 3)
def _sorted_by(_reader: Reader, args: list[Arg]) -> Held:
    """`(sort-by selector comparator coll)`."""
    found = args[-1].items()
    lost(args[0].select(found))
    if len(args) == 3:
        lost(args[1].call(NOTHING, NOTHING))
    return spots.many(found)


@of(2)
def _sorted(_reader: Reader, args: list[Arg]) -> Held:
    """`(sort comparator coll)`; without a function of the program, the items themselves are compared."""
    found = args[1].items()
    if not isinstance(args[0].node, n.Fn):
        lost(found)
    lost(args[0].call(found, found))
    return spots.many(found)


@of(2)
def _grouped(_reader: Reader, args: list[Arg]) -> Held:
    """`(group-by selector coll)`."""
    found = args[1].items()
    lost(args[0].select(found))
    return spots.groups(spots.many(found))


@of(2)
def _selected(_reader: Reader, args: list[Arg]) -> Held:
    """`(sum-by selector coll)`."""
    return lost(args[0].select(args[1].items()))


@of(2)
def _best(reader: Reader, args: list[Arg]) -> Held:
    """`(max-by selector coll)`."""
    _selected(reader, args)
    return args[1].items()


@of(2)
def _distinct_by(reader: Reader, args: list[Arg]) -> Held:
    """`(distinct-by selector coll)`."""
    return spots.many(_best(reader, args))


@of(2, 3)
def _reduced(reader: Reader, args: list[Arg]) -> Held:
    """`(reduce f init coll)`."""
    item = args[-1].items()
    start = args[1].held if len(args) == 3 else item
    return reader.settled(start, lambda acc: args[0].call(acc, item))


def _concat(_reader: Reader, args: list[Arg]) -> Held:
    return spots.many(spots.union([arg.items() for arg in args]))


@of(2)
def _into(reader: Reader, args: list[Arg]) -> Held:
    """`(into [] coll)`."""
    to = args[0].node
    if isinstance(to, n.VectorNode) and not to.items:
        return spots.many(args[1].items())
    return all_lost(reader, args)


def _applied(reader: Reader, args: list[Arg]) -> Held:
    """`(apply max-key f coll)`, `(apply concat colls)`; in all others the items are arguments of anything."""
    fn = args[0].node
    ref = fn.ref if isinstance(fn, n.BuiltinRef) else None
    if ref in {"max-key", "min-key"} and len(args) == 3:
        found = args[2].items()
        lost(args[1].call(found))
        return found
    if ref == "concat" and len(args) == 2:
        return spots.many(spots.items(args[1].items()))
    return all_lost(reader, args)


SEQUENCES: dict[str, Handler] = {
    **dict.fromkeys(("filter", "filterv", "remove", "take-while", "drop-while"), _same_items),
    **dict.fromkeys(("take", "drop", "take-last", "drop-last", "take-nth", "nthrest", "nthnext", "rest", "next", "butlast",
                     "reverse", "rseq", "seq", "sequence", "vec", "doall"), _cut),
    **dict.fromkeys(("partition", "partition-all"), _pieces),
    "split-at": _pieces, "split-with": _split, "partition-by": _split_by,
    **dict.fromkeys(("first", "second", "last", "fnext"), _one),
    **dict.fromkeys(("count", "empty?", "dorun"), _counted),
    **dict.fromkeys(("map", "mapv", "keep", "pmap"), _mapped),
    "mapcat": _joined, "map-indexed": _numbered, "keep-indexed": _numbered,
    "some": _found, **dict.fromkeys(("every?", "not-every?", "not-any?", "run!"), _checked),
    "sort-by": _sorted_by, "sort": _sorted, "group-by": _grouped, "distinct-by": _distinct_by,
    **dict.fromkeys(("sum-by", "avg-by", "median-by"), _selected),
    "max-by": _best, "min-by": _best, "reduce": _reduced, "concat": _concat, "into": _into, "apply": _applied,
}  # fmt: skip
"""By registry ref."""
