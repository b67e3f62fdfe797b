"""`Limits(require=...)`: nothing is evaluated with less protection than the host asks for."""

from __future__ import annotations

import asyncio

import pytest

import ptc_lisp
from ptc_lisp import Limits
from ptc_lisp.limits import LAYERS, LEVELS
from ptc_lisp.sandbox.pool import Pool
from ptc_lisp.session import sessions


@pytest.fixture
def without_landlock(monkeypatch):
    """The real worker module, with every layer but one: a kernel without Landlock."""
    kept = ",".join(layer for layer in LAYERS if layer != "landlock")
    pool = Pool(f"ptc_lisp.sandbox.worker.loop:{kept}")
    monkeypatch.setattr(sessions, "POOL", pool)
    yield pool
    pool.shutdown()


def test_the_names_are_those_that_a_worker_reports():
    assert tuple(layer.name for layer in ptc_lisp.protections()) == LAYERS


def test_what_is_in_force_may_be_required():
    names = {layer.name for layer in ptc_lisp.protections() if layer.active}
    assert ptc_lisp.run("(+ 1 2)", limits=Limits(require=names)).value == 3


def test_a_missing_layer_refuses_and_says_which(without_landlock):
    limits = Limits(require={"landlock", "seccomp"})
    with pytest.raises(ptc_lisp.SandboxError, match=r"without landlock \(not applied\): see `ptc doctor`"):
        ptc_lisp.run("(tool/t)", limits=limits, tools={"t": lambda: pytest.fail("the program ran")})
    with pytest.raises(ptc_lisp.SandboxError, match="landlock"):
        asyncio.run(ptc_lisp.arun("1", limits=limits))
    with ptc_lisp.Session(limits=limits) as session, pytest.raises(ptc_lisp.SandboxError, match="landlock"):
        session.check("1")
    assert ptc_lisp.run("(+ 1 2)").value == 3


def test_a_program_may_require_more_than_its_session_and_not_less(without_landlock):
    with ptc_lisp.Session() as session:
        assert session.eval("1").ok
        with pytest.raises(ptc_lisp.SandboxError):
            session.eval("2", limits=Limits(require={"landlock"}))
        assert session.eval("3").value == 3
    merged = Limits(require={"landlock"}).shrink(Limits(require={"seccomp"}))
    assert merged.require == {"landlock", "seccomp"}


def test_levels_stand_for_their_layers():
    assert Limits(require={"all"}).require == set(LAYERS)
    assert Limits(require={"confined", "landlock"}).require == LEVELS["confined"] | {"landlock"}


@pytest.mark.parametrize("wrong", [{"selinux"}, {1}, "landlock", ["landlock"]])
def test_an_unknown_name_is_refused(wrong):
    with pytest.raises(ValueError, match=r"Limits\.require"):
        Limits(require=wrong)
