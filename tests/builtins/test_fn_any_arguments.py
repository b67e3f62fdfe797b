"""Builtins meet every kind of value in every position: the answer is a value or a Trap, and no argument changes."""

from __future__ import annotations

import datetime as dt
import math
import random

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.builtins.registry import REGISTRY
from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import make_map, make_set, map_assoc, vec_conj
from ptc_lisp.values.functions import Builtin
from ptc_lisp.values.printing import pr_str
from ptc_lisp.values.types import Stream, Symbol, ToolRef, Var, kw

REF = REGISTRY.by_ref
A = kw("a")
VALUES = [
    None, True, False, 0, 1, -7, 2, 10**30, 0.0, -0.0, 1.5, 1e308, math.inf, -math.inf, math.nan, "", "a", "12", "é",
    A, kw("b-c"), [], [1, 2, 3], [[A, 1]], ["a", "b"], [{A: 1}, {A: 2}], {}, {A: 1}, {"a": {"b": 1}},
    make_map([([1], 2), (1.5, 3), (True, 4)]), vec_conj(list(range(40)), 40),
    map_assoc({i: i for i in range(40)}, "x", 1), make_set([]), make_set([1, [2]]), make_set([{A: 1}]),
    REF["inc"], REF["+"], REF["identity"], REF["str"], REF["comp"].fn(REF["inc"]), ToolRef("t"), Symbol("s"), Var("v"),
    dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, tzinfo=dt.UTC), dt.timedelta(1),
    Stream("(range)", lambda: iter(range(10**9))),
]  # fmt: skip
MODULES = [
    "access",
    "arithmetic",
    "bits",
    "building",
    "collection_predicates",
    "comparison",
    "functions",
    "maps",
    "math_fns",
    "math_java",
    "nested",
    "number_predicates",
    "predicates",
    "relations",
    "sets",
    "walk",
]


@pytest.mark.parametrize("module", MODULES)
def test_builtins_of(module):
    name = f"ptc_lisp.builtins.{module}"
    chance = random.Random(module)  # The same calls in every run.
    before = [pr_str(value) for value in VALUES]
    entries = [entry for entry in REF.values() if isinstance(entry, Builtin) and entry.fn.__module__ == name]
    assert entries
    faults: list[Trap] = []
    for _ in range(1_500):
        entry = chance.choice(entries)
        most = entry.least + 3 if entry.most is None else entry.most
        args = [chance.choice(VALUES) for _ in range(chance.randint(entry.least, most))]
        try:
            pr_str(entry.fn(*args))
        except Trap as trap:
            faults.append(trap)
    assert all(trap.message and trap.kind is not FaultKind.INTERNAL_ERROR for trap in faults)
    assert [pr_str(value) for value in VALUES] == before
