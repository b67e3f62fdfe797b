"""What the worker that compiles a prelude may answer: everything but a sound description is refused."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

import ptc_lisp
from ptc_lisp.prelude import compiling
from ptc_lisp.prelude.parts import Export, Flaw, Namespace
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.pool import FULL


@pytest.fixture
def answered(monkeypatch):
    """Compiles a source; a worker that is controlled by somebody else answers with these bytes, then closes or waits."""
    sockets = []

    def ask(data: bytes, *, closes: bool = True):
        ours, theirs = socket.socketpair()
        sockets.extend((ours, theirs))

        def answer():
            theirs.recv(1 << 16)
            with theirs if closes else threading.Lock():
                theirs.sendall(data)

        thread = threading.Thread(target=answer)
        thread.start()
        worker = SimpleNamespace(sock=ours, kill=ours.close)
        monkeypatch.setattr(compiling, "FULL", SimpleNamespace(take=lambda: worker))
        try:
            return compiling._asked("(ns a)", None)
        finally:
            thread.join()

    yield ask
    for each in sockets:
        each.close()


def built(*namespaces: Namespace, **fields) -> bytes:
    return wire.pack(wire.PreludeBuilt(1, namespaces, **fields))


def test_an_honest_answer_is_taken(answered):
    space = Namespace(name="a", exports=(Export(ref="a/f", symbol="f", arities=(1,)),))
    assert answered(built(space, code=(b"x",))) == compiling.Made((space,), (b"x",))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0",
        b"\0\0\0\3\xc1\xc1\xc1",
        (100).to_bytes(4, "big") + b"x",
        (1 << 31).to_bytes(4, "big") + b"x" * 1_000,
        built(),
        built(Namespace(name="a"), Namespace(name="a")),
        built(Namespace(name="a b")),
        built(Namespace(name="a"), code=(b"x", b"y")),
        built(Namespace(name="a", exports=(Export(ref="b/f", symbol="f"),))),
        built(Namespace(name="a", exports=(Export(ref="a/f\n", symbol="f\n"),))),
    ],
)
def test_other_answers_are_flaws(answered, data):
    found = answered(data)
    assert isinstance(found, Flaw)
    assert found.reason == "compile_error"


def test_a_reason_that_does_not_exist_is_none(answered):
    found = answered(built(flaw=Flaw(reason="because", message="x")))
    assert (found.reason, found.message) == ("compile_error", "x")


def test_silence_ends(answered, monkeypatch):
    monkeypatch.setattr(compiling, "COMPILE_MS", 50)
    monkeypatch.setattr(compiling, "_GRACE_S", 0.05)
    assert "longer than 50 ms" in answered(b"\0\0", closes=False).message


def test_a_worker_that_ended_without_an_answer_says_nothing_about_the_source():
    """Somebody may have killed it; the next one compiles the same source."""
    source = "(ns slow) (def sum (reduce + (range 3000000)))"
    ptc_lisp.compile_prelude("(ns quick)")  # the zygote runs
    zygote = FULL._zygote._process.pid
    enough = threading.Event()

    def kill():
        while not enough.wait(0.001):
            for pid in children(zygote):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(ptc_lisp.PreludeError, match="ended without an answer"):
            ptc_lisp.compile_prelude(source)
    finally:
        enough.set()
        killer.join()
    assert [export.ref for export in ptc_lisp.compile_prelude(source).exports] == ["slow/sum"]


def children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def test_another_frame_is_no_answer(answered):
    with pytest.raises(ptc_lisp.SandboxError):
        answered(wire.pack(wire.Handoff(1)))
