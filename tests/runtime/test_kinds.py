"""What the compiler knows beforehand changes the speed of a program, and nothing else."""

from __future__ import annotations

import random

import pytest
from inline_machine import Inline
from inline_outcome import outcome
from program_fuzz import program

from ptc_lisp.faults import FaultKind
from ptc_lisp.limits import Limits
from ptc_lisp.runtime import closures, gen_calls
from ptc_lisp.runtime.kinds import Known


def knowing_nothing(monkeypatch: pytest.MonkeyPatch, source: str) -> tuple[object, ...]:
    with monkeypatch.context() as patch:
        patch.setattr(Known, "of", lambda _self, _node: None)
        patch.setattr(closures, "numeric_params", lambda _node, _arity: [])
        patch.setattr(gen_calls, "in_place", lambda _e, _node, _ref, _line: None)
        return outcome(source)


@pytest.mark.parametrize(
    "source, shown",
    [
        ("(loop [i 0 s 0] (if (< i 10) (recur (inc i) (+ s i)) s))", "45"),
        # An integer that becomes something else on the way.
        ("(loop [i 0] (if (< i 3) (recur (+ i 0.5)) i))", "3.0"),
        ('(loop [i 0 s 1] (if (< i 3) (recur (inc i) (if (= i 1) "x" s)) [i s]))', '[3 "x"]'),
        ("(loop [i 0 j 0] (if (< i 4) (recur (inc i) (if (odd? i) nil j)) (nil? j)))", "true"),
        ("(loop [a 0 b 1 c 2.5 n 0] (if (< n 3) (recur b c a (inc n)) [a b c]))", "[0 1 2.5]"),
        ("(loop [i 0 t true] (if (< i 2) (recur (inc i) (= i 1)) t))", "true"),
        # The same through bindings, inner loops and functions that are made inside.
        ("(loop [i 0 s 0] (if (< i 4) (let [k (/ i 2)] (recur (inc i) (+ s k))) s))", "3.0"),
        ("(loop [i 0 s 0] (if (< i 3) (recur (inc i) (+ s (loop [j 0] (if (< j i) (recur (inc j)) (* 1.0 j))))) s))", "3.0"),
        ("(loop [i 0 fs []] (if (< i 3) (recur (inc i) (conj fs (fn [x] (+ x i)))) (map (fn [f] (f 0.5)) fs)))", "[0.5 1.5 2.5]"),
        ("(loop [i 0] (let [i (if (= i 2) 2.5 i)] (if (< i 2.5) (recur (inc i)) i)))", "2.5"),
        # A function whose parameters are numbers at one time and not at another.
        ("(defn f [n acc] (cond (< n 1) acc (even? n) (recur (dec n) (* acc n)) :else (recur (- n 1) (+ acc 0.5)))) [(f 4 1) (f 4 1.5) (f 2.5 1)]", "[9.5 13.5 2.0]"),
        ("(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) [(fib 10) (fib 3.5)]", "[55 3.5]"),
        ("(let [up (fn up [n to] (if (= n to) n (up (inc n) to)))] [(up 1 5) (up 1.0 3) (up 1.5 1.5)])", "[5 3.0 1.5]"),
        ("[(mod 7 3) (mod -7 3) (mod 7 -3) (mod 7.5 2) (map #(mod % 4) [5 -1 2.5])]", "[1 2 -2 1.5 [1 3 2.5]]"),
        # A boolean is no integer, whatever Python says.
        ("(loop [i 0 b false] (if (< i 2) (recur (inc i) true) [(= b 1) (= b true)]))", "[false true]"),
    ],
)  # fmt: skip
def test_loops_and_functions(monkeypatch: pytest.MonkeyPatch, source: str, shown: str) -> None:
    assert Inline().text(source) == shown
    assert outcome(source) == knowing_nothing(monkeypatch, source)


@pytest.mark.parametrize(
    "source",
    [
        '(loop [i 0 s 0] (if (< i 3) (recur (inc i) (if (= i 1) "x" (+ s i))) s))',
        '(defn f [n] (if (< n 1) (+ n "x") (f (- n 1)))) (f 3)',
        "(loop [i 0] (recur (inc i)))",
        "(defn f [n] (recur (inc n)))\n(f 1)",
        "(loop [i 5] (if (pos? i)\n  (recur (- i :a)) i))",
        "(defn f [n] (+ (f) (- n 1) (* n 2))) (f 1)",
    ],
)
def test_faults_are_the_same_and_at_the_same_place(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    found = outcome(source)
    assert not found[0]
    assert found == knowing_nothing(monkeypatch, source)


def numeric_program(seed: int) -> str:
    """A loop over a few variables of changing kinds."""
    rng = random.Random(seed)
    names = ["i", "a", "b", "c"][: rng.randrange(2, 5)]

    def number(depth: int) -> str:
        if depth == 0 or rng.random() < 0.3:
            return rng.choice(
                [*names, *names, "1", "2", "-3", "0.5", "true", "nil", ":k", '"s"'][
                    : rng.choice([10, 12, 16])
                ]
            )
        op = rng.choice(
            ["+", "-", "*", "inc", "dec", "mod", "quot", "max", "if", "let", "/", "count", "loop"]
        )
        one, two = number(depth - 1), number(depth - 1)
        shapes = {
            "inc": f"(inc {one})", "dec": f"(dec {one})", "mod": f"(mod {one} 3)", "quot": f"(quot {one} 2)",
            "if": f"(if ({rng.choice(['<', '>=', '=', 'not='])} {one} {two}) {two} {rng.choice(names)})",
            "let": f"(let [x {one}] (+ x {two}))", "count": f"(count [{one} {two}])",
            "loop": f"(loop [j 0 t {one}] (if (< j 2) (recur (inc j) {number(depth - 1)}) t))",
        }  # fmt: skip
        return shapes.get(op, f"({op} {one} {two})")

    starts = " ".join(f"{name} {rng.choice(['0', '1', '2', '0.5'])}" for name in names[1:])
    turn = " ".join(number(2) for _ in names[1:])
    if rng.random() < 0.5:
        return f"(loop [i 0 {starts}] (if (< i 6) (recur (inc i) {turn}) [{' '.join(names)}]))"
    return f"(defn f [{' '.join(names)}] (if (< i 6) (recur (inc i) {turn}) [{' '.join(names)}])) (f 0 {' '.join(starts.split()[1::2])})"


def test_generated_loops_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    good = 0
    for seed in range(400):
        source = numeric_program(seed)
        found = outcome(source)
        good += bool(found[0])
        assert found == knowing_nothing(monkeypatch, source), source
    assert good > 100  # not only faults were compared


def test_generated_programs_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(300):
        source = program(seed)
        assert outcome(source) == knowing_nothing(monkeypatch, source), source


def test_deep_nests_of_loops_compile_quickly() -> None:
    source = "x"
    for level in range(20):
        source = (
            f"(loop [i{level} 0 x 0] (if (< i{level} 1) (recur (inc i{level}) {source if level else '1'}) x))"
        )
    assert Inline(limits=Limits(max_nesting=200)).value(source) == 1


@pytest.mark.parametrize(
    "source, shown",
    [
        ('(->> data/rows (filter #(= "x" (:name %))) (map :a))', "[1]"),
        ("(map (fn [x] (let [{:keys [a b]} x] [a (count b)])) data/rows)", '[[1 2] [2.5 0] ["3" 0]]'),
        ("(map (fn [[k v]] [v k]) {:a 1 :b 2})", "[[1 :a] [2 :b]]"),
        ("(map (fn [[a b]] [b a]) [[1] [1 2] nil [1 2 3]])", "[[nil 1] [2 1] [nil nil] [2 1]]"),
        ("(mapv (fn [x] (when (> x 2) x)) [1 2 3])", "[nil nil 3]"),
        ("(keep (fn [x] (when (> x 2) (= x 4))) [1 2 3 4])", "[false true]"),
        ("(remove (fn [x] (or (nil? x) (false? x) (:a x))) [nil {:a 1} {} false 7])", "[{} 7]"),
        ('(filter (fn [c] (not= c "l")) "hello")', '["h" "e" "o"]'),
        ("(filter (fn [x] (loop [i 0] (if (< i x) (recur (+ i 2)) (= i x)))) [1 2 3 4])", "[2 4]"),
        ("(map (fn [x] (map (fn [y] (* x y)) [1 2])) [3 4])", "[[3 6] [4 8]]"),
        ("(map (fn [f] (f)) (map (fn [x] (fn [] (* x x))) [1 2 3]))", "[1 4 9]"),
        ("(loop [i 0 acc []] (if (< i 2) (recur (inc i) (conj acc (filter (fn [x] (> x i)) [0 1 2]))) acc))", "[[1 2] [2]]"),
        ("(defn f [xs] (reduce (fn [a x] (+ a x)) 0 (vec xs))) [(f [1 2]) (f nil) (f (take 3 (range)))]", "[3 0 3]"),
        ("(reduce (fn [a x] (if (> x 2) (reduced a) (+ a x))) 0 [1 2 3 4])", "3"),
        ("(reduce (fn [a x] (reduced (reduced x))) 0 [1 2])", "#<Reduced>"),
        ("(reduce (fn [m [k v]] (assoc m v k)) {} {:a 1 :b 2})", "{1 :a 2 :b}"),
        ("(reduce (fn [a x] a) (reduced 5) [])", "#<Reduced>"),
        ("(let [n 2] (reduce (fn [a x] (conj a (fn [] (+ n x)))) [] [1 2])) (map (fn [x] (def seen x) x) [1 2]) seen", "2"),
        ("(map (fn [x] (cond (< x 2) :few (< x 3) :some :else :many)) [1 2 3])", "[:few :some :many]"),
        ("(map (fn [x] (and (pos? x) (or (even? x) :odd))) [0 1 2])", "[false :odd true]"),
    ],
)  # fmt: skip
def test_functions_written_in_place(monkeypatch: pytest.MonkeyPatch, source: str, shown: str) -> None:
    found = outcome(source)
    assert found[:2] == (True, shown)
    assert found == knowing_nothing(monkeypatch, source)


@pytest.mark.parametrize(
    "source",
    [
        "(map (fn [x]\n  (/ x 0)) [1 2])",
        '(defn go [n]\n  (map (fn price [r]\n    (* n (:a r))) data/rows))\n(go "x")',
        "(filter #(> (+ % 1) :a) [1 (map (fn [x] (inc x)) [:k])])",
        "(map (fn [x] (map (fn [y] (+ x\n (:k y))) data/rows)) [1])",
        "(map (fn [q]\n  (map (fn price [x]\n    (+ x q)) [:a])) [1 2])",
        "(map (fn [x y] x) [1 2])",
        "(reduce (fn [a x] (+ a x)) [] [1 2])",
        "(reduce (fn [a x] x) 0 5)",
        "(filter (fn [x] x) 5)",
        "(map (fn [x] (return x)) [1 2])",
        "(map (fn [x] (fail x)) [1 2])",
        "(let [f 5] (map (fn [x] (f x)) [1]))",
        "(map (fn [x] (let [[a] x] a)) [{:a 1}])",
    ],
)
def test_ends_in_functions_written_in_place_are_the_same(
    monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    assert outcome(source) == knowing_nothing(monkeypatch, source)


def test_steps_of_a_fold_that_ends_early_are_those_that_it_took() -> None:
    assert Inline().run("(reduce (fn [a x] (if (= x 3) (reduced a) a)) 0 [1 2 3 4 5])").steps == 5 + 3
    assert Inline().run("(reduce (fn [a x] a) 0 [1 2 3 4 5])").steps == 5 + 5


@pytest.mark.parametrize(
    "source, shown",
    [
        ("(take 3 (map (fn [x] (* x x)) (range)))", "[0 1 4]"),
        ("(let [k 3] (take 2 (filter (fn [x] (zero? (mod x k))) (iterate inc 1))))", "[3 6]"),
        ("(defn firsts [f xs] (take 2 (remove (fn [x] (f x)) xs))) [(firsts even? (range)) (firsts even? [1 2 3 4])]", "[[1 3] [1 3]]"),
        ("(let [k 2] (reduce (fn [a x] (if (> x k) (reduced a) (+ a x))) 0 (range)))", "3"),
        ("(first (map :a (filter (fn [m] (:a m)) (map (fn [x] {:a (when (> x 2) x)}) (range)))))", "3"),
        ("(loop [i 0 acc []] (if (< i 2) (recur (inc i) (conj acc (first (filter (fn [x] (> x i)) (range))))) acc))", "[1 2]"),
        ("(defn f [n] (if (zero? n) [] (conj (f (dec n)) (first (map (fn [x] (+ x n)) (range)))))) (f 3)", "[1 2 3]"),
    ],
)  # fmt: skip
def test_endless_collections(monkeypatch: pytest.MonkeyPatch, source: str, shown: str) -> None:
    found = outcome(source)
    assert found[:2] == (True, shown)
    assert found == knowing_nothing(monkeypatch, source)


@pytest.mark.parametrize(
    "source",
    [
        "(take 2 (map (fn [x]\n  (+ x :a)) (range)))",
        "(let [k :a]\n  (first (filter (fn over [x] (+ x\n k)) (range))))",
        "(defn f [xs] (filter (fn [x] (inc x)) xs)) (take 1 (f (map (fn [x] (str x)) (range))))",
    ],
)
def test_faults_in_endless_collections(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    found = outcome(source)
    assert not found[0]
    assert found == knowing_nothing(monkeypatch, source)


def test_many_arguments_mean_what_few_do() -> None:
    run = Inline()
    many = {"n": [3, -1, 7, 7, 2, 9, 0, 5, 9, 1, 4], "f": [3, -1, 7.5, 2, 2, 2, 2, 2, 2, 2, 2]}
    assert (
        run.text("[(apply max data/n) (apply min data/n) (apply + data/n) (apply max 99 data/n)]", many)
        == "[9 -1 46 99]"
    )
    assert run.text("[(apply max data/f) (apply min data/f) (apply + data/f)]", many) == "[7.5 -1 25.5]"
    assert run.fault("(apply + (conj data/n true))", many) is FaultKind.TYPE_ERROR
    assert run.text("(= (apply max (conj data/n true)) (reduce max (conj data/n true)))", many) == "true"


def test_a_pattern_longer_than_a_pair_of_groups_gives_nil():
    rows = [{"kind": "a", "n": 1}, {"kind": "b", "n": 2}]
    source = "(map (fn [[kind rows more]] [kind (count rows) more]) (group-by :kind data/rows))"
    assert Inline().run(source, {"rows": rows}).shown == '[["a" 1 nil] ["b" 1 nil]]'
