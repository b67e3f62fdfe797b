"""Programs that take too much end within their limits, with what they had printed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import ptc_lisp
from ptc_lisp import Limits
from ptc_lisp.sandbox import exchange

ENDLESS = Limits(timeout_ms=300, loop_limit=10**15)
LATE_S = 10.0
"""So late a busy machine may be."""
GROWING = {
    "a vector": "(println 1) (loop [x [1]] (recur (into x x)))",
    "a string": '(println 1) (loop [x "ab"] (recur (str x x)))',
    "a reduce": "(println 1) (reduce (fn [acc i] (conj acc (range 1000))) [] (range 1000000))",
    "a range": "(println 1) (count (range 1000000000))",
}


def timed(*args, **kwargs):
    ptc_lisp.run("1")  # the zygote runs
    began = time.monotonic()
    step = ptc_lisp.run(*args, **kwargs)
    return step, time.monotonic() - began


@pytest.mark.parametrize(
    "program", ["(loop [] (recur))", "(println 1) (reduce + (map inc (range 100000000)))"]
)
def test_time_ends_a_program_inside(program):
    step, seconds = timed(program, limits=Limits(timeout_ms=300, loop_limit=10**15, memory_bytes=16 << 30))
    assert step.error.kind == "timeout"
    assert step.error.details["limit_ms"] == 300
    assert seconds < LATE_S


def test_prints_survive_a_timeout(monkeypatch):
    monkeypatch.setattr(exchange, "_GRACE_S", LATE_S)  # the worker is not killed because the machine is busy
    step, _ = timed("(println 1) (println 2) (loop [] (recur))", limits=ENDLESS)
    assert (step.error.kind, step.prints) == ("timeout", ["1", "2"])
    assert "killed" not in step.error.details


@pytest.mark.parametrize("program", GROWING.values(), ids=GROWING.keys())
def test_memory_ends_a_program_cleanly(program):
    step, _ = timed(program, limits=Limits(timeout_ms=20_000, memory_bytes=32 << 20, loop_limit=10**15))
    assert step.error.kind == "memory_exceeded"
    assert step.prints == ["1"]
    assert step.error.details["limit_bytes"] == 32 << 20
    assert step.error.details["baseline_bytes"] > 0


def test_inputs_do_not_eat_the_allowance():
    rows = [{"id": i, "name": f"name {i}", "x": i * 0.5} for i in range(100_000)]
    limits = Limits(timeout_ms=20_000, memory_bytes=8 << 20)
    step = ptc_lisp.run("(count data/rows)", context={"rows": rows}, limits=limits)
    assert step.unwrap() == 100_000
    step = ptc_lisp.run("(count (mapv #(assoc % :y 1) data/rows))", context={"rows": rows}, limits=limits)
    assert step.error.kind == "memory_exceeded"


def test_a_session_goes_on_after_every_limit():
    limits = Limits(timeout_ms=20_000, memory_bytes=16 << 20, loop_limit=10**15)
    with ptc_lisp.Session(limits=limits) as session:
        session.eval("(def x 1)")
        assert session.eval("(def x 2) (loop [] (recur))", limits=ENDLESS).error.kind == "timeout"
        assert session.eval("(def x 3) (loop [v [1]] (recur (into v v)))").error.kind == "memory_exceeded"
        assert session.eval("(def x 4) ((fn f [n] (inc (f n))) 1)").error.kind == "recursion_limit_exceeded"
        assert session.eval("x").value == 1


def test_deep_recursion_through_builtins_is_a_fault():
    program = "(defn f [x] (reduce (fn [a y] (f y)) 0 [x])) (f 1)"
    step = ptc_lisp.run(program, limits=Limits(recursion_limit=20_000, timeout_ms=20_000))
    assert step.error.kind == "recursion_limit_exceeded"


def test_a_result_above_its_limit_is_a_fault_and_changes_nothing():
    with ptc_lisp.Session(limits=Limits(max_result_bytes=10_000, timeout_ms=5_000)) as session:
        session.eval("(def x 1)")
        step = session.eval("(def x 2) (range 100000)")
        assert step.error.kind == "result_too_large"
        assert session.eval("x").value == 1
        assert session.eval("(def big (vec (range 100000))) 1").error.kind == "result_too_large"


def test_a_result_of_too_many_parts_is_a_fault():
    program = "(mapv (fn [_] []) (range 1000001))"
    limits = Limits(timeout_ms=20_000, memory_bytes=1 << 30)
    step, _ = timed(program, limits=limits)
    assert step.error.kind == "result_too_large"
    assert "1000000 vectors, maps and sets" in step.error.message


def test_steps_are_the_same_figure_every_time():
    program = "(reduce + (map (fn [x] (* x x)) (range 1000)))"
    assert {ptc_lisp.run(program).usage.steps for _ in range(3)} == {ptc_lisp.run(program).usage.steps}


def test_too_many_symbols_and_too_much_text_are_faults():
    assert ptc_lisp.run("(+ 1 2)" * 10, limits=Limits(max_program_bytes=20)).error.kind == "program_too_large"
    assert ptc_lisp.run("[:a :b :c :d]", limits=Limits(max_symbols=3)).error.kind == "symbol_limit_exceeded"


def test_a_blocked_signal_of_the_host_does_not_stop_the_timer():
    code = (
        "import signal, ptc_lisp; from ptc_lisp.sandbox import exchange; exchange._GRACE_S = 10.0; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32));"
        "step = ptc_lisp.run('(loop [] (recur))', limits=ptc_lisp.Limits(timeout_ms=100, loop_limit=10**15));"
        "print(step.error.kind, 'killed' in step.error.details)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "timeout False\n"


def _times_it_slept(pid):
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])


def test_a_worker_that_waits_for_a_tool_is_not_woken():
    slept = []

    def nap(seconds: float) -> float:
        slept.append(_times_it_slept(session._worker.pid))
        time.sleep(seconds)
        slept.append(_times_it_slept(session._worker.pid))
        return seconds

    with ptc_lisp.Session(tools=[nap], limits=Limits(timeout_ms=20_000)) as session:
        assert session.eval("(tool/nap {:seconds 0.5})").unwrap() == 0.5
    assert slept[1] - slept[0] < 10  # of a hundred ticks of its timer


def test_time_goes_on_after_a_tool():
    def nap(seconds: float) -> None:
        time.sleep(seconds)

    step, seconds = timed("(tool/nap {:seconds 0.1}) (loop [] (recur))", tools=[nap], limits=ENDLESS)
    assert (step.error.kind, step.error.details) == ("timeout", {"limit_ms": 300})
    assert seconds < LATE_S
    step, seconds = timed("(tool/nap {:seconds 60.0})", tools=[nap], limits=ENDLESS)
    assert step.error.kind == "timeout"
    assert seconds < LATE_S
