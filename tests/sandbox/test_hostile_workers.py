"""A worker that lies, floods, stalls or dies: how the host reports it. All the lies are in tests/security."""

from __future__ import annotations

import time

import pytest

from ptc_lisp import Limits
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.attacks.corpus import attempts
from ptc_lisp.sandbox.exchange import Exchange
from ptc_lisp.values import codec

GOOD = "sock.sendall(done(frame))"
FORGED = {attempt.name: attempt.code for attempt in attempts("frames")}


def test_an_honest_worker_is_believed(raw):
    result, kill = raw.run(GOOD)
    assert (result.ok, result.value, kill) == (True, None, False)


def test_too_much_print_is_a_crash_and_what_was_printed_stays(raw):
    flood = "[sock.sendall(wire.pack(wire.Printed(7, ['x' * 100_000]))) for _ in range(300)]\nsock.sendall(done(frame))"
    result, kill = raw.run(flood, max_print_bytes=1_000)
    assert kill
    assert result.faults[0].details == {"violation": "it printed more than its limit"}
    assert 0 < len(result.prints) < 300


def test_a_result_above_the_limit_is_a_crash(raw):
    result, _ = raw.run(
        "sock.sendall(done(frame, value=b'\\xdb\\0\\0\\x10\\0' + b'x' * 4096))", max_result_bytes=1_000
    )
    assert result.faults[0].details == {"violation": "its result is larger than the limit"}


@pytest.mark.parametrize(
    "code, details",
    [
        ("os._exit(3)", {"exit_status": 3}),
        ("sock.sendall(done(frame)[:7])\nos._exit(0)", {"exit_status": 0}),
        ("signal.signal(signal.SIGSEGV, signal.SIG_DFL)\nctypes.string_at(0)", {"signal": "SIGSEGV"}),
    ],
)
def test_a_death_is_told_with_its_status(raw, code, details):
    result, kill = raw.run(code)
    assert kill
    assert result.faults[0].kind == "worker_crashed"
    assert result.faults[0].details == details


@pytest.mark.parametrize(
    "journal, ident, value, words",
    [
        ({}, "x", codec.encode("x" * 4096), "it journalled a value larger than the limit"),
        ({}, "x" * 20_000, b"\x01", "it journalled what nobody keeps"),
        (None, "x", b"\x01", "it journalled what nobody keeps"),
    ],
)
def test_a_journal_is_judged_like_a_result(journal, ident, value, words):
    limits = Limits(max_result_bytes=1_000)
    exchange = Exchange(wire.Evaluate(id=7, source="1", limits=limits, tools={}, journal=journal), limits)
    [end] = exchange.receive(wire.pack(wire.Journalled(7, ident, value)))
    assert end.kill
    assert end.result.faults[0].details == {"violation": words}


def test_prints_before_a_death_are_kept(raw):
    result, _ = raw.run("sock.sendall(wire.pack(wire.Printed(7, ['a', 'b'])))\nos._exit(1)")
    assert result.prints == ("a", "b")


def test_a_worker_that_never_answers_is_killed_at_the_deadline(raw):
    began = time.monotonic()
    result, kill = raw.run(FORGED["no answer, and deaf"], timeout_ms=100)
    assert kill
    assert result.faults[0].kind == "timeout"
    assert time.monotonic() - began < 20  # it would never end by itself


def test_the_pool_goes_on_after_all_that(raw):
    assert raw.run(GOOD)[0].ok


def test_a_hostile_result_costs_the_host_little_memory(raw):
    import resource  # noqa: PLC0415 - Unix only, like workers

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result, _ = raw.run(FORGED["a value of millions of empty vectors"])
    assert result.faults[0].details == {"violation": "its result has too many parts"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
