"""A program that comes as bytes does what its text does: value, prints, faults with places, steps, and what it leaves behind."""

from __future__ import annotations

import itertools
import json
import re
import sys
from pathlib import Path

import pytest
from inline_machine import Inline

from ptc_lisp.analyzer import Env
from ptc_lisp.faults import FaultKind
from ptc_lisp.limits import Limits
from ptc_lisp.runtime.machine import compile_ahead

CONFORMANCE = Path(__file__).parents[1] / "conformance"
TOOLS = {"echo": lambda **args: args, "add": lambda a, b: a + b}
CONTEXT = {
    "rows": [{"id": 1, "unit_price": 2.5}, {"id": 2, "unit_price": 4}],
    "big": list(range(60)),
    "name": "Ann",
    "max_rows": 3,
}
LIMITS = Limits(loop_limit=2_000)
MARKS = (f"test{number}." for number in itertools.count())


def ahead(source, limits=LIMITS, defined=(), language="ptc-lisp"):
    limit = sys.getrecursionlimit()
    try:
        env = Env(defined=frozenset(defined), tools=frozenset(TOOLS), data=frozenset(CONTEXT))
        return compile_ahead(source, env, limits, language, mark=next(MARKS))
    finally:
        sys.setrecursionlimit(limit)


def seen(inline, outcome):
    deep = any(f.kind is FaultKind.RECURSION_LIMIT_EXCEEDED for f in outcome.faults)
    return (
        outcome.ok, outcome.shown, repr(outcome.value), repr(outcome.failed), outcome.returned, None if deep else outcome.steps,
        [(f.kind, f.phase, f.message, f.hint, f.span, deep or repr(f.details)) for f in outcome.faults],
        sorted(outcome.memory), outcome.dropped, outcome.summaries, outcome.journal, inline.host.prints, inline.host.calls,
    )  # fmt: skip


def both(source, limits=LIMITS, language="ptc-lisp", probe="[*1]"):
    """What the text does and what the bytes do, and then a second program that uses what the first defined."""
    found = []
    for kept in (None, ahead(source, limits, language=language)):
        inline = Inline(TOOLS, limits)
        first = inline.run(source, dict(CONTEXT), kept=kept, language=language)
        result = [seen(inline, first), kept is not None]
        if first.memory:  # in another process: functions come from their bytes
            other = Inline(TOOLS, limits)
            other.machine.load_memory(first.memory)
            result += [seen(i, i.run(probe, {})) for i in (inline, other)]
        found.append(result)
    assert found[0][0] == found[1][0], source
    assert found[0][2:] == found[1][2:], source
    return found[1][1]


def programs():
    for path in sorted(CONFORMANCE.glob("*.ptc")):
        for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
            lines = [line for line in block.splitlines() if not line.startswith(";;")]
            yield from ("\n".join(lines), *lines)


def test_the_conformance_programs_do_the_same_as_bytes():
    kept = sum(both(source) for source in programs())
    assert kept >= 1_000


@pytest.mark.parametrize(
    "source",
    [
        "(defn f [x] (* x 2)) (f 4)",
        "(defn f ([x] (f x 1)) ([x y] (+ x y))) (f 1)",
        "(def add (fn [n] (fn [x] (+ x n)))) (def add2 (add 2))",
        "(defn f [x] (if (pos? x) (f (dec x)) (/ 1 :a))) (f 3)",
        "(let [g (first [(fn [a b] a)])] (g 1))",
        "(map (fn [x] (+ x :a)) [1 2])",
        '(def g 12345678901234567890123) (re-find #"a+" "caat") (+ nil 1)',
        "(loop [i 0] (recur (inc i)))",
        "(tool/add {:a 1 :b 2}) (println :x) (tool/add {:a 1 :b :c})",
        "(def f (identity (fn [x] x))) (f 1 2)",
        "(defn f [n] (first (filter (fn [x] (> x n)) (range)))) (f 3)",
        "(let [n :a]\n  (take 2 (map (fn plus [x]\n (+ x n)) (range))))",
        "(return {:a 'sym :b #{1 2}})",
        "(fail {:reason :bad})",
    ],
)  # fmt: skip
def test_functions_constants_and_faults_survive(source):
    assert both(source, probe="[(f 3) (add2 1) g]" if "add2" in source else "[(f 3)]")


def test_steps_count_the_same_and_their_limit_holds():
    assert both("(reduce + (map inc (range 100)))", Limits(step_limit=50))
    assert both("(loop [i 0] (if (< i 50) (recur (inc i)) i))", Limits(step_limit=40))


def test_programs_as_json_do_the_same_and_faults_have_their_path():
    for last in (2, "a"):
        steps = [{"op": "literal", "value": [{"n": 40}, {"n": last}]}, {"op": "sum", "field": "n"}]
        assert both(json.dumps({"program": {"op": "pipe", "steps": steps}}), language="ptc-json")


def test_a_program_with_faults_is_not_kept():
    assert ahead("(undefined-name 1)") is None
    assert ahead("(+ 1") is None


def test_damaged_bytes_are_ignored():
    for kept in (b"", b"\xff", b"(", ahead("(+ 1 2)")[:-3]):
        assert Inline().run("(+ 1 2)", {}, kept=kept).value == 3


def test_two_programs_with_functions_do_not_mix():
    inline = Inline()
    for number in (1, 2):
        source = f"(def f{number} (fn [x] (let [g (fn [y] (+ y x {number}))] g)))"
        assert inline.run(source, {}, kept=ahead(source)).ok
    assert inline.run("[((f1 10) 5) ((f2 10) 5)]", {}).value == [16, 17]
