"""From the end of an evaluation to its Step: the signature's verdict, `(fail v)` as a fault, what it all cost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from ptc_lisp.faults import Fault, FaultKind, Phase
from ptc_lisp.sandbox.exchange import Result
from ptc_lisp.sandbox.tool_calls import ToolCalls
from ptc_lisp.step import ShortRepr, Step, Usage
from ptc_lisp.values.memory import Memory

if TYPE_CHECKING:
    from ptc_lisp.signature import Signature

Language = Literal["ptc-lisp", "ptc-json"]

_MAX_TEXT = 2_000


class StepMaker:
    """One evaluation from its call to its Step. Raises TypeError or ValueError for an unusable source or signature."""

    def __init__(
        self, source: object, signature: str | Signature | None, language: Language = "ptc-lisp"
    ) -> None:
        if not isinstance(source, str):
            raise TypeError(f"a program is text (str), got {type(source).__name__}")
        self._started = time.perf_counter()
        self._signature = _parsed(signature)
        self._language: Language = language

    def judge(self, result: Result) -> Fault | None:
        """The fault of a value that is not what the signature promises."""
        if self._signature is None or not result.ok:
            return None
        from ptc_lisp.signature import advice, check  # noqa: PLC0415 - loads a grammar, only needed with a signature

        problems = [str(problem) for problem in check(self._signature.returns, result.value)]
        if not problems:
            return None
        return Fault(
            FaultKind.VALIDATION_ERROR,
            Phase.RESULT,
            "; ".join(problems),
            hint=advice(self._signature.returns, result.value, self._language)
            or "return exactly what the signature says",
            details={"problems": problems},
        )

    def make(
        self, result: Result, problem: Fault | None, memory: Memory, journal: Memory | None, calls: ToolCalls
    ) -> Step:
        """The Step; `problem` is what `judge` found, `memory` what holds after it."""
        faults = result.faults
        if problem is not None:
            faults = (problem,)
        elif result.failed:
            faults = (_failed(result.failed[0]),)
        ok = result.ok and not faults
        records = calls.records()
        return Step(
            ok=ok,
            value=result.value if ok else None,
            error=faults[0] if faults else None,
            faults=faults,
            prints=list(result.prints),
            memory=memory,
            tool_calls=records,
            usage=Usage(
                duration_ms=(time.perf_counter() - self._started) * 1000,
                steps=result.steps,
                memory_bytes=result.peak_bytes,
                cpu_ms=result.cpu_us / 1000,
                tool_ms=sum([record.duration_ms for record in records]),
            ),
            text=result.shown,
            returned=result.returned,
            dropped=result.dropped,
            summaries=result.summaries,
            journal=journal,
            cause=calls.cause if faults and faults[0].kind is FaultKind.TOOL_ERROR else None,
        )


def _parsed(signature: str | Signature | None) -> Signature | None:
    if signature is None:
        return None
    from ptc_lisp.signature import Signature, parse  # noqa: PLC0415 - loads a grammar, only needed with a signature

    if isinstance(signature, str):
        return parse(signature)
    if not isinstance(signature, Signature):
        raise TypeError(
            f'signature must be text like "{{total :float}}" or a Signature, got {type(signature).__name__}'
        )
    return signature


def _failed(value: Any) -> Fault:
    details: dict[str, Any] = {"value": value}
    message = _text(value)
    if isinstance(value, dict):
        said = cast("dict[str, Any]", value)
        lifted = [_text(said[key]) for key in ("reason", "message") if said.get(key) is not None]
        message = ": ".join(lifted) or message
        if said.get("reason") is not None:
            details["reason"] = said["reason"]
    return Fault(FaultKind.FAILED, Phase.RUN, message or "the program failed", details=details)


def _text(value: Any) -> str:
    if value is None:
        return "the program failed with nil"
    text = value if isinstance(value, str) else _written(value)
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}..."


def _written(value: Any) -> str:
    try:
        return msgspec.json.encode(value, enc_hook=str).decode(errors="replace")
    except ValueError:  # half a character, or an integer that Python does not write out
        return ShortRepr().repr(value)
