"""Nodes as text: the text reads back, and the program that comes back does the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.analyzer import Env, analyze
from ptc_lisp.core import nodes as n
from ptc_lisp.core.unparse import unparse
from ptc_lisp.core.walk import walk
from ptc_lisp.limits import Limits
from ptc_lisp.reader import read
from ptc_lisp.runtime.machine import Machine

PROGRAMS = [
    '[1 -2 3.5 1e300 ##Inf ##-Inf "a\\"b\\\\c\\nd" :k nil true {:a #{1}} \'sym [] #"\\d+"]',
    "(let [x 1 x (inc x) y x] (let [x 5] [x y]))",
    "(let [[a [b & c] & d :as all] [1 [2 3 4] 5 6]] [a b c d all])",
    '(let [{:keys [a b] :strs [c] x :k [y] :ys :or {b (+ a 1)} :as m} {:a 1 "c" 3 :k 4 :ys [5]}] [a b c x y (count m)])',
    "(let [{:as m} {:a 1} [:as v] [1]] [m v])",
    "((fn [a [b] & {:keys [c] :or {c 9}}] [a b c]) 1 [2] :c 3)",
    "((fn f ([] (f 1)) ([x & more] [x more])))",
    '(defn area "doc" [w h] (* w h)) (defonce z 5) (def z 6) [(area 2 3) z]',
    "(loop [[x & xs] [1 2 3] acc 0] (if x (recur xs (+ acc x)) acc))",
    "(loop [i 0] (and (< i 5) (recur (inc i))))",
    "(map (fn [x] (cond (neg? x) :neg (zero? x) :zero (> x 9) :big :else :pos)) [-1 0 1 10])",
    "(map (fn [x] (case x 1 :one (2 3) :few [4] :vector :many)) [1 2 3 [4] 5])",
    "(for [x (range 5) :when (odd? x) :let [y (* x x)] [z] [[x]] :while (< y 9)] [x y z])",
    "(doseq [x [1 2]] (println x))",
    "(dotimes [i 3] (println i))",
    "(letfn [(ev? [k] (if (= k 0) true (od? (dec k)))) (od? [k] (if (= k 0) false (ev? (dec k))))] [(ev? 4) (od? 4)])",
    "(->> [3 1 2] (map #(* % %)) (sort-by - ) (reduce + 0))",
    "(some-> {:a {:b nil}} :a :b inc)",
    "(cond-> {} true (assoc :a 1) false (assoc :b 2))",
    "(if-some [x false] [:got x] :none)",
    "(or missing (and 1 nil) 2)",
    "(def map 5) (let [count map] [count (clojure.core/map inc [1])])",
    "(let [seq 1 first 2] (when-first [x [7]] [seq first x]))",
    "(let [part 1 {:keys [a] :or {a part}} {}] [part a])",
    "(do (println (str *1 data/x)) (tool/echo :q 1))",
    "(map tool/echo [{:a 1}])",
    '(task "k" (step-done "a" "b") (return budget/remaining))',
    "(fail {:reason :bad})",
    "(defn ev? [k] (or (= k 0) (od? (dec k)))) (defn od? [k] (and (> k 0) (ev? (dec k)))) (ev? 10)",
    "(condp some [1 2] #{9} :>> inc #{2} :>> inc :none)",
]


class _Host:
    def __init__(self) -> None:
        self.prints: list[str] = []

    def tool(self, _name: str, args: dict[str, Any]) -> Any:
        return args

    def printed(self, text: str) -> None:
        self.prints.append(text)

    def now_ms(self) -> int:
        return int(dt.datetime(2024, 1, 1, tzinfo=dt.UTC).timestamp() * 1000)


def _analyze(source: str) -> n.Program:
    return analyze(read(source, max_nesting=200), Env())


def _outcome(source: str) -> tuple[object, ...]:
    host = _Host()
    outcome = Machine(Limits(), host).evaluate(source, context={"x": 42})
    kinds = [fault.kind for fault in outcome.faults]
    return outcome.ok, outcome.shown, outcome.failed, outcome.returned, kinds, host.prints


@pytest.mark.parametrize("source", PROGRAMS)
def test_the_text_does_what_the_program_does(source: str) -> None:
    text = unparse(_analyze(source))
    assert _outcome(text) == _outcome(source)


@pytest.mark.parametrize("source", [source for source in PROGRAMS if "& {" not in source])
def test_writing_comes_to_rest(source: str) -> None:
    once = unparse(_analyze(unparse(_analyze(source))))
    assert unparse(_analyze(once)) == once


def test_plain_programs_come_out_as_they_went_in() -> None:
    source = "(let [a 1 b [a :k]] (if (get {:a 1} :a) (f a) (do (println b) 'x)))"
    assert unparse(analyze(read(source), Env(defined=frozenset({"f"})))) == source


def test_generated_names_can_be_written_and_hide_nothing() -> None:
    source = "(let [p_1 1 [a] [2] map 5 f_1 (fn f [x] (f x))] (clojure.core/map inc [a p_1 map]))"
    text = unparse(_analyze(source))
    assert "~" not in text
    assert "(map inc" in text
    assert _outcome(text) == _outcome(source)


def test_a_hidden_builtin_is_written_with_its_namespace() -> None:
    program = _analyze("(def trim 1) (str/trim data/x)")
    assert unparse(program, qualify=lambda ref: f"str/{ref}").endswith("(str/trim data/x)")


def test_long_chains_become_cond_and_need_no_stack() -> None:
    source = "(cond " + " ".join(f"(= 1 {i}) {i}" for i in range(5000)) + " :else 7)"
    assert unparse(_analyze(source)) == source


def test_a_stored_function_can_be_written_alone() -> None:
    program = _analyze("(let [k 2] (fn [x] (* k x)))")
    (fn,) = [node for node in walk(program.body) if isinstance(node, n.Fn)]
    assert unparse(fn) == "(fn [x] (* k x))"


def test_a_keyword_that_cannot_be_read_is_made_from_text() -> None:
    assert unparse(n.KeywordConst(0, 0, "order id")) == '(keyword "order id")'
