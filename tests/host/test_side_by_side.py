"""`pmap` and `pcalls`: tool calls wait together, and everything is as if the branches had run in order."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

import ptc_lisp
from ptc_lisp import Limits

PATIENT = 20_000


def run(program, tools, **limits):
    return ptc_lisp.run(program, tools=tools, limits=Limits(**{"timeout_ms": PATIENT, **limits}))


def arun(program, tools, **limits):
    chosen = Limits(**{"timeout_ms": PATIENT, **limits})
    return asyncio.run(ptc_lisp.arun(program, tools=tools, limits=chosen))


class Crowd:
    """A tool that answers only when `size` calls are there at the same time."""

    def __init__(self, size):
        self.barrier = threading.Barrier(size)

    def meet(self, n: int) -> int:
        self.barrier.wait(10)
        return n


class Order:
    """A tool whose calls with a larger number answer first: each waits for the next one."""

    def __init__(self, size):
        self.answered = [threading.Event() for _ in range(size)]
        self.answered.append(threading.Event())
        self.answered[-1].set()

    def late(self, n: int) -> int:
        self.answered[n + 1].wait(10)
        self.answered[n].set()
        return n


@pytest.mark.parametrize("start", [run, arun])
def test_twenty_calls_of_250_ms_take_about_as_long_as_one(start):
    def slow(n: int) -> int:
        time.sleep(0.25)
        return n

    async def aslow(n: int) -> int:
        await asyncio.sleep(0.25)
        return n

    ptc_lisp.run("1")
    for name, tool in (("slow", slow), ("aslow", aslow)):
        began = time.monotonic()
        step = start(f"(pmap #(tool/{name} {{:n %}}) (range 20))", [tool])
        assert step.value == list(range(20))
        assert time.monotonic() - began < 2.5  # one after another: 5 s


def test_all_calls_are_open_at_once():
    step = run("(pmap #(tool/meet {:n %}) (range 20))", [Crowd(20).meet])
    assert step.value == list(range(20))


def test_pcalls_go_side_by_side_too():
    step = run("(pcalls #(tool/meet {:n 1}) #(tool/meet {:n 2}))", [Crowd(2).meet])
    assert step.value == [1, 2]


def test_no_more_calls_than_allowed_wait_at_a_time():
    lock, now, most = threading.Lock(), [0], [0]

    def count(n: int) -> int:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1
        return n

    nested = "(pmap (fn [a] (pmap (fn [b] (tool/count {:n (+ a b)})) (range 5))) (range 5))"
    assert run(nested, [count], max_parallel=3).value == [[a + b for b in range(5)] for a in range(5)]
    assert most[0] <= 3


def test_results_prints_and_ledger_are_in_order_whatever_the_timing():
    program = "(pmap (fn [n] (println :before n) (let [x (tool/late {:n n})] (println :after x) (* 2 x))) (range 8))"
    step = run(program, [Order(8).late])
    assert step.value == [2 * n for n in range(8)]
    assert step.prints == [text for n in range(8) for text in (f":before {n}", f":after {n}")]
    assert [(r.args["n"], r.result) for r in step.tool_calls] == [(n, n) for n in range(8)]


def test_calls_around_a_pmap_keep_their_places():
    program = "(tool/late {:n 4}) (pmap #(tool/late {:n %}) (range 4)) (pmap #(tool/late {:n %}) [2 1]) (tool/late {:n 0})"
    step = run(program, [Order(5).late])
    assert [r.args["n"] for r in step.tool_calls] == [4, 0, 1, 2, 3, 2, 1, 0]


def test_several_calls_in_a_branch_happen_once_each():
    seen, lock = [], threading.Lock()

    def note(a: int, b: int) -> int:
        with lock:
            seen.append((a, b))
        return b + 1

    program = "(pmap (fn [a] (loop [b 0] (if (< b 5) (recur (tool/note {:a a :b b})) [a b]))) (range 6))"
    step = run(program, [note])
    assert step.value == [[a, 5] for a in range(6)]
    expected = [(a, b) for a in range(6) for b in range(5)]
    assert sorted(seen) == expected
    assert [(r.args["a"], r.args["b"]) for r in step.tool_calls] == expected


def test_nested_branches_wait_together():
    program = (
        "(pmap (fn [a] (println a) (reduce + (pmap (fn [b] (tool/meet {:n (* a b)})) [1 2 3]))) [1 2 3])"
    )
    step = run(program, [Crowd(9).meet])
    assert (step.value, step.prints) == ([6, 12, 18], ["1", "2", "3"])
    assert [r.args["n"] for r in step.tool_calls] == [a * b for a in (1, 2, 3) for b in (1, 2, 3)]


def test_nesting_deeper_than_there_are_places_still_ends():
    program = "(defn f [d] (if (= d 0) (tool/one) (reduce + (pmap (fn [_] (f (dec d))) [1 2])))) (f 5)"
    assert run(program, {"one": lambda: 1}, max_parallel=2).value == 32


@pytest.mark.parametrize("width", [1, 2, 32])
def test_steps_are_counted_once_however_often_a_branch_began_anew(width):
    program = "(pmap (fn [n] (reduce + (map inc (range n))) (tool/same {:n n}) (tool/same {:n (count (range n))})) (range 50))"
    alone = run(program, {"same": lambda n: n}, max_parallel=1)
    step = run(program, {"same": lambda n: n}, max_parallel=width)
    assert (step.value, step.usage.steps) == (alone.value, alone.usage.steps)


def test_the_first_fault_in_order_wins():
    def fragile(n: int) -> int:
        time.sleep(0.05 if n == 2 else 0)
        if n in {2, 5}:
            raise KeyError(n)
        return n

    step = run("(pmap (fn [n] (println n) (tool/fragile {:n n})) (range 8))", [fragile])
    assert (step.error.kind, step.error.message) == ("tool_error", "tool/fragile failed: KeyError: 2")
    assert step.cause.args == (2,)
    assert (step.error.span.start, step.prints) == (26, [str(n) for n in range(8)])
    assert [r.ok for r in step.tool_calls] == [True, True, False, True, True, False, True, True]


def test_after_a_fault_no_further_branch_begins():
    step = run(
        "(pmap (fn [n] (/ 6 (- n 2)) (tool/same {:n n})) (range 30))", {"same": lambda n: n}, max_parallel=4
    )
    assert step.error.kind == "arithmetic_error"
    assert [r.args["n"] for r in step.tool_calls] == [0, 1, 3, 4, 5]


def test_a_fault_without_tools_in_a_branch_wins_over_a_later_tool_error():
    def fails():
        raise ValueError("later")

    step = run(
        "(pcalls #(do (tool/same {:n 1}) (+ 1 :a)) #(tool/fails))", {"same": lambda n: n, "fails": fails}
    )
    assert (step.error.kind, step.cause) == ("type_error", None)


def test_defs_of_branches_are_forgotten_and_tasks_are_kept():
    program = "(def x 1) (pmap (fn [n] (def x n) (task n (tool/same {:n n})) (step-done n n) (tool/same {:n x})) [5 6]) x"
    step = ptc_lisp.run(program, tools={"same": lambda n: n}, journal={}, limits=Limits(timeout_ms=PATIENT))
    assert (step.value, step.summaries) == (1, {"5": "5", "6": "6"})
    assert dict(step.journal) == {"5": 5, "6": 6}
    assert [r.args["n"] for r in step.tool_calls] == [5, 5, 6, 6]


def test_the_clock_of_a_branch_stands_still_where_it_was_read():
    program = "(pmap (fn [n] (let [t (System/currentTimeMillis)] (tool/same {:n t}) t)) (range 3))"
    step = run(program, {"same": lambda n: time.sleep(0.01)})
    assert step.value == [r.args["n"] for r in step.tool_calls]


@pytest.mark.parametrize("start", [run, arun])
def test_a_slow_tool_ends_with_the_time_limit_and_prints_stay(start):
    release = threading.Event()
    tools = {"quick": lambda n: n, "hang": lambda: release.wait(60)}
    program = "(pmap (fn [n] (println n) (if (= n 1) (tool/hang) (tool/quick {:n n}))) (range 3))"
    began = time.monotonic()
    step = start(program, tools, timeout_ms=1_000)
    assert time.monotonic() - began < 20
    release.set()
    assert (step.error.kind, step.prints) == ("timeout", ["0", "1", "2"])
    assert [r.name for r in step.tool_calls] == ["quick", "hang", "quick"]
    assert step.tool_calls[1].error.startswith("abandoned")


@pytest.mark.parametrize("start", [run, arun])
def test_the_number_of_calls_is_exact_and_the_same_branch_meets_it(start):
    seen, lock = [], threading.Lock()

    def note(n: int) -> int:
        time.sleep(0.001 * (n % 3))
        with lock:
            seen.append(n)
        return n

    program = "(pmap (fn [n] (tool/note {:n n}) (tool/note {:n n})) (range 6))"
    for _ in range(3):
        seen.clear()
        step = start(program, [note], max_tool_calls=10)
        assert (step.error.kind, len(seen)) == ("tool_call_limit_exceeded", 10)
        assert [(r.args["n"], r.ok) for r in step.tool_calls if not r.ok] == [(4, False), (5, False)]


def test_a_step_limit_holds_for_all_branches_together():
    program = "(pmap (fn [n] (tool/same {:n n}) (count (range 100))) (range 10))"
    assert run(program, {"same": lambda n: n}, step_limit=500).error.kind == "step_limit_exceeded"
    assert run(program, {"same": lambda n: n}, step_limit=5_000).ok


def test_a_branch_that_works_much_before_its_call_waits_in_place():
    seen = []

    def note(n: int) -> int:
        seen.append(n)
        return n

    program = "(pmap (fn [n] (tool/note {:n (reduce + (map (fn [x] (+ x n)) (range 40000)))}) (tool/note {:n n})) [1 2 3])"
    step = run(program, [note])
    assert step.value == [1, 2, 3]
    assert len(seen) == 6


def test_arguments_that_cannot_be_sent_are_the_fault_of_their_branch():
    deep = "(defn deep [n] (loop [i 0 v 1] (if (< i n) (recur (inc i) [v]) v)))"
    program = f"{deep} (pmap (fn [n] (tool/same {{:n (deep (* 400 n))}})) [0 1 2 0])"
    step = run(program, {"same": lambda n: 1}, max_parallel=2)
    assert step.error.kind == "recursion_limit_exceeded"
    assert len(step.tool_calls) == 3


@pytest.mark.parametrize("start", [run, arun])
def test_large_arguments_and_large_results_pass_each_other(start):
    """More than a socket holds, both ways at once: while the worker sends the next call, the host sends the last answer."""
    text = '(apply str (repeat 100000 "0123456789"))'
    program = f"(let [text {text}] (pmap (fn [n] (count (tool/echo {{:text (str n text)}}))) (range 16)))"
    step = start(program, {"echo": lambda text: text})
    assert step.unwrap() == [1_000_000 + len(str(n)) for n in range(16)]
