"""The table of limits, and the limits that only a worker can keep: processor time and the time of a `pmap`."""

from __future__ import annotations

import time

import pytest

import ptc_lisp
from ptc_lisp import Limits, Session
from ptc_lisp.limits import TABLE, Row

UNHURRIED = {"timeout_ms": 30_000}


def wait(ms: int) -> int:
    """Answers after so many milliseconds."""
    time.sleep(ms / 1000)
    return ms


TOOLS = {"wait": wait}


def test_every_limit_of_the_issue_has_a_row_with_unit_default_ceiling_and_enforcer() -> None:
    named = {row.name for row in TABLE}
    assert named >= {
        "timeout_ms", "cpu_ms", "memory_bytes", "step_limit", "loop_limit", "max_program_bytes", "max_nesting", "max_symbols",
        "max_print_bytes", "max_result_bytes", "max_tool_calls", "max_tool_result_bytes", "max_parallel", "parallel_timeout_ms",
    }  # fmt: skip
    defaults = Limits()
    for row in TABLE:
        assert row.unit
        assert row.doc
        assert getattr(defaults, row.name) == row.default
        assert row.default is None or row.ceiling is None or row.default <= row.ceiling


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_limit_only_shrinks_on_its_way_down(row: Row) -> None:
    most = row.ceiling or 1_000_000
    host, agent, run = (Limits(**{row.name: value}) for value in (most // 2, most // 4, most))
    assert getattr(host.shrink(agent).shrink(run), row.name) == most // 4
    assert getattr(agent.shrink(host), row.name) == most // 4
    if row.default is None:
        assert getattr(Limits().shrink(agent), row.name) == most // 4
    if row.ceiling is not None:
        with pytest.raises(ValueError, match=f"{row.name} is {most + 1}, above its ceiling"):
            Limits(**{row.name: most + 1})


def test_a_session_cannot_be_given_more_than_its_host_allows() -> None:
    with Session(limits=Limits(loop_limit=100, timeout_ms=30_000)) as session:
        step = session.eval(
            "(loop [i 0] (if (< i 1000) (recur (inc i)) i))", limits=Limits(loop_limit=10_000)
        )
        assert step.error is not None
        assert step.error.details["limit"] == 100


def test_processor_time_ends_a_program_that_computes() -> None:
    step = ptc_lisp.run("(loop [] (recur))", limits=Limits(**UNHURRIED, cpu_ms=200, loop_limit=10**15))
    assert step.error is not None
    assert (step.error.kind, step.error.details["limit"]) == ("timeout", "cpu_ms")
    assert step.error.details["limit_ms"] == 200
    assert 190 <= step.usage.cpu_ms < 5_000


def test_waiting_for_a_tool_takes_no_processor_time() -> None:
    step = ptc_lisp.run("(tool/wait {:ms 400})", tools=TOOLS, limits=Limits(**UNHURRIED, cpu_ms=300))
    assert step.unwrap() == 400
    assert step.usage.cpu_ms < 300
    assert step.usage.tool_ms >= 390
    assert step.usage.duration_ms >= step.usage.tool_ms


@pytest.mark.parametrize("branch", ["(tool/wait {:ms 900})", "(loop [] (recur))"])
def test_all_branches_share_a_deadline(branch: str) -> None:
    limits = Limits(**UNHURRIED, parallel_timeout_ms=150, loop_limit=10**15)
    step = ptc_lisp.run(f"(println 1) (pmap (fn [_] {branch}) (range 3))", tools=TOOLS, limits=limits)
    assert step.error is not None
    assert (step.error.kind, step.error.details["limit"]) == ("timeout", "parallel_timeout_ms")
    assert step.prints == ["1"]


def test_the_deadline_of_branches_ends_with_them() -> None:
    limits = Limits(**UNHURRIED, parallel_timeout_ms=800)
    waits = "(pmap (fn [ms] (tool/wait {:ms ms})) [50 50])"
    step = ptc_lisp.run(f"[{waits} (tool/wait {{:ms 850}}) {waits}]", tools=TOOLS, limits=limits)
    assert step.unwrap() == [[50, 50], 850, [50, 50]]


def test_row_91_a_large_context_does_not_eat_a_small_memory_limit() -> None:
    context = {"text": ["x" * 1_000_000 for _ in range(50)]}
    limits = Limits(**UNHURRIED, memory_bytes=10 << 20)
    assert ptc_lisp.run("(count data/text)", context=context, limits=limits).unwrap() == 50


def test_row_92_nested_branches_beyond_the_slots_end_and_too_many_levels_are_a_fault() -> None:
    tool = {"echo": lambda x: x}
    limits = Limits(**UNHURRIED, max_parallel=2)
    nested = "(pmap (fn [a] (pmap (fn [b] (tool/echo {:x (+ a b)})) (range 4))) (range 4))"
    assert ptc_lisp.run(nested, tools=tool, limits=limits).unwrap()[3] == [3, 4, 5, 6]
    step = ptc_lisp.run("(defn f [n] (pmap f [n n])) (f 1)", tools=tool, limits=limits)
    assert step.error is not None
    assert step.error.kind == "parallel_capacity_exceeded"


def test_the_figures_of_a_run_are_told_apart_and_steps_are_the_same_in_every_process() -> None:
    source = "(reduce + (map (fn [x] (loop [i 0] (if (< i x) (recur (inc i)) i))) (range 300)))"
    usages = [ptc_lisp.run(source, limits=Limits(**UNHURRIED)).usage for _ in range(3)]
    assert {usage.steps for usage in usages} == {
        44_850 + 300 + 3 * 300
    }  # turns, calls of the function, items that range, map and reduce went through
    assert all(0 < usage.cpu_ms < 30_000 and usage.tool_ms == 0 for usage in usages)
    grown = ptc_lisp.run("(count (vec (range 500000)))", limits=Limits(**UNHURRIED)).usage
    assert grown.memory_bytes > 4_000_000
