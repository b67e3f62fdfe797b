"""`sorted-map sorted-map-by sorted-set sorted-set-by`: collections whose items were sorted when they were made.

Maps and sets keep the order in which things were added, so what is added later stands at the end. An empty sorted
collection would only promise an order that it cannot keep; the analyzer reads `(into (sorted-map) coll)` as sorting.
"""

from __future__ import annotations

from ptc_lisp.builtins.growing import pairs_of
from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.sorting import sorted_by
from ptc_lisp.builtins.support import type_fault
from ptc_lisp.faults import Trap
from ptc_lisp.values.collections import make_map, make_set, map_pairs, set_items
from ptc_lisp.values.order import sort_list
from ptc_lisp.values.types import ABSENT, Value

_LATER = "What is added later goes to the end."


@builtin(
    "sorted-map", "& kvs", area="sorting", clojure="DIV-53",
    doc=f"A map of keys and values in turn, its entries in the order of the keys. {_LATER} (into (sorted-map) coll) sorts too.",
    examples=[("(sorted-map :b 1 :a 2)", "{:a 2 :b 1}"), ("(into (sorted-map) {:b 1 :a 2})", "{:a 2 :b 1}")],
    see_also=("sort-by", "into"),
)  # fmt: skip
def _sorted_map(*kvs: Value) -> Value:
    return _map_of(kvs, ABSENT, "sorted-map")


@builtin(
    "sorted-map-by", "comparator & kvs", area="sorting", clojure="DIV-53",
    doc=f"As `sorted-map`, with a comparator of keys as in sort. {_LATER}",
    examples=[("(sorted-map-by > 1 :a 2 :b)", "{2 :b 1 :a}")], see_also=("sorted-map", "sort-by"),
)  # fmt: skip
def _sorted_map_by(comparator: Value, *kvs: Value) -> Value:
    return _map_of(kvs, comparator, "sorted-map-by")


@builtin(
    "sorted-set", "& xs", area="sorting", clojure="DIV-53",
    doc=f"A set of the arguments in order. {_LATER} (into (sorted-set) coll) sorts too.",
    examples=[("(sorted-set 3 1 2)", "#{1 2 3}"), ("(into (sorted-set) [3 1 2])", "#{1 2 3}")],
    see_also=("sort", "distinct"),
)  # fmt: skip
def _sorted_set(*xs: Value) -> Value:
    return _set_of(xs, ABSENT, "sorted-set")


@builtin(
    "sorted-set-by", "comparator & xs", area="sorting", clojure="DIV-53",
    doc=f"As `sorted-set`, with a comparator as in sort. {_LATER}",
    examples=[("(sorted-set-by > 1 3 2)", "#{3 2 1}")], see_also=("sorted-set", "sort"),
)  # fmt: skip
def _sorted_set_by(comparator: Value, *xs: Value) -> Value:
    return _set_of(xs, comparator, "sorted-set-by")


def _map_of(kvs: tuple[Value, ...], comparator: Value, who: str) -> Value:
    if not kvs:
        raise _unkept(who, "{}", "(into (sorted-map) m)")
    tick(len(kvs))
    pairs = map_pairs(make_map(pairs_of(kvs, who)))
    return make_map(_ordered(pairs, [pair[0] for pair in pairs], comparator, who))


def _set_of(xs: tuple[Value, ...], comparator: Value, who: str) -> Value:
    if not xs:
        raise _unkept(who, "#{}", "(into (sorted-set) s)")
    tick(len(xs))
    items = set_items(make_set(xs))
    return make_set(_ordered(items, items, comparator, who))


def _ordered(items: list[Value], keys: list[Value], comparator: Value, who: str) -> list[Value]:
    if comparator is ABSENT:
        return sort_list(items, keys)
    return sorted_by(comparator, 1, items, keys, who)


def _unkept(who: str, empty: str, sorting: str) -> Trap:
    return type_fault(
        f"{who}: an empty one cannot keep what is added later in order",
        hint=f"start with {empty} and sort at the end: {sorting}",
    )
