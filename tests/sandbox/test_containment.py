"""What a worker has of its host, seen from inside and from outside. Attempts to get more are in tests/security."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

import ptc_lisp


def test_the_environment_is_empty(raw, monkeypatch):
    monkeypatch.setenv("PTC_TEST_SECRET", "s3cret")
    assert raw.ask("[k for k in os.environ if k != 'LC_CTYPE']") == "[]"


@pytest.mark.skipif(os.geteuid() != 0, reason="workers are not dumpable: only root may look at them")
def test_seen_from_outside_a_worker_has_nothing_of_the_host(tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    with secret.open(), socket.socket() as listening, ptc_lisp.Session() as session:
        os.set_inheritable(listening.fileno(), True)
        session.eval("(def x 1)")
        pid = session._worker.pid
        assert pid is not None
        proc = Path(f"/proc/{pid}")
        assert set(proc.joinpath("environ").read_bytes().split(b"\0")) == {b"LD_BIND_NOW=1", b"LC_ALL=C", b""}
        assert (proc / "cwd").readlink() == Path("/")
        links = {fd.name: str(fd.readlink()) for fd in (proc / "fd").iterdir()}
        assert set(links) == {"0", "1", "2", "3"}
        assert [links[n] for n in "012"] == ["/dev/null"] * 3
        assert links["3"].startswith("socket:")
        status = dict(
            line.split(":\t", 1) for line in proc.joinpath("status").read_text().splitlines() if ":\t" in line
        )
        assert proc.joinpath("oom_score_adj").read_text() == "1000\n"
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        assert os.getsid(pid) != os.getsid(0)


def test_every_layer_is_reported_with_its_state():
    layers = ptc_lisp.protections()
    assert all(layer.active or layer.detail for layer in layers)


def test_a_run_sees_nothing_of_another():
    with ptc_lisp.Session(context={"secret": "s3cret"}) as first:
        first.eval("(def secret data/secret)")
        step = ptc_lisp.run("[(or secret 1) data/secret *1]")
        assert step.value == [1, None, None]
