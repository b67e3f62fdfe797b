"""Host programs that do what is allowed at awkward moments: each ends in time, with its own results and without a complaint."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PATIENT = "ptc_lisp.Limits(timeout_ms=20_000)"


def play(code, *options):
    """Runs a host program as its users would: everything that Python would warn of is an error."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", *options, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    "place",
    [
        "ptc_lisp.sandbox.launch.zygote",
        "ptc_lisp.sandbox.launch.ZygoteProcess.fork",
        "ptc_lisp.sandbox.ahead.Ahead._start",
        "ptc_lisp.sandbox.shelf.Shelf._fitting",
    ],
)
def test_a_signal_handler_may_run_programs_whatever_it_interrupts(place):
    play(f"""
        import functools, pkgutil, signal
        import ptc_lisp
        from ptc_lisp.session import sessions

        seen = []

        def run(isolation):
            return ptc_lisp.run("(+ 1 2)", isolation=isolation, limits={PATIENT}).value

        def handler(*_):
            if len(seen) < 5:
                seen.append(1)
                assert (run("run"), run("reuse"), run("run")) == (3, 3, 3)

        owner, _, name = {place!r}.rpartition(".")
        owner = pkgutil.resolve_name(owner)
        original = getattr(owner, name)

        @functools.wraps(original)
        def interrupted(*args):
            signal.raise_signal(signal.SIGUSR1)
            return original(*args)

        setattr(owner, name, interrupted)
        signal.signal(signal.SIGUSR1, handler)
        for _ in range(4):
            assert (run("run"), run("reuse")) == (3, 3)
        assert seen
        """)


def test_an_atexit_handler_may_wait_for_a_thread_that_runs_programs():
    out = play("""
        import atexit, queue, threading
        todo, done = queue.Queue(), []

        def finish():
            todo.put("(+ 1 2)")
            todo.put(None)
            thread.join(30)
            print(done, thread.is_alive())

        atexit.register(finish)
        import ptc_lisp

        def work():
            while (program := todo.get()) is not None:
                done.append(ptc_lisp.run(program).value)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        for _ in range(3):
            ptc_lisp.run("1")
        """)
    assert out == "[3] False\n"


def test_sessions_may_be_closed_by_finalizers_at_the_very_end():
    play("""
        import builtins
        import ptc_lisp

        class Owner:
            def __init__(self):
                self.session = ptc_lisp.Session()
                self.session.eval("(def x 1)")

            def __del__(self):
                self.session.close()

        builtins.kept = [Owner() for _ in range(4)]
        """)
