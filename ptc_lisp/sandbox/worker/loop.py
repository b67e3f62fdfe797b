"""The life of a worker: prepared in the zygote, it serves owner after owner until its socket closes."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
from collections.abc import Iterator
from typing import Any

from ptc_lisp.analyzer import Env
from ptc_lisp.limits import Limits
from ptc_lisp.reader import leave_parser_out
from ptc_lisp.runtime.machine import compile_ahead
from ptc_lisp.sandbox import wire
from ptc_lisp.sandbox.worker import compact, mappings, pages, rehearsal
from ptc_lisp.sandbox.worker.channel import Channel, HostGone
from ptc_lisp.sandbox.worker.garbage import Garbage
from ptc_lisp.sandbox.worker.lazy_data import LazyData
from ptc_lisp.sandbox.worker.meter import Clock, Memory
from ptc_lisp.sandbox.worker.module_state import ModuleState
from ptc_lisp.sandbox.worker.warm import load_all, run_some
from ptc_lisp.sandbox.worker.worker import Worker

_SOON_MS = 12
_LATER_MS = 45
_WARM_RUNS = 40  # the interpreter rewrites code that runs often, from the 24th time on: better here than in every worker
_FEW_RUNS = 16
_DEFAULT = Limits()
_GC_THRESHOLD = (50_000, 20, 50)


def prepare(sock: socket.socket, *, parser: bool = False) -> list[int]:
    """Once, in the zygote: loads all that a program may need, since later there is no file access.

    Without the parser a worker is forked in half the time, and hands over the few programs that need it.
    """
    load_all(parser=parser)
    if not parser:
        leave_parser_out()
    gc.set_threshold(*_GC_THRESHOLD)
    _get_ready(sock)
    wire.unpack_to_worker(_READY[1][1][wire.HEADER_BYTES :])  # makes what unpacks
    opened = _MAPS.begin()
    mappings.join(_MAPS)
    return opened


def _get_ready(sock: socket.socket) -> None:
    code = compile_ahead(rehearsal.SHORT % 0, Env(), _DEFAULT, "ptc-lisp", mark="rehearsal.")
    worker = Worker(_MEMORY, _CLOCK)
    worker.speak_through(Channel(sock, _MEMORY.release))
    source = rehearsal.SHORT % _FEW_RUNS
    _READY[:] = [worker, *[(Worker(_MEMORY, _CLOCK), rehearsal.frame(source, c)) for c in (code, None)]]


def settle(sock: socket.socket) -> Iterator[None]:
    """In the zygote, when workers can be forked. Gives what makes them quicker, piece by piece. All of it takes longer than the
    first program, which would gain nothing by it."""
    _leave_at_rest()
    return (_leave_at_rest() for _ in _pieces(sock))


def gather() -> Iterator[None]:
    """In the zygote, when it makes nothing that lasts any more: puts its memory into large pages, piece by piece."""
    _leave_at_rest()
    return (_leave_at_rest() for _ in pages.gather(_MAPS))


def _leave_at_rest() -> None:
    """As a worker that is forked now should find it."""
    gc.freeze()
    _MEMORY.hand_on()


def _pieces(sock: socket.socket) -> Iterator[None]:
    yield from run_some()
    for number in range(_FEW_RUNS):
        for program in (rehearsal.SHORT, *rehearsal.TYPICAL):
            _dress_rehearse(sock, rehearsal.frame(program % number))
            yield
    gc.unfreeze()
    gc.collect()
    yield
    _, brief, _ = _READY
    gc.unfreeze()
    own = [entry.__code__ for entry in (serve, _live)]
    compact.lay_together([*own, *compact.codes_of(lambda: _dress_rehearse(sock, brief[1]))])
    yield
    for _ in range(_WARM_RUNS):
        _dress_rehearse(sock, brief[1])
        yield
    compact.go_on_here()
    _get_ready(sock)
    _MODULES.look()
    yield
    gc.unfreeze()
    gc.collect()
    yield
    for _ in range(_WARM_RUNS):
        with contextlib.suppress(HostGone):  # nobody is there
            _live([])
    yield


# What a child finds ready: one worker to serve with, and what it may rehearse.
_MEMORY = Memory()
_CLOCK = Clock(_MEMORY)
_READY: list[Any] = []
_MODULES = ModuleState()
_MAPS = mappings.Maps()
_GARBAGE = Garbage()


def serve(sock: socket.socket, layers: list[wire.Layer]) -> None:
    """In a locked-down child: works until the host closes the socket."""
    del sock  # it is the one that was there when all was prepared
    try:
        _live(layers)
    except HostGone:
        os._exit(0)


def _live(layers: list[wire.Layer]) -> None:
    """Raises HostGone in the end."""
    worker, brief, whole = _READY
    # While nobody waits, what a program touches is copied ahead of time: first what each one needs.
    if not worker.is_wanted(_SOON_MS):
        _rehearse(*brief)
        if not worker.is_wanted(_LATER_MS):
            _rehearse(*whole)
    while True:
        worker.serve(layers)
        if not _forget(worker):
            raise HostGone  # the host takes another one
        worker.begin()


def _forget(worker: Worker) -> bool:
    """Gets rid of all that the last owner left in this process, except for freed memory. False when that cannot be done: when
    too much is left, when data of the owner is exempt from collection (see `lazy_data`), or when the zygote had no time to look
    at what was there before."""
    if not _MODULES.known:
        return False
    worker.let_go()
    _READY.clear()
    _MODULES.restore()
    _GARBAGE.collect()
    return not LazyData.froze and _MEMORY.begin_anew()


def _rehearse(worker: Worker, packed: bytes) -> None:
    """Evaluates a program for nobody, in all that a first evaluation goes through: it touches the same memory."""
    frame = wire.unpack_to_worker(packed[wire.HEADER_BYTES :])
    if isinstance(frame, wire.Evaluate):
        worker.evaluate(frame)
    _CLOCK.silence()
    _MEMORY.release()


def _dress_rehearse(sock: socket.socket, packed: bytes) -> None:
    """In the zygote: as `_rehearse`, with a host at the other end of the socket."""
    worker = Worker(_MEMORY, _CLOCK)
    with rehearsal.asked(sock, packed), contextlib.suppress(HostGone):
        worker.speak_through(Channel(sock, _MEMORY.release))
        assert worker.is_wanted(0)
        worker.serve([])
    _CLOCK.silence()
    _MEMORY.release()
