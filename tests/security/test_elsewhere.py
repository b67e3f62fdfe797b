"""Where Linux has something that other systems lack, there is another way. Here: Linux without those things."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest

from ptc_lisp.sandbox.control import MAX_MESSAGE, MessageStream

POORER = """
import asyncio, os, socket, subprocess, sys, threading, time
sys.platform = "darwin"
del os.eventfd, os.EFD_CLOEXEC, os.EFD_NONBLOCK, socket.SOCK_SEQPACKET
import ptc_lisp
from ptc_lisp import Limits
"""


def poorer(code):
    done = subprocess.run(
        [sys.executable, "-c", POORER + code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n")[:-1]


def test_programs_run_in_processes_of_their_own():
    shown = poorer("""
assert ptc_lisp.run("(+ 1 2)").value == 3
with ptc_lisp.Session(tools={"t": lambda x: x + os.getpid()}) as session:
    assert session.eval("(def x (tool/t {:x 1}))").ok
    assert session.eval("(- x 1)").value == os.getpid()
    assert session.eval("(count (pmap #(tool/t {:x %}) (range 50)))").value == 50
    assert session._worker.pid not in (None, os.getpid())
assert asyncio.run(ptc_lisp.arun("(tool/t {:x 1})", tools={"t": lambda x: x})).value == 1
endless = Limits(timeout_ms=200, loop_limit=10**15)
print(ptc_lisp.run("(println 1) (loop [] (recur))", limits=endless).error.kind)
""")
    assert shown == ["timeout"]


def test_dead_workers_and_zygotes_are_noticed():
    shown = poorer("""
from ptc_lisp.sandbox.pool import POOL
with ptc_lisp.Session(limits=Limits(timeout_ms=20_000, loop_limit=10**15)) as session:
    session.eval("(def x 41)")
    kill = lambda _: os.kill(session._worker.pid, 9)
    print(session.eval("(println 1) (loop [] (recur))", on_print=kill).error.kind)
    os.kill(POOL._zygote._process.pid, 9)
    time.sleep(0.3)
    print(session.eval("(inc x)").value)
    print(ptc_lisp.run("(+ 1 2)").value)
""")
    assert shown == ["worker_crashed", "42", "3"]


@pytest.fixture
def streams():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with MessageStream(fileno=ours.detach()) as one, MessageStream(fileno=theirs.detach()) as other:
        yield one, other


def test_messages_stay_apart_on_a_stream(streams):
    one, other = streams
    sent = [b"K" * (1 + 8 * number) for number in range(100)]
    sender = threading.Thread(target=lambda: [one.send(message) for message in sent])
    sender.start()
    assert [other.recv(MAX_MESSAGE) for _ in sent] == sent
    sender.join()
    with pytest.raises(BlockingIOError):
        other.recv(MAX_MESSAGE, socket.MSG_DONTWAIT)
    one.close()
    assert other.recv(MAX_MESSAGE) == b""


def test_descriptors_travel_with_their_message(streams):
    one, other = streams
    with socket.socket() as passed:
        one.send(b"before")
        socket.send_fds(one, [b"F", b"1234"], [passed.fileno()])
    assert other.recv(MAX_MESSAGE) == b"before"
    message, fds, _, _ = socket.recv_fds(other, MAX_MESSAGE, 1)
    assert (message, len(fds)) == (b"F1234", 1)
    socket.socket(fileno=fds[0]).close()


def test_a_stream_that_ends_in_a_message_is_an_error(streams):
    one, other = streams
    socket.socket.sendall(one, b"\0\x10abc")
    one.close()
    with pytest.raises(ConnectionResetError):
        other.recv(MAX_MESSAGE)
