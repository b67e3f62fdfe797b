"""A program that was compiled lately is used again, and never where it would mean something else."""

from __future__ import annotations

import ptc_lisp
from ptc_lisp.limits import Limits
from ptc_lisp.runtime.machine import Machine


class NoHost:
    def tool(self, name, args):
        return {"name": name, **args}

    def printed(self, text):
        pass

    def journalled(self, ident, blob):
        pass

    def now_ms(self):
        return 0


def machine():
    return Machine(Limits(), NoHost())


def evaluate(made, source, **options):
    return made.evaluate(source, **{"context": {}, "tools": frozenset(), **options})


def test_the_same_text_gives_the_same_each_time():
    made = machine()
    first, second = (evaluate(made, "(def n (inc (or n 0))) (mapv #(* n %) [1 2])") for _ in range(2))
    assert (first.value, second.value) == ([1, 2], [2, 4])
    source = "(reduce + (map (fn [x] (* x x)) (range 100)))"
    outcomes = [evaluate(made, source) for _ in range(3)]
    assert {(step.value, step.steps) for step in outcomes} == {(328350, outcomes[0].steps)}


def test_names_data_and_tools_decide_as_well():
    made = machine()
    assert evaluate(made, "(f 1)").faults[0].kind == "unbound_var"
    evaluate(made, "(defn f [x] (inc x))")
    assert evaluate(made, "(f 1)").value == 2
    assert not evaluate(made, "(tool/t {:a 1})").ok
    assert evaluate(made, "(tool/t {:a 1})", tools=frozenset({"t"})).value == {"name": "t", "a": 1}
    assert evaluate(made, "(tool/t {:a 1})").faults[0].kind == "unknown_tool"
    assert evaluate(made, "data/x", context={"x": 5}).value == 5
    assert evaluate(made, "data/x", context={"x": 6}).value == 6


def test_functions_of_a_program_that_runs_again_live_on():
    made = machine()
    evaluate(made, "(def fs [])")
    for _ in range(4):
        assert evaluate(made, "(def fs (conj fs (let [k (count fs)] (fn [] k))))").ok
    assert evaluate(made, "(mapv (fn [f] (f)) fs)").value == [0, 1, 2, 3]


def test_a_fault_in_a_program_that_runs_again_has_its_place():
    with ptc_lisp.Session() as session:
        faults = [session.eval("(+ 1\n   (count 5))").error for _ in range(3)]
        assert {(fault.kind, fault.span.line, fault.message) for fault in faults} == {
            (faults[0].kind, 2, faults[0].message)
        }
        session.eval("(def x 1)")
        assert [session.eval("(def x (inc x)) (/ 1 0)").ok for _ in range(2)] == [False, False]
        assert session.eval("x").value == 1


def test_a_limit_on_steps_applies_to_a_program_compiled_without_one():
    source = "(reduce + (map inc (range 1000)))"
    with ptc_lisp.Session() as session:
        assert session.eval(source).ok
        assert session.eval(source, limits=Limits(step_limit=10)).error.kind == "step_limit_exceeded"
        assert session.eval(source).ok
