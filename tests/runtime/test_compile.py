"""Compiled code means what the core nodes say, in corners where generated Python could differ."""

from __future__ import annotations

from typing import get_args

import pytest
from inline_machine import Inline

from ptc_lisp.core.nodes import Node
from ptc_lisp.faults import FaultKind
from ptc_lisp.limits import Limits
from ptc_lisp.runtime import compiler
from ptc_lisp.runtime.codegen import compiled_nodes
from ptc_lisp.values.functions import FN_INFO


def test_every_core_node_is_compiled() -> None:
    assert compiler.compile_program
    assert compiled_nodes() == set(get_args(Node))


@pytest.mark.parametrize(
    "source, printed",
    [
        # Arguments are evaluated left to right, also when a later one needs statements.
        ("(def log []) (defn note [x] (def log (conj log x)) x) (vector (note 1) (loop [i 0] (if (< i 2) (recur (inc i)) (note 2))) (note 3)) log", "[1 2 3]"),
        ("(def x 1) (defn f [] (def x 10) 5) [(+ x (f)) x]", "[6 10]"),
        ("(def x 1) (+ x (do (def x 5) x))", "6"),
        # Closures made in a loop keep the value of their turn.
        ("(map (fn [f] (f)) (loop [i 0 fs []] (if (< i 3) (recur (inc i) (conj fs (fn [] i))) fs)))", "[0 1 2]"),
        ("(map #(%) (for [i [1 2 3]] (fn [] (* i i))))", "[1 4 9]"),
        # A loop inside a loop, in value position and in tail position.
        ("(loop [i 0 acc []] (if (= i 3) acc (recur (inc i) (conj acc (loop [j 0 s 0] (if (< j i) (recur (inc j) (+ s j)) s))))))", "[0 0 1]"),
        ("(loop [i 0] (if (< i 3) (recur (inc i)) (loop [j 0] (if (< j i) (recur (inc j)) [i j]))))", "[3 3]"),
        ("(loop [a 1 b 2 n 0] (if (< n 3) (recur b a (inc n)) [a b]))", "[2 1]"),
        ("(loop [i 0] (or (when (> i 3) i) (recur (inc i))))", "4"),
        ("(loop [i 5] (and (pos? i) (recur (dec i))))", "false"),
        ("(loop [i 0] (cond (> i 9) [i] (even? i) (recur (+ i 3)) :else (recur (inc i))))", "[11]"),
        # Functions: recursion by name, several arities, rest, recur into a variadic arity.
        ("((fn fact [n] (if (< n 2) 1 (* n (fact (dec n))))) 20)", "2432902008176640000"),
        ("(defn f ([] (f 1)) ([a] (f a 2)) ([a b & more] [a b more])) [(f) (f 9) (f 1 2 3 4)]", "[[1 2 nil] [9 2 nil] [1 2 [3 4]]]"),
        ("((fn [n & xs] (if (zero? n) xs (recur (dec n) (rest xs)))) 2 :a :b :c)", "[:c]"),
        ("(let [f (fn g [x] (if (> x 2) x (map g [(inc x)])))] (f 1))", "[[3]]"),
        # Truth and equality.
        ("(if 0 :t :f)", ":t"),
        ('(map #(if % 1 2) [nil false 0 "" []])', "[2 2 1 1 1]"),
        ('[(= 1 true) (= true 1) (= 1 1.0) (= nil false) (= "a" :a) (= [1 2] [1.0 2])]', "[false false true false false true]"),
        ("(let [x true] [(= x 1) (not= x 1) (= x true)])", "[false true true]"),
        ('(map (fn [x] (case x 1 :one true :yes "1" :text nil :nil :other)) [1 true "1" nil 1.0 2])', "[:one :yes :text :nil :one :other]"),
        ('{1 :a 1.0 :b true :c "1" :d :1 :e [1] :f}', '{1 :a 1.0 :b true :c "1" :d :1 :e [1] :f}'),
        ("(get {[1 2] :v} [1 2])", ":v"),
        # for with several levels and modifiers.
        ("(for [x (range 4) :when (odd? x) y [:a :b] :let [z [x y]] :while (< x 3)] z)", "[[1 :a] [1 :b]]"),
        ("(defonce k 1) (defonce k 2) k", "1"),
    ],
)  # fmt: skip
def test_meaning(source: str, printed: str) -> None:
    assert Inline().text(source) == printed


def test_mutual_recursion_of_top_level_functions() -> None:
    even = "(defn ev? [n] (if (zero? n) true (od? (dec n))))"
    odd = "(defn od? [n] (if (zero? n) false (ev? (dec n))))"
    assert Inline().value(f"{even} {odd} [(ev? 100) (od? 100)]") == [True, False]


def test_loops_deeper_than_python_nests_blocks() -> None:
    source = "x"
    for level in range(24):
        source = (
            f"(loop [i{level} 0 x 0] (if (< i{level} 1) (recur (inc i{level}) {source if level else '1'}) x))"
        )
    assert Inline(limits=Limits(max_nesting=200)).value(source) == 1


def test_for_deeper_than_python_nests_blocks() -> None:
    levels = " ".join(f"x{i} [1]" for i in range(30))
    assert Inline().value(f"(for [{levels}] 7)") == [7]


def test_a_cond_of_many_clauses() -> None:
    clauses = " ".join(f"(= x {i}) {i * 10}" for i in range(600))
    assert Inline().value(f"((fn [x] (cond {clauses})) 599)") == 5990


@pytest.mark.parametrize(
    "source, kind",
    [
        ("((fn [x] x))", FaultKind.ARITY_ERROR),
        ("(defn f [x] x) (let [g f] (g 1 2))", FaultKind.ARITY_ERROR),
        ("(let [f 5] (f 1))", FaultKind.NOT_CALLABLE),
        ("(let [f nil] (f))", FaultKind.NOT_CALLABLE),
        ("(loop [] (recur))", FaultKind.LOOP_LIMIT_EXCEEDED),
        ("((fn f [n] (inc (f n))) 1)", FaultKind.RECURSION_LIMIT_EXCEEDED),
        ("(let [[a b] {:a 1}] a)", FaultKind.DESTRUCTURE_ERROR),
        ("(if false (def later 1)) later", FaultKind.UNBOUND_VAR),
        ("(+ 1 nil)", FaultKind.TYPE_ERROR),
        ("(pmap (fn [x] (return x)) [1 2])", FaultKind.INVALID_FORM),
    ],
)
def test_faults(source: str, kind: FaultKind) -> None:
    assert Inline().fault(source) == kind


def test_a_fault_names_its_place() -> None:
    outcome = Inline().run("(defn area [r]\n  (* r (:missing {})))\n(area 2)")
    span = outcome.faults[0].span
    assert span is not None
    assert (span.line, span.column) == (2, 3)
    assert outcome.faults[0].excerpt is not None


def test_a_fault_names_the_functions_on_the_way() -> None:
    source = "(defn half [x] (/ x (:n {})))\n(defn go* [n] (map half [n]))\n(defn go [n] (if (pos? n) (go* n) 0))\n(go 3)"
    frames = Inline().run(source).faults[0].details["frames"]
    assert [(f["function"], f["line"]) for f in frames] == [("half", 1), ("go*", 2), ("go", 3)]


def test_a_fault_in_a_function_of_an_earlier_program_is_placed_at_the_call() -> None:
    session = Inline()
    session.value("(defn twice [x] (* 2 x))")
    span = session.run('(let [a 1]\n  (twice "a"))').faults[0].span
    assert span is not None
    assert (span.line, span.column) == (2, 3)


def test_a_fault_leaves_memory_as_it_was() -> None:
    session = Inline()
    session.value("(def a 1)")
    assert session.fault("(def a 2) (def b 3) (+ a :x)") is FaultKind.TYPE_ERROR
    assert session.value("[a (or b 0)]") == [1, 0]


def test_steps_are_the_same_every_time() -> None:
    source = "(reduce + (map (fn [x] (loop [i 0] (if (< i x) (recur (inc i)) i))) (range 50)))"
    counts = {Inline().run(source).steps for _ in range(3)}
    assert len(counts) == 1
    assert counts.pop() > 1225  # the loop turns alone


def test_a_step_limit_stops_a_loop() -> None:
    limited = Inline(limits=Limits(step_limit=1_000))
    assert limited.fault("(loop [i 0] (recur (inc i)))") is FaultKind.STEP_LIMIT_EXCEEDED
    assert limited.fault("(map inc (range 5000))") is FaultKind.STEP_LIMIT_EXCEEDED
    assert limited.value("(reduce + (range 10))") == 45


@pytest.mark.parametrize(
    "definition, use, value",
    [
        ("(defn add [a] (fn [b] (+ a b))) (def add3 (add 3))", "(add3 4)", 7),
        ("(def k 10) (defn scale [x] (* k x))", "(do (def k 2) (scale 4))", 8),
        ("(defn fact [n] (if (< n 2) 1 (* n (fact (dec n)))))", "(fact 5)", 120),
        ("(def f (fn self ([x] (self x 1)) ([x y] (+ x y))))", "(f 4)", 5),
        ("(def g (comp inc (partial * 2)))", "(g 5)", 11),
        ("(def fs [inc (fn [x] (* x x))])", "(map (fn [f] (f 3)) fs)", [4, 9]),
        ('(def s #{1 :a "b"})', "(contains? s :a)", True),
        ("(def m {[1 2] {:k 1.0}})", "(get-in m [[1 2] :k])", 1.0),
        ("(let [n 5] (defn f [x] (let [n (+ n x)] (fn [] n))))", "((f 1))", 6),
    ],
)
def test_memory_travels_to_another_machine(definition: str, use: str, value: object) -> None:
    first, second = Inline(), Inline()
    second.machine.load_memory(dict(first.run(definition).memory))
    assert second.value(use) == value


def test_only_changed_names_are_sent() -> None:
    session = Inline()
    session.run("(def a 1) (def b [1 2])")
    assert set(session.run("(def b (conj b 3)) a").memory) == {"b"}


def test_a_program_that_defines_nothing_leaves_nothing_behind() -> None:
    session = Inline()
    source = '(let [f (fn [x] (re-find #"a" x))] (map f ["a" {1.0 2}]))'
    session.run(source)  # builtins that were mentioned once stay bound
    session.run("(map (fn [x] {1.5 x}) [1])")
    before = (len(session.machine._names.space), len(FN_INFO), len(session.machine._programs))
    for _ in range(5):
        assert not session.run(source).ok
        session.value("(map (fn [x] {1.5 x}) [1])")
    assert (len(session.machine._names.space), len(FN_INFO), len(session.machine._programs)) == before


def test_growth_is_near_linear() -> None:
    # Copying would need 50,000 * 50,000 / 2 moves, far beyond the step and time that this takes when it shares.
    session = Inline()
    assert session.value("(count (reduce (fn [m i] (assoc m i i)) {} (range 50000)))") == 50_000
    assert session.value("(count (loop [i 0 v []] (if (< i 50000) (recur (inc i) (conj v i)) v)))") == 50_000
