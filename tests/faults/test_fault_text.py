"""Faults become words in one place, bounded and with the place they point at."""

from __future__ import annotations

import pytest

from ptc_lisp.fault_make import to_fault, to_faults
from ptc_lisp.fault_text import MAX_MESSAGE, render, render_all, short
from ptc_lisp.faults import Fault, FaultKind, Phase, Trap
from ptc_lisp.reader import read
from ptc_lisp.source import Source

PROGRAM = '(let [a 1]\n  (+ a "x"))'


def trap(start: int | None = 13, end: int | None = 22, **more: object) -> Trap:
    return Trap(FaultKind.TYPE_ERROR, "+: no number", hint="use parse-long", start=start, end=end, **more)


def test_a_fault_is_rendered_with_place_excerpt_and_hint() -> None:
    assert render(to_fault(trap(), Source(PROGRAM))).split("\n") == [
        "line 2, column 3: type_error: +: no number",
        '    (+ a "x"))',
        "    ^^^^^^^^^",
        "hint: use parse-long",
    ]


def test_a_fault_without_a_place_has_neither_line_nor_excerpt() -> None:
    fault = to_fault(trap(start=None), Source(PROGRAM))
    assert fault.span is None
    assert render(fault) == "type_error: +: no number\nhint: use parse-long"
    assert short(fault) == "type_error: +: no number"


def test_without_the_text_there_is_no_span() -> None:
    assert to_fault(trap(), None).span is None


def test_an_open_end_marks_one_character() -> None:
    span = to_fault(trap(start=3, end=None), Source(PROGRAM)).span
    assert span is not None
    assert (span.start, span.end) == (3, 4)


def test_a_place_behind_the_text_is_clamped() -> None:
    fault = to_fault(trap(start=900, end=1000), Source(PROGRAM))
    assert fault.span is not None
    assert (fault.span.line, fault.span.start) == (2, len(PROGRAM))
    assert "^" in render(fault)


def test_faults_are_sorted_by_place() -> None:
    faults = to_faults([trap(start=None), trap(start=13), trap(start=1)], Source(PROGRAM))
    assert [fault.span.start if fault.span else None for fault in faults] == [1, 13, None]


def test_a_proposed_program_is_shown() -> None:
    with pytest.raises(Trap) as caught:
        read("(+ 1 2")
    words = render(to_fault(caught.value, Source("(+ 1 2")))
    assert words.endswith("balanced, it could be:\n  (+ 1 2)")


def test_frames_are_shown_and_bounded() -> None:
    fault = to_fault(trap(details={"frames": [f"f{i}" for i in range(20)]}), Source(PROGRAM))
    words = render(fault)
    assert "  in f0\n  in f1" in words
    assert "in f8" not in words
    assert "… 12 more calls" in words


def test_names_of_frames_are_cut_and_may_lack_their_place() -> None:
    frames = [{"function": "f" * 5_000, "line": 1}, "g" * 5_000, {"function": "h", "line": 1, "column": 2}]
    words = render(Fault(FaultKind.FAILED, Phase.RUN, "no", details={"frames": frames}))
    assert len(words) < 300
    assert "in h, line 1, column 2" in words


def test_long_messages_are_cut() -> None:
    fault = Fault(FaultKind.FAILED, Phase.RUN, "x" * 5000)
    assert len(render(fault)) < MAX_MESSAGE + 50
    assert len(short(fault)) < 250


def test_many_faults_are_counted() -> None:
    fault = Fault(FaultKind.FAILED, Phase.RUN, "no")
    assert render_all([fault] * 12, limit=2) == "failed: no\nfailed: no\n… and 10 more"
    assert render_all([]) == ""


def test_the_short_form_is_one_line() -> None:
    fault = to_fault(Trap(FaultKind.TYPE_ERROR, "two\nlines", start=13, end=14), Source(PROGRAM))
    assert short(fault) == "type_error at 2:3: two lines"


def test_a_fault_reads_as_a_line() -> None:
    assert str(to_fault(trap(), Source(PROGRAM))) == "type_error at line 2, column 3: +: no number"
    assert f"{Fault(FaultKind.TIMEOUT, Phase.RUN, 'too slow')}" == "timeout: too slow"
