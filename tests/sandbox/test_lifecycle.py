"""Nothing outlives the host, however it ends; and whatever dies besides the host is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import ptc_lisp
from ptc_lisp.sandbox.errors import SandboxError
from ptc_lisp.sandbox.exchange import Exchange
from ptc_lisp.sandbox.pool import POOL, Pool

HOST = """
import sys, threading, time
import ptc_lisp
ptc_lisp.run("1"); ptc_lisp.run("2")
session = ptc_lisp.Session(limits=ptc_lisp.Limits(timeout_ms=60_000, loop_limit=10**15))
session.eval("(def x 1)")
print("ready", flush=True)
{ending}
"""
ENDINGS = {
    "it returns": ("", None),
    "it raises": ("raise SystemExit(3)", None),
    "it is interrupted in a program": ("session.eval('(loop [] (recur))')", signal.SIGINT),
    "it is terminated in a program": ("session.eval('(loop [] (recur))')", signal.SIGTERM),
    "it is killed in a program": ("session.eval('(loop [] (recur))')", signal.SIGKILL),
    "it is interrupted in a tool": (
        "ptc_lisp.run('(tool/t)', tools={'t': lambda: time.sleep(60)}, limits=session.limits)",
        signal.SIGINT,
    ),
    "it leaves without cleaning up": ("import os; os._exit(0)", None),
    "it is interrupted under asyncio": (
        "import asyncio; asyncio.run(session.aeval('(loop [] (recur))'))",
        signal.SIGINT,
    ),
}


@pytest.mark.parametrize("ending, number", ENDINGS.values(), ids=ENDINGS.keys())
def test_no_process_is_left_when_the_host_ends(processes, ending, number):
    host = subprocess.Popen(
        [sys.executable, "-c", HOST.format(ending=ending)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert host.stdout.readline() == "ready\n"
    found = processes.descendants(host.pid)
    if number is not None:
        assert len(found) >= 2
        time.sleep(0.1)  # so that the signal arrives inside the program
        host.send_signal(number)
    _, complaints = host.communicate(timeout=20)
    assert processes.wait_until(lambda: all(processes.gone(pid) for pid in found))
    if number == signal.SIGINT:
        assert "KeyboardInterrupt" in complaints


def test_a_killed_worker_is_a_crash_and_the_session_goes_on():
    limits = ptc_lisp.Limits(timeout_ms=20_000, loop_limit=10**15)
    with ptc_lisp.Session(limits=limits) as session:
        session.eval("(def x 41) (defn f [] (inc x))")
        pid = session._worker.pid
        step = session.eval("(println 1) (loop [] (recur))", on_print=lambda _: os.kill(pid, signal.SIGKILL))
        assert step.error.kind == "worker_crashed"
        assert step.error.details == {"signal": "SIGKILL"}
        assert step.prints == ["1"]
        assert session.eval("[(f) *1]").value == [42, "#'f"]


def test_what_tasks_gave_survives_a_killed_worker():
    limits = ptc_lisp.Limits(timeout_ms=20_000, loop_limit=10**15)
    session = ptc_lisp.Session(limits=limits, journal={"old": 0}, tools={"kill": lambda: None})
    with session:
        session.tools["kill"] = ptc_lisp.Tool(lambda: os.kill(session._worker.pid, signal.SIGKILL), "kill")
        step = session.eval(
            '(task "a" {:n 1}) (task "b" 2) (task-reset "b") (pmap #(task (str "c" %) (* 10 %)) [1 2]) (tool/kill)'
        )
        assert step.error.kind == "worker_crashed"
        assert dict(step.journal) == {"old": 0, "a": {"n": 1}, "c1": 10, "c2": 20}
        assert session.eval('(task "a" (fail "again"))').value == {"n": 1}


def test_prints_are_told_when_they_arrive():
    told = []
    with ptc_lisp.Session(tools={"told": lambda: list(told)}) as session:
        step = session.eval("(println 1) (def seen (tool/told)) (println 2) seen", on_print=told.append)
    assert (step.value, told, step.prints) == (["1"], ["1", "2"], ["1", "2"])


def test_a_worker_that_dies_between_programs_is_replaced_unnoticed(processes):
    with ptc_lisp.Session() as session:
        session.eval("(def x 41)")
        pid = session._worker.pid
        os.kill(pid, signal.SIGKILL)
        assert processes.wait_until(lambda: processes.gone(pid))
        assert session.eval("(inc x)").value == 42


@pytest.mark.parametrize(
    "start",
    [ptc_lisp.Session.eval, lambda *given: asyncio.run(ptc_lisp.Session.aeval(*given))],
    ids=["eval", "aeval"],
)
def test_a_worker_that_dies_while_the_request_is_made_is_replaced_unnoticed(monkeypatch, start):
    with ptc_lisp.Session() as session:
        session.eval("(def x 41)")
        worker, pid = session._worker, session._worker.pid

        def late(self, made=Exchange.start, **given):
            if session._worker is worker:
                os.kill(pid, signal.SIGKILL)
                assert worker.poll.poll(20_000)
            return made(self, **given)

        monkeypatch.setattr(Exchange, "start", late)
        assert start(session, "(inc x)").unwrap() == 42


def test_workers_that_died_in_stock_cost_nothing(processes):
    for _ in range(3):  # the second run and later ones leave idle workers behind
        assert ptc_lisp.run("1").value == 1
    stock = list(POOL._idle)
    assert stock
    assert processes.wait_until(lambda: all(worker.pid is not None for worker in stock))
    for worker in stock:
        os.kill(worker.pid, signal.SIGKILL)
    # At once: the sockets of the dead may still look alive to the pool.
    assert [ptc_lisp.run("(+ 1 2)").value for _ in range(4)] == [3, 3, 3, 3]


@pytest.mark.parametrize("start", [ptc_lisp.run, lambda *a, **k: asyncio.run(ptc_lisp.arun(*a, **k))])
def test_the_next_workers_are_ordered_while_a_program_runs(start):
    ptc_lisp.run("1")
    ptc_lisp.run("2")
    limits = ptc_lisp.Limits(timeout_ms=20_000)
    step = start("(tool/stock)", tools={"stock": lambda: len(POOL._idle)}, limits=limits)
    assert step.value == 2


def test_a_program_runs_where_no_further_worker_can_be_had(monkeypatch):
    def fail(*_):
        raise SandboxError("no more workers")

    ptc_lisp.run("1")
    ptc_lisp.run("2")
    monkeypatch.setattr(Pool, "_fork", fail)
    POOL.take().close()
    with ptc_lisp.Session() as session:
        assert session.eval("(+ 1 2)").value == 3


def test_a_dead_zygote_is_replaced(processes):
    assert ptc_lisp.run("1").ok
    zygote = POOL._zygote._process.pid
    workers = processes.descendants(zygote)
    os.kill(zygote, signal.SIGKILL)
    assert processes.wait_until(lambda: all(processes.gone(pid) for pid in workers))

    def answers_elsewhere():  # one that was just being forked may still answer
        assert ptc_lisp.run("(+ 1 2)").value == 3
        return POOL._zygote._process.pid != zygote

    assert processes.wait_until(answers_elsewhere)


def test_a_zygote_that_is_held_up_holds_up_no_session_that_looks_for_its_worker():
    with ptc_lisp.Session() as session:
        session.eval("1")
        zygote, token = session._worker._zygote, session._worker._token
        ask = threading.Thread(target=lambda: [zygote.pid_if_known(token) for _ in range(5_000)], daemon=True)
        os.kill(zygote._process.pid, signal.SIGSTOP)
        try:
            ask.start()
            ask.join(20)
            assert not ask.is_alive()
        finally:
            os.kill(zygote._process.pid, signal.SIGCONT)
        assert session._worker.pid is not None


def test_workers_end_with_their_runs(processes):
    POOL.shelf.clear()  # of those that other tests let the next owner have
    for _ in range(5):
        ptc_lisp.run("1")
    with ptc_lisp.Session() as session:
        session.eval("1")
        pid = session._worker.pid
    assert processes.wait_until(lambda: processes.gone(pid))
    assert processes.wait_until(lambda: len(processes.descendants(POOL._zygote._process.pid)) <= 2)


def test_descriptors_do_not_pile_up():
    ptc_lisp.run("1")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        ptc_lisp.run("(tool/t)", tools={"t": lambda: 1})
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 4


def test_a_forked_host_gets_its_own_zygote():
    session = ptc_lisp.Session()
    session.eval("(def x 41)")
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = f"{ptc_lisp.run('(+ 1 2)').value} {session.eval('(inc x)').value}"
            os.write(write, answer.encode())
            POOL.shutdown()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(read, 100) == b"3 42"
    os.close(read)
    os.close(write)
    assert session.eval("(inc x)").value == 42
    session.close()


BEGUN = """
import os, sys
from ptc_lisp.sandbox import launch
launch.begin()
begun = launch._BEGUN[launch.WORKER]._process.pid
child = os.fork()
import ptc_lisp
assert ptc_lisp.run("(+ 1 2)").value == 3
from ptc_lisp.sandbox.pool import POOL
assert (POOL._zygote._process.pid == begun) == bool(child)
if child:
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_zygote_that_was_begun_early_serves_this_process_and_no_child_of_it():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEGUN], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_first_run_begins_the_zygote_before_the_rest_is_loaded():
    code = """
import sys, ptc_lisp
from ptc_lisp.sandbox import launch
run, begin = ptc_lisp.run, launch.begin
assert not launch._BEGUN  # not as long as nothing runs
launch.begin = lambda: (begin(), print("ptc_lisp.session.sessions" in sys.modules))
assert run("1").value == 1 and run("2").value == 2
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\n", "")


WARM = """
import ptc_lisp, time
from ptc_lisp.sandbox import launch
ptc_lisp.warm_up()
begun = launch._BEGUN[launch.WORKER]._process.pid
ptc_lisp.warm_up()
from ptc_lisp.sandbox.pool import POOL
assert not POOL.started
ptc_lisp.warm_up(wait=True)
assert POOL.started and POOL._zygote._process.pid == begun
assert ptc_lisp.run("(+ 1 2)").value == 3
ptc_lisp.warm_up()
assert not launch._BEGUN
"""


def test_warming_up_starts_one_zygote_that_all_programs_use():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WARM], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_zygote_that_nobody_came_to_need_ends_with_its_host(processes):
    code = "import ptc_lisp; from ptc_lisp.sandbox import launch; ptc_lisp.warm_up(); print(launch._BEGUN[launch.WORKER]._process.pid)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert processes.wait_until(lambda: processes.gone(int(done.stdout)))


def test_a_module_that_cannot_start_says_why():
    with pytest.raises(ptc_lisp.SandboxError, match="no_such_module"):
        Pool("no_such_module").take()
