"""A worker that lies, floods, stalls or dies: the host reports it, kills it and is unharmed."""

from __future__ import annotations

import time

import pytest

GOOD = "sock.sendall(done(frame))"
ATTACKS = {
    "garbage instead of a frame": "sock.sendall(b'\\xff' * 100)",
    "bytes that are no msgpack": "sock.sendall(b'\\0\\0\\0\\3\\xc1\\xc1\\xc1')",
    "a frame of an unknown kind": "sock.sendall(b'\\0\\0\\0\\2\\x91\\xc0')",
    "an oversized frame announced": "sock.sendall((0xfffffff0).to_bytes(4, 'big'))",
    "the answer to another evaluation": "sock.sendall(done(frame, id=8))",
    "two answers": "sock.sendall(done(frame) * 2)",
    "an answer and half another": "sock.sendall(done(frame) + done(frame)[:9])",
    "a tool call after the end": "sock.sendall(done(frame) + wire.pack(wire.ToolRequest(7, 1, 't', b'\\x80')))",
    "a tool call with a wrong number": "sock.sendall(wire.pack(wire.ToolRequest(7, 5, 't', b'\\x80')))",
    "tool arguments that are no map": "sock.sendall(wire.pack(wire.ToolRequest(7, 1, 't', b'\\x01')))",
    "tool arguments that are no value": "sock.sendall(wire.pack(wire.ToolRequest(7, 1, 't', b'\\xc1')))",
    "success with a value that is none": "sock.sendall(done(frame, value=b'\\xc1'))",
    "a value with an unknown extension": "sock.sendall(done(frame, value=b'\\xd4\\x63\\x00'))",
    "a value nested without end": "sock.sendall(done(frame, value=b'\\x91' * 200_000 + b'\\xc0'))",
    "a value of millions of empty vectors": "sock.sendall(done(frame, value=b'\\xdd\\0\\x3d\\x09\\0' + b'\\x90' * 4_000_000))",
    "a value that announces more than it has": (
        "sock.sendall(done(frame, value=b'\\xdd\\0\\xff\\xff\\xff' * 900 + b'\\0' * 15_000_000))"
    ),
    "a failure value of millions of maps": (
        "sock.sendall(done(frame, ok=False, failed=b'\\xdd\\0\\x3d\\x09\\0' + b'\\x80' * 4_000_000))"
    ),
    "memory of millions of vectors": "sock.sendall(done(frame, memory={'x': b'\\xdd\\0\\x3d\\x09\\0' + b'\\x90' * 4_000_000}))",
    "millions of names": "sock.sendall(done(frame, summaries={str(i): '' for i in range(1_000_000)}))",
    "a tool call with millions of arguments": (
        "sock.sendall(wire.pack(wire.ToolRequest(7, 1, 't', b'\\x81\\xa1x\\xdd\\0\\x3d\\x09\\0' + b'\\x90' * 4_000_000)))"
    ),
    "a tool call with an endless path": "sock.sendall(wire.pack(wire.ToolRequest(7, 1, 't', b'\\x80', (1,) * 100_000)))",
    "failure without a fault": "sock.sendall(done(frame, ok=False))",
    "a report that nobody asked for": "sock.sendall(wire.pack(wire.Inspected(7, [])))",
    "a fault with an extension inside": (
        "body = wire._encoder.encode(['done', 7, False, b'', '', [{'kind': 'failed', 'phase': 'run', 'message': '', "
        "'details': {'x': wire.msgspec.msgpack.Ext(5, b'')}}], False, None, {}, {}, {}, {}, 0, 0, False])\n"
        "sock.sendall(len(body).to_bytes(4, 'big') + body)"
    ),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_broken_rule_is_a_crash(raw, attack):
    result, kill = raw.run(attack)
    assert (result.ok, kill) == (False, True)
    assert result.faults[0].kind == "worker_crashed"
    assert result.faults[0].details["violation"]


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


def test_prints_before_a_death_are_kept(raw):
    result, _ = raw.run("sock.sendall(wire.pack(wire.Printed(7, ['a', 'b'])))\nos._exit(1)")
    assert result.prints == ("a", "b")


@pytest.mark.parametrize(
    "code",
    [
        "time.sleep(60)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass",
        "sock.sendall(b'\\0\\0\\1')\ntime.sleep(60)",
        "sock.sendall((100).to_bytes(4, 'big') + b'\\x91')\ntime.sleep(60)",
    ],
)
def test_a_worker_that_never_answers_is_killed_at_the_deadline(raw, code):
    began = time.monotonic()
    result, kill = raw.run(code, timeout_ms=100)
    assert kill
    assert result.faults[0].kind == "timeout"
    assert time.monotonic() - began < 3


def test_the_pool_goes_on_after_all_that(raw):
    assert raw.run(GOOD)[0].ok


def test_a_hostile_result_costs_the_host_little_memory(raw):
    import resource  # noqa: PLC0415 - Unix only, like workers

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result, _ = raw.run(ATTACKS["a value of millions of empty vectors"])
    assert result.faults[0].details == {"violation": "its result has too many parts"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
