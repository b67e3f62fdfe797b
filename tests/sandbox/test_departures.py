"""Workers that are done: an honest one ends by itself, and any other soon after, whether further runs follow or not."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

import ptc_lisp
from ptc_lisp import Limits
from ptc_lisp.sandbox import departures, wire
from ptc_lisp.sandbox.attacks.arena import RAW
from ptc_lisp.sandbox.drive_sync import drive
from ptc_lisp.sandbox.exchange import Exchange
from ptc_lisp.sandbox.pool import POOL, Pool
from ptc_lisp.sandbox.tool_calls import ToolCalls

LIVES_ON = "sock.sendall(done(frame))\nwhile True: time.sleep(60)"
LIMITS = Limits(timeout_ms=20_000)


@pytest.fixture
def pool():
    found = Pool(RAW)
    yield found
    found.shutdown()


@pytest.fixture
def stubborn(pool, monkeypatch):
    """Takes workers that have answered and will not end by themselves, with their process ids."""
    monkeypatch.setattr(departures, "CLOSE_S", 60)  # taking the second one can be slow

    def take():
        worker = pool.take()
        request = wire.Evaluate(id=7, source=LIVES_ON, limits=LIMITS, tools={}, then="end")
        assert drive(Exchange(request, LIMITS), worker, ToolCalls({}, LIMITS)).result.ok
        return worker, worker.pid

    return take


def watchers():
    return [
        thread for thread in threading.enumerate() if thread.name == "ptc-departures" and thread.is_alive()
    ]


def test_one_that_leaves_alone_is_killed_at_once_and_nobody_watches(pool, stubborn, processes, monkeypatch):
    monkeypatch.setattr(departures, "CLOSE_S", -60)
    before = watchers()
    for _ in range(2):
        worker, pid = stubborn()
        pool.departures.add(worker)
        assert processes.wait_until(lambda pid=pid: processes.gone(pid))
    assert watchers() == before


def test_one_that_follows_closely_is_killed_by_the_thread_when_nothing_else_happens(
    pool, stubborn, processes
):
    for _ in range(3):  # also when the thread has gone to sleep meanwhile
        pids = []
        for _ in range(2):
            worker, pid = stubborn()
            pids.append(pid)
            pool.departures.add(worker)
        assert processes.wait_until(lambda pids=pids: all(map(processes.gone, pids)))


def test_one_that_follows_closely_is_killed_with_the_next_request(pool, stubborn, processes, monkeypatch):
    monkeypatch.setattr(departures.Departures, "_watched", lambda _: True)
    (first, _), (second, pid) = stubborn(), stubborn()
    pool.departures.add(first)
    pool.departures.add(second)
    assert not processes.gone(pid)
    pool.take().close()
    assert processes.wait_until(lambda: processes.gone(pid))


def test_where_no_thread_can_start_it_is_killed_at_once(pool, stubborn, processes, monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    pool.departures.add(stubborn()[0])
    worker, pid = stubborn()
    pool.departures.add(worker)
    assert processes.wait_until(lambda: processes.gone(pid))


def test_those_of_another_zygote_are_killed_by_their_own(pool, stubborn, processes, monkeypatch):
    monkeypatch.setattr(departures.Departures, "_watched", lambda _: True)
    pool.departures.add(stubborn()[0])
    worker, pid = stubborn()
    pool.departures.add(worker)
    assert pool.departures.next_of(POOL._zygote) == 0
    assert processes.wait_until(lambda: processes.gone(pid))


@pytest.mark.parametrize("isolation", ["run", "session"])
def test_an_honest_worker_ends_without_being_killed(isolation, processes, monkeypatch):
    monkeypatch.setattr(departures.Departures, "_watched", lambda _: True)
    monkeypatch.setattr(departures, "CLOSE_S", 60)
    ptc_lisp.run("1")
    with ptc_lisp.Session(isolation=isolation, tools={"pid": lambda: session._worker.pid}) as session:
        pid = session.eval("(tool/pid)", limits=LIMITS).unwrap()
    assert POOL.departures._pending
    assert processes.wait_until(lambda: processes.gone(pid))
    POOL.departures.settle()


FORKING = """
import os, threading
import ptc_lisp
from ptc_lisp.sandbox import departures
departures.CLOSE_S = 60
for _ in range(2):
    for _ in range(3):
        assert ptc_lisp.run("(+ 1 2)").value == 3
    assert "ptc-departures" in [thread.name for thread in threading.enumerate()]
    child = os.fork()
    if child == 0:
        assert ptc_lisp.run("(+ 1 2)").value == ptc_lisp.run("(+ 1 2)").value == 3
        raise SystemExit
    assert threading.enumerate() == [threading.main_thread()]
    assert os.waitpid(child, 0)[1] == 0
"""


def test_no_thread_stays_when_the_host_forks():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
