"""Staying awake between two turns: only where they follow at once, and only where both sides have a processor of their own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ptc_lisp import Session
from ptc_lisp.sandbox import attention
from ptc_lisp.sandbox.attention import AT_ONCE_S, Attention, Experience, look
from ptc_lisp.sandbox.pool import POOL

ON_LINUX = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere a process cannot be placed"
)


@pytest.fixture
def patient(monkeypatch):
    """No test depends on how quick the machine is."""
    for name in ("AT_ONCE_S", "_WAKING_S", "_QUICK_S", "_TAKEN_S"):
        monkeypatch.setattr(attention, name, 60.0)


NOBODY = 1 << 30
"""No process has this number."""


def settled(find_pid=lambda: NOBODY) -> Attention:
    """After two quick turns, on a machine of which nothing is known."""
    found = Attention(find_pid, Experience())
    for _ in range(2):
        assert not found.pays()
        found.answered(time.monotonic())
    return found


TURN_S = 100.0


def miss(one: Attention) -> None:
    """It looks for what does not come, for TURN_S."""
    one.watch(lambda: False, time.monotonic() - TURN_S)


def fail(one: Attention) -> None:
    """Three turns in vain."""
    for _ in range(3):
        assert one.pays()
        miss(one)
        one.answered(time.monotonic())


def rest(one: Attention) -> float:
    """Seconds for which it will not try again."""
    return one._experience.not_before - time.monotonic()


def test_it_pays_when_turns_follow_each_other_at_once(patient):
    assert settled().pays()


def test_it_does_not_pay_after_a_pause_or_a_long_turn():
    slow = settled()
    slow.answered(time.monotonic() - 2 * attention._QUICK_S)
    assert not slow.pays()
    late = settled()
    time.sleep(2 * AT_ONCE_S)
    assert not late.pays()


def test_it_looks_until_the_answer_is_there(patient):
    one, looks = settled(), iter([False, False, True])
    one.watch(lambda: next(looks), time.monotonic())
    assert next(looks, None) is None
    assert one.pays()


def test_in_vain_it_rests_for_a_multiple_of_what_that_cost_and_ever_longer(patient):
    one, rests = settled(), []
    for _ in range(9):
        fail(one)
        rests.append(round(rest(one) / (3 * TURN_S)))
        assert not one.pays()
        one._experience.not_before = 0.0
    assert rests == [5, 10, 20, 40, 80, 160, 320, 640, 640]
    for _ in range(16):
        one.watch(lambda: True, time.monotonic())
    fail(one)
    assert round(rest(one) / (3 * TURN_S)) == 5, "it was of use, so the next attempt may come soon"


def test_single_misses_do_not_end_an_attempt(patient):
    one = settled()
    for _ in range(10):
        for _ in range(2):
            assert one.pays()
            miss(one)
            one.answered(time.monotonic())
        assert one.pays()
        one.watch(lambda: True, time.monotonic())
    assert one._experience.not_before == 0.0


def test_an_attempt_that_a_pause_ends_after_a_miss_was_in_vain(patient):
    one = settled()
    assert one.pays()
    miss(one)
    one.answered(time.monotonic() - TURN_S)
    assert not one.pays()
    assert round(rest(one) / TURN_S) == 5


def test_what_one_worker_has_taught_holds_for_the_others(patient):
    experience = Experience()
    first, second = Attention(lambda: NOBODY, experience), Attention(lambda: NOBODY, experience)
    for one in (first, second):
        for _ in range(2):
            one.answered(time.monotonic())
        assert one.pays()
    fail(first)
    assert not second.pays()


@pytest.mark.parametrize("pid", [None, 0])
def test_without_a_process_to_place_there_is_no_attempt(patient, pid):
    one = settled(lambda: pid)
    assert not one.pays()


def test_a_process_is_asked_for_until_it_is_known(patient):
    answers = iter([None, None, NOBODY])
    one = settled(lambda: next(answers))
    assert [one.pays() for _ in range(4)] == [False, False, True, True]


def test_an_answer_from_the_same_processor_is_no_success(patient, monkeypatch):
    """It comes when the host gives way, which then takes long."""
    monkeypatch.setattr(attention, "_TAKEN_S", 0.0005)
    monkeypatch.setattr(attention, "_give_way", lambda: time.sleep(0.001))
    one = settled()
    for turn in range(3):
        assert one.pays(), turn
        looks = iter([False, True])
        one.watch(lambda looks=looks: next(looks), time.monotonic())
        one.answered(time.monotonic())
    assert not one.pays()


def test_the_worker_looks_for_so_long():
    looks = iter([False, False, True])
    assert look(lambda: next(looks), time.monotonic() + 60)
    assert not look(lambda: False, time.monotonic() + AT_ONCE_S)
    assert not look(lambda: pytest.fail("it looked"), time.monotonic())


@pytest.fixture
def other():
    """Another process."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.communicate(b"\n")


@ON_LINUX
def test_it_keeps_the_worker_from_the_processor_of_the_host_while_it_tries(patient, other):
    before = os.sched_getaffinity(other)
    if len(before) < 2:
        pytest.skip("one processor")
    one = settled(lambda: other)
    with staying_here() as here:
        assert one.pays()
        assert os.sched_getaffinity(other) == before - {here}
        miss(one)
        assert os.sched_getaffinity(other) == before
        assert one.pays()
        assert os.sched_getaffinity(other) == before - {here}, "the attempt goes on"
        miss(one)
        assert os.sched_getaffinity(other) == before
        assert os.sched_getaffinity(0) == {here}, "the thread of the host is left alone"


@ON_LINUX
def test_after_a_pause_the_worker_may_run_everywhere_again(monkeypatch, other):
    before = os.sched_getaffinity(other)
    monkeypatch.setattr(attention, "AT_ONCE_S", 60.0)
    one = settled(lambda: other)
    assert one.pays()
    monkeypatch.setattr(attention, "AT_ONCE_S", 0.0)
    assert not one.pays()
    assert os.sched_getaffinity(other) == before


@ON_LINUX
def test_with_an_owner_an_attempt_goes_on_but_does_not_begin(patient, monkeypatch, other):
    before = os.sched_getaffinity(other)
    one = settled(lambda: other)
    assert not one.goes_on()
    assert os.sched_getaffinity(other) == before
    assert one.pays()
    one.watch(lambda: True, time.monotonic())
    assert one.goes_on()
    monkeypatch.setattr(attention, "AT_ONCE_S", 0.0)
    assert not one.goes_on(), "the owner was done with it long ago"
    assert os.sched_getaffinity(other) == before


@ON_LINUX
@pytest.mark.parametrize(
    "end", [lambda one: one.pays(alone=False), lambda one: one.stop()], ids=["a crowd", "stop"]
)
def test_a_worker_that_others_need_may_run_everywhere_again(patient, other, end):
    before = os.sched_getaffinity(other)
    one = settled(lambda: other)
    assert one.pays()
    assert not end(one)
    assert os.sched_getaffinity(other) == before
    assert not one._bad


@pytest.mark.parametrize("isolation", ["session", "reuse"])
def test_sync_and_async_take_turns(isolation):
    async def later(session: Session, turn: int) -> object:
        return (await session.aeval(f"(+ n {turn})")).value

    with Session(isolation=isolation, memory={"n": 100}) as session:
        for turn in range(60):
            value = (
                session.eval(f"(+ n {turn})").value if turn % 20 < 15 else asyncio.run(later(session, turn))
            )
            assert value == 100 + turn


@ON_LINUX
def test_a_worker_that_can_run_in_one_place_stays_there(patient, other):
    with staying_here() as here:
        os.sched_setaffinity(other, {here})
        one = settled(lambda: other)
        assert one.pays()
        assert os.sched_getaffinity(other) == {here}
        miss(one)
        assert os.sched_getaffinity(other) == {here}


@ON_LINUX
def test_a_worker_that_has_ended_is_no_reason_to_fail(patient):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    fail(settled(lambda: process.pid))


@ON_LINUX
def test_whoever_else_has_placed_the_worker_meanwhile_is_right(patient, other):
    before = os.sched_getaffinity(other)
    if len(before) < 2:
        pytest.skip("one processor")
    one = settled(lambda: other)
    with staying_here() as here:
        assert one.pays()
        os.sched_setaffinity(other, {here})
        miss(one)
    assert os.sched_getaffinity(other) == {here}


@ON_LINUX
def test_an_attempt_that_another_worker_has_ended_leaves_no_trace(patient, other):
    before, one = os.sched_getaffinity(other), settled(lambda: other)
    assert one.pays()
    one._experience.failed(60.0)
    assert not one.pays()
    assert os.sched_getaffinity(other) == before


@pytest.mark.parametrize("error", [PermissionError, IndexError, AttributeError])
def test_a_system_that_tells_or_allows_less_is_no_reason_to_fail(patient, monkeypatch, error):
    def refuse(*_):
        raise error

    monkeypatch.setattr(attention, "_processor", refuse)
    fail(settled(os.getpid))


@ON_LINUX
@pytest.mark.parametrize("beside", ["other evaluations", "an event loop"])
def test_a_worker_for_which_nobody_looks_may_run_everywhere(patient, monkeypatch, beside):
    monkeypatch.setattr(attention._HERE, "not_before", 0.0)
    with Session() as session:
        for _ in range(100):  # until the zygote has told who the worker is
            session.eval("1")
            if session._worker.attention._place is not None:
                break
        pid = session._worker.pid
        everywhere = os.sched_getaffinity(0)
        assert len(os.sched_getaffinity(pid)) == max(1, len(everywhere) - 1)
        other = object()
        POOL.enter(other)
        try:
            if beside == "an event loop":
                asyncio.run(session.aeval("1"))
            else:
                session.eval("1")
        finally:
            POOL.leave(other)
        assert os.sched_getaffinity(pid) == everywhere


@contextmanager
def staying_here() -> Iterator[int]:
    """This thread keeps to the processor where it is, whose number this gives."""
    before = os.sched_getaffinity(0)
    here = attention._processor()
    os.sched_setaffinity(0, {here})
    try:
        yield here
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize("isolation", ["session", "reuse"])
def test_turns_that_follow_each_other_at_once_and_late_give_the_same(isolation):
    for number in range(40):
        with Session(isolation=isolation) as session:
            for turn in range(8):
                assert session.eval(f"(+ {number} {turn})").value == number + turn
            if number % 10 == 0:
                time.sleep(0.01)
                assert session.eval("*1").value == number + 7
