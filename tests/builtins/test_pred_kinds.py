"""Predicates: one table of values against all of them."""

from __future__ import annotations

import datetime as dt
import math
import re

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.values.collections import make_set, map_assoc, vec_conj
from ptc_lisp.values.persistent import PMap, PVec
from ptc_lisp.values.types import Composed, Regex, Stream, Symbol, ToolRef, Var, kw


def _grown_vector():
    vector = list(range(40))
    return vec_conj(vector, 40)


def _grown_map():
    return map_assoc({str(i): i for i in range(40)}, "x", 1)


SEQUENTIAL = "sequential? seq? coll? seqable?"
VECTOR = f"vector? list? {SEQUENTIAL} associative? counted? indexed? reversible? ifn?"
MAP = "map? coll? seqable? associative? counted? ifn?"
INTEGER = "number? int? integer? rational?"
TEXT = "string? seqable? counted? indexed? reversible?"

TABLE = [
    (None, "nil? seqable?"),
    (True, "boolean? true?"),
    (False, "boolean? false?"),
    (5, f"{INTEGER} pos? pos-int? nat-int? odd?"),
    (-4, f"{INTEGER} neg? neg-int? even?"),
    (0, f"{INTEGER} zero? nat-int? even?"),
    (3.0, "number? float? double? pos? odd?"),
    (-1.5, "number? float? double? neg?"),
    (math.inf, "number? infinite? pos?"),
    (-math.inf, "number? infinite? neg?"),
    (math.nan, "number? NaN?"),
    ("ab", TEXT),
    ("é", f"{TEXT} char?"),
    ("", TEXT),
    (kw("a"), "keyword? simple-keyword? ident? ifn?"),
    ([1], VECTOR),
    (_grown_vector(), VECTOR),
    ({}, MAP),
    (_grown_map(), MAP),
    (make_set([1]), "set? coll? seqable? counted? ifn?"),
    (Regex("a", re.compile("a")), "regex?"),
    (REGISTRY.bare["inc"], "fn? ifn?"),
    (Composed("comp", [], lambda x: x), "fn? ifn?"),
    (ToolRef("t"), ""),
    (Symbol("s"), ""),
    (Var("v"), "var?"),
    (dt.date(2024, 1, 2), ""),
    (dt.datetime(2024, 1, 2, tzinfo=dt.UTC), "inst?"),
    (dt.timedelta(1), ""),
    (Stream("(range)", lambda: iter(())), SEQUENTIAL),
]

PREDICATES = sorted(
    name
    for name, entry in REGISTRY.bare.items()
    if getattr(entry, "area", "") == "predicates" and name not in {"type", "any?", "some?"}
)


def test_the_grown_collections_are_grown():
    assert _grown_vector().__class__ is PVec
    assert _grown_map().__class__ is PMap


def test_the_table_knows_only_predicates_that_exist():
    named = {name for _, names in TABLE for name in names.split()}
    never = {"decimal?", "map-entry?", "qualified-keyword?", "ratio?", "sorted?", "symbol?"}
    assert named | never == set(PREDICATES)


@pytest.mark.parametrize("predicate", PREDICATES)
def test_predicate(predicate):
    fn = REGISTRY.bare[predicate].fn
    for value, names in TABLE:
        assert fn(value) is (predicate in names.split()), value


def test_some_and_any():
    assert [REGISTRY.bare["some?"].fn(x) for x in (None, False, 0)] == [False, True, True]
    assert [REGISTRY.bare["any?"].fn(x) for x in (None, False)] == [True, True]


def test_type():
    kinds = [REGISTRY.bare["type"].fn(value) for value, _ in TABLE]
    assert kinds[0] is None
    assert kinds[1] is kw("boolean")
    assert {kind.name for kind in kinds[3:11]} == {"number"}
    assert [kind.name for kind in kinds[11:23]] == [
        "string", "string", "string", "keyword", "vector", "vector", "map", "map", "set", "regex", "function", "function",
    ]  # fmt: skip
    assert {kind.name for kind in kinds[23:]} == {"unknown"}
