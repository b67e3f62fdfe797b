"""Asks a worker which protections it runs under, and the kernel whether that is true."""

from __future__ import annotations

from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.errors import SandboxError
from ptc_lisp.sandbox.evidence import confirmed
from ptc_lisp.sandbox.pool import POOL, Pool

_TIMEOUT_S = 10.0
_MAX_ANSWER = 1 << 16


def inspect_worker(pool: Pool = POOL) -> list[wire.Layer]:
    """The layers of a fresh worker of a pool. Raises SandboxError when it cannot be started or does not answer."""
    worker = pool.take()
    try:
        worker.sock.settimeout(_TIMEOUT_S)
        worker.sock.sendall(wire.pack(wire.Inspect(1)))
        data = b""
        while len(data) < wire.HEADER_BYTES or len(data) < wire.HEADER_BYTES + _size(data):
            chunk = worker.sock.recv(_MAX_ANSWER)
            if not chunk or len(data) > _MAX_ANSWER:
                raise SandboxError("a fresh worker ended without an answer")
            data += chunk
        frame = wire.unpack_from_worker(data[wire.HEADER_BYTES :])
        pid = worker.pid
    except (OSError, ValueError) as error:
        raise SandboxError(f"a fresh worker did not answer: {error}") from error
    finally:
        worker.kill()
    if not isinstance(frame, wire.Inspected):
        raise SandboxError("a fresh worker gave a wrong answer")
    return frame.layers if pid is None else confirmed(frame.layers, pid)


def _size(data: bytes) -> int:
    return int.from_bytes(data[: wire.HEADER_BYTES], "big")
