"""A host that is interrupted anywhere, forks, or ends with work under way: it ends in time and leaves nobody behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ANYTHING = """
import signal, threading
import ptc_lisp
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup` ignores it for all that it starts
print("ready", flush=True)
def work():
    while True:
        with ptc_lisp.Session(tools={"t": lambda x: x}) as session:
            session.eval("(def x 1) (tool/t {:x 2})")
            session.eval("(inc x)")
"""


HOSTS = []


@pytest.fixture(autouse=True)
def no_host_outlives_its_test():
    yield
    while HOSTS:
        process = HOSTS.pop()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def host(code):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    HOSTS.append(process)
    return process


def of_session(leader):
    """Processes of the descendants: the zygote has a session of its own, so they are found by their parents."""
    children = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, pending = [], [leader]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += below
    return found


def begun(leader):
    """The descendants, as soon as there are some; a busy machine takes its time."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if found := of_session(leader):
            return found
        time.sleep(0.02)
    return []


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(process, started, timeout=30):
    """Whether the host and all that it had started are gone in time; its complaints."""
    _, complaints = process.communicate(timeout=timeout)
    return all_gone(started), complaints


def all_gone(started):
    """Whether processes end; the kernel needs a moment to pass on that their host did."""
    limit = time.monotonic() + 10
    while any(map(alive, started)) and time.monotonic() < limit:
        time.sleep(0.02)
    return not any(map(alive, started))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
@pytest.mark.parametrize("moment", [0.0, 0.15, 0.6])
def test_a_signal_at_any_moment_ends_everything(number, moment):
    """Also while the first worker starts (0.0) and in the middle of turnover."""
    process = host(ANYTHING + "work()")
    assert process.stdout.readline() == "ready\n"
    time.sleep(moment + random.Random(number).random() / 20)
    started = of_session(process.pid)
    os.killpg(process.pid, number)  # the whole group, as a terminal does
    gone, complaints = ends(process, started)
    assert gone
    assert process.returncode != 0
    if number == signal.SIGINT:
        assert complaints.rstrip().endswith("KeyboardInterrupt")


def test_the_interpreter_ends_while_threads_still_run_programs():
    code = ANYTHING + textwrap.dedent("""
        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
        import time; time.sleep(2)
    """)
    process = host(code)
    assert process.stdout.readline() == "ready\n"
    started = begun(process.pid)
    assert started
    gone, complaints = ends(process, started)
    assert gone
    # Threads that complained while the interpreter ends could take the lock of stderr with them: CPython aborts then.
    assert (process.returncode, complaints) == (0, "")


def test_event_loops_that_are_closed_with_programs_under_way():
    code = """
        import asyncio, threading
        import ptc_lisp
        limits = ptc_lisp.Limits(timeout_ms=60_000, loop_limit=10**15)
        async def main():
            tasks = [asyncio.create_task(ptc_lisp.arun("(loop [] (recur))", limits=limits)) for _ in range(3)]
            await asyncio.sleep(0.5)
            return (await ptc_lisp.arun("(+ 1 2)", limits=limits)).value
        values = []
        threads = [threading.Thread(target=lambda: values.append(asyncio.run(main()))) for _ in range(3)]
        print("ready", flush=True)
        [thread.start() for thread in threads]; [thread.join() for thread in threads]
        print(values, ptc_lisp.run("(+ 1 2)").value, flush=True)
    """
    process = host(code)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.5)
    started = of_session(process.pid)
    shown, complaints = process.communicate(timeout=60)
    assert (shown, complaints) == ("[3, 3, 3] 3\n", "")
    assert all_gone(started)


def test_forks_while_threads_run_programs_and_both_sides_go_on():
    """A child of the host neither hangs on locks that threads held, nor ends what belongs to its parent."""
    code = """
        import os, sys, threading, warnings
        import ptc_lisp
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and later warn of any fork beside threads
        limits = ptc_lisp.Limits(timeout_ms=60_000)
        kept = ptc_lisp.Session(limits=limits); kept.eval("(def x 41)")
        stop, bad = threading.Event(), []
        def work(number):
            while not stop.is_set():
                step = ptc_lisp.run(f"(* {number} 2)", limits=limits)
                if step.value != number * 2: bad.append(step)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        [thread.start() for thread in threads]
        codes = []
        for round in range(6):
            pid = os.fork()
            if pid == 0:
                good = True
                if round % 3 == 0: good = ptc_lisp.run("(+ 1 2)", limits=limits).value == 3
                if round % 3 == 1: good = kept.eval("(inc x)").value == 42
                # The ordinary way out: handlers at exit run in the child too.
                sys.exit(0 if good else 5)
            codes.append(os.waitpid(pid, 0)[1])
        stop.set(); [thread.join() for thread in threads]
        print(codes, bad, kept.eval("(inc x)").value, flush=True)
    """
    process = host(code)
    shown, complaints = process.communicate(timeout=120)
    assert (shown, complaints) == ("[0, 0, 0, 0, 0, 0] [] 42\n", "")


@pytest.mark.parametrize("moment", [0.02, 0.04, 0.06])
def test_a_fork_while_a_thread_loads_what_the_first_program_needs(moment):
    """The child has to load it too, and nobody there would release the lock of a module that is half loaded."""
    code = f"""
        import os, threading, time, warnings
        import ptc_lisp
        warnings.simplefilter("ignore", DeprecationWarning)
        first = threading.Thread(target=lambda: ptc_lisp.run("(+ 1 2)"))
        first.start()
        time.sleep({moment})
        pid = os.fork()
        if pid == 0:
            os._exit(0 if ptc_lisp.run("(+ 1 2)").value == 3 else 5)
        print(os.waitpid(pid, 0)[1], flush=True)
        first.join()
    """
    shown, complaints = host(code).communicate(timeout=60)
    assert (shown, complaints) == ("0\n", "")
