"""Using a session while it runs a program: nobody waits for ever, and nobody waits longer than needed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time

import pytest
import trio

import ptc_lisp
from ptc_lisp import Limits, Session

ENDLESS = "(println 1) (loop [] (recur))"
LIMITS = Limits(timeout_ms=60_000, loop_limit=10**15)


def _sync(session, source, **options):
    return session.eval(source, **options)


def _asyncio(session, source, **options):
    return asyncio.run(session.aeval(source, **options))


def _trio(session, source, **options):
    async def main():
        return await session.aeval(source, **options)

    return trio.run(main)


DRIVERS = pytest.mark.parametrize("evaluate", [_sync, _asyncio, _trio])


@DRIVERS
@pytest.mark.parametrize("place", ["in between", "in another thread"])
def test_closing_a_session_ends_its_program_at_once(evaluate, place):
    began = time.monotonic()
    with Session(limits=LIMITS) as session:
        session.eval("(def x 1)")
        sock = session._worker.sock
        close = session.close if place == "in between" else threading.Timer(0.2, session.close).start
        step = evaluate(session, ENDLESS, on_print=lambda _: close())
        assert step.error.kind == "worker_crashed"
        assert sock.fileno() == -1
        with pytest.raises(RuntimeError, match="closed"):
            session.eval("1")
    assert time.monotonic() - began < 20
    assert ptc_lisp.run("(+ 1 2)").value == 3


def test_another_task_may_close_a_session_without_disturbing_others():
    async def main():
        for _ in range(3):
            session = Session(limits=LIMITS)
            await session.aeval("1")
            task = asyncio.create_task(session.aeval(ENDLESS))
            await asyncio.sleep(0.05)
            session.close()
            steps = await asyncio.gather(*(ptc_lisp.arun("(+ 1 2)", limits=LIMITS) for _ in range(3)))
            assert [step.value for step in steps] == [3, 3, 3]
            assert (await task).error.kind == "worker_crashed"

    began = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - began < 20


@DRIVERS
@pytest.mark.parametrize(
    "use",
    [
        lambda session: session.eval("1"),
        lambda session: session.check("1"),
        lambda session: session.define({"x": 1}),
    ],
)
def test_what_would_wait_for_itself_is_refused(evaluate, use):
    with Session(limits=LIMITS) as session:
        with pytest.raises(RuntimeError, match="another session"):
            evaluate(session, "(println 1) 2", on_print=lambda _: use(session))
        assert session.eval("(+ 1 2)").value == 3


def test_a_coroutine_waits_for_another_one_of_its_thread():
    async def main(session):
        steps = await asyncio.gather(*(session.aeval(f"(* 2 {number})") for number in range(5)))
        return [step.value for step in steps]

    with Session(limits=LIMITS) as session:
        assert asyncio.run(main(session)) == [0, 2, 4, 6, 8]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forks beside threads
def test_a_session_that_another_thread_used_at_the_fork_is_free_in_the_child():
    with Session(limits=LIMITS) as session:
        session.eval("(def x 41)")
        busy = threading.Event()
        thread = threading.Thread(
            target=session.eval, args=(ENDLESS,), kwargs={"on_print": lambda _: busy.set()}
        )
        thread.start()
        assert busy.wait(20)
        child = os.fork()
        if child == 0:
            threading.Timer(20, os._exit, (2,)).start()
            os._exit(0 if session.eval("(inc x)").value == 42 else 1)
        assert os.waitpid(child, 0)[1] == 0
        session.close()
        thread.join(20)
        assert not thread.is_alive()


def test_an_exception_of_a_signal_handler_leaves_no_session_taken():
    class AlarmError(Exception):
        pass

    def stop(*_):
        raise AlarmError

    before = signal.signal(signal.SIGALRM, stop)
    session, stops, ends = Session(), 0, time.monotonic() + 20
    try:
        while stops < 2_000 and time.monotonic() < ends:
            with contextlib.suppress(AlarmError):
                stops += 1
                signal.setitimer(signal.ITIMER_REAL, 0.00002 + stops % 50 * 0.000002)
                for _ in range(100):
                    session.define({})
    finally:
        with contextlib.suppress(AlarmError):
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with session:
        assert session.eval("(+ 1 2)").value == 3
