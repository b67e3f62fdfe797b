"""Builtins that make a sequence from a sequence: `map`, `filter` and their kin."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import doors, tick
from ptc_lisp.builtins.seq_support import all_streams, coll, derive, derive_rows, is_seqable, is_stream, rows
from ptc_lisp.builtins.support import seq, type_fault
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.lookup import pluck
from ptc_lisp.values.printing import brief
from ptc_lisp.values.types import Keyword, Value

AREA = "sequences"

Fn = Callable[..., Value]


@builtin(
    "map", "f coll", "f coll & colls",
    doc="f of each item; with several collections f gets one item from each, until the shortest ends.",
    examples=[("(map inc [1 2 3])", "[2 3 4]"), ("(map + [1 2] [10 20])", "[11 22]"), ("(map :n [{:n 1} {:n 2}])", "[1 2]")],
    area=AREA, see_also=("mapv", "map-indexed", "mapcat", "keep"),
)  # fmt: skip
def _map(f: Value, value: Value, *more: Value) -> Value:
    colls = (value, *more)
    if all_streams(colls):
        fn = as_fn(f, len(colls), "map")
        return derive_rows("map", colls, lambda found: (fn(*row) for row in found))
    return _mapped(f, colls, "map")


@builtin(
    "mapv", "f coll", "f coll & colls", doc="As map. (All sequences are vectors here.)",
    examples=[("(mapv inc [1 2 3])", "[2 3 4]")], area=AREA, see_also=("map",),
)  # fmt: skip
def _mapv(f: Value, value: Value, *more: Value) -> list[Value]:
    return _mapped(f, (value, *more), "mapv")


def _mapped(f: Value, colls: tuple[Value, ...], who: str) -> list[Value]:
    """Fresh list of `f` of each row of one or more collections, of which one must be finite (type_error)."""
    fn = as_fn(f, len(colls), who)
    if len(colls) == 1:
        items = coll(colls[0], who, 2)
        return pluck(f, items) if f.__class__ is Keyword else [fn(item) for item in items]
    if all_streams(colls):
        coll(colls[0], who, 2)
    if len(colls) == 2:
        return [fn(a, b) for a, b in rows(colls, who, 2)]
    return [fn(*row) for row in rows(colls, who, 2)]


@builtin(
    "map-indexed", "f coll", doc="(f index item) for each item, index from 0.",
    examples=[("(map-indexed vector [:a :b])", "[[0 :a] [1 :b]]")], area=AREA, see_also=("keep-indexed",),
)  # fmt: skip
def _map_indexed(f: Value, value: Value) -> Value:
    fn = as_fn(f, 2, "map-indexed")
    if is_stream(value):
        return derive("map-indexed", value, lambda items: (fn(i, item) for i, item in enumerate(items)))
    return [fn(i, item) for i, item in enumerate(coll(value, "map-indexed", 2))]


@builtin(
    "mapcat", "f coll", "f coll & colls", doc="The collections that f gives for the items, joined into one vector.",
    examples=[("(mapcat :tags [{:tags [1 2]} {:tags [3]}])", "[1 2 3]"), ("(mapcat list [1 2] [3 4])", "[1 3 2 4]")],
    area=AREA, see_also=("map", "flatten", "for"),
)  # fmt: skip
def _mapcat(f: Value, value: Value, *more: Value) -> Value:
    scalars = f.__class__ is Keyword
    if is_stream(value) and not more:
        fn = as_fn(f, 1, "mapcat")
        return derive(
            "mapcat",
            value,
            lambda items: chain.from_iterable(_spliced(fn(i), scalars=scalars) for i in items),
        )
    joined: list[Value] = []
    for part in _mapped(f, (value, *more), "mapcat"):
        joined += part if part.__class__ is list else _spliced(part, scalars=scalars)
    tick(len(joined))
    return joined


def _spliced(part: Value, *, scalars: bool) -> list[Value]:
    """The items of one result of `mapcat`'s function; one scalar counts as itself under a keyword."""
    if is_seqable(part):
        return seq(part, "mapcat")
    if scalars:
        return [part]
    raise type_fault(
        f"mapcat: the function must give a collection for each item, it gave {brief(part)}",
        hint="use map when the function gives one value for each item",
    )


def _kept(pred: Value, value: Value, who: str) -> list[Value]:
    fn = as_fn(pred, 1, who)
    items = coll(value, who, 2)
    if pred.__class__ is Keyword:
        answers = pluck(pred, items)
        return [
            x for x, answer in zip(items, answers, strict=True) if answer is not None and answer is not False
        ]
    return [x for x in items if (answer := fn(x)) is not None and answer is not False]


@builtin(
    "filter", "pred coll", doc="The items for which pred is truthy. A set or map can be the predicate.",
    examples=[("(filter even? [1 2 3 4])", "[2 4]"), ("(filter #{:a} [:a :b :a])", "[:a :a]")],
    area=AREA, see_also=("remove", "keep", "some", "take-while"),
)  # fmt: skip
def _filter(pred: Value, value: Value) -> Value:
    if is_stream(value):
        fn = as_fn(pred, 1, "filter")
        return derive("filter", value, lambda items: (x for x in items if not _falsy(fn(x))))
    return _kept(pred, value, "filter")


@builtin(
    "filterv", "pred coll", doc="As filter. (All sequences are vectors here.)",
    examples=[("(filterv even? [1 2 3 4])", "[2 4]")], area=AREA, see_also=("filter",),
)  # fmt: skip
def _filterv(pred: Value, value: Value) -> list[Value]:
    return _kept(pred, value, "filterv")


@builtin(
    "remove", "pred coll", doc="The items for which pred is falsy.",
    examples=[("(remove even? [1 2 3 4])", "[1 3]"), ("(remove nil? [1 nil 2])", "[1 2]")], area=AREA, see_also=("filter",),
)  # fmt: skip
def _remove(pred: Value, value: Value) -> Value:
    fn = as_fn(pred, 1, "remove")
    if is_stream(value):
        return derive("remove", value, lambda items: (x for x in items if _falsy(fn(x))))
    return [x for x in coll(value, "remove", 2) if (answer := fn(x)) is None or answer is False]


@builtin(
    "keep", "f coll", doc="The results of f that are not nil (false is kept).",
    examples=[("(keep :n [{:n 1} {} {:n 3}])", "[1 3]")], area=AREA, see_also=("map", "filter", "keep-indexed"),
)  # fmt: skip
def _keep(f: Value, value: Value) -> Value:
    fn = as_fn(f, 1, "keep")
    if is_stream(value):
        return derive("keep", value, lambda items: (found for x in items if (found := fn(x)) is not None))
    return [found for x in coll(value, "keep", 2) if (found := fn(x)) is not None]


@builtin(
    "keep-indexed", "f coll", doc="The results of (f index item) that are not nil.",
    examples=[("(keep-indexed (fn [i x] (when (even? i) x)) [:a :b :c])", "[:a :c]")], area=AREA,
)  # fmt: skip
def _keep_indexed(f: Value, value: Value) -> Value:
    fn = as_fn(f, 2, "keep-indexed")
    if is_stream(value):
        return derive(
            "keep-indexed",
            value,
            lambda items: (y for i, x in enumerate(items) if (y := fn(i, x)) is not None),
        )
    return [y for i, x in enumerate(coll(value, "keep-indexed", 2)) if (y := fn(i, x)) is not None]


@builtin(
    "run!", "f coll", doc="Calls f with each item for its effects; gives nil.",
    examples=[("(run! inc [1 2])", "nil")], area=AREA, see_also=("doseq",),
)  # fmt: skip
def _run_each(f: Value, value: Value) -> None:
    fn = as_fn(f, 1, "run!")
    for item in coll(value, "run!", 2):
        fn(item)


@builtin(
    "pmap", "f coll", "f coll & colls",
    doc="As map, with the calls side by side: tool calls of different items wait together. Results stay in order; "
    "a def inside is not kept.",
    examples=[("(pmap inc [1 2 3])", "[2 3 4]")], area=AREA, pure=False, see_also=("map", "pcalls"),
)  # fmt: skip
def _pmap(f: Value, value: Value, *more: Value) -> list[Value]:
    fn = as_fn(f, 1 + len(more), "pmap")
    if all_streams((value, *more)):
        coll(value, "pmap", 2)
    return doors().parallel([_thunk(fn, row) for row in rows((value, *more), "pmap", 2)])


@builtin(
    "pcalls", "& fns", doc="The results of functions without arguments, called side by side, in order.",
    examples=[("(pcalls (fn [] 1) (fn [] 2))", "[1 2]")], area=AREA, pure=False, see_also=("pmap",),
)  # fmt: skip
def _pcalls(*fns: Value) -> list[Value]:
    return doors().parallel([as_fn(f, 0, "pcalls") for f in fns])


def _falsy(value: Value) -> bool:
    return value is None or value is False


def _thunk(fn: Fn, row: tuple[Value, ...]) -> Callable[[], Value]:
    return lambda: fn(*row)
