"""The host's side of preludes: a worker says what a source exports, and compiles it. The host parses nothing.

What came of a source is remembered as long as this process lives, so that it is compiled once.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from itertools import count
from typing import Final, NamedTuple

from ptc_lisp.prelude.parts import REASONS, Component, Flaw, Namespace, Prelude, PreludeError, hashed
from ptc_lisp.sandbox import census, wire
from ptc_lisp.sandbox.errors import SandboxError
from ptc_lisp.sandbox.pool import FULL
from ptc_lisp.source import half_character

MAX_BYTES: Final = 1_000_000
"""Of one source."""
COMPILE_MS: Final = 5_000
_GRACE_S = 2.0
_MOST_ANSWERED = 24 << 20
_MOST_LOOSE = 2 << 20
_MAX_KEPT = 256
_MAX_KEPT_BYTES = 64 << 20
_SEAL = wire.Seal(memory_bytes=384 << 20, cpu_s=10)
_CHUNK = 1 << 18
_WORD = re.compile(r"[^\s()\[\]{}\"'`~@^\\/;,]+")
_marks = count(1)


class _Unanswered(Flaw, frozen=True, kw_only=True):
    """No worker said what is wrong: the next one may find nothing, so this is not remembered."""


class Made(NamedTuple):
    """What a worker made of a source. code: for other workers; empty when they have to compile it."""

    namespaces: tuple[Namespace, ...]
    code: tuple[bytes, ...]


def compile_prelude(source: str, *, name: str | None = None) -> Prelude:
    """The prelude of a source, which may declare several namespaces. name: what it is called in messages and traces.

    Compiling uses a worker process and takes at most 5 seconds; the same source is not compiled twice.

    Raises:
        PreludeError: the source is not a valid prelude; `reason` says why, the text says where and how to fix it.
        TypeError: the source is not text.
        SandboxError: this machine cannot start worker processes.
    """
    if not isinstance(source, str):
        raise TypeError(f"the source of a prelude is text (str), got {type(source).__name__}")
    found = made(source, name)
    return Prelude(components=(Component(source=source, namespaces=found.namespaces, name=name),))


def bundle_preludes(items: Iterable[Prelude | str]) -> Prelude:
    """Combines several preludes into one, in order; each keeps its name and metadata. Sources are compiled.

    Raises:
        PreludeError: a source is not a prelude, or two declare the same namespace.
        TypeError: an item is neither a Prelude nor text.
    """
    components: list[Component] = []
    for item in items:
        if isinstance(item, str):
            components += compile_prelude(item).components
        elif isinstance(item, Prelude):
            components += item.components
        else:
            raise TypeError(f"a prelude is a Prelude or its source (str), got {type(item).__name__}")
    owners: dict[str, Component] = {}
    for component in components:
        for space in component.namespaces:
            if space.name in owners:
                raise PreludeError(
                    Flaw(
                        reason="invalid_namespace",
                        message=f"two preludes declare the namespace {space.name}",
                        hint="leave one of them out, or rename its namespace",
                        namespace=space.name,
                    ),
                    component.name,
                )
            owners[space.name] = component
    return Prelude(components=tuple(components))


def made(source: str, name: str | None = None, step_limit: int | None = None) -> Made:
    """What a worker makes, or has made, of a source. step_limit: of the runs that its code is for. Raises PreludeError and
    SandboxError as `compile_prelude`."""
    place = half_character(source)
    if place is not None:
        message = f"the source holds half of a character (a lone surrogate, character {place + 1})"
        raise PreludeError(
            Flaw(reason="parse_error", message=message, hint="write the whole character"), name
        )
    data = source.encode()
    if len(data) > MAX_BYTES:
        message = f"the source has {len(data)} bytes, more than the {MAX_BYTES} allowed"
        raise PreludeError(Flaw(reason="parse_error", message=message, hint="split it into several"), name)
    key = hashed(data) if step_limit is None else f"{hashed(data)} {step_limit}"
    known = _KNOWN.get(key)
    if known is None:
        known = _asked(source, step_limit)
        if not isinstance(known, _Unanswered):
            _KNOWN.put(key, known)
    if isinstance(known, Flaw):
        raise PreludeError(known, name)
    return known


class _Known:
    """What came of recent sources by hash. Thread-safe; forgets first what was not asked for longest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[str, Made | Flaw] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> Made | Flaw | None:
        with self._lock:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
            return found

    def put(self, key: str, found: Made | Flaw) -> None:
        with self._lock:
            if key in self._found:
                return
            self._found[key] = found
            self._bytes += _size(found)
            while len(self._found) > _MAX_KEPT or self._bytes > _MAX_KEPT_BYTES:
                _, old = self._found.popitem(last=False)
                self._bytes -= _size(old)


_KNOWN = _Known()


def _size(found: Made | Flaw) -> int:
    return 0 if isinstance(found, Flaw) else sum(map(len, found.code))


def _asked(source: str, step_limit: int | None) -> Made | Flaw:
    frame = wire.BuildPrelude(1, source, f"p{next(_marks)}.", COMPILE_MS, _SEAL, step_limit)
    worker = FULL.take()
    try:
        answer = _received(worker.sock, wire.pack(frame))
    except TimeoutError:
        message = f"compiling it takes longer than {COMPILE_MS} ms"
        return _Unanswered(
            reason="compile_error", message=message, hint="work out large constants in a function"
        )
    except (OSError, ValueError) as error:
        message = f"the worker that compiled it ended without an answer ({error})"
        return _Unanswered(
            reason="compile_error", message=message, hint="make it smaller, and less deeply nested"
        )
    finally:
        worker.kill()
    if not isinstance(answer, wire.PreludeBuilt):
        raise SandboxError("a worker gave a wrong answer about a prelude")
    flaw = answer.flaw or _nonsense(answer)
    if flaw is not None:
        return flaw if flaw.reason in REASONS else Flaw(reason="compile_error", message=flaw.message)
    return Made(answer.namespaces, answer.code)


def _received(sock: socket.socket, packed: bytes) -> wire.FromWorker:
    """The answer. Raises TimeoutError, other OSErrors, ValueError."""
    ends = time.monotonic() + COMPILE_MS / 1000 + _GRACE_S
    sock.settimeout(COMPILE_MS / 1000 + _GRACE_S)
    sock.sendall(packed)
    data = bytearray()
    while len(data) < wire.HEADER_BYTES or len(data) < wire.HEADER_BYTES + _announced(data):
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        chunk = sock.recv(_CHUNK)
        if not chunk:
            raise ValueError("it closed its socket")
        data += chunk
        if len(data) > _MOST_ANSWERED:
            raise ValueError("it said too much")
    body = bytes(data[wire.HEADER_BYTES :])
    if len(body) > _MOST_LOOSE and census.loose_bytes(body, _MOST_LOOSE) > _MOST_LOOSE:
        raise ValueError("its answer has too many small parts")
    return wire.unpack_from_worker(body)


def _announced(data: bytearray) -> int:
    return int.from_bytes(data[: wire.HEADER_BYTES], "big")


def _nonsense(answer: wire.PreludeBuilt) -> Flaw | None:
    """What no honest worker would say: it has run the constants of the source."""
    names = [space.name for space in answer.namespaces]
    sound = (
        bool(names)
        and len(set(names)) == len(names)
        and len(answer.code) in {0, len(names)}
        and all(map(_WORD.fullmatch, names))
        and all(
            export.ref == f"{space.name}/{export.symbol}" and _WORD.fullmatch(export.symbol)
            for space in answer.namespaces
            for export in space.exports
        )
    )
    return None if sound else Flaw(reason="compile_error", message="what its worker said makes no sense")
