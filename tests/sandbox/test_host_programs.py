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


def test_what_a_signal_handler_raises_is_not_taken_for_one_of_ours():
    play("""
        import signal
        import ptc_lisp

        def handler(*_):
            raise TimeoutError("mine")

        def expect_mine(seconds, source):
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                print(ptc_lisp.run(source, limits=LIMITS).error)
            except TimeoutError as error:
                assert str(error) == "mine"
            else:
                raise AssertionError("it was swallowed")

        LIMITS = ptc_lisp.Limits(timeout_ms=20_000, loop_limit=10**15)
        signal.signal(signal.SIGALRM, handler)
        ptc_lisp.check("1")
        expect_mine(0.3, "(loop [] (recur))")

        from ptc_lisp.sandbox import launch, pool
        pool.POOL.shutdown()
        launch._BOOT = "import time; time.sleep(60)"
        expect_mine(0.3, "1")
        """)


@pytest.mark.parametrize(
    "error", ["BrokenPipeError", "TimeoutError", "BlockingIOError", "OSError", "ValueError"]
)
def test_what_on_print_raises_comes_out(error):
    play(f"""
        import ptc_lisp

        def on_print(text):
            raise {error}("mine")

        with ptc_lisp.Session() as session:
            try:
                session.eval("(println 1) 2", on_print=on_print)
            except {error} as error:
                assert str(error) == "mine"
            else:
                raise AssertionError("it was swallowed")
        """)


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)], ids=str)
def test_a_host_may_have_closed_its_standard_streams(closed, tmp_path):
    out = tmp_path / "out"
    code = f"""
        import os
        for fd in {closed}:
            os.close(fd)
        import ptc_lisp
        values = [ptc_lisp.run("(+ 1 2)").value for _ in range(4)]
        with ptc_lisp.Session() as session:
            session.eval("(def x 4)")
            if 1 in {closed}:
                try:
                    os.write(1, b"to nobody")
                except OSError:
                    pass
            values.append(session.eval("x").value)
        with open({str(out)!r}, "w") as file:
            print(values, file=file)
        os._exit(0)
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=False, timeout=60, capture_output=True
    )
    assert done.returncode == 0
    assert out.read_text() == "[3, 3, 3, 3, 4]\n"


def test_a_zygote_that_nobody_came_to_need_is_let_go_in_every_process():
    play("""
        import os
        import ptc_lisp

        ptc_lisp.warm_up()
        for runs in (False, True):
            child = os.fork()
            if child == 0:
                if runs:
                    assert ptc_lisp.run("(+ 1 2)").value == 3
                raise SystemExit
            assert os.waitpid(child, 0)[1] == 0
        """)


NO_THREADS = """
import asyncio, logging, threading
import ptc_lisp

logging.disable()  # asyncio tells of slow steps

async def later():
    return 1

def refuse(*_):
    raise RuntimeError("can't start new thread")

threading.Thread.start = refuse
for tools in ({"t": lambda: 1}, {"t": later}):
    for _ in range(2):
        assert ptc_lisp.run("(inc (tool/t))", tools=tools, limits=LIMITS).unwrap() == 2
        assert asyncio.run(ptc_lisp.arun("(inc (tool/t))", tools=tools, limits=LIMITS)).unwrap() == 2

def broken():
    raise RuntimeError("mine")

for step in (
    ptc_lisp.run("(tool/t)", tools={"t": broken}),
    asyncio.run(ptc_lisp.arun("(tool/t)", tools={"t": broken})),
):
    assert "mine" in step.error.message
"""


def test_tools_are_called_where_no_thread_can_start():
    play(NO_THREADS.replace("LIMITS", PATIENT))


def test_tools_are_called_from_threads_that_outlast_the_main_program():
    out = play("""
        import asyncio, logging, threading
        import ptc_lisp

        logging.disable()  # as above

        async def later():
            return 1

        def work():
            threading.main_thread().join()
            for tools in ({"t": lambda: 1}, {"t": later}):
                assert ptc_lisp.run("(inc (tool/t))", tools=tools).unwrap() == 2
                assert asyncio.run(ptc_lisp.arun("(inc (tool/t))", tools=tools)).unwrap() == 2
            print("done")

        threading.Thread(target=work).start()
        """)
    assert out == "done\n"


def test_tools_are_called_at_the_very_end_when_threads_do_not_run_any_more():
    out = play("""
        import atexit, builtins

        @atexit.register
        def go_on():
            assert session.eval("(inc (tool/t))").unwrap() == 2

        import ptc_lisp

        session = ptc_lisp.Session(tools={"t": lambda: 1})

        class Owner:
            session = session

            def __del__(self):
                print(self.session.eval("(inc (tool/t))").unwrap(), flush=True)

        builtins.kept = Owner()
        session.eval("(tool/t)")
        """)
    assert out == "2\n"


@pytest.mark.parametrize(
    "setting",
    [
        "socket.setdefaulttimeout(0)",
        "socket.setdefaulttimeout(0.01)",
        "socket.setdefaulttimeout(30)",
        "socket.socketpair = never_blocking",  # as gevent has it
    ],
)
def test_the_zygote_and_its_workers_do_not_share_the_hosts_timeouts(setting):
    play(f"""
        import os, signal, socket, time

        def never_blocking(*args, _original=socket.socketpair):
            pair = _original(*args)
            for one in pair:
                os.set_blocking(one.fileno(), False)
            return pair

        {setting}
        import ptc_lisp
        from ptc_lisp.sandbox.pool import POOL

        began = time.monotonic()
        assert [ptc_lisp.run("(+ 1 2)").value for _ in range(4)] == [3] * 4
        zygote = POOL._zygote
        with ptc_lisp.Session(context={{"x": "a" * 3_000_000}}, limits={PATIENT}) as session:
            for _ in range(100):
                assert session.eval("(count data/x)").value == 3_000_000
            pid = session._worker.pid
            time.sleep(1)  # until the zygote has nothing to do but to wait
            assert session.eval("(count data/x)").value == 3_000_000
            assert session._worker.pid == pid
            step = session.eval("(println 1) (loop [] (recur))", on_print=lambda _: os.kill(pid, signal.SIGKILL))
            assert step.error.details == {{"signal": "SIGKILL"}}
        assert [ptc_lisp.run("(+ 1 2)").value for _ in range(4)] == [3] * 4
        assert POOL._zygote is zygote
        assert time.monotonic() - began < 20
        """)


@pytest.mark.parametrize("room", [0, 2, 4])
def test_a_host_without_descriptors_is_told_so(room):
    play(f"""
        import os, resource
        import ptc_lisp
        from ptc_lisp import run
        from ptc_lisp.session import one_program  # loaded while there is room

        most = len(os.listdir("/proc/self/fd")) - 1 + {room}
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        try:
            run("1")
        except ptc_lisp.SandboxError as error:
            assert "Too many open files" in str(error)
        else:
            raise AssertionError("there was enough room")
        """)


def test_a_host_that_may_start_no_more_processes_is_told_so():
    out = play("""
        import resource
        import ptc_lisp

        resource.setrlimit(resource.RLIMIT_NPROC, (1, resource.getrlimit(resource.RLIMIT_NPROC)[1]))
        for start in (lambda: ptc_lisp.run("1"), lambda: ptc_lisp.Session().eval("1")):
            try:
                step = start()
            except ptc_lisp.SandboxError as error:
                assert "ulimit -u" in str(error) or "cannot start" in str(error)
            else:
                assert step.ok, step.error
                print("the limit does not hold for this user")
        """)
    if out:
        pytest.skip(out)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a matter of Linux")
def test_nothing_is_left_to_reap_by_the_first_process_of_a_container():
    play("""
        import ctypes, os, subprocess, sys

        PR_SET_CHILD_SUBREAPER = 36
        assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
        code = "import ptc_lisp; sessions = [ptc_lisp.Session() for _ in range(5)]; [s.eval('1') for s in sessions]"
        subprocess.run([sys.executable, "-c", code], check=True)
        try:
            print(os.waitpid(-1, 0))
        except ChildProcessError:
            pass
        else:
            raise AssertionError("there was one")
        """)


def test_a_tool_that_cannot_be_called_for_want_of_a_descriptor_is_no_crash():
    play("""
        import os, resource
        import ptc_lisp

        with ptc_lisp.Session(tools={"t": lambda: 1}) as session:
            session.eval("(def x 41)")
            before = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1, before[1]))
            try:
                print(session.eval("(tool/t)"))
            except ptc_lisp.SandboxError as error:
                assert "ulimit -n" in str(error)
            else:
                raise AssertionError("there was one")
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            assert session.eval("(+ x (tool/t))").unwrap() == 42
        """)
