"""Functions that are compiled a second time for integers: quicker, and the same in all that can be seen."""

from __future__ import annotations

import pytest
from inline_machine import Inline
from inline_outcome import outcome

from ptc_lisp.limits import Limits
from ptc_lisp.runtime import closures

FIB = "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))"


def plainly(monkeypatch: pytest.MonkeyPatch, source: str) -> tuple[object, ...]:
    with monkeypatch.context() as patch:
        patch.setattr(closures, "numeric_params", lambda _node, _arity: [])
        return outcome(source)


@pytest.mark.parametrize(
    "source, shown",
    [
        (f"{FIB} [(fib 10) (fib 10.0) (map fib [1 2 3])]", "[55 55.0 [1 1 2]]"),
        ("(defn tak [x y z] (if (not (< y x)) z (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y)))) (tak 8 4 2)", "3"),
        ("(defn ack [m n] (cond (= m 0) (inc n) (= n 0) (ack (dec m) 1) :else (ack (dec m) (ack m (dec n))))) (ack 2 3)", "9"),
        # What it gives is not always an integer.
        ("(defn half [n] (if (< n 1) n (/ (half (- n 1)) 2))) (half 3)", "0.0"),
        ("(defn up [n] (if (> n 3) [n] (conj (up (+ n 1)) n))) (up 1)", "[4 3 2 1]"),
        ("(defn f [n] (if (< n 1) 0.5 (+ n (f (- n 1))))) (f 3)", "6.5"),
        ("(defn f [n] (when (> n 0) (+ n (or (f (- n 1)) 0)))) (f 3)", "6"),
        # A call of itself with something that is no integer.
        ("(defn f [n] (if (< n 1) n (f (- n 0.75)))) (f 2)", "0.5"),
        ("(defn f [n b] (if (< n 1) b (f (- n 1) (= n 1)))) (f 3 nil)", "true"),
        # One that goes round, too.
        ("(defn f [n acc] (if (> n 0) (if (even? n) (recur (- n 1) (+ acc (f (- n 2) 1))) (recur (- n 1) acc)) acc)) (f 6 0)", "7"),
        # It means something else on the way, or later, or by another name.
        (f"{FIB} (def old fib) (defn fib [n] (* n 10)) [(old 5) (fib 5)]", "[70 50]"),
        ("(defn f [n g] (if (< n 1) (g n) (+ (f (- n 1) g) (f (- n 2) g)))) (f 3 (fn [x] (def f (fn [a b] 100)) 1))", "301"),
        ("(let [f (fn f [n] (if (< n 2) n (+ (f (- n 1)) (f (- n 2)))))] (map f (range 8)))", "[0 1 1 2 3 5 8 13]"),
        ("(defn make [k] (fn go [n] (if (< n 1) k (+ n (go (- n 1)))))) [((make 1) 3) ((make 0.5) 3)]", "[7 6.5]"),
        ("(def f (fn f [n] (if (< n 1) n (f (- n 1))))) (def g f) (g 5)", "0"),
    ],
)  # fmt: skip
def test_the_same_with_and_without(monkeypatch: pytest.MonkeyPatch, source: str, shown: str) -> None:
    found = outcome(source)
    assert found[:2] == (True, shown)
    assert found == plainly(monkeypatch, source)


@pytest.mark.parametrize(
    "source",
    [
        "(defn f [n] (if (< n 1) (+ n :a) (* 1 (f (- n 1))))) (f 3)",
        "(defn f [n]\n  (if (< n 1)\n    (quot 1 n)\n    (+ 1 (f (- n 1)))))\n(f 3)",
        "(defn f [n] (if (< n 1) n (f))) (f 3)",
        "(let [f (fn f [n] (if (< n 1) (f n n n) (+ (f (- n 1)) 0)))] (f 3))",
    ],
)
def test_the_same_faults_at_the_same_places(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    found = outcome(source)
    assert not found[0]
    assert found == plainly(monkeypatch, source)


def test_later_programs_may_give_the_name_another_meaning() -> None:
    run = Inline()
    run.run(FIB)
    run.run("(def old fib)")
    assert run.text("(old 10)") == "55"
    run.run("(defn fib [n] 0)")
    assert run.text("(old 10)") == "0"


def test_steps_are_counted_and_limited_for_integers_too() -> None:
    assert Inline().run(f"{FIB} (fib 10)").steps == 177
    limited = Inline(limits=Limits(step_limit=100)).run(f"{FIB} (fib 10)")
    assert [fault.kind for fault in limited.faults] == ["step_limit_exceeded"]


def test_calls_that_never_end_are_a_fault() -> None:
    run = Inline().run("(defn f [n] (+ 1 (f (+ n 1))))\n(f 0)")
    assert [fault.kind for fault in run.faults] == ["recursion_limit_exceeded"]
    assert run.faults[0].details["frames"][0]["function"] == "f"
