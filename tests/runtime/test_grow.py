"""Accumulators that grow in place are the same as new ones in every turn."""

from __future__ import annotations

import random

import pytest
from inline_outcome import outcome

from ptc_lisp.runtime import gen_calls, gen_control, gen_seqs


def step_by_step(monkeypatch: pytest.MonkeyPatch, source: str) -> tuple[object, ...]:
    """The outcome of a program without loops in place."""
    with monkeypatch.context() as patch:
        patch.setattr(gen_calls, "in_place", lambda _e, _node, _ref, _line: None)
        return outcome(source)


def grows(monkeypatch: pytest.MonkeyPatch, source: str) -> bool:
    """Whether an accumulator of the program grows in place."""
    found: list[object] = []

    def noted(*args):
        found.append(gen_seqs_grown(*args))
        return found[-1]

    gen_seqs_grown = gen_seqs.grown
    with monkeypatch.context() as patch:
        patch.setattr(gen_seqs, "grown", noted)
        outcome(source)
    return any(found)


ROWS = '[{:k "a" :n 1} {:k "b" :n 2} {:k "a" :n 3} {:k nil :n 4} {:k [1 2] :n 5} {:k [1 2] :n 6}]'


@pytest.mark.parametrize(
    "body, start",
    [
        ("(update m (:k r) (fnil inc 0))", "{}"),
        ("(update m (:k r) (fnil + 0) (:n r))", "{}"),
        ("(update m (:k r) (fn [x] (+ (or x 0) (:n r))))", "{}"),
        ("(update m (:k r) (fnil conj []) (:n r))", '{"a" [0]}'),
        ("(update m (:k r) (fnil (fn [x y] (max x y)) 2) (:n r))", "{}"),
        ("(assoc m (:k r) (+ (get m (:k r) 0) (:n r)))", "{}"),
        ("(assoc m (:n r) (count m))", "{}"),
        ("(if (contains? m (:k r)) m (assoc m (:k r) r))", "{}"),
        ("(let [k (:k r) old (m k)] (if (> (:n r) (or old 0)) (assoc m k (:n r)) m))", "{1 2}"),
        (
            "(do (println (:n r)) (cond (= 1 (:n r)) (assoc m :one 1) (:one m) (update m :one inc) :else m))",
            "{}",
        ),
        ("(assoc m :xs (map (fn [x] (* x (:n r))) (:xs m)))", "{:xs [1 2]}"),
        ("(conj m (:n r))", "[]"),
        ("(if (even? (:n r)) (conj m [(:k r) (count m)]) m)", "[0]"),
        ("(update-in m [(:k r) :n] (fnil + 0) (:n r))", "{}"),
        ("(update-in m [:x (:k r) (odd? (:n r))] (fnil conj []) (:n r))", "{}"),
        ("(assoc-in m [(:k r) (count m)] (get-in m [(:k r) 1] (:n r)))", "{}"),
        (
            '(let [k (if (odd? (:n r)) :a "a")] (update-in m [k :n] (fn [x y] (+ (or x 0) y)) (count m)))',
            "{}",
        ),
        (
            '(let [k (if (odd? (:n r)) :a-b "a_b")] (if (< (:n r) 5) (update-in m [1 k k] (fnil inc 0)) m))',
            "{}",
        ),
        ("(do (println (get-in m [1 2 :x] (empty? m))) (assoc-in m [1 (:n r)] {:x (:n r)}))", "{}"),
    ],
)
def test_accumulators_that_grow_in_place(monkeypatch, body, start):
    source = f"(let [m0 {start} out (reduce (fn [m r] {body}) {start} {ROWS})] [out m0])"
    found = outcome(source)
    assert found[0] is True
    assert found == step_by_step(monkeypatch, source)
    assert grows(monkeypatch, source)


@pytest.mark.parametrize(
    "source",
    [
        "(reduce (fn [m r] (assoc m :was m)) {} [1 2])",
        "(reduce (fn [m r] (assoc m r (fn [] m))) {} [1 2])",
        "(let [seen []] (reduce (fn [m r] (let [keep m] (assoc m r keep))) {} [1 2]))",
        "(reduce (fn [m r] (assoc m r (vals m))) {} [1 2])",
        "(reduce (fn [m r] (do (def last-one m) (assoc m r 1))) {} [1 2]) last-one",
        "(let [start {}] [(reduce (fn [m r] (assoc m r 1)) start [1 2]) start])",
        "(reduce (fn [m r] (when (< r 2) (assoc m r 1))) {} [1 2 3])",
        "(reduce (fn [m r] (if (= r 2) (reduced m) (assoc m r 1))) {} [1 2 3])",
        "(reduce (fn [m r] (assoc m r (map (fn [x] (get m x)) [1 2]))) {} [1 2])",
        "(reduce (fn [m r] (update m r (fn [x] (count m)))) {} [1 2])",
        "(reduce (fn [m r] (conj m m)) [] [1 2])",
        "(reduce (fn [m r] (assoc m 0 r)) [0] [1 2])",
        "(reduce (fn [m r] (identity (assoc m r 1))) {} [1 2])",
        "(reduce (fn [m r] (assoc m r 1 :n 2)) {} [1 2])",
        "(reduce (fn [m r] (assoc-in m [r 1] (get m 1))) {} [1 2 3])",
        "(reduce (fn [m r] (assoc-in m [r 1] (get-in m [1]))) {} [1 2 3])",
        "(reduce (fn [m r] (assoc-in m [r 1] (:a m))) {} [1 2 3])",
        "(reduce (fn [m r] (update-in m [r] (fnil inc 0))) {} [1 2 3])",
        "(reduce (fn [m r] (if (odd? r) (assoc-in m [r 1] 1) (assoc-in m [r 1 2] 1))) {} [1 2 3])",
        "(reduce (fn [m r] (if (odd? r) (assoc-in m [r 1] 1) (assoc m r {}))) {} [1 2 3])",
        "(let [p [1 2]] (reduce (fn [m r] (assoc-in m p r)) {} [1 2 3]))",
        "(let [in {:n 1}] (reduce (fn [m r] (update-in m [:a :n] inc)) {:a in} [1 2 3]))",
        "(reduce (fn [m r] (update-in m [r 1] (fn [x] (vals m)))) {} [1 2])",
    ],
)  # fmt: skip
def test_accumulators_that_somebody_may_see_do_not(monkeypatch, source):
    assert outcome(source) == step_by_step(monkeypatch, source)
    assert not grows(monkeypatch, source)


@pytest.mark.parametrize(
    "source",
    [
        '(reduce (fn [m r] (update m "a" inc)) {} [1 2])',
        '(reduce (fn [m r]\n  (update m "a" (fn price [x]\n    (+ x r)))) {} [1 2])',
        "(reduce (fn [m r] (update m r inc 1)) {} [1 2])",
        "(reduce (fn [m r] (update m r 5)) {} [1 2])",
        "(reduce (fn [m r] (update m r (fnil + 0) :x)) {} [1 2])",
        "(reduce (fn [m r] (update m r (fn [x y] x))) {} [1 2])",
        "(reduce (fn [m r] (assoc m (/ r 0) (println r))) {} [1 2])",
        "(reduce (fn [m r] (assoc m (println r) (/ r 0))) {} [1 2])",
        "(reduce (fn [m r] (conj m (+ r m))) [] [1 2])",
        "(reduce (fn [m r] (update-in m [r 2] inc)) {} [1 2])",
        "(reduce (fn [m r]\n  (update-in m [:a r] (fn price [x]\n    (+ x r)))) {} [1 2])",
        "(reduce (fn [m r] (assoc-in m [(/ r 0) (println r)] (println 1))) {} [1 2])",
        "(reduce (fn [m r] (update-in m [(println 1) (println 2)] (fnil + 0) (do (println 3) :x))) {} [1 2])",
        "(reduce (fn [m r] (update m (tool/echo {:x r}) (fnil + 0) (tool/echo {:y r}))) {} [1 2])",
    ],
)
def test_ends_are_the_same(monkeypatch, source):
    assert outcome(source) == step_by_step(monkeypatch, source)


def turn(rng: random.Random, depth: int, leaf: str = "{}") -> str:
    """What a turn may do with the map `m` and the item `r`. leaf: how it says what it makes."""
    key = rng.choice(
        ["r", "(mod r 3)", ":k", '"s"', "(str r)", "[r]", "nil", "(count m)", "(get m r)", "(println r)"]
    )
    value = rng.choice(
        ["r", "(get m r 0)", "(count m)", "[r]", "(m :k)", "(:k m)", "m", "(vals m)", "(+ r (get m :k 1))"]
    )
    if depth:
        one, two = turn(rng, depth - 1, leaf), turn(rng, depth - 1, leaf)
        return rng.choice(
            [
                f"(if (even? r) {one} {two})", f"(let [v {value}] {one})", f"(do (println {value}) {one})",
                f"(if (contains? m {key}) {one} {two})", f"(when (get m {key}) {one})",
                f"(cond (= r 1) {one} (> r 4) {two} :else m)",
            ]
        )  # fmt: skip
    change = rng.choice(
        ["inc", "(fnil inc 0)", "(fnil + 1) r", "(fnil conj []) r", "(fn [x] [x r])", "(fn [x] (if (nil? x) r x))",
         "(fn [x y] (or x y)) r", "str r", "(fnil str :a) r (count m)", "(fnil (fn [x] (count x)) [])", "(constantly r)", "merge"]
    )  # fmt: skip
    made = [f"(assoc m {key} {value})", f"(update m {key} {change})", f"(update m {key} {change})", "m"]
    return leaf.replace("{}", rng.choice(made))


def nested_turn(rng: random.Random, depth: int, levels: int, leaf: str = "{}") -> str:
    """The same by paths of so many keys, most of the time."""

    def path() -> str:
        keys = ["r", "(mod r 2)", ":a-b", '"a_b"', '"a-b"', ":k", "(str r)", "[r]", "nil", "(odd? r)", "1.0"]
        return f"[{' '.join(rng.choices(keys, k=levels + (rng.random() < 0.05)))}]"

    value = rng.choice(["r", "(count m)", "[r]", "{:k r}", f"(get-in m {path()} 7)", f"(get-in m {path()})"])
    if depth:
        one, two = nested_turn(rng, depth - 1, levels, leaf), nested_turn(rng, depth - 1, levels, leaf)
        return rng.choice(
            [f"(if (even? r) {one} {two})", f"(let [v {value}] {one})", f"(do (println {value}) {one})"]
        )
    change = rng.choice(
        ["(fnil inc 0)", "(fnil + 1) r", "(fnil conj []) r", "(fn [x] [x r])", "(fn [x] (count m))", "str r"]
    )
    made = [f"(assoc-in m {path()} {value})", *[f"(update-in m {path()} {change})"] * 2, "m"]
    return leaf.replace("{}", rng.choice(made))


def test_generated_turns_by_paths_are_the_same(monkeypatch):
    good = growing = 0
    for seed in range(500):
        rng = random.Random(seed)
        body = nested_turn(rng, rng.randrange(3), rng.choice([2, 2, 3]))
        source = f"(reduce (fn [m r] {body}) {{}} [1 2 3 4 5 1 2])"
        found = outcome(source)
        assert found == step_by_step(monkeypatch, source), source
        good += bool(found[0])
        growing += grows(monkeypatch, source)
    assert good > 200
    assert growing > 200


def slowly(monkeypatch: pytest.MonkeyPatch, source: str) -> tuple[object, ...]:
    """The outcome of a program whose loops make a new accumulator in each turn."""
    with monkeypatch.context() as patch:
        patch.setattr(gen_control, "grown_in_loop", lambda _: frozenset())
        return outcome(source)


def growing_in(monkeypatch: pytest.MonkeyPatch, source: str) -> list[str]:
    """The accumulators of loops of the program that grow in place."""
    found: list[str] = []
    real = gen_control.grown_in_loop
    with monkeypatch.context() as patch:
        patch.setattr(gen_control, "grown_in_loop", lambda node: found.extend(real(node)) or real(node))
        outcome(source)
    return [name.split("%")[0][0] for name in found]


@pytest.mark.parametrize(
    "source, names",
    [
        ("(loop [i 0 m {}] (if (< i 9) (recur (inc i) (assoc m (mod i 3) i)) m))", ["m"]),
        ("(loop [xs [1 2 1] m {}] (if (seq xs) (recur (rest xs) (update m (first xs) (fnil inc 0))) [m (vals m)]))", ["m"]),
        ("(loop [xs [1 2 1] m {}] (if (seq xs) (recur (rest xs) (update m (first xs) (fnil inc 0))) m))", ["m"]),
        ("(loop [i 0 v []] (cond (< i 5) (recur (inc i) (conj v (count v))) (< i 7) (recur (inc i) v) :else v))", ["v"]),
        ("(loop [i 0 v [] m {}] (if (< i 5) (recur (inc i) (conj v (count m)) (assoc m i v)) [v m]))", ["m"]),
        ("(loop [i 0 m {} n 1] (if (< i 5) (recur (inc i) (assoc m i n) (count m)) [m n]))", []),
        ("(loop [i 0 m {} v []] (if (< i 5) (recur (inc i) (assoc m i 1) (conj v m)) [v m]))", ["v"]),
        ("(loop [i 0 m {}] (if (< i 5) (recur (inc i) (assoc-in m [(mod i 2) i] i)) (assoc m :end m)))", ["m"]),
        ("(loop [i 0 m {}] (or (when (> i 4) m) (recur (inc i) (assoc m i 1))))", []),
        ("(loop [m {} n m i 0] (if (< i 3) (recur (assoc m i 1) n (inc i)) [m n]))", []),
        ("(loop [m {} i 0] (if (< i 3) (recur (assoc m i 1) (inc (get m i i))) m))", []),
        ("(loop [i 0 m {}] (let [k m] (if (< i 3) (recur (inc i) (assoc m i k)) m)))", []),
        ("(loop [i 0 m {}] (if (< i 3) (recur (inc i) (assoc m i (fn [] m))) (map (fn [[k f]] (f)) m)))", []),
        ("(map (fn [j] (loop [i 0 m {}] (if (< i j) (recur (inc i) (assoc m i j)) (fn [] m)))) [1 2])", ["m"]),
        ("(loop [i 0 m {:a [1]}] (if (< i 3) (recur (inc i) (update m :a conj i)) m))", ["m"]),
        ("(loop [i 0 m {}] (if (< i 3) (recur (println i) (assoc m (println :k) (println :v))) m))", ["m"]),
        ("(loop [i 0 m {}] (if (< i 3) (recur (inc i) (update m :n + 1)) m))", ["m"]),
    ],
)  # fmt: skip
def test_accumulators_of_loops(monkeypatch, source, names):
    assert outcome(source) == slowly(monkeypatch, source)
    assert [name for name in growing_in(monkeypatch, source) if name] == names


def test_generated_loops_are_the_same(monkeypatch):
    good = growing = 0
    for seed in range(700):
        rng = random.Random(seed)
        leaf = rng.choice(["(recur (inc r) {})", "(recur (inc r) {})", "(recur (+ r 1 (count m)) {})"])
        depth = rng.randrange(3)
        body = turn(rng, depth, leaf) if seed % 3 else nested_turn(rng, depth, 2, leaf)
        end = rng.choice(["m", "m", "[m (count m)]", "(assoc m :end m)", "(fn [] m)"])
        start = rng.choice(["{}", "{}", '{:k 1 "s" 2}']) if seed % 3 else "{}"
        source = f"(loop [r 1 m {start}] (if (< r 7) {body} {end}))"
        found = outcome(source)
        assert found == slowly(monkeypatch, source), source
        good += bool(found[0])
        growing += bool(growing_in(monkeypatch, source))
    assert good > 250
    assert growing > 150


def test_generated_turns_are_the_same(monkeypatch):
    good = growing = 0
    for seed in range(600):
        rng = random.Random(seed)
        start = rng.choice(["{}", "{}", '{:k 1 "s" 2}', "{0 nil}"])
        source = f"(reduce (fn [m r] {turn(rng, rng.randrange(3))}) {start} [1 2 3 4 5 1])"
        found = outcome(source)
        assert found == step_by_step(monkeypatch, source), source
        good += bool(found[0])
        growing += grows(monkeypatch, source)
    assert good > 200
    assert growing > 100
