"""The frames between host and worker: length (4 bytes, big endian), then one msgpack-encoded struct.

Host to worker: `Evaluate`, `ToolResult`, `Inspect`, `Reset`, `Compile`, `BuildPrelude`; the end of the stream closes the
worker. Worker to host: `Printed`, `Journalled` and `ToolRequest` while a program runs, then exactly one `Done` (or
`Inspected`, `Compiled`, `PreludeBuilt`, or `Handoff` and nothing before it). Values travel inside as bytes of
`values.codec`, so that neither side decodes what it does not need. The two sides are always of one version: the zygote is
started from the installation of its host.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from ptc_lisp.faults import Fault
from ptc_lisp.limits import Limits
from ptc_lisp.prelude.parts import Flaw, Namespace

HEADER_BYTES = 4
MAX_FRAME = (1 << 32) - 1
MAX_IDENT = 10_000
"""Characters of a task's id that is told before the end."""


class Parameters(msgspec.Struct, frozen=True, array_like=True):
    """Parameter names of a tool as programs write them; `more`: it takes others as well. kinds, sole: see
    `Tool`."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    more: bool = False
    kinds: dict[str, str] = {}
    sole: str | None = None


class Seal(msgspec.Struct, frozen=True, array_like=True):
    """What a worker may take in its whole life: memory above its size now, and CPU time in seconds."""

    memory_bytes: int
    cpu_s: int


class Attachment(msgspec.Struct, frozen=True, array_like=True):
    """One source of a prelude. code: each of its namespaces as `PreludeBuilt` gave it; without it the source counts."""

    namespaces: tuple[Namespace, ...]
    code: tuple[bytes, ...] = ()
    source: str = ""


Then = Literal["stay", "forget", "end"]
"""What a worker does when it has answered: waits for the next program of its owner, forgets this one, or ends."""


class Evaluate(msgspec.Struct, frozen=True, tag="evaluate", array_like=True, kw_only=True):
    """Run (or only check) one program.

    What it may use:
    limits: None means that limits and tools are those of the last request. seal: comes with the first request to a worker.
    tools: the tools that exist, None when unknown (only for checks).
    preludes: come with the first request to a worker. private_tools: names of tools that only these may call.

    What it finds:
    context, memory, history, journal: None leaves what the worker has; otherwise it is replaced. history: newest result last.
    pieces: large entries of the context, which follow one after the other as so many messages of bytes (see `pack_piece`):
    either one, or vectors that make up one.
    data: entries that this program alone finds in its context, in place of entries of the same names. kept: entries of the
    last program's `data` that this one finds as well, unchanged.
    foreign: entries of context and data that may hold functions, since they were not made of data of the host.
    strict_data: an unknown `data/x` is a fault. budget: what `budget/remaining` gives, encoded.

    For speed:
    code: what a worker that knew nothing but the program compiled it to (`Compiled`). awake: the next request will follow at
    once, so look out for it.
    """

    id: int
    source: str
    mode: Literal["run", "check"] = "run"
    language: Literal["ptc-lisp", "ptc-json"] = "ptc-lisp"
    limits: Limits | None
    tools: dict[str, Parameters] | None = None
    context: dict[str, bytes] | None = None
    memory: dict[str, bytes] | None = None
    history: list[bytes] | None = None
    journal: dict[str, bytes] | None = None
    data: dict[str, bytes] | None = None
    kept: list[str] = []
    seal: Seal | None = None
    strict_data: bool = False
    foreign: list[str] = []
    pieces: dict[str, int] = {}
    budget: bytes | None = None
    code: bytes | None = None
    preludes: list[Attachment] = []
    private_tools: list[str] = []
    awake: bool = False
    then: Then = "stay"


class BuildPrelude(msgspec.Struct, frozen=True, tag="build_prelude", array_like=True):
    """Say what a prelude exports and compile it, in a worker that sees nothing else and ends then. mark: see
    `emitter.Unit`."""

    id: int
    source: str
    mark: str
    timeout_ms: int
    seal: Seal
    step_limit: int | None = None


class Compile(msgspec.Struct, frozen=True, tag="compile", array_like=True, kw_only=True):
    """Compile a program for others to run, in a worker that sees nothing else and ends then.

    names, data: what is defined, and what entries the context has; large: those of which parts will do. mark: see
    `emitter.Unit`. namespaces: of preludes. Other fields: see `Evaluate`.
    """

    id: int
    source: str
    language: Literal["ptc-lisp", "ptc-json"]
    limits: Limits
    tools: dict[str, Parameters]
    names: list[str]
    data: list[str]
    large: list[str]
    strict_data: bool
    mark: str
    seal: Seal
    namespaces: tuple[Namespace, ...] = ()


class ToolResult(msgspec.Struct, frozen=True, tag="tool_result", array_like=True):
    """The answer to one `ToolRequest`: an encoded value, or the fault that the call is."""

    call: int
    value: bytes
    fault: Fault | None = None


class Inspect(msgspec.Struct, frozen=True, tag="inspect", array_like=True):
    """Ask which protections are in force."""

    id: int


class Reset(msgspec.Struct, frozen=True, tag="reset", array_like=True):
    """The owner is done with the worker: it forgets everything, and serves another one from here on. There is no answer. awake:
    see `Evaluate`."""

    awake: bool = False


class Printed(msgspec.Struct, frozen=True, tag="printed", array_like=True):
    """Printed entries, in order."""

    id: int
    texts: list[str]


class Journalled(msgspec.Struct, frozen=True, tag="journalled", array_like=True):
    """The value that `(task ident ...)` has just got, encoded; None: the id was reset."""

    id: int
    ident: str
    value: bytes | None


class ToolRequest(msgspec.Struct, frozen=True, tag="tool_request", array_like=True):
    """Call a tool. `call` numbers the calls of one evaluation; several may be open. `path`: of a call in a branch of
    `pmap` or `pcalls`, its place in the order of the program; such calls are made in any order. origin: the export of
    a prelude that makes the call, by its ref."""

    id: int
    call: int
    name: str
    args: bytes
    path: tuple[int, ...] = ()
    origin: str = ""


class Done(msgspec.Struct, frozen=True, tag="done", array_like=True, kw_only=True):
    """The end of one evaluation; see `runtime.outcome.Outcome`. peak_bytes: memory growth above the baseline; cpu_us:
    microseconds of the processor."""

    id: int
    ok: bool
    value: bytes
    shown: str
    faults: list[Fault]
    returned: bool
    failed: bytes | None
    memory: dict[str, bytes]
    dropped: dict[str, str]
    summaries: dict[str, str]
    journal: dict[str, bytes]
    steps: int
    peak_bytes: int
    discard: bool
    cpu_us: int = 0


class Handoff(msgspec.Struct, frozen=True, tag="handoff", array_like=True):
    """The worker has no parser and the program needs it: a worker that has one must evaluate it. Nothing has run."""

    id: int


class Compiled(msgspec.Struct, frozen=True, tag="compiled", array_like=True):
    """A compiled program, as bytes that the host never looks at; None: it must be compiled where it runs."""

    id: int
    kept: bytes | None


class PreludeBuilt(msgspec.Struct, frozen=True, tag="prelude_built", array_like=True):
    """What a prelude is: its namespaces, and the code of each, at which the host never looks; or what is wrong with it."""

    id: int
    namespaces: tuple[Namespace, ...] = ()
    code: tuple[bytes, ...] = ()
    flaw: Flaw | None = None


class Layer(msgspec.Struct, frozen=True):
    """One protection of the workers: whether it is in force, and why not when it is not."""

    name: str
    active: bool
    detail: str = ""


class Inspected(msgspec.Struct, frozen=True, tag="inspected", array_like=True):
    """The protections in force in this worker."""

    id: int
    layers: list[Layer]


ToWorker = Evaluate | ToolResult | Inspect | Reset | Compile | BuildPrelude
FromWorker = Printed | Journalled | ToolRequest | Done | Handoff | Inspected | Compiled | PreludeBuilt


def _no_extension(code: int, data: memoryview) -> object:
    raise ValueError(f"extension {code} ({len(data)} bytes) outside of an encoded value")


class _CheckedLimits(Limits, frozen=True):
    """Limits that the host has checked when they were made."""

    def __post_init__(self) -> None:
        """Nothing is left to check."""


class LargeResult(msgspec.Struct, frozen=True, tag="tool_result", array_like=True):
    """A `ToolResult` whose value is a part of the frame that came."""

    call: int
    value: memoryview
    fault: Fault | None = None


class _Received(Evaluate, frozen=True, tag="evaluate", array_like=True, kw_only=True):
    limits: _CheckedLimits | None


_encoder = msgspec.msgpack.Encoder()
_RESULT = _encoder.encode("tool_result")
"""What follows the first byte of a `ToolResult`."""


@cache
def _to_worker() -> msgspec.msgpack.Decoder[ToWorker]:
    """Only workers need it, and it takes 4 ms to make."""
    return msgspec.msgpack.Decoder(_Received | ToolResult | Inspect | Reset | Compile | BuildPrelude)


@cache
def _from_worker() -> msgspec.msgpack.Decoder[FromWorker]:
    """Only the host needs it."""
    return msgspec.msgpack.Decoder(FromWorker, ext_hook=_no_extension)


def pack(frame: ToWorker | FromWorker) -> bytes:
    """A frame with its length in front. Raises ValueError when it is too long for one."""
    body = _encoder.encode(frame)
    if len(body) > MAX_FRAME:
        raise ValueError(f"a message of {len(body)} bytes is longer than the {MAX_FRAME} that fit into one")
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def pack_piece(piece: bytes) -> bytes:
    """A message of bytes. Raises ValueError when it is too long for one."""
    if len(piece) > MAX_FRAME:
        raise ValueError(
            f"an entry of {len(piece)} bytes is longer than the {MAX_FRAME} that fit into one message"
        )
    return len(piece).to_bytes(HEADER_BYTES, "big") + piece


def unpack_to_worker(body: bytes | bytearray | memoryview) -> ToWorker:
    """The frame of a body. Raises msgspec.DecodeError."""
    return _to_worker().decode(body)


def unpack_large(body: bytearray) -> ToWorker | LargeResult:
    """The same for a large one, which nobody changes any more. Raises msgspec.DecodeError."""
    if not body.startswith(_RESULT, 1):
        return unpack_to_worker(body)
    return msgspec.msgpack.decode(body, type=LargeResult)


def unpack_from_worker(body: bytes | bytearray | memoryview) -> FromWorker:
    """The frame of a body from an untrusted sender. Raises ValueError (msgspec's errors are some) for anything else."""
    try:
        return _from_worker().decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, OverflowError) as error:
        raise ValueError(f"malformed frame: {error}") from error
