"""Predicates about collections. They take any value and never fail."""

from __future__ import annotations

from ptc_lisp.builtins.registry import builtin
from ptc_lisp.values.persistent import LispSet, PMap, PVec, is_map, is_vector
from ptc_lisp.values.types import Stream, Value

_AREA = "predicates"
_SEQUENTIAL: frozenset[type] = frozenset({list, PVec, Stream})
_COLLECTIONS: frozenset[type] = _SEQUENTIAL | {dict, PMap, LispSet}


@builtin(
    "map?",
    "x",
    area=_AREA,
    doc="Whether x is a map.",
    examples=[("(map? {})", "true"), ("(map? #{})", "false")],
)
def _is_map(x: Value) -> bool:
    return is_map(x)


@builtin(
    "vector?",
    "x",
    area=_AREA,
    clojure="DIV-25",
    doc="Whether x is a vector, as all results of sequence functions are.",
    examples=[("(vector? [1])", "true"), ("(vector? (map inc [1]))", "true"), ("(vector? {})", "false")],
)
def _is_vector(x: Value) -> bool:
    return is_vector(x)


@builtin(
    "list?",
    "x",
    area=_AREA,
    clojure="DIV-25",
    doc="Whether x is a vector: lists are vectors here.",
    examples=[("(list? (list 1 2))", "true"), ('(list? "ab")', "false")],
)
def _is_list(x: Value) -> bool:
    return is_vector(x)


@builtin(
    "set?",
    "x",
    area=_AREA,
    ns=("clojure.core", "clojure.set"),
    doc="Whether x is a set.",
    examples=[("(set? #{1})", "true"), ("(set? [1])", "false")],
)
def _is_set(x: Value) -> bool:
    return x.__class__ is LispSet


@builtin(
    "coll?",
    "x",
    area=_AREA,
    doc="Whether x is a vector, map or set.",
    examples=[("(coll? [])", "true"), ('(coll? "abc")', "false")],
)
def _is_coll(x: Value) -> bool:
    return x.__class__ in _COLLECTIONS


@builtin(
    "seq?",
    "x",
    area=_AREA,
    clojure="DIV-25",
    doc="Whether x is a sequence: every vector is one.",
    examples=[("(seq? [1])", "true"), ("(seq? nil)", "false")],
)
def _is_seq(x: Value) -> bool:
    return x.__class__ in _SEQUENTIAL


@builtin(
    "sequential?",
    "x",
    area=_AREA,
    doc="Whether x is a vector.",
    examples=[("(sequential? [1])", "true"), ("(sequential? {})", "false")],
)
def _is_sequential(x: Value) -> bool:
    return x.__class__ in _SEQUENTIAL


@builtin(
    "seqable?",
    "x",
    area=_AREA,
    doc="Whether sequence functions accept x: nil, vector, map, set or string.",
    examples=[("(seqable? nil)", "true"), ("(seqable? 5)", "false")],
)
def _is_seqable(x: Value) -> bool:
    return x is None or x.__class__ is str or x.__class__ in _COLLECTIONS


@builtin(
    "associative?",
    "x",
    area=_AREA,
    doc="Whether x is a map or vector.",
    examples=[("(associative? {})", "true"), ("(associative? #{1})", "false")],
)
def _is_associative(x: Value) -> bool:
    return is_map(x) or is_vector(x)


@builtin(
    "counted?",
    "x",
    area=_AREA,
    clojure="DIV-36",
    doc="Whether x is a vector, map, set or string.",
    examples=[("(counted? [1])", "true"), ("(counted? nil)", "false")],
)
def _is_counted(x: Value) -> bool:
    return x.__class__ is str or (x.__class__ in _COLLECTIONS and x.__class__ is not Stream)


@builtin(
    "indexed?",
    "x",
    area=_AREA,
    clojure="DIV-36",
    doc="Whether x is a vector or string.",
    examples=[("(indexed? [1])", "true"), ("(indexed? {})", "false")],
)
def _is_indexed(x: Value) -> bool:
    return is_vector(x) or x.__class__ is str


@builtin(
    "reversible?",
    "x",
    area=_AREA,
    clojure="DIV-36",
    doc="Whether x is a vector or string.",
    examples=[("(reversible? [1])", "true"), ("(reversible? #{})", "false")],
)
def _is_reversible(x: Value) -> bool:
    return is_vector(x) or x.__class__ is str


@builtin(
    "sorted?",
    "x",
    area=_AREA,
    doc="Always false: maps and sets keep the order in which they were built.",
    examples=[("(sorted? {:a 1})", "false")],
)
def _is_sorted(x: Value) -> bool:  # noqa: ARG001 - no collection passes
    return False


@builtin(
    "map-entry?",
    "x",
    area=_AREA,
    clojure="DIV-49",
    doc="Always false: map entries are plain vectors.",
    examples=[("(map-entry? [:a 1])", "false")],
)
def _is_map_entry(x: Value) -> bool:  # noqa: ARG001 - entries are vectors
    return False
