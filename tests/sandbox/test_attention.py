"""Staying awake between two turns: only where they follow at once, and only where both sides have a processor of their own."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from ptc_lisp import Session
from ptc_lisp.sandbox import attention
from ptc_lisp.sandbox.attention import AT_ONCE_S, Attention, Experience, look


@pytest.fixture
def moves(monkeypatch):
    """How often the host has gone to another processor."""
    found: list[None] = []
    monkeypatch.setattr(attention, "_change_processor", lambda: found.append(None))
    return found


@pytest.fixture
def patient(monkeypatch):
    """No test depends on how quick the machine is."""
    monkeypatch.setattr(attention, "AT_ONCE_S", 60.0)
    monkeypatch.setattr(attention, "_TAKEN_S", 60.0)


def settled() -> Attention:
    """After two quick turns, on a machine of which nothing is known."""
    found = Attention(Experience())
    for _ in range(2):
        assert not found.pays()
        found.answered(time.monotonic())
    return found


def fail(one: Attention) -> None:
    """One that looks for what does not come."""
    one.watch(lambda: False, time.monotonic() - attention.AT_ONCE_S)


def rest(one: Attention) -> float:
    """Seconds for which it will not try again."""
    return one._experience.not_before - time.monotonic()


def test_it_pays_when_turns_follow_each_other_at_once(patient):
    assert settled().pays()


def test_it_does_not_pay_after_a_pause_or_a_long_turn():
    slow = settled()
    slow.answered(time.monotonic() - 2 * AT_ONCE_S)
    assert not slow.pays()
    late = settled()
    time.sleep(2 * AT_ONCE_S)
    assert not late.pays()


def test_it_looks_until_the_answer_is_there(patient, moves):
    one, looks = settled(), iter([False, False, True])
    one.watch(lambda: next(looks), time.monotonic())
    assert next(looks, None) is None
    assert one.pays()
    assert not moves


def test_in_vain_it_rests_for_a_multiple_of_what_that_cost_and_ever_longer(patient, moves):
    one, rests = settled(), []
    for _ in range(9):
        fail(one)
        rests.append(round(rest(one) / attention.AT_ONCE_S))
        assert not one.pays()
    assert rests == [5, 10, 20, 40, 80, 160, 320, 640, 640]
    for _ in range(16):
        one.watch(lambda: True, time.monotonic())
    fail(one)
    assert round(rest(one) / attention.AT_ONCE_S) == 5, "it was of use, so the next attempt may come soon"


def test_what_one_worker_has_taught_holds_for_the_others(patient, moves):
    experience = Experience()
    first, second = Attention(experience), Attention(experience)
    for one in (first, second):
        for _ in range(2):
            one.answered(time.monotonic())
        assert one.pays()
    fail(first)
    assert not second.pays()


def test_every_other_attempt_begins_on_another_processor_until_one_succeeds(patient, moves):
    one, moved = settled(), []
    for _ in range(4):
        moves.clear()
        fail(one)
        moved.append(len(moves))
    assert moved == [0, 1, 0, 1]
    fail(one)
    moves.clear()
    for _ in range(4):
        one.watch(lambda: True, time.monotonic())
    assert len(moves) == 1, "only the first turn of an attempt moves"
    fail(one)
    one.watch(lambda: True, time.monotonic())
    assert len(moves) == 2, "what helped is done again"


def test_an_answer_from_the_same_processor_is_no_success(patient, moves, monkeypatch):
    """It comes when the host gives way, which then takes long."""
    monkeypatch.setattr(attention, "_TAKEN_S", 0.0005)
    monkeypatch.setattr(attention, "_give_way", lambda: time.sleep(0.001))
    one = settled()
    for turn in range(3):
        assert one.pays(), turn
        looks = iter([False, True])
        one.watch(lambda looks=looks: next(looks), time.monotonic())
    assert not one.pays()


def test_the_worker_looks_for_so_long():
    looks = iter([False, False, True])
    assert look(lambda: next(looks), time.monotonic() + 60)
    assert not look(lambda: False, time.monotonic() + AT_ONCE_S)
    assert not look(lambda: pytest.fail("it looked"), time.monotonic())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a thread cannot choose")
def test_a_thread_that_moved_may_run_everywhere_as_before():
    before = os.sched_getaffinity(0)
    attention._change_processor()
    assert os.sched_getaffinity(0) == before
    alone = {min(before)}
    os.sched_setaffinity(0, alone)
    try:
        attention._change_processor()
        assert os.sched_getaffinity(0) == alone
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a thread cannot choose")
def test_a_thread_moves_away_from_where_it_is(monkeypatch):
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one processor")
    real, there = os.sched_setaffinity, []

    def watched(pid: int, allowed: set[int]) -> None:
        real(pid, allowed)
        there.append((processor(), allowed))

    monkeypatch.setattr(os, "sched_setaffinity", watched)
    attention._change_processor()
    first, second = there
    assert first[0] in first[1]
    assert len(first[1]) == len(second[1]) - 1


def processor() -> int:
    return int(Path("/proc/thread-self/stat").read_bytes().rpartition(b")")[2].split()[36])


@pytest.mark.parametrize("isolation", ["session", "reuse"])
def test_turns_that_follow_each_other_at_once_and_late_give_the_same(isolation):
    for number in range(40):
        with Session(isolation=isolation) as session:
            for turn in range(8):
                assert session.eval(f"(+ {number} {turn})").value == number + turn
            if number % 10 == 0:
                time.sleep(0.01)
                assert session.eval("*1").value == number + 7
