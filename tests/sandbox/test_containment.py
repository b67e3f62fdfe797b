"""What a worker could reach if the language itself were broken: Python under the lockdown, and /proc from outside."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

import ptc_lisp

BLOCKED = {
    "reading a file": "open('/etc/passwd').read()",
    "writing a file": "open('/tmp/ptc-escape', 'w')",
    "listing a folder": "os.listdir('/')",
    "looking at a path": "os.stat('/etc')",
    "changing a folder": "os.chdir('/tmp')",
    "a network socket": "socket.socket(socket.AF_INET)",
    "a unix socket": "socket.socket(socket.AF_UNIX)",
    "a pair of sockets": "socket.socketpair()",
    "forking": "os.fork()",
    "starting a program": "os.execv('/bin/true', ['/bin/true'])",
    "subprocess": "subprocess.run(['/bin/true'])",
    "killing the parent": "os.kill(os.getppid(), 9)",
    "a pipe": "os.pipe()",
    "duplicating a descriptor": "os.dup(3)",
    "memory files": "os.memfd_create('x')",
    "tracing the parent": "libc.ptrace(16, os.getppid(), 0, 0)",
    "reading another process": "libc.process_vm_readv(os.getppid(), 0, 0, 0, 0, 0)",
    "another's limits": "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    "namespaces": "libc.unshare(0x10000000)",
    "mounting": "libc.mount(b'none', b'/mnt', b'tmpfs', 0, 0)",
    "becoming dumpable": "libc.prctl(4, 1, 0, 0, 0)",
    "opening the parent's memory": "open(f'/proc/{os.getppid()}/mem', 'rb')",
}


@pytest.fixture(scope="module")
def full_lockdown():
    """Some kernels lack a layer; `ptc doctor` says so, and there is nothing to test then."""
    missing = [layer.name for layer in ptc_lisp.protections() if not layer.active]
    if missing:
        pytest.skip(f"this system has no {', '.join(missing)}")


@pytest.mark.usefixtures("full_lockdown")
@pytest.mark.parametrize("attempt", BLOCKED.values(), ids=BLOCKED.keys())
def test_after_the_lockdown_the_kernel_says_no(raw, attempt):
    shown = raw.ask(attempt, "libc = ctypes.CDLL(None, use_errno=True)")
    assert shown == "-1" or shown.startswith("PermissionError"), shown


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
        assert proc.joinpath("environ").read_bytes() == b""
        assert (proc / "cwd").readlink() == Path("/")
        links = {fd.name: str(fd.readlink()) for fd in (proc / "fd").iterdir()}
        assert set(links) == {"0", "1", "2", "3", "4"}
        assert [links[n] for n in "012"] == ["/dev/null"] * 3
        assert links["3"].startswith("socket:")
        assert links["4"] == f"/proc/{pid}/statm"
        status = dict(
            line.split(":\t", 1) for line in proc.joinpath("status").read_text().splitlines() if ":\t" in line
        )
        assert proc.joinpath("oom_score_adj").read_text() == "1000\n"
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        assert os.getsid(pid) != os.getsid(0)


def test_every_layer_is_reported_with_its_state():
    layers = ptc_lisp.protections()
    assert [layer.name for layer in layers] == [
        "process", "resource-limits", "namespaces", "capabilities", "no-new-privileges", "not-dumpable", "parent-death-signal",
        "descriptors", "landlock", "seccomp",
    ]  # fmt: skip
    assert all(layer.active or layer.detail for layer in layers)


def test_a_run_sees_nothing_of_another():
    with ptc_lisp.Session(context={"secret": "s3cret"}) as first:
        first.eval("(def secret data/secret)")
        step = ptc_lisp.run("[(or secret 1) data/secret *1]")
        assert step.value == [1, None, None]
