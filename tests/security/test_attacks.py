"""The corpus of `ptc doctor --attack`: all of it is stopped, and the verdicts would show it if it were not."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

import msgspec
import pytest

import ptc_lisp
from ptc_lisp.limits import LAYERS
from ptc_lisp.sandbox.attacks.arena import RawPool, target
from ptc_lisp.sandbox.attacks.campaign import (
    ALONE,
    CONTROL,
    by_host,
    by_kernel,
    by_language,
    expected_real,
    made,
)
from ptc_lisp.sandbox.attacks.corpus import attempts

KERNEL = {attempt.name: attempt for attempt in attempts("kernel")}
NEEDS_EVERY_LAYER = "on this system some layer is missing: `ptc doctor` says which"


@pytest.fixture(scope="module")
def in_force():
    return {layer.name for layer in ptc_lisp.protections() if layer.active}


@pytest.fixture(scope="module")
def every_layer(in_force):
    if in_force != set(LAYERS):
        pytest.skip(NEEDS_EVERY_LAYER)


def through(verdicts):
    return {f"{v.group}: {v.name}": v.ended for v in verdicts if not v.stopped}


def test_no_program_gets_out_of_the_language_or_beyond_its_limits():
    verdicts = list(by_language(attempts("language")))
    assert len(verdicts) >= 90
    assert through(verdicts) == {}
    assert {by for verdict in verdicts for by in verdict.by} >= {"language", "limits"}


@pytest.mark.usefixtures("every_layer")
def test_raw_python_gets_out_of_no_worker_and_each_attempt_is_real():
    verdicts = list(by_kernel(KERNEL.values()))
    assert through(verdicts) == {}
    unreal = {v.name for v in verdicts if not v.real and expected_real(KERNEL[v.name])}
    assert not unreal, "an attempt that fails without protection proves nothing"


def test_no_frame_fools_the_host():
    verdicts = list(by_host(attempts("frames")))
    assert len(verdicts) >= 40
    assert through(verdicts) == {}


# --- the verdicts can be bad ---------------------------------------------------------------------------------------------


def test_without_protection_an_attempt_gets_through(tmp_path):
    (tmp_path / "secret").write_text("s3cret")
    tmp_path.chmod(0o755)
    read = f"assert open({str(tmp_path / 'secret')!r}).read() == 's3cret'"
    with RawPool(CONTROL) as pool:
        assert pool.attempt(read) is None
        assert pool.attempt("os.waitpid(os.fork() or os._exit(0), 0)") is None


def test_an_attempt_that_cannot_be_made_is_no_success_of_the_sandbox():
    with RawPool(CONTROL) as pool, pytest.raises(RuntimeError, match="this attempt cannot be made"):
        pool.attempt("no_such_name")


def test_a_program_that_ends_otherwise_than_expected_is_not_stopped():
    [attempt] = [a for a in attempts("language") if a.name == "deep recursion"]
    [verdict] = by_language([msgspec.structs.replace(attempt, code="(+ 1 2)")])
    assert (verdict.stopped, verdict.by, verdict.ended) == (False, (), "3")


def test_an_honest_frame_is_believed():
    [attempt] = [a for a in attempts("frames") if a.name == "two answers"]
    [verdict] = by_host([msgspec.structs.replace(attempt, code="sock.sendall(done(frame))")])
    assert (verdict.stopped, verdict.ended) == (False, "believed")


# --- each layer alone ----------------------------------------------------------------------------------------------------

ROOT = os.geteuid() == 0
STOPS = {
    "namespaces": ["connecting over TCP", "sending over UDP", "connecting to an abstract socket"],
    "capabilities": ["becoming root", "keeping a capability", "signalling the host", "limits of a process"],
    "resource limits": ["writing a file", "forking", "starting a thread", "more memory than allowed",
                        "memory that no limit counts", "very many descriptors"],
    "landlock": ["reading a file", "reading a folder", "starting a program", "connecting over TCP", "listening on TCP",
                 "signalling a process", "the environment of a process"],
    "seccomp": [name for name in KERNEL if KERNEL[name].control == "anybody" and name != "more memory than allowed"],
}  # fmt: skip


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these layers belong to Linux")
@pytest.mark.parametrize("layer", ALONE)
def test_a_layer_by_itself_stops_what_it_is_for(layer, in_force):
    if not in_force.issuperset(ALONE[layer]):
        pytest.skip(NEEDS_EVERY_LAYER)
    if layer == "capabilities" and not ROOT:
        pytest.skip("this user has none to give up")
    with ExitStack() as stack:
        aim = target(stack)
        pool, control = stack.enter_context(RawPool(ALONE[layer])), stack.enter_context(RawPool(CONTROL))
        for name in STOPS[layer]:
            assert made(pool, KERNEL[name], aim) is not None, name
            if expected_real(KERNEL[name]):
                assert made(control, KERNEL[name], aim) is None, name


def test_landlock_and_seccomp_work_without_one_another(every_layer):
    """Whichever of the two fails, files, programs and the network stay out of reach."""
    with ExitStack() as stack:
        aim = target(stack)
        for missing in ("landlock", "seccomp"):
            pool = stack.enter_context(RawPool([layer for layer in LAYERS if layer != missing]))
            for name in (
                "reading a file",
                "writing a file",
                "starting a program",
                "connecting over TCP",
                "forking",
            ):
                assert made(pool, KERNEL[name], aim) is not None, (missing, name)


def test_the_system_calls_of_another_architecture_end_the_worker(every_layer):
    attempt = KERNEL["system calls of 32 bits"]
    with ExitStack() as stack:
        aim = target(stack)
        if made(stack.enter_context(RawPool(CONTROL)), attempt, aim) is not None:
            pytest.skip("this kernel has no such calls")
        ended = made(stack.enter_context(RawPool()), attempt, aim)
    assert ended == "the worker was killed by SIGSYS while it ran the program"
