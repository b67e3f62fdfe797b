"""The worker that has the parser: it evaluates the programs that others hand over (see `loop.prepare`)."""

from __future__ import annotations

import socket

from ptc_lisp.sandbox.worker import loop
from ptc_lisp.sandbox.worker.loop import gather, serve, settle

__all__ = ["gather", "prepare", "serve", "settle"]


def prepare(sock: socket.socket) -> list[int]:
    """As `loop.prepare`, with the parser."""
    return loop.prepare(sock, parser=True)
