"""Workers that are forked before the zygote is through with what makes them quick are workers like all others."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="looks at processes through /proc"
)

PROTECTED = """
import json, os, time
import ptc_lisp
from ptc_lisp.sandbox.pool import POOL

def seen():
    with ptc_lisp.Session() as session:
        assert session.eval("(+ 1 2)").value == 3
        folder = f"/proc/{session._worker.pid}"
        status = dict(line.split(":", 1) for line in open(f"{folder}/status").read().splitlines())
        names = ("Seccomp", "Seccomp_filters", "NoNewPrivs", "CapEff", "CapBnd", "SigBlk", "Uid", "Threads")
        limits = [line for line in open(f"{folder}/limits") if not line.startswith("Max data")]
        return [{name: status.get(name) for name in names}, limits, sorted(map(int, os.listdir(f"{folder}/fd")))]

early, layers = seen(), ptc_lisp.protections()
zygote = POOL._zygote._process.pid
deadline = time.monotonic() + 20
while len(os.listdir(f"/proc/{zygote}/fd")) > 4 and time.monotonic() < deadline:
    time.sleep(0.05)
print(json.dumps([early, seen(), str(layers) == str(ptc_lisp.protections()), len(os.listdir(f"/proc/{zygote}/fd"))]))
"""

AT_ONCE = """
import ptc_lisp
limits = ptc_lisp.Limits(memory_bytes=20 << 20, timeout_ms=20_000)
steps = [ptc_lisp.run("(count (vec (range %d)))" % n, limits=limits) for n in (2_000_000, 1_000) * 10]
assert [step.value for step in steps[1::2]] == [1_000] * 10
assert {step.faults[0].kind for step in steps[::2]} == {"memory_exceeded"}, steps
assert [ptc_lisp.run(f"(* 7 {n})").value for n in range(30)] == list(range(0, 210, 7))
"""

NOT_AGAIN = """
import socket
from ptc_lisp.sandbox.worker import loop
place, _ = socket.socketpair()
loop.prepare(place)
assert loop._forget(loop._READY[0]) is False
for _ in loop.settle(place):
    pass
loop._READY[0].begin()
assert loop._forget(loop._READY[0]) is True
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_worker_is_as_locked_down_as_a_later_one():
    early, later, same_layers, open_in_zygote = json.loads(run(PROTECTED))
    assert early == later
    assert early[2] == [0, 1, 2, 3]
    assert same_layers
    assert open_in_zygote == 4  # its three standard ones and the host


def test_programs_right_after_the_start_have_their_limits_and_their_answers():
    run(AT_ONCE)


def test_a_worker_that_cannot_forget_yet_serves_one_owner():
    run(NOT_AGAIN)
