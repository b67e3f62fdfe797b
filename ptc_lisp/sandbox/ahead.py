"""Programs that are run again and again in fresh workers are compiled once, in a worker of their own.

When a text is seen for the second time with the same names around it, a fresh worker is given that text and those names, and
nothing of the owner who runs it. It compiles, answers with bytes and ends; later runs send the bytes along. The host never reads
them. Whatever a hostile text could put into its own bytes, it could also do when it runs. Bytes never come from a worker that saw
anybody's data; otherwise one owner could choose what the program of another does.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import OrderedDict
from typing import Final

import msgspec

from ptc_lisp.limits import Limits
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.errors import SandboxError
from ptc_lisp.sandbox.pool import POOL, Pool, Worker

_MAX_CHARS = 16_000
_LARGE_BYTES = 1 << 16
_MAX_PROGRAMS = 512
_MAX_KEPT = 1 << 20
_MAX_BYTES = 32 << 20
_MAX_UNDER_WAY = 2
_SEAL = wire.Seal(memory_bytes=256 << 20, cpu_s=5)
_NO_NAMES: list[str] = []
_encode = msgspec.msgpack.Encoder().encode


class _Program:
    """What is known about one text in its surroundings."""

    def __init__(self) -> None:
        self.kept: bytes | None = None
        self.worker: Worker | None = None  # that compiles it
        self.received = b""
        self.given_up = False


class Ahead:
    """The programs of this process. Thread-safe; forgets first what was not asked for longest."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.RLock()
        self._busy = False  # a signal handler or a finalizer that runs a program then does without
        self._programs: OrderedDict[bytes, _Program] = OrderedDict()
        self._under_way: dict[bytes, _Program] = {}
        self._bytes = 0
        self._marks = 0

    def kept(self, request: wire.Evaluate, limits: Limits, preludes: str = "") -> bytes | None:
        """What goes along with a request to a fresh worker. preludes: what tells its preludes from all others. Never
        waits."""
        if len(request.source) > _MAX_CHARS or request.mode != "run" or request.tools is None:
            return None
        context, extra = request.context or {}, request.data or {}
        names, data, large = sorted(request.memory or ()), _NO_NAMES, _NO_NAMES
        if context or extra or request.pieces:
            data = sorted({*context, *extra, *request.pieces})
            large = _large(request, context, extra)
        bounds = (limits.step_limit, limits.max_nesting, limits.max_symbols, limits.max_program_bytes)
        key = _encode(
            (
                request.language,
                request.source,
                request.strict_data,
                bounds,
                request.tools,
                names,
                data,
                large,
                preludes,
            )
        )
        with self._lock:
            if self._busy:
                return None
            self._busy = True
            try:
                if self._under_way:
                    self._collect()
                program = self._programs.get(key)
                if program is None:
                    self._programs[key] = _Program()
                    self._shrink()
                    return None
                self._programs.move_to_end(key)
                if program.kept is None and program.worker is None and not program.given_up:
                    self._start(key, program, request, limits, names, data, large)
                return program.kept
            finally:
                self._busy = False

    def forget(self) -> None:
        """In a forked child of the host: workers that are under way belong to the parent."""
        self._lock = threading.RLock()
        self._busy = False
        for program in self._under_way.values():
            program.worker = None
        self._under_way.clear()

    def shutdown(self) -> None:
        """Lets go of the workers that are under way."""
        with self._lock:
            for key in list(self._under_way):
                self._end(key)

    def _start(  # noqa: PLR0917 - private, called in one way
        self,
        key: bytes,
        program: _Program,
        request: wire.Evaluate,
        limits: Limits,
        names: list[str],
        data: list[str],
        large: list[str],
    ) -> None:
        if len(self._under_way) >= _MAX_UNDER_WAY:
            return
        self._marks += 1
        frame = wire.Compile(
            id=1,
            source=request.source,
            language=request.language,
            limits=limits,
            tools=request.tools or {},
            names=names,
            data=data,
            large=large,
            strict_data=request.strict_data,
            mark=f"{self._marks}.",
            seal=_SEAL,
            namespaces=tuple(space for one in request.preludes for space in one.namespaces),
        )
        try:
            worker = self._pool.take()
            worker.sock.settimeout(0)
            whole = worker.sock.send(packed := wire.pack(frame)) == len(packed)
        except (OSError, SandboxError):
            return
        program.worker, program.received, program.given_up = worker, b"", not whole
        self._under_way[key] = program

    def _collect(self) -> None:
        """Takes what has arrived."""
        for key, program in list(self._under_way.items()):
            assert program.worker is not None
            try:
                while data := program.worker.sock.recv(_MAX_KEPT, socket.MSG_DONTWAIT):
                    program.received += data
                    if len(program.received) > _MAX_KEPT:
                        break
            except BlockingIOError:
                if not _is_whole(program.received):
                    continue
            except OSError:
                pass
            self._end(key)
            program.kept = _kept(program.received)
            program.received = b""
            program.given_up = program.kept is None
            self._bytes += len(program.kept or b"")
        self._shrink()

    def _end(self, key: bytes) -> None:
        program = self._under_way.pop(key)
        if program.worker is not None:
            program.worker.kill()
        program.worker = None

    def _shrink(self) -> None:
        while len(self._programs) > _MAX_PROGRAMS or self._bytes > _MAX_BYTES:
            key, program = self._programs.popitem(last=False)
            self._bytes -= len(program.kept or b"")
            if key in self._under_way:
                self._end(key)


def _large(request: wire.Evaluate, *tables: dict[str, bytes]) -> list[str]:
    """The entries of data of which no more is decoded than a program reads."""
    found = {name for table in tables for name, blob in table.items() if len(blob) > _LARGE_BYTES}
    return sorted({*request.pieces, *found}.difference(request.foreign))


def _is_whole(received: bytes) -> bool:
    size = wire.HEADER_BYTES
    return len(received) >= size and len(received) >= size + int.from_bytes(received[:size], "big")


def _kept(received: bytes) -> bytes | None:
    """The bytes of an answer, None for anything else."""
    if not _is_whole(received):
        return None
    try:
        frame = wire.unpack_from_worker(received[wire.HEADER_BYTES :])
    except ValueError:
        return None
    return frame.kept if isinstance(frame, wire.Compiled) else None


AHEAD: Final = Ahead(POOL)
"""Those of this process."""

os.register_at_fork(after_in_child=AHEAD.forget)
