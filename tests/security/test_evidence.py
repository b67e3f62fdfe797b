"""What `ptc doctor` lists is what the kernel says about a real worker, not what we hope."""

from __future__ import annotations

import os
import sys

import pytest

import ptc_lisp
from ptc_lisp.limits import LAYERS
from ptc_lisp.sandbox.evidence import confirmed
from ptc_lisp.sandbox.inspection import inspect_worker
from ptc_lisp.sandbox.pool import Pool
from ptc_lisp.sandbox.wire import Layer

CLAIMED = [Layer(name, True) for name in LAYERS]


def off(layers):
    return {layer.name for layer in layers if not layer.active}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel shows this on Linux")
def test_claims_that_the_kernel_denies_are_not_believed():
    """This process claims what only a worker has."""
    found = confirmed(CLAIMED, os.getpid())
    assert {"no-new-privileges", "seccomp", "descriptors"} <= off(found)
    assert next(layer for layer in found if layer.name == "seccomp").detail


def test_a_process_that_is_gone_denies_nothing():
    assert confirmed(CLAIMED, 2**22 + 1) == CLAIMED


def test_claims_of_a_worker_are_confirmed():
    layers = ptc_lisp.protections()
    with ptc_lisp.Session() as session:
        session.eval("1")
        assert confirmed(layers, session._worker.pid) == layers


def test_layers_that_were_not_applied_are_not_listed():
    pool = Pool("ptc_lisp.sandbox.worker.loop:seccomp,no-new-privileges")
    try:
        assert {layer.name for layer in inspect_worker(pool)} == {"process", "seccomp", "no-new-privileges"}
    finally:
        pool.shutdown()


def test_without_the_kernel_interfaces_of_linux_the_lockdown_says_what_is_missing():
    """As elsewhere than on Linux: no libc to ask. Applied in a child, since limits cannot be taken back."""
    code = (
        "import sys; sys.platform = 'darwin'\n"
        "from ptc_lisp.sandbox.worker.lockdown import Lockdown\n"
        "lockdown = Lockdown(); lockdown._zygote_pid = __import__('os').getppid(); lockdown.zygote()\n"
        "print([(layer.name, layer.active, layer.detail) for layer in lockdown.worker()()])\n"
    )
    import ast  # noqa: PLC0415 - only here
    import subprocess  # noqa: PLC0415 - only here

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = {name: (active, detail) for name, active, detail in ast.literal_eval(done.stdout)}
    assert tuple(found) == LAYERS
    assert {name for name, (active, _) in found.items() if active} == {
        "process",
        "resource-limits",
        "descriptors",
    }
    assert all(detail for active, detail in found.values() if not active)
