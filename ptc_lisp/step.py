"""What a program run gives back."""

from __future__ import annotations

import reprlib
from typing import Any

import msgspec

from ptc_lisp.faults import Fault, PtcError
from ptc_lisp.values.memory import Memory


class ShortRepr(reprlib.Repr):
    """`repr` within bounds, also of integers that Python does not write out."""

    def repr_int(self, x: int, level: int) -> str:
        """The digits, or how many bits there are."""
        try:
            repr(x)
        except ValueError:
            return f"#<integer of {x.bit_length()} bits>"
        return super().repr_int(x, level)


_SHORT = ShortRepr()
_SHORT.maxstring = _SHORT.maxother = 200
_SHORT.maxlevel = 3


class ToolCallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One tool call of a program, as it happened.

    id: unique; the tool finds it by `current_call()`. branch: see ToolCallInfo.
    args: its arguments; the beginnings of large ones. result: the result as JSON-shaped Python when its encoding has at
    most 16 KiB, else the beginning of its text (`truncated`). error: what the program was told when the call failed.
    exception: what the tool raised, for the host. cached: the result of an equal earlier call. effect: as the tool
    declares it. attempts: how often its function was called, 0 when it was not. timed_out: the result is that of
    `on_timeout`. warnings: what was changed about the arguments so that they fit. origin: the export of a prelude that
    made the call, such as `crm/find-user`.
    """

    name: str
    args: dict[str, Any]
    result: Any = None
    result_bytes: int = 0
    truncated: bool = False
    error: str | None = None
    started_at: float = 0.0
    duration_ms: float = 0.0
    exception: BaseException | None = None
    id: str = ""
    branch: tuple[int, ...] = ()
    cached: bool = False
    effect: str | None = None
    attempts: int = 0
    timed_out: bool = False
    warnings: tuple[str, ...] = ()
    origin: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the call gave a result."""
        return self.error is None

    @property
    def took_effect(self) -> bool:
        """Whether the call may have changed something: its function was called, and it is not known to read only."""
        return self.attempts > 0 and self.effect != "read"


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a run cost.

    duration_ms: wall time in all. tool_ms: the part spent in tools (calls at the same time all count). cpu_ms: processor time
    of the program, without its tools; 0 when its worker had to be killed. steps: calls and loop turns of the program, the same
    on every machine. memory_bytes: its peak memory above the inputs.
    """

    duration_ms: float = 0.0
    steps: int = 0
    memory_bytes: int = 0
    tool_ms: float = 0.0
    cpu_ms: float = 0.0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The end of one program: a value, or an error.

    ok: whether there is a value. value: JSON-shaped Python (keywords are strings, sets lists; dates stay dates).
    error: the first fault when not ok; faults: all of them (static checks find several). prints: what it printed, also
    when it failed. memory: the names defined after it. tool_calls: the ledger, in order. text: the value as the language
    prints it, bounded. returned: whether `(return …)` ended the program. dropped: names that could not be kept, with why.

    A msgspec struct, frozen: `msgspec.structs.replace` copies it with changes, `msgspec.structs.asdict` gives its fields. It can be
    pickled when what its tools raised can.
    """

    ok: bool
    value: Any = None
    error: Fault | None = None
    faults: tuple[Fault, ...] = ()
    prints: list[str] = []
    memory: Memory = msgspec.field(default_factory=Memory)
    tool_calls: list[ToolCallRecord] = []
    usage: Usage = msgspec.field(default_factory=Usage)
    text: str = ""
    returned: bool = False
    dropped: dict[str, str] = {}
    summaries: dict[str, str] = {}
    journal: Memory | None = None
    cause: BaseException | None = None

    @property
    def status(self) -> str:
        """`ok` or `failed`."""
        return "ok" if self.ok else "failed"

    def unwrap(self) -> Any:
        """The value. Raises PtcError (from the exception of a tool, if that was the reason) when there is none."""
        if self.ok:
            return self.value
        assert self.error is not None
        raise PtcError(self.error) from self.cause

    def __repr__(self) -> str:
        """On one line, however large the value is: what there is besides it is counted."""
        end = f"value={_SHORT.repr(self.value)}" if self.ok else f"error={str(self.error)!r}"
        counts = (("prints", len(self.prints)), ("tool_calls", len(self.tool_calls)))
        rest = "".join([f", {name}={count}" for name, count in counts if count])
        memory = f", memory={self.memory!r}" if self.memory else ""
        return f"Step(ok={self.ok}, {end}{rest}{memory}, duration_ms={self.usage.duration_ms:.1f})"
