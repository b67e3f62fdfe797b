"""Many at once: every caller gets its own answer."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import ptc_lisp
from ptc_lisp import Limits

PATIENT = Limits(timeout_ms=30_000)


def test_fifty_threads():
    with ThreadPoolExecutor(50) as threads:
        steps = list(threads.map(lambda i: ptc_lisp.run(f"(* {i} 2)", limits=PATIENT), range(50)))
    assert [step.value for step in steps] == [i * 2 for i in range(50)]


def test_a_hundred_coroutines():
    async def main():
        return await asyncio.gather(*(ptc_lisp.arun(f"(* {i} 2)", limits=PATIENT) for i in range(100)))

    assert [step.value for step in asyncio.run(main())] == [i * 2 for i in range(100)]


def test_faults_of_one_do_not_touch_another():
    programs = ["(+ 1 2)", "(loop [] (recur))", "(/ 1 0)", "(loop [v [1]] (recur (into v v)))"] * 3
    limits = Limits(timeout_ms=3_000, memory_bytes=8 << 20, loop_limit=10**15)
    with ThreadPoolExecutor(12) as threads:
        steps = list(threads.map(lambda p: ptc_lisp.run(p, limits=limits), programs))
    kinds = [step.error.kind if step.error else step.value for step in steps]
    assert kinds == [3, "timeout", "arithmetic_error", "memory_exceeded"] * 3


def test_threads_take_turns_in_one_session():
    with ptc_lisp.Session(limits=PATIENT) as session:
        session.eval("(def n 0)")
        threads = [threading.Thread(target=session.eval, args=("(def n (inc n))",)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert session.eval("n").value == 10


def test_tasks_take_turns_in_one_session():
    async def main():
        async with ptc_lisp.Session(limits=PATIENT) as session:
            await session.aeval("(def n 0)")
            await asyncio.gather(*(session.aeval("(def n (inc n))") for _ in range(10)))
            return (await session.aeval("n")).value

    assert asyncio.run(main()) == 10


def test_cancelling_a_run_kills_its_worker_and_the_session_goes_on():
    async def main():
        async with ptc_lisp.Session(limits=Limits(timeout_ms=60_000, loop_limit=10**15)) as session:
            await session.aeval("(def x 1)")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(session.aeval("(loop [] (recur))"), 0.3)
            return (await session.aeval("x")).value

    began = time.monotonic()
    assert asyncio.run(main()) == 1
    assert time.monotonic() - began < 10


def test_a_cancelled_tool_sees_its_cancellation():
    seen = []

    async def slow():
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def main():
        return await ptc_lisp.arun("(tool/slow)", tools=[slow], limits=Limits(timeout_ms=900))

    step = asyncio.run(main())
    assert (step.error.kind, seen) == ("timeout", ["cancelled"])
    step = ptc_lisp.run("(tool/slow)", tools=[slow], limits=Limits(timeout_ms=900))
    assert step.error.kind == "timeout"


def test_several_event_loops_at_once():
    with ThreadPoolExecutor(4) as threads:
        steps = list(
            threads.map(lambda i: asyncio.run(ptc_lisp.arun(f"(inc {i})", limits=PATIENT)), range(8))
        )
    assert [step.value for step in steps] == list(range(1, 9))


def test_trio_works_too():
    trio = pytest.importorskip("trio")

    async def slow():
        await trio.sleep(0.01)
        return 5

    async def main():
        steps = [await ptc_lisp.arun("(tool/slow)", tools=[slow], limits=PATIENT)]
        with trio.move_on_after(0.2) as scope:
            await ptc_lisp.arun("(loop [] (recur))", limits=Limits(timeout_ms=60_000, loop_limit=10**15))
        return steps[0].value, scope.cancelled_caught

    assert trio.run(main) == (5, True)
