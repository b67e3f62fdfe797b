"""Looking for an answer without sleeping: only where it is likely, only for so long, and not where others want the processor."""

from __future__ import annotations

import time

import pytest

from ptc_lisp import Session
from ptc_lisp.sandbox import attention
from ptc_lisp.sandbox.attention import AT_ONCE_S, Attention


@pytest.fixture
def likely():
    found = Attention()
    found.learn(time.monotonic())
    return found


def test_it_does_not_look_before_something_has_come_at_once():
    new, late = Attention(), Attention()
    late.learn(time.monotonic() - 2 * AT_ONCE_S)
    for each in (new, late):
        assert not each.watch(lambda: pytest.fail("it looked"), time.monotonic())


def test_it_looks_until_something_comes(likely, monkeypatch):
    monkeypatch.setattr(attention, "AT_ONCE_S", 60.0)
    looks = iter([False, False, True])
    monkeypatch.setattr(attention, "_TAKEN_S", 60.0)
    assert likely.watch(lambda: next(looks), time.monotonic())
    assert next(looks, None) is None


def test_it_gives_up_when_it_takes_too_long(likely):
    began = time.monotonic()
    assert not likely.watch(lambda: False, began)
    assert not likely.watch(lambda: pytest.fail("it looked"), began - AT_ONCE_S)


def test_it_sleeps_for_a_while_when_somebody_else_took_the_processor(likely, monkeypatch):
    monkeypatch.setattr(attention, "AT_ONCE_S", 60.0)
    monkeypatch.setattr(attention, "_give_way", lambda: time.sleep(0.001))
    looks = []

    def rounds_until_it_looks():
        looks.clear()
        for rounds in range(1_000):
            if looks:
                return rounds
            likely.watch(lambda: looks.append(1), time.monotonic())
        return None

    assert not likely.watch(lambda: False, time.monotonic())
    assert [rounds_until_it_looks() for _ in range(3)] == [17, 33, 65]
    while not likely.watch(lambda: True, time.monotonic()):
        pass
    assert not likely.watch(lambda: False, time.monotonic())
    assert rounds_until_it_looks() == 17, "after something was found, pauses are short again"


def test_the_other_side_may_take_the_processor(likely, monkeypatch):
    monkeypatch.setattr(attention, "AT_ONCE_S", 60.0)
    monkeypatch.setattr(attention, "_give_way", lambda: time.sleep(0.001))
    looks = iter([False, True])
    assert likely.watch(lambda: next(looks), time.monotonic())


def test_turns_that_follow_each_other_at_once_and_late_give_the_same():
    with Session() as session:
        for number in range(300):
            assert session.eval(f"(+ {number} 1)").value == number + 1
            if number % 50 == 0:
                time.sleep(0.01)
