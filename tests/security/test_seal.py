"""The seal: what a worker gives up for good before its first program, so that a broken one cannot take it."""

from __future__ import annotations

import pytest

import ptc_lisp
from ptc_lisp import Limits, Session
from ptc_lisp.sandbox.attacks.arena import RawPool
from ptc_lisp.sandbox.seal import has_room_for, seal_for
from ptc_lisp.session import sessions

RAISE = "limit = resource.{0}; most = resource.getrlimit(limit)[1]; resource.setrlimit(limit, (most, most))\n"
TAKE = (
    RAISE.format("RLIMIT_DATA")
    + "taken = [mmap.mmap(-1, 1 << 28) and bytearray(1 << 20) for _ in range(2)]\n"
)


@pytest.fixture(scope="module")
def raw():
    with RawPool() as pool:
        yield pool


def test_memory_that_was_given_up_does_not_come_back(raw):
    take = "kept = [bytearray(1 << 28) for _ in range({0})]"
    assert raw.attempt(RAISE.format("RLIMIT_DATA") + take.format(1)) is None
    assert "MemoryError" in raw.attempt(RAISE.format("RLIMIT_DATA") + take.format(8))
    beyond = "resource.setrlimit(resource.RLIMIT_DATA, (1 << 40, 1 << 40))"
    assert "not allowed to raise" in raw.attempt(beyond)


def test_cpu_time_that_was_given_up_does_not_come_back(raw):
    assert raw.attempt("assert resource.getrlimit(resource.RLIMIT_CPU)[1] == 120") == "AssertionError: "
    found = raw.run("sock.sendall(done(frame, shown=str(resource.getrlimit(resource.RLIMIT_CPU)[1])))").result
    assert 60 <= int(found.shown) <= 130
    assert "not allowed to raise" in raw.attempt(
        "resource.setrlimit(resource.RLIMIT_CPU, (1 << 30, 1 << 30))"
    )


def test_without_a_seal_there_is_more_to_take():
    with RawPool(["resource-limits"]) as unsealed:
        assert unsealed.attempt(RAISE.format("RLIMIT_DATA") + "kept = [mmap.mmap(-1, 1 << 28, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(8)]") is None  # fmt: skip


def test_inputs_of_a_session_fit_under_its_seal():
    rows = [{"id": i, "tags": [], "more": {}} for i in range(100_000)]
    limits = Limits(timeout_ms=30_000, memory_bytes=32 << 20)
    with Session(context={"rows": rows}, limits=limits) as session:
        assert session.eval("(count data/rows)").unwrap() == 100_000
        assert session.eval("(count data/more)", data={"more": [{}] * 1_000_000}).unwrap() == 1_000_000


def test_later_inputs_without_room_get_a_fresh_worker_and_the_session_goes_on():
    much = "x" * (8 << 20)
    assert not has_room_for(len(much))
    with Session(limits=Limits(timeout_ms=30_000)) as session:
        session.eval("(def x 41)")
        first = session._worker
        assert session.eval("(+ x (count data/much))", data={"much": much}).unwrap() == 41 + len(much)
        assert session._worker is not first


def test_a_worker_that_has_spent_half_its_time_is_replaced_unnoticed(monkeypatch):
    monkeypatch.setattr(sessions, "seal_for", lambda limits, size: ptc_lisp.sandbox.wire.Seal(1 << 30, 1))
    with Session(limits=Limits(timeout_ms=30_000)) as session:
        session.eval("(def x 41)")
        first = session._worker
        for _ in range(500):
            assert session.eval("(reduce + (map inc (range 100000)))").ok
            if session._worker is not first:
                break
        assert session._worker is not first
        assert session.eval("(inc x)").unwrap() == 42


def test_the_seal_grows_with_limits_and_inputs():
    small, large = seal_for(Limits(), 0), seal_for(Limits(timeout_ms=60_000, memory_bytes=1 << 30), 1 << 20)
    assert large.memory_bytes > small.memory_bytes + (1 << 30) - (64 << 20)
    assert (small.cpu_s, large.cpu_s) == (60, 1_200)
