"""A worker for tests only: under the real lockdown it does what the program text says, in Python."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time

from ptc_lisp.sandbox import wire

LOADED = (ctypes, os, resource, signal, socket, subprocess, sys, time)


def prepare():
    """Nothing to load ahead."""


def serve(sock, statm, layers):
    while True:
        header = sock.recv(4, socket.MSG_WAITALL)
        if len(header) < 4:
            return
        body = sock.recv(int.from_bytes(header, "big"), socket.MSG_WAITALL)
        frame = wire.unpack_to_worker(body)
        if isinstance(frame, wire.Evaluate):
            scope = {
                "sock": sock,
                "frame": frame,
                "wire": wire,
                "done": done,
                "layers": layers,
                "statm": statm,
            }
            exec(frame.source, {**globals(), **scope})


def done(frame, **changes):
    fields = {
        "id": frame.id, "ok": True, "value": b"\xc0", "shown": "nil", "faults": [], "returned": False, "failed": None,
        "memory": {}, "dropped": {}, "summaries": {}, "journal": {}, "steps": 0, "peak_bytes": 0, "discard": False,
    }  # fmt: skip
    return wire.pack(wire.Done(**{**fields, **changes}))
