"""A worker that executes the text of a program as Python, under the lockdown that real workers have.

It stands for a worker whose language has been broken completely. Only the attacks of `ptc doctor --attack` and the tests start
it; no session can. Its zygote applies the layers named after the colon (see `zygote.main`), or all.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.worker.meter import Life, Memory

_TOOLS = (ctypes, mmap, os, resource, signal, socket, subprocess, threading, time)
_INT_80 = bytes.fromhex("53 89 f8 cd 80 5b c3")  # push rbx; mov eax, edi; int 0x80; pop rbx; ret
_libc = ctypes.CDLL(None, use_errno=True)
_kept: list[Any] = []
_GIB = 1 << 30


class _Range(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def prepare(_sock: socket.socket) -> list[int]:
    """Code for system calls of 32 bits, which could not be made later."""
    if platform.machine() == "x86_64":
        page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(_INT_80)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        _kept.extend([ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(address), page])
    return []


def settle(_sock: socket.socket) -> Iterator[None]:
    """Nothing is left to do."""
    return iter(())


def gather() -> Iterator[None]:
    """Nor is here."""
    return iter(())


def serve(sock: socket.socket, layers: list[wire.Layer]) -> None:
    """Executes programs until the socket closes."""
    while True:
        header = sock.recv(wire.HEADER_BYTES, socket.MSG_WAITALL)
        if len(header) < wire.HEADER_BYTES:
            return
        frame = wire.unpack_to_worker(sock.recv(int.from_bytes(header, "big"), socket.MSG_WAITALL))
        if isinstance(frame, wire.Evaluate):
            if frame.seal is not None:  # as a worker does before it was broken
                memory = Memory()
                memory.begin()
                memory.seal(frame.seal.memory_bytes)
                Life().seal(frame.seal.cpu_s)
            scope = {module.__name__: module for module in _TOOLS}
            scope |= {
                "sock": sock,
                "frame": frame,
                "wire": wire,
                "done": done,
                "layers": layers,
            }
            exec(frame.source, scope | _HELPERS)  # noqa: S102 - that is what this worker is for


def done(frame: wire.Evaluate, **changes: Any) -> bytes:
    """The packed frame of a good end, with changes."""
    fields: dict[str, Any] = {
        "id": frame.id, "ok": True, "value": b"\xc0", "shown": "nil", "faults": [], "returned": False, "failed": None,
        "memory": {}, "dropped": {}, "summaries": {}, "journal": {}, "steps": 0, "peak_bytes": 0, "discard": False,
    }  # fmt: skip
    return wire.pack(wire.Done(**{**fields, **changes}))


# --- what attempts may use -----------------------------------------------------------------------------------------------


def _call(function: Any, *args: Any) -> int:
    found = function(*args)
    if found == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return found


def _number(x86_64: int, aarch64: int) -> int:
    return x86_64 if platform.machine() == "x86_64" else aarch64


def _old_call(number: int) -> int:
    if not _kept:
        raise OSError(0, "no such calls on this machine")
    return _kept[0](number)


def _iovec(address: int, size: int) -> Any:
    return ctypes.byref(_Range(address, size))


def _capabilities() -> bool:
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _call(_libc.capget, ctypes.byref(header), ctypes.byref(sets))
    return any(sets)


def _spare_page() -> int:
    page = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    _kept.append(page)
    return ctypes.addressof(ctypes.c_char.from_buffer(page))


def _fill(size: int) -> None:
    """Takes so many bytes, without touching them, after raising the limit as far as it goes."""
    limit = resource.RLIMIT_DATA
    _, most = resource.getrlimit(limit)
    resource.setrlimit(limit, (most, most))
    _kept.append(
        [mmap.mmap(-1, _GIB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(0, size, _GIB)]
    )


_here = ctypes.create_string_buffer(8)
_HELPERS = {
    "libc": _libc,
    "call": _call,
    "number": _number,
    "old_call": _old_call,
    "iovec": _iovec,
    "here": ctypes.addressof(_here),
    "capabilities": _capabilities,
    "spare_page": _spare_page,
    "fill": _fill,
}
