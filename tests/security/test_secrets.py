"""What belongs to one owner is never seen by another, also by one who reads all the memory of its worker."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import ptc_lisp
from ptc_lisp import Limits, Session

PATIENT = Limits(timeout_ms=30_000)
SECRET = "s3cret-planted"
PLACES = {
    "a definition": ("(def secret data/secret)", "(if secret secret nil)"),
    "a closure": ("(def secret (let [s data/secret] (fn [] s)))", "(secret)"),
    "the last results": ("data/secret", "[*1 *2 *3]"),
    "the context": ("(str data/secret)", "data/secret"),
    "printed text": ("(println data/secret)", "[*1 data/secret]"),
    "a keyword": ("(def k (keyword data/secret)) k", "[*1 (keys data/all)]"),
    "a regular expression": ("(re-find (re-pattern data/secret) data/secret)", "[*1 data/secret]"),
    "a failure": ("(fail data/secret)", "[*1 data/fail]"),
}


@pytest.mark.parametrize("isolation", ["run", "session", "reuse"])
@pytest.mark.parametrize("planted, looked_for", PLACES.values(), ids=PLACES.keys())
def test_a_secret_stays_with_its_owner(isolation, planted, looked_for):
    with Session(context={"secret": SECRET}, limits=PATIENT, isolation=isolation) as owner:
        planting = owner.eval(planted)
        assert SECRET in f"{planting.value} {planting.prints} {planting.error} {planting.memory.to_bytes()}"
        with Session(limits=PATIENT, isolation=isolation) as other:
            steps = [other.eval(looked_for), other.eval(looked_for), ptc_lisp.run(looked_for, limits=PATIENT)]
    for step in steps:
        assert SECRET not in f"{step.value} {step.prints} {step.error} {step.memory.to_bytes()}"


def test_crowded_owners_see_only_their_own():
    """Many at once, each with a secret of its own: what comes back to a caller holds that one and no other."""

    def owner(number):
        mine = f"s3cret-{number}."
        tools = {"ask": lambda x: x}
        with Session(context={"secret": mine}, tools=tools, limits=PATIENT) as session:
            session.eval("(def kept data/secret) (println kept)")
            step = session.eval("(println kept) [kept data/secret (tool/ask {:x kept})]")
        text = f"{step.value} {step.prints}"
        return text.count("s3cret-") == text.count(mine) == 4

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(owner, range(40)))


@pytest.mark.parametrize("isolation, processes", [("session", 1), ("run", 3), ("reuse", 1)])
def test_a_process_belongs_to_one_owner_and_with_isolation_run_to_one_program(isolation, processes):
    seen = []
    with Session(tools={"note": lambda: seen.append(pid_of(session))}, isolation=isolation, limits=PATIENT) as session:  # fmt: skip
        assert all(session.eval("(tool/note)").ok for _ in range(3))
    assert len(set(seen)) == processes
    with Session(tools={"note": lambda: seen.append(pid_of(session))}, limits=PATIENT) as session:
        assert session.eval("(tool/note)").ok
    assert len(set(seen)) == processes + 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read the memory of a worker")
def test_the_memory_of_a_worker_holds_nothing_of_another_owner():
    with Session(context={"secret": SECRET}, limits=PATIENT) as owner, Session(limits=PATIENT) as other:
        owner.eval("(def kept (str data/secret data/secret))")
        other.eval("(def kept 1)")
        assert SECRET.encode() in memory_of(pid_of(owner)), "the search itself does not work"
        assert SECRET.encode() not in memory_of(pid_of(other))
        with Session(limits=PATIENT) as later:
            later.eval("1")
            assert SECRET.encode() not in memory_of(pid_of(later))


def pid_of(session):
    """The process of a session that has run something."""
    worker = session._worker
    while worker.pid is None:
        time.sleep(0.001)
    return worker.pid


def memory_of(pid):
    """All that a process can write to."""
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            addresses, rights = line.split()[:2]
            start, end = (int(part, 16) for part in addresses.split("-"))
            if rights.startswith("rw"):
                memory.seek(start)
                found.append(memory.read(end - start))
    return b"".join(found)
