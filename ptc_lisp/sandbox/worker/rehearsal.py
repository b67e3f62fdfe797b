"""The programs with which workers rehearse."""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager

from ptc_lisp.limits import Limits
from ptc_lisp.sandbox import wire

SHORT = "(+ 1 %d)"
TYPICAL = ('(let [rows [{:k "a" :n %d}]] (->> rows (filter #(> (:n %%) 0)) (map :n) (reduce + 0)))',)
_NO_SEAL = wire.Seal(memory_bytes=1 << 60, cpu_s=1 << 40)
_LIMITS = Limits()


def frame(source: str, code: bytes | None = None) -> bytes:
    """The packed request for a program. The text must be another one each time, since the reader remembers texts."""
    return wire.pack(
        wire.Evaluate(
            id=0,
            source=source,
            limits=_LIMITS,
            tools={},
            context={},
            memory={},
            history=[],
            code=code,
            seal=_NO_SEAL,
        )
    )


@contextmanager
def asked(sock: socket.socket, packed: bytes) -> Generator[None]:
    """While inside, a host that has sent this request, and nothing else, is at the other end of the socket."""
    host, theirs = socket.socketpair()
    with host, theirs:
        os.dup2(theirs.fileno(), sock.fileno(), inheritable=False)
        host.sendall(packed)
        host.shutdown(socket.SHUT_WR)
        yield
