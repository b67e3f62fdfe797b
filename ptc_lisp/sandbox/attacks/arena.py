"""Where attempts are made: workers of our own, and a process worth attacking next to them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import msgspec

from ptc_lisp.limits import Limits
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.drive_sync import drive
from ptc_lisp.sandbox.exchange import Exchange, Finished
from ptc_lisp.sandbox.pool import Pool
from ptc_lisp.sandbox.seal import seal_for
from ptc_lisp.sandbox.tool_calls import ToolCalls

RAW = "ptc_lisp.sandbox.attacks.raw_worker"
REQUEST_ID = 7
_BROKEN = 70
_LOADED = "import sys; print(flush=True); sys.stdin.read()"
_TRY = """\
try:
{code}
except (OSError, MemoryError, ValueError, AssertionError, RuntimeError, subprocess.SubprocessError) as error:
    found = f"{{type(error).__name__}}: {{error}}"
else:
    found = ""
sock.sendall(done(frame, shown=found[:300]))
"""


class RawPool:
    """Workers that execute Python. layers: the protections that are applied, None for all."""

    def __init__(self, layers: Sequence[str] | None = None) -> None:
        self._sealed = layers is None
        self.pool = Pool(RAW if layers is None else f"{RAW}:{','.join(layers)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()

    def run(self, code: str, **limits: Any) -> Finished:
        """How the evaluation of some Python in a fresh worker ends for the host."""
        given: dict[str, Any] = {"timeout_ms": 5_000, **limits}
        chosen = Limits(**given)
        seal = seal_for(chosen, 0) if self._sealed else None
        request = wire.Evaluate(id=REQUEST_ID, source=code, limits=chosen, tools={}, seal=seal)
        worker = self.pool.take()
        try:
            return drive(Exchange(request, chosen), worker, ToolCalls({}, chosen))
        finally:
            worker.kill()

    def attempt(self, code: str, *, through: int | None = None, **limits: Any) -> str | None:
        """What stopped some Python, None when it got to its end (or ended its worker with the exit status `through`)."""
        result = self.run(_TRY.format(code=textwrap.indent(code, "    ")), **limits).result
        if result.ok:
            return result.shown or None
        fault = result.faults[0]
        if fault.details.get("exit_status") == _BROKEN:
            raise RuntimeError(f"this attempt cannot be made, so nothing stopped it: {code}")
        if through is not None and fault.details.get("exit_status") == through:
            return None
        return fault.message


class Target(msgspec.Struct):
    """Things that an attempt may want to reach, and the text that gives their names."""

    names: dict[str, Any]

    @property
    def prelude(self) -> str:
        """Python that defines the names."""
        return "".join(f"{name} = {value!r}\n" for name, value in self.names.items())


def target(stack: ExitStack) -> Target:
    """A process with a secret, listening sockets and a folder anybody may write to; gone when the stack closes."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ptc-attack-")))
    folder.chmod(0o777)
    (folder / "m").mkdir()
    tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    for address in (f"{folder}/socket", f"\0ptc-attack-{os.getpid()}"):
        listening = stack.enter_context(socket.socket(socket.AF_UNIX))
        if not address.startswith("\0") or sys.platform.startswith("linux"):
            listening.bind(address)
            listening.listen(64)
    (folder / "socket").chmod(0o777)
    victim = stack.enter_context(
        subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
            [sys.executable, "-I", "-S", "-c", _LOADED],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PTC_SECRET": "s3cret"},
        )
    )
    stack.callback(victim.kill)
    assert victim.stdout is not None
    victim.stdout.readline()
    return Target(
        {
            "HOST": os.getpid(),
            "VICTIM": victim.pid,
            "ADDRESS": _writable(victim.pid),
            "SCRATCH": str(folder),
            "MEMORY": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
            "PORT": tcp.getsockname()[1],
        }
    )


def _writable(pid: int) -> int:
    """An address of a process that holds data, 0 where that cannot be seen."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.partition("-")[0], 16) for line in lines if line.endswith("[heap]")), 0)
