"""Which process runs what, what goes into it how often, and that nothing of one owner is there for another."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ptc_lisp
from ptc_lisp import Limits, Memory, Session
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.pool import POOL

SECRET = "s3cret-of-one-owner-91c2"
SEARCHES = (
    "[*1 *2 *3]",
    "[data/secret data/rows]",
    "(or found kept secret nil)",
    "(dir)",
    "(str data)",
    "(mapv str [*1 *2])",
)


def found_in(step):
    return SECRET in f"{step.value} {step.text} {step.prints} {step.faults}"


def plant(session):
    session.eval("(def secret data/secret) (def kept [secret]) (println secret) secret")
    session.eval(f'(str "{SECRET}" (count "{SECRET}"))')


@pytest.mark.parametrize("isolation", ["run", "session", "reuse"])
def test_nothing_of_one_owner_is_visible_to_another(isolation):
    for _ in range(3):
        with Session(context={"secret": SECRET}, isolation=isolation) as owner:
            plant(owner)
            with Session(isolation=isolation) as other:
                assert not any(found_in(other.eval(program)) for program in SEARCHES)
        assert not any(found_in(ptc_lisp.run(program, isolation=isolation)) for program in SEARCHES)


@pytest.mark.skipif(os.geteuid() != 0, reason="workers are not dumpable: only root may look into them")
def test_the_memory_of_other_workers_holds_nothing_of_an_owner():
    with Session(context={"secret": SECRET, "rows": [SECRET] * 100}) as owner:
        plant(owner)
        ptc_lisp.run("(count data/secret)", context={"secret": SECRET})
        with Session() as other:
            other.eval("(+ 1 2)")
            assert not holds(other._worker.pid, SECRET)
            assert not holds(POOL._zygote._process.pid, SECRET)
            assert holds(owner._worker.pid, SECRET), "the search finds what is there"


def holds(pid, text):
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            words = line.split()
            if "r" in words[1] and words[-1] not in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                start, end = (int(place, 16) for place in words[0].split("-"))
                memory.seek(start)
                try:
                    if text.encode() in memory.read(end - start):
                        return True
                except OSError:  # a page that cannot be read holds nothing
                    continue
    return False


def test_run_takes_a_process_for_every_program_and_session_one_for_all():
    def pids(isolation):
        seen = []
        tool = ptc_lisp.Tool(lambda: seen.append(session._worker.pid), name="here")
        with Session(tools=[tool], isolation=isolation) as session:
            for number in range(3):
                assert session.eval(f"(def x {number}) (tool/here)").ok
            assert session.eval("x").value == 2
        return seen

    assert len(set(pids("run"))) == 3
    assert len(set(pids("session"))) == 1


@pytest.mark.parametrize("make", [Session, lambda **given: ptc_lisp.run("1", **given)])
def test_another_word_is_refused(make):
    with pytest.raises(ValueError, match="'session' or 'run' or 'reuse', got 'process'"):
        make(isolation="process")


@pytest.fixture
def requests(monkeypatch):
    """The evaluations that leave the host."""
    sent = []
    pack = wire.pack
    monkeypatch.setattr(wire, "pack", lambda frame: sent.append(frame) or pack(frame))
    return sent


def test_data_goes_in_once_per_session_and_memory_comes_back_when_it_changes(requests):
    with Session(context={"rows": list(range(100))}) as session:
        session.eval("(def total (reduce + data/rows)) (def other 1)")
        session.eval("(inc total)")
        session.eval("(def total 2)")
    assert [request.context is None for request in requests] == [False, True, True]
    assert [request.memory for request in requests] == [{}, None, None]


def test_entries_of_one_program_are_sent_again_only_when_they_changed(requests):
    big = list(range(1_000))
    with Session(context={"a": 0}) as session:
        for _ in range(2):
            assert session.eval("[(count data/big) data/a]", data={"big": big, "a": 1}).value == [1_000, 1]
        assert session.eval("[(count data/big) data/a]", data={"big": big, "a": 2}).value == [1_000, 2]
        assert session.eval("[data/big data/a]").value == [None, 0]
        assert session.eval("[(count data/big) data/a]", data={"big": big}).value == [1_000, 0]
    assert [sorted(request.data or ()) for request in requests] == [["a", "big"], [], ["a"], [], ["big"]]


def test_entries_survive_a_worker_that_was_killed():
    with Session(limits=Limits(timeout_ms=20_000, loop_limit=10**15)) as session:
        given, brief = {"big": [1, 2, 3]}, Limits(timeout_ms=200, loop_limit=10**15)
        assert session.eval("(count data/big)", data=given).value == 3
        assert session.eval("(loop [] (recur))", data=given, limits=brief).error.kind == "timeout"
        assert session.eval("(count data/big)", data=given).value == 3


def test_a_memory_is_encoded_once_for_any_number_of_runs():
    data = Memory.of({"rows": [1, 2, 3]})
    assert [ptc_lisp.run("(reduce + data/rows)", context=data).value for _ in range(2)] == [6, 6]
    with Session() as session:
        session.eval("(defn f [x] x) (def y 5)")
        assert ptc_lisp.run("data/y", context=session.memory).value == 5
        step = ptc_lisp.run("(str data/f)", context=session.memory)
        assert (step.error.kind, "function" in step.error.message) == ("type_error", True)


def test_sessions_that_are_dropped_unclosed_leave_no_process():
    session = Session()
    session.eval("1")
    pid = session._worker.pid
    del session
    gc.collect()
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        os.sched_yield()
        ptc_lisp.run("1")
    pytest.fail("the worker of a dropped session is still there")


def test_running_out_of_descriptors_says_what_to_do():
    code = (
        "import resource, ptc_lisp\n"
        "ptc_lisp.run('1')\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (24, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
        "sessions = [ptc_lisp.Session() for _ in range(40)]\n"
        "try:\n"
        "    for session in sessions: session.eval('(def x 1)')\n"
        "except ptc_lisp.SandboxError as error:\n"
        "    print(error)\n"
        "    for session in sessions[5:]: session.close()\n"
        "    print(sessions[0].eval('x').value, ptc_lisp.run('(+ 1 2)').value)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, after = done.stdout.splitlines()
    assert "ulimit -n" in said
    assert after == "1 3"
