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
    """One tool call of a program.

    id: unique; inside the tool `current_call()` gives the same id. branch: see ToolCallInfo.
    args: the arguments; large ones are cut.
    result: as JSON-shaped Python if its encoding has at most 16 KiB, else the beginning of its text (`truncated`).
    error: what the program was told if the call failed. exception: what the tool raised.
    cached: whether this is the result of an equal earlier call. effect: as the tool declares it.
    attempts: how often the tool's function was called; 0 if it was not. timed_out: whether the result is `on_timeout`'s.
    warnings: how arguments were converted. origin: the prelude function that made the call, such as `crm/find-user`.
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
        """Whether the call may have changed something: the function was called, and does not declare the effect "read"."""
        return self.attempts > 0 and self.effect != "read"


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a run cost.

    duration_ms: wall time in all. tool_ms: the part spent in tools (parallel calls are added up).
    cpu_ms: processor time of the program without its tools; 0 if its worker had to be killed.
    steps: function calls and loop turns of the program; the same number on every machine.
    memory_bytes: peak memory beyond that of the inputs.
    """

    duration_ms: float = 0.0
    steps: int = 0
    memory_bytes: int = 0
    tool_ms: float = 0.0
    cpu_ms: float = 0.0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one program: a value or an error.

    ok: whether there is a value.
    value: JSON-shaped Python; keywords become strings and sets become lists, dates stay dates.
    error: the first fault if not ok. faults: all of them; checks before the run find several.
    prints: what the program printed, even if it failed.
    memory: the names defined after the program; pass it to a later run.
    tool_calls: all tool calls, in order. usage: time, steps and memory.
    text: the value as the language prints it, of bounded length.
    returned: whether `(return …)` ended the program.
    dropped: names that could not be kept in the memory, with the reason.
    summaries, journal: what `step-done` and `task` recorded.

    A frozen msgspec struct: `msgspec.structs.replace` copies it with changes, `msgspec.structs.asdict` gives its fields.
    It can be pickled if the exceptions of its tools can.
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
        """The value. Raises PtcError if there is none, chained to the exception of a tool if that was the reason."""
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
