"""Long and deep programs: the analyzer must not run out of Python stack, nor make nodes that nest as deep as a chain is long."""

from __future__ import annotations

import sys

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.analyzer import AnalysisFailed, analyze
from ptc_lisp.core import nodes as n
from ptc_lisp.core.walk import children, walk
from ptc_lisp.reader import read

LONG = {
    "cond": "(cond " + " ".join(f"(= 1 {i}) {i}" for i in range(500)) + ")",
    "case": "(case 5 " + " ".join(f"{i} {i}" for i in range(1000)) + " :none)",
    "condp": "(condp = 5 " + " ".join(f"{i} {i}" for i in range(500)) + ")",
    "->": "(-> 1 " + "inc " * 1000 + ")",
    "->>": "(->> [1] " + "(map inc) " * 1000 + ")",
    "some->": "(some-> 1 " + "inc " * 1000 + ")",
    "cond->": "(cond-> 1 " + "true inc " * 500 + ")",
    "as->": "(as-> 1 x " + "(inc x) " * 1000 + ")",
    "and": "(and " + "1 " * 1000 + ")",
    "let": "(let [" + " ".join(f"a{i} (inc {i})" for i in range(1000)) + "] a3)",
    "top": "(inc 1) " * 1000,
}
FLAT = sorted(LONG.keys() - {"cond", "case", "condp"})
NESTED = {
    "call": "(inc " * 190 + "1" + ")" * 190,
    "let": "(let [a 1] " * 95 + "1" + ")" * 95,
    "fn": "((fn [a] " * 90 + "1" + ") 1)" * 90,
    "vector": "[" * 190 + "]" * 190,
    "map": "{:a " * 190 + "1" + "}" * 190,
    "letfn": "(letfn [(f [x] (g x)) (g [x] (f x))] " * 60 + "1" + ")" * 60,
    "quote": "'" + "(" * 190 + ")" * 190,
}


@pytest.mark.parametrize("name", sorted(LONG))
def test_long(name: str) -> None:
    assert sum(1 for _ in walk(analyze(read(LONG[name])).body)) > 500


@pytest.mark.parametrize("name", FLAT)
def test_long_chains_stay_shallow(name: str) -> None:
    assert _depth(analyze(read(LONG[name])).body) < 50


@pytest.mark.parametrize("name", sorted(NESTED))
def test_nested(name: str) -> None:
    limit = sys.getrecursionlimit()
    analyze(read(NESTED[name], max_nesting=200))
    assert sys.getrecursionlimit() == limit


def test_many_unknown_names() -> None:
    with pytest.raises(AnalysisFailed) as failed:
        analyze(read(" ".join(f"(zork{i} 1)" for i in range(100))))
    assert len(failed.value.traps) == 100


def _depth(root: n.Node) -> int:
    deepest, stack = 0, [(root, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack.extend((child, depth + 1) for child in children(node))
    return deepest


def test_a_huge_unknown_name_makes_a_small_fault() -> None:
    with pytest.raises(AnalysisFailed) as failed:
        analyze(read("x" * 500_000))
    (trap,) = failed.value.traps
    assert len(trap.message) + len(trap.hint or "") + len(trap.details["name"]) < 3_000
