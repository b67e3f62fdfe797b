"""Builtins that group items, join sequences side by side, take nested ones apart, or list possibilities."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations, islice

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.builtins.run_state import tick
from ptc_lisp.builtins.seq_support import all_streams, coll, derive_rows, is_seqable, not_a_coll, rows, whole
from ptc_lisp.builtins.support import seq
from ptc_lisp.values.functions import as_fn
from ptc_lisp.values.lookup import key_forms, marks, select
from ptc_lisp.values.persistent import is_vector, vec_list
from ptc_lisp.values.types import Value

AREA = "sequences"


@builtin(
    "group-by", "selector coll",
    doc="A map from what the selector (keyword, string, vector path or function) finds to the vector of items with it.",
    examples=[
        ("(group-by odd? [1 2 3])", "{true [1 3] false [2]}"),
        ("(group-by :t [{:t 1 :n 1} {:t 1 :n 2}])", "{1 [{:t 1 :n 1} {:t 1 :n 2}]}"),
    ],
    area="grouping", see_also=("frequencies", "partition-by", "sum-by", "update-vals"),
)  # fmt: skip
def _group_by(sel: Value, value: Value) -> dict[Value, Value]:
    items = coll(value, "group-by", 2)
    groups: defaultdict[Value, list[Value]] = defaultdict(list)
    for mark, item in zip(key_forms(select(sel, items, "group-by")), items, strict=True):
        groups[mark].append(item)
    return dict(groups)


@builtin(
    "frequencies", "coll", doc="A map from each different item to how often it occurs.",
    examples=[("(frequencies [:a :b :a])", "{:a 2 :b 1}")], area="grouping", see_also=("group-by", "distinct"),
)  # fmt: skip
def _frequencies(value: Value) -> dict[Value, Value]:
    return dict(Counter(key_forms(coll(value, "frequencies", 1))))


@builtin(
    "distinct-by", "selector coll", doc="The first item for each different value that the selector finds.",
    examples=[("(distinct-by :t [{:t 1 :n 1} {:t 1 :n 2}])", "[{:t 1 :n 1}]")], area="grouping", clojure="extension",
    see_also=("distinct", "group-by"),
)  # fmt: skip
def _distinct_by(sel: Value, value: Value) -> list[Value]:
    items = coll(value, "distinct-by", 2)
    seen: dict[Value, Value] = {}
    for mark, item in zip(marks(select(sel, items, "distinct-by")), items, strict=True):
        seen.setdefault(mark, item)
    return list(seen.values())


@builtin(
    "reverse", "coll", doc="The items from last to first, as a vector. (clojure.string/reverse turns a string around.)",
    examples=[("(reverse [1 2 3])", "[3 2 1]")], area=AREA,
)  # fmt: skip
def _reverse(value: Value) -> list[Value]:
    return coll(value, "reverse", 1)[::-1]


@builtin(
    "rseq", "coll", doc="The items from last to first, or nil when there are none.",
    examples=[("(rseq [1 2])", "[2 1]"), ("(rseq [])", "nil")], area=AREA, see_also=("reverse",),
)  # fmt: skip
def _rseq(value: Value) -> Value:
    return coll(value, "rseq", 1)[::-1] or None


@builtin(
    "flatten", "coll", doc="The items of a vector and of all vectors inside it, at any depth. Maps and sets are kept whole.",
    examples=[("(flatten [1 [2 [3]] {:a 4}])", "[1 2 3 {:a 4}]"), ("(flatten nil)", "[]")],
    area=AREA, see_also=("mapcat", "concat"),
)  # fmt: skip
def _flatten(value: Value) -> list[Value]:
    if not is_vector(value):
        return []
    flat: list[Value] = []
    pending = [iter(list(vec_list(value)))]
    while pending:
        for item in pending[-1]:
            if is_vector(item):
                pending.append(iter(list(vec_list(item))))
                break
            flat.append(item)
        else:
            pending.pop()
    tick(len(flat))
    return flat


@builtin(
    "interleave", "& colls", doc="The first item of each collection, then the second of each, … until the shortest ends.",
    examples=[("(interleave [1 2 3] [:a :b])", "[1 :a 2 :b]"), ("(interleave)", "[]")], area=AREA, see_also=("zip",),
)  # fmt: skip
def _interleave(*colls: Value) -> Value:
    if not colls:
        return []
    if all_streams(colls):
        return derive_rows("interleave", colls, lambda found: (item for row in found for item in row))
    return [item for row in rows(colls, "interleave", 1) for item in row]


@builtin(
    "interpose", "sep coll", doc="The items with sep between them.",
    examples=[("(interpose 0 [1 2 3])", "[1 0 2 0 3]")], area=AREA, see_also=("join",),
)  # fmt: skip
def _interpose(sep: Value, value: Value) -> list[Value]:
    return [part for item in coll(value, "interpose", 2) for part in (sep, item)][1:]


@builtin(
    "zip", "coll1 coll2 & colls", doc="Vectors of the first items, the second items, … until the shortest collection ends.",
    examples=[("(zip [1 2] [:a :b])", "[[1 :a] [2 :b]]")], area=AREA, clojure="extension",
    see_also=("zipmap", "map", "interleave"),
)  # fmt: skip
def _zip(first: Value, second: Value, *more: Value) -> Value:
    colls = (first, second, *more)
    if all_streams(colls):
        return derive_rows("zip", colls, lambda found: (list(row) for row in found))
    return [list(row) for row in rows(colls, "zip", 1)]


@builtin(
    "combinations", "coll n", doc="All ways to pick n items, each a vector in the order of coll.",
    examples=[("(combinations [1 2 3] 2)", "[[1 2] [1 3] [2 3]]"), ("(combinations [1] 0)", "[[]]")],
    area=AREA, clojure="extension",
)  # fmt: skip
def _combinations(value: Value, n: Value) -> list[Value]:
    count = whole(n, "combinations", 2)
    items = coll(value, "combinations", 1)
    if not 0 <= count <= len(items):
        return []
    picks: list[Value] = []
    source = combinations(items, count)
    # In batches, so that an explosion meets the limits while it grows.
    while batch := [list(pick) for pick in islice(source, 1000)]:
        tick(len(batch) * (count + 1))
        picks += batch
    return picks


@builtin(
    "tree-seq", "branch? children root",
    doc="All nodes of a tree, each before its children. (branch? node) says whether a node can have children, "
    "(children node) gives them.",
    examples=[("(tree-seq vector? seq [1 [2]])", "[[1 [2]] 1 [2] 2]")], area=AREA, see_also=("flatten", "postwalk"),
)  # fmt: skip
def _tree_seq(branch: Value, children: Value, root: Value) -> list[Value]:
    has_children, children_of = as_fn(branch, 1, "tree-seq"), as_fn(children, 1, "tree-seq")
    nodes: list[Value] = []
    pending: list[Value] = [root]
    while pending:
        tick(1)
        node = pending.pop()
        nodes.append(node)
        answer = has_children(node)
        if answer is not None and answer is not False:
            below = children_of(node)
            if not is_seqable(below):
                raise not_a_coll(below, "tree-seq", 2)
            pending += reversed(seq(below, "tree-seq", 2))
    return nodes
