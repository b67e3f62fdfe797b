"""Programs that want too much of time, memory or stack: each ends as a fault of the program, soon after its limit."""

from __future__ import annotations

import sys
import time

import pytest

from ptc_lisp import Limits, Session, Step, run

TIMEOUT_MS = 250
PATIENT_MS = 10_000
"""Where another end than the time limit is expected, which a loaded machine must not turn into one."""

LIMITS = Limits(timeout_ms=TIMEOUT_MS, memory_bytes=48 << 20)
LATE_S = 0.2
LOADED_MACHINE_S = 2.0
"""How much later than promised an answer may come here: other tests run beside this one."""

MEMORY, TIME, DEPTH = "memory_exceeded", "timeout", "recursion_limit_exceeded"
PARALLEL = "parallel_capacity_exceeded"
NUMBER, STEPS, LOOP = "arithmetic_error", "step_limit_exceeded", "loop_limit_exceeded"

DEEP = "(defn deep [n] (loop [v [] i 0] (if (< i n) (recur [v] (inc i)) v)))"
DEEP_MAP = "(defn deep-map [n] (loop [v {} i 0] (if (< i n) (recur {:a v} (inc i)) v)))"
BUSHY = "(defn bushy [] (reduce (fn [s _] [s s]) [1] (range 40)))"
HUGE = "(def huge (reduce * (repeat 3000 1000000007)))"

NUMBERS = {
    "(loop [x 3] (recur (* x x)))": {NUMBER, TIME, MEMORY},
    "(reduce * (range 1 1000000))": {NUMBER, TIME, MEMORY},
    "(bit-shift-left 1 1000000000000)": {NUMBER},
    "(bit-shift-left 1 100000000000000000000)": {NUMBER},
    "(loop [x 1] (recur (bit-shift-left x 1000000)))": {NUMBER, MEMORY, TIME},
    "(bit-set 0 1000000000000)": {NUMBER},
    "(bit-flip 0 100000000000000000000)": {NUMBER},
    f"{HUGE} (str huge)": {NUMBER},
    f"{HUGE} (println huge)": {NUMBER},
    f"{HUGE} (double huge)": {NUMBER},
    f"{HUGE} (/ huge 3)": {NUMBER},
    f"{HUGE} (sqrt huge)": {NUMBER},
    f"{HUGE} (+ 1.5 huge)": {NUMBER},
    f'{HUGE} (format "%d" huge)': {NUMBER},
    f'{HUGE} (format "%.2f" huge)': {NUMBER},
    f'{HUGE} (.substring "abc" huge)': {NUMBER},
    '(format (str "%" (apply str (repeat 5000 "9")) "$s") 1)': {NUMBER},
    "(* 1e308 10)": {NUMBER},
    "(int 1e300)": {NUMBER},
    "(quot 1e308 1e-308)": {NUMBER},
}
GROWTH = {
    "(repeat 1000000000 0)": {MEMORY},
    "(count (repeat 100000000000000000000000 0))": {MEMORY},
    "(range 1000000000000)": {MEMORY},
    "(count (range 100000000000000000000000000))": {MEMORY},
    "(count (range 1e12))": {TIME, MEMORY},
    "(range 0 1 1e-15)": {TIME, MEMORY},
    "(take 1000000000000 (range))": {MEMORY, TIME},
    '(loop [s "ab"] (recur (str s s)))': {MEMORY},
    "(loop [s [1 2]] (recur (into s s)))": {MEMORY, TIME},
    "(loop [s [1 2]] (recur (concat s s)))": {MEMORY, TIME},
    "(loop [s [1 2]] (recur [s s]))": {MEMORY, TIME},
    '(loop [s "a"] (recur (replace s "a" "aa")))': {MEMORY, TIME},
    '(join (repeat 100000000 "abc"))': {MEMORY},
    '(apply str (repeat 100000000 "abc"))': {MEMORY},
    '(upper-case (apply str (repeat 30000000 "ß")))': {MEMORY, TIME},
    "(loop [m {}] (recur (assoc m m m)))": {MEMORY, TIME},
    "(loop [v []] (recur (conj v v)))": {MEMORY, TIME},
    "(def v [1]) (loop [] (def v (into v v)) (recur))": {MEMORY, TIME},
    "(def f (memoize identity)) (loop [n 0] (f n) (recur (inc n)))": {MEMORY, TIME, LOOP},
    '(loop [n 0 k []] (recur (inc n) (conj k (keyword (str "k" n)))))': {MEMORY, TIME, LOOP},
    "(count (combinations (range 40) 20))": {MEMORY, TIME},
    "(count (for [a (range 10000) b (range 10000)] 1))": {MEMORY, TIME},
    "(count (tree-seq (constantly true) (fn [x] [x x]) 1))": {MEMORY, TIME},
    "(partition 1000000 1 (range 2000000))": {MEMORY, TIME},
    "(reductions str (range 100000))": {MEMORY, TIME},
    '(doseq [i (range 1000000)] (println (apply str (repeat 1000 "x"))))': {MEMORY, TIME},
    '(keyword (apply str (repeat 100000000 "a")))': {MEMORY},
    '(json/parse-string (apply str (repeat 100000000 "[")))': {MEMORY},
}
BUSHY_USES = {
    f"{BUSHY} {use}": {TIME, MEMORY}
    for use in (
        "(bushy)", "(count (str (bushy)))", "(println (bushy))", "(def x (bushy))", "(= (bushy) (bushy))",
        "(compare (bushy) (bushy))", "(hash-set (bushy))", "(sort [(bushy) (bushy)])", "(flatten (bushy))",
        "(json/generate-string (bushy))", "(postwalk identity (bushy))", "(fail (bushy))", "(get {(bushy) 1} 2)",
        "(distinct [(bushy) (bushy)])", "(tool/take {:a (bushy)})", "(fn [x] (bushy)) (let [b (bushy)] (def f (fn [] b)))",
    )
}  # fmt: skip
DEEP_USES = {
    f"{DEEP} {DEEP_MAP} {use}": {DEPTH}
    for use in (
        "(deep 100000)", "(deep-map 100000)", "(deep 1000)", "(deep-map 1000)", "(= (deep 50000) (deep 50000))",
        "(compare (deep 50000) (deep 50000))", "(hash-set (deep 50000))", "(sort [(deep-map 50000) (deep-map 50000)])",
        "(postwalk identity (deep 50000))", "(json/generate-string (deep 50000))", "(fail (deep 50000))",
        "(tool/take {:a (deep 50000)})", "(frequencies [(deep 50000)])", "(return (deep-map 50000))",
        "(loop [v 1 i 0] (if (< i 5000) (recur #{v} (inc i)) v))",
    )
}  # fmt: skip
REGEXES = {
    '(re-find #"(a+)+$" (str (apply str (repeat 40 "a")) "b"))': {TIME},
    '(re-matches #"(a|aa)+" (str (apply str (repeat 60 "a")) "b"))': {TIME},
    '(replace (apply str (repeat 40 "a")) #"(a*)*b" "x")': {TIME},
    '(re-seq #"(x+x+)+y" (apply str (repeat 5000 "x")))': {TIME},
    '(split (apply str (repeat 3000 "a")) #"(.*)(.*)(.*)(.*)x")': {TIME},
}
CALLBACKS = {
    f"(defn f [& xs] {call}) (f 1 2)": {DEPTH}
    for call in (
        "(+ 1 (f 1))",
        "(map f [1])",
        "(reduce (fn [a x] (f x)) 0 [1])",
        "(sort-by f [1 2])",
        "(sort f [1 2])",
        "((comp f inc) 1)",
        "(apply f xs)",
        "((partial f 1) 1)",
        "(filter f [1])",
        "(some f [1])",
        "(update {:a 1} :a f)",
        "(update-in {:a {:b 1}} [:a :b] f)",
        "(group-by f [1])",
        "(postwalk f [1])",
        "(tree-seq f identity [1])",
        "((juxt f f) 1)",
        "((fnil f 0) 1)",
        "(min-by f [1 2])",
        "(max-key f 1 2)",
        '(replace "abc" #"b" f)',
        "(for [x [1]] (f x))",
        "(doseq [x [1]] (f x))",
        "(second (iterate f 1))",
        "(reductions f [1 2])",
        "((every-pred f) 1)",
        "((some-fn f) 1)",
        "(merge-with f {:a 1} {:a 2})",
        "(reduce-kv f 0 {:a 1})",
        "(partition-by f [1 2])",
        "(update-vals {:a 1} f)",
        "(mapcat f [1])",
        "((complement f) 1)",
        "((memoize f) 1)",
        "(run! f [1])",
        "(take-while f [1])",
        "(keep-indexed f [1])",
        "(distinct-by f [1 2])",
        "(sum-by f [1])",
        "(split-with f [1])",
    )
} | {
    "(defn f [& xs] (pmap f [1 2])) (f 1 2)": {DEPTH, MEMORY, PARALLEL},
    "(defn f [& xs] (pcalls (fn [] (f)) (fn [] (f)))) (f 1 2)": {DEPTH, MEMORY, PARALLEL},
    "(letfn [(a [n] (+ 1 (b n))) (b [n] (+ 1 (a n)))] (a 1))": {DEPTH},
    "(loop [f inc n 0] (if (< n 100000) (recur (comp inc f) (inc n)) (f 0)))": {DEPTH, MEMORY},
    "(loop [f identity n 0] (if (< n 100000) (recur (let [g f] (fn [x] (g x))) (inc n)) (f 0)))": {
        DEPTH,
        MEMORY,
    },
    "(loop [f + n 0] (if (< n 100000) (recur (partial f 1) (inc n)) (f 0)))": {DEPTH, MEMORY},
    "(first (reduce (fn [s _] (map inc s)) (range) (range 30000)))": {DEPTH, MEMORY},
    "(first (reduce (fn [s _] (filter odd? s)) (range) (range 30000)))": {DEPTH, MEMORY},
    "(first (reduce (fn [s _] (drop 1 s)) (range) (range 30000)))": {DEPTH, MEMORY},
}
ENDLESS = {
    "(loop [] (recur))": {LOOP, TIME},
    "((fn f [] (recur)))": {LOOP, TIME},
    "(first (filter neg? (range)))": {TIME},
    "(some neg? (cycle [1 2]))": {TIME},
    "(take-while pos? (iterate inc 1))": {TIME, MEMORY},
    "(trampoline (fn f [] f))": {TIME},
    "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 60)": {TIME},
    "(dotimes [i 1000000000000] i)": {LOOP, TIME},
    "(loop [n 0] (println n) (recur (inc n)))": {TIME, LOOP},
}
SOURCES = {
    "(" * 100_000: {"parse_error"},
    "[" * 100_000 + "]" * 100_000: {"parse_error"},
    "#(" * 50_000: {"parse_error"},
    "^" * 100_000 + "a": {"parse_error"},
    "#_" * 100_000: {"parse_error"},
    "'" * 100_000: {"parse_error"},
    '"' + "x" * 2_000_000: {"program_too_large"},
    f"(+ 1 {'9' * 5_000})": {"parse_error"},
    f"[{'(inc 1) ' * 60_000}]": {TIME, MEMORY},
    f"(-> 1 {'inc ' * 60_000})": {TIME, MEMORY, DEPTH},
    f"(cond {'false 1 ' * 60_000})": {TIME, MEMORY, DEPTH},
    f"(or {'nil ' * 100_000})": {TIME, MEMORY, DEPTH},
    f"(case 0 {' '.join(f'{i} {i}' for i in range(1, 60_000))} :none)": {TIME, MEMORY, DEPTH},
    f"{{{' '.join(f'{i} [{i}]' for i in range(60_000))}}}": {TIME, MEMORY, DEPTH},
}

pytestmark = pytest.mark.slow
TABLE = {**NUMBERS, **GROWTH, **BUSHY_USES, **DEEP_USES, **REGEXES, **CALLBACKS, **ENDLESS, **SOURCES}
_PARAMS = [pytest.param(source, kinds, id=source[-70:]) for source, kinds in TABLE.items()]


def _take(**_args: object) -> None:
    return None


@pytest.fixture(scope="module", autouse=True)
def warm_pool() -> None:
    """The first worker starts the process that all others are forked from."""
    assert run("1").ok


def _ends(source: str, limits: Limits = LIMITS) -> tuple[Step, float]:
    started = time.monotonic()
    step = run(source, tools={"take": _take}, limits=limits)
    return step, time.monotonic() - started


@pytest.mark.parametrize("source, kinds", _PARAMS)
def test_too_much_is_a_fault_of_the_program(source: str, kinds: set[str]) -> None:
    timeout_ms = TIMEOUT_MS if TIME in kinds else PATIENT_MS
    step, seconds = _ends(source, Limits(timeout_ms=timeout_ms, memory_bytes=LIMITS.memory_bytes))
    assert step.error is not None, step.text
    assert step.error.kind in kinds, step.error
    assert seconds < timeout_ms / 1000 + LATE_S + LOADED_MACHINE_S
    assert len(step.error.message) < 1_000


@pytest.mark.parametrize(
    "source",
    ["(loop [] (recur))", "(reduce + (range 1000000))", "(count (map inc (range 100000)))", "(first (filter neg? (range)))",
     "(dotimes [i 100000] i)", "(doseq [x (range 100000)] x)", "(defn f [n] (if (pos? n) (f (dec n)) 0)) (dotimes [_ 99] (f 50))"],
)  # fmt: skip
def test_the_step_limit_stops_every_kind_of_work(source: str) -> None:
    step, _ = _ends(source, Limits(timeout_ms=5_000, step_limit=3_000))
    assert step.error is not None
    assert step.error.kind == STEPS
    again, _ = _ends(source, Limits(timeout_ms=5_000, step_limit=3_000))
    assert again.error is not None
    assert again.error.message == step.error.message


def test_small_uses_of_the_same_things_are_fine() -> None:
    hashed = 100 if sys.version_info[:2] == (3, 12) else 300  # 3.12 has little room for recursion in C
    source = f"""{DEEP} {DEEP_MAP} {HUGE}
    [(count (str (deep 300))) (= (deep 300) (deep 300)) (compare (deep-map 300) (deep-map 300)) (mod huge 10)
     (count (hash-set (deep {hashed}) (deep {hashed}))) (count (flatten (deep 300))) (some? (deep-map 300))]"""
    step = run(source, limits=Limits(timeout_ms=5_000))
    assert step.ok, step.error
    assert step.value == [602, True, 0, pow(1000000007, 3000, 10), 1, 0, True]
    assert run(f"{DEEP} (deep 400)", limits=Limits(timeout_ms=5_000)).ok


def test_a_session_goes_on_after_each_kind_of_end() -> None:
    with Session(limits=LIMITS) as session:
        assert session.eval("(def kept 41)").ok
        for source in ("(repeat 1000000000 0)", "(first (filter neg? (range)))", "(defn f [] (inc (f))) (f)"):
            assert not session.eval(source).ok
            assert session.eval("(inc kept)").value == 42
