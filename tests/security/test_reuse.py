"""`isolation="reuse"`: a process serves several owners, one after the other, and keeps nothing of any."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from ptc_lisp import Limits, Session, run
from ptc_lisp.sandbox import shelf
from ptc_lisp.sandbox.pool import POOL
from subagent import SubAgent
from subagent.testing import ScriptedLLM

PATIENT = Limits(timeout_ms=30_000)


@pytest.fixture(autouse=True)
def empty_shelf():
    POOL.shelf.clear()
    yield
    POOL.shelf.clear()


HEAVY = "(count (vec (range 100000)))"


@pytest.fixture(scope="module", autouse=True)
def settled_zygote():
    """The first workers of a process are forked before the zygote has looked at what there is to forget, and while it has
    memory at hand that workers need not ask for. So these tests begin when it has nothing more to do."""
    ends, good = time.monotonic() + 60, 0
    while good < 3:
        assert time.monotonic() < ends, "no process serves two owners, and tells what the second one takes"
        POOL.shelf.clear()
        first = one_owner()
        with Session(isolation="reuse", limits=PATIENT) as session:
            seen = session.eval(HEAVY).usage.memory_bytes > 2 << 20
            good = good + 1 if seen and session._worker.pid == first else 0
        time.sleep(0.1)


def one_owner(source="(+ 1 2)", limits=PATIENT, isolation="reuse", **given):
    """The process that served it."""
    with Session(isolation=isolation, limits=limits, **given) as session:
        session.eval("(+ 1 1)")
        pid = session._worker.pid
        session.eval(source)
    return pid


def test_the_next_owner_that_asks_for_it_gets_the_same_process():
    assert one_owner() == one_owner()


def test_a_process_that_has_much_to_forget_is_given_time_for_it(monkeypatch):
    monkeypatch.setattr(shelf, "SOON_S", 60.0)
    light, heavy = one_owner(), one_owner(HEAVY)
    assert heavy == light
    other = one_owner()
    assert other != heavy
    assert one_owner() == other
    monkeypatch.setattr(shelf.time, "monotonic", lambda: 1e12)
    POOL.shelf.take(POOL.shelf._waiting[-1].seal).kill()  # the one that came last
    assert one_owner() == heavy


def test_an_owner_that_did_not_ask_neither_gets_nor_gives_a_used_process():
    used = one_owner()
    own = one_owner(isolation="session")
    assert own != used
    assert one_owner() == used


@pytest.mark.parametrize(
    "source",
    [
        "(loop [] (recur))",
        "(loop [v [1]] (recur (into v v)))",
        "(loop [n 0] (recur (inc n)))",
        "((fn f [n] (inc (f n))) 1)",
        '(apply str (repeat 2000000 "a"))',
        "(tool/die)",
    ],
)
def test_a_process_in_which_a_limit_was_reached_or_that_died_is_not_used_again(source):
    limits = Limits(timeout_ms=20_000, memory_bytes=8 << 20, loop_limit=10**6, max_result_bytes=1 << 20)
    pids = []

    def die():
        os.kill(pids[-1], signal.SIGKILL)

    with Session(isolation="reuse", limits=limits, tools={"die": die}) as session:
        session.eval("1")
        pids.append(session._worker.pid)
        assert not session.eval(source, limits=Limits(timeout_ms=400)).ok
        session.eval("1")
    assert one_owner() not in pids


def test_a_mistake_of_the_program_is_no_reason_to_end_the_process():
    used = one_owner("(/ 1 :a)")
    assert one_owner("(undefined-name 1)") == used
    assert one_owner('(fail "no")') == used
    assert one_owner() == used


def test_a_process_that_ends_while_it_waits_costs_the_next_owner_nothing():
    used = one_owner()
    os.kill(used, signal.SIGKILL)
    with Session(isolation="reuse", limits=PATIENT) as session:
        assert session.eval("(+ 1 2)").value == 3


def test_an_owner_that_may_take_more_than_the_last_one_gets_a_process_of_its_own():
    used, larger = one_owner(), Limits(timeout_ms=30_000, memory_bytes=512 << 20)
    other = one_owner(limits=larger)
    assert other != used
    assert one_owner(limits=larger) == one_owner() == other


def test_large_data_and_many_owners_end_a_process(monkeypatch):
    monkeypatch.setattr(shelf, "MOST_OWNERS", 3)
    rows = one_owner("(count data/rows)", context={"rows": [{"i": i} for i in range(50_000)]})
    pids = [one_owner() for _ in range(5)]
    assert rows not in pids
    assert pids[0] == pids[1] == pids[2]
    assert pids[3] == pids[4] != pids[2]


def test_a_session_that_is_closed_while_a_program_runs_gives_nothing_away():
    running = threading.Event()
    with Session(isolation="reuse", limits=PATIENT, tools={"wait": running.set}) as session:
        session.eval("1")
        pid = session._worker.pid
        thread = threading.Thread(target=session.eval, args=("(tool/wait) (loop [] (recur))",))
        thread.start()
        assert running.wait(20)
        session.close()
        thread.join(20)
    assert one_owner() != pid


def test_limits_of_memory_and_history_begin_anew():
    with Session(isolation="reuse", limits=PATIENT) as first:
        first.eval("(def xs (vec (range 20000)))")
        first.eval("(count xs)")
    with Session(isolation="reuse", limits=PATIENT) as second:
        step = second.eval("[*1 *2 *3]")
        assert step.value == [None, None, None]
        assert step.usage.memory_bytes < 1 << 20
        assert second.eval("xs").error.kind == "unbound_var"


PLANTED = r"""
import gc, os, socket, sys
from ptc_lisp.limits import Limits
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.worker import loop

SECRET = "s3cret" + "planted"
PROGRAMS = [
    '(def s3cretplanted-name data/s3cretplanted) (defn f-s3cretplanted [x] (str x data/s3cretplanted)) (f-s3cretplanted 1)',
    ':s3cretplanted-keyword',
    '(re-find #"s3cretplanted[a-z]+" "s3cretplantedx")',
    '(println "s3cretplanted" data/s3cretplanted)',
    '(get {:s3cretplanted-k "s3cretplanted-v"} :s3cretplanted-k)',
    "(symbol 's3cretplanted-symbol)",
    '(subs "s3cretplanted-long-text-é́" 3 9)',
    '(task "s3cretplanted-task" "s3cretplanted-done")',
    '(s3cretplanted-unknown 1)',
    '(/ "s3cretplanted" 2)',
    '(map :s3cretplanted-a [{:s3cretplanted-a 1}])',
    '((fn s3cretplanted-fn [n] (if (> n 0) (s3cretplanted-fn (dec n)) "s3cretplanted")) 5)',
    '(fail {:reason "s3cretplanted"})',
    '(def later (let [x "s3cretplanted"] (fn [] x)))',
]
place, _ = socket.socketpair()
loop.prepare(place)
for _ in loop.settle(place):
    pass
host, theirs = socket.socketpair()
os.dup2(theirs.fileno(), place.fileno())
worker = loop._READY[0]
sent = []
worker._channel.send_bytes = sent.append
for number, source in enumerate(PROGRAMS):
    first = number == 0
    frame = wire.Evaluate(
        id=number, source=source, limits=Limits(),
        tools={"s3cretplanted-tool": wire.Parameters(("s3cretplanted-arg",))} if first else {},
        context={SECRET: b"\xadsecret-" + b"value"[:5] + b"x"} if first else None,
        memory={SECRET + "-m": b"\xa3" + b"abc"} if first else None,
        history=[b"\xa9s3cretpla"] if first else None, journal={},
    )
    host.sendall(wire.pack(frame))
    worker.turn()
assert any(b"s3cretplanted" in each for each in sent)


def holders():
    found = []
    for thing in gc.get_objects():
        if thing is globals() or type(thing).__name__ == "frame":
            continue
        for part in gc.get_referents(thing):
            if type(part) is str and SECRET in part or type(part) in (bytes, bytearray) and SECRET.encode() in part:
                found.append((type(thing).__name__, repr(part)[:80], repr(thing)[:200]))
    return found


del frame, source, sent, PROGRAMS
worker._channel.send_bytes = None
before = len(holders())
good = loop._forget(worker)
worker.begin()
gc.collect()
left = [each for each in holders() if "holders" not in each[2]]
print(before > 20, good, left, bytes(worker._channel._space).strip(b"\0"))
"""


def test_nothing_that_lives_in_a_used_process_holds_what_an_owner_gave():
    """Names, keywords, patterns, texts, results, tasks, faults, tools, data: looked for in every object that there is."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PLANTED)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == "True True [] b''\n"


def test_agents_of_one_kind_share_processes_when_they_say_so():
    agent = SubAgent(isolation="reuse")
    for number in range(3):
        program = f"(def kept{number} {number}) (return [kept{number} data/kept *1])"
        step = agent.run("Go.", llm=ScriptedLLM([program]), context={"kept": None})
        assert step.value == [number, None, None]
    assert [worker.owners for worker in POOL.shelf._waiting] == [3]
    with pytest.raises(ValueError, match=r"SubAgent\.isolation must be"):
        SubAgent(isolation="shared")


def waiting():
    """The processes that wait for another owner."""
    return [worker.pid for worker in POOL.shelf._waiting]


def single(source="(+ 1 2)", **given):
    return run(source, isolation="reuse", limits=PATIENT, **given)


def test_single_programs_share_a_process_and_a_session_takes_it_over():
    assert single().value == 3
    first = waiting()
    for number in range(3):
        assert single("(def kept data/n)", context={"n": number}).memory["kept"] == number
        assert single("[data/n *1]").value == [None, None]
        assert single("kept").error.kind == "unbound_var"
    assert waiting() == first
    assert one_owner() == first[0]
    with Session(isolation="reuse", limits=PATIENT) as session:
        assert session.eval("(def kept 1)").ok
        assert session.eval("kept").value == 1, "a session is not forgotten between its programs"


def test_a_single_program_that_reaches_a_limit_ends_its_process():
    single()
    (used,) = waiting()
    step = run("(loop [] (recur))", isolation="reuse", limits=PATIENT)
    assert step.error.kind == "loop_limit_exceeded"
    assert used not in waiting()
    single()
    assert used not in waiting()


def test_answers_of_tools_that_come_after_the_end_are_nothing_to_the_next_owner():
    def slow():
        time.sleep(0.05)
        return "s3cret" * 20_000

    def broken():
        raise ValueError("no")

    for _ in range(5):
        step = single("(pcalls #(tool/broken) #(tool/slow))", tools={"slow": slow, "broken": broken})
        assert step.error.kind == "tool_error"
        assert single("(+ 1 2)").value == 3
