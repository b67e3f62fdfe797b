"""What the front end promises the back end about core nodes, checked on programs that use every special form."""

from __future__ import annotations

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.analyzer import Env, analyze
from ptc_lisp.analyzer.specials import TABLE
from ptc_lisp.builtins.registry import REGISTRY, SPECIALS
from ptc_lisp.core import nodes as n
from ptc_lisp.core.walk import binds, children, walk
from ptc_lisp.reader import read

PROGRAMS = [
    "",
    "(let [x 1 x (inc x) x (* x 10)] x)",
    "(let [x 1] (let [x 2] x) x)",
    "(let [[a [b & c] & d :as all] [1 [2 3] 4]] [a b c d all])",
    "(let [{:keys [a b] :strs [c] :or {b (inc a)} x :k {[y] :deep} :inner :as m} {}] [a b c x y m])",
    "(let [[_ _] [1 2] _ 3] _)",
    "(fn [a [b] {:keys [c]} & {:keys [d] :or {d 1}}] [a b c d])",
    "(fn f ([] (f 1)) ([x & more] (recur x more)))",
    "(defn count-down [k] (if (zero? k) :done (recur (dec k))))",
    "(loop [[x & xs] [1 2] acc (or x 0)] (if x (recur xs (+ acc x)) acc))",
    "(loop [i 0] (when (< i 3) (println i) (recur (inc i))))",
    "(loop [i 0] (and (< i 3) (or (> i 9) (recur (inc i)))))",
    "(loop [i 0] (cond (> i 3) i (= i 2) (recur 9) :else (recur (inc i))))",
    "(loop [i 0] (case i 5 i (1 2) (recur 5) (recur (inc i))))",
    "(loop [i 0] (condp = i 5 i 1 :>> inc (recur (inc i))))",
    "(loop [i 0] (if-let [x (> i 3)] x (recur (inc i))))",
    "(loop [i 0] (when-some [x i] (if (> x 3) x (recur (inc x)))))",
    "(dotimes [i 3] (println i))",
    "(for [x [1 2] :when (odd? x) [y z] [[x 1]] :while y :let [w (+ y z)]] [x w])",
    "(doseq [x [1]] (println x))",
    "(letfn [(ev? [k] (if (= k 0) true (od? (dec k)))) (od? [k] (if (= k 0) false (ev? (dec k))))] (ev? 4))",
    "(letfn [(f [x] x) (g [x] (f x))] (g 1))",
    "(-> 1 inc (+ 2) #(* % 2))",
    "(some-> {:a 1} :a inc)",
    "(cond-> 1 true inc false (+ 2))",
    "(as-> [1 2] [a b] (+ a b) (inc 1))",
    "(doto 5 println (println 1))",
    "(when-first [[k v] {:a 1}] [k v])",
    "(map #(+ %1 %2) [1] [2])",
    "(#(apply + %&) 1 2)",
    "(if-some [[a] [1]] a :none)",
    '(task "k" (step-done "a" "b") (task-reset "k"))',
    "(do (def x 1) (defonce y 2) (declare z) (return [x y budget/remaining *1 data/z tool/t]))",
    "(fail (tool/t {:a 1}))",
    "'(a [b {:c d}] #{e})",
]


def _program(source: str) -> n.Program:
    return analyze(read(source), Env())


@pytest.mark.parametrize("source", PROGRAMS)
def test_every_local_is_bound_once_and_before_it_is_read(source: str) -> None:
    program = _program(source)
    names = [name for node in walk(program.body) for name in binds(node)]
    assert len(names) == len(set(names))
    for form in program.forms:
        _check_scope(form, frozenset())


def _check_scope(node: n.Node, seen: frozenset[str]) -> None:
    match node:
        case n.Local():
            assert node.name in seen, f"{node.name} is read before it is bound"
        case n.Let() | n.Loop():
            for binding in node.bindings:
                _check_scope(binding.value, seen)
                seen |= {binding.name}
            _check_scope(node.body, seen)
        case n.Fn():
            own = set() if node.self_name is None else {node.self_name}
            for arity in node.arities:
                rest = set() if arity.rest is None else {arity.rest}
                _check_scope(arity.body, seen | own | set(arity.params) | rest)
        case n.For():
            for clause in node.clauses:
                if isinstance(clause, n.Each):
                    _check_scope(clause.source, seen)
                    seen |= {clause.name}
                elif isinstance(clause, n.Bind):
                    for binding in clause.bindings:
                        _check_scope(binding.value, seen)
                        seen |= {binding.name}
                else:
                    _check_scope(clause.test, seen)
            _check_scope(node.body, seen)
        case _:
            for child in children(node):
                _check_scope(child, seen)


@pytest.mark.parametrize("source", PROGRAMS)
def test_recur_stands_in_tail_position_with_the_right_count(source: str) -> None:
    for form in _program(source).forms:
        _check_recur(form, None)


def _check_recur(node: n.Node, count: int | None) -> None:
    """`count`: how many arguments a recur takes here; None where none may stand."""
    match node:
        case n.Recur():
            assert len(node.args) == count
            for arg in node.args:
                _check_recur(arg, None)
        case n.If():
            _check_recur(node.test, None)
            _check_recur(node.then, count)
            _check_recur(node.otherwise, count)
        case n.Do():
            for item in node.items[:-1]:
                _check_recur(item, None)
            _check_recur(node.items[-1], count)
        case n.Let() | n.Loop():
            for binding in node.bindings:
                _check_recur(binding.value, None)
            _check_recur(node.body, len(node.bindings) if isinstance(node, n.Loop) else count)
        case n.Fn():
            for arity in node.arities:
                _check_recur(arity.body, len(arity.params) + (arity.rest is not None))
        case _:
            for child in children(node):
                _check_recur(child, None)


@pytest.mark.parametrize("source", PROGRAMS)
def test_places_lie_in_the_text(source: str) -> None:
    for node in walk(_program(source).body):
        assert 0 <= node.start <= node.end <= len(source)


def test_sequences_of_nodes_have_at_least_two_items() -> None:
    program = _program("\n".join(PROGRAMS))
    for node in walk(program.body):
        if isinstance(node, n.Do | n.And | n.Or):
            assert len(node.items) >= 2


def test_every_special_form_is_documented_with_examples_that_analyse() -> None:
    assert set(TABLE) == set(SPECIALS)
    for record in SPECIALS.values():
        assert record.doc
        assert record.params
        for source, _ in record.examples:
            _program(source)
        assert record.examples


def test_no_special_form_has_the_name_of_a_builtin() -> None:
    assert not set(TABLE) & set(REGISTRY.bare)


def test_a_program_lists_what_it_defines_and_mentions() -> None:
    program = _program(
        "(def a data/x) (defn b [] (tool/t)) (map tool/u data/y) (def a data/x) (if a (def c 1))"
    )
    assert program.defines == ("a", "b", "c")
    assert program.data == ("x", "y")
    assert program.tools == ("t", "u")
    assert len(program.forms) == 5


def test_an_empty_program_is_nil() -> None:
    assert _program("; nothing").body == n.Const(0, 0, None)
