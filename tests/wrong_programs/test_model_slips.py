"""Each wrong program gives the faults its file promises: kind, place, words; and every text is fit for a small model."""

from __future__ import annotations

import pytest
from wrong_program_cases import Case, cases, evaluate, flat

from ptc_lisp.fault_text import render
from ptc_lisp.faults import FaultKind

CASES = cases()
MOST_CHARS = 420
WITHOUT_HINT = {FaultKind.MEMORY_EXCEEDED}


@pytest.mark.parametrize("case", CASES, ids=[case.place for case in CASES])
def test_slip(case: Case) -> None:
    faults = evaluate(case.source)
    found = [
        (fault.kind, flat(case.source[fault.span.start : fault.span.end]) if fault.span else "-")
        for fault in faults
    ]
    assert found == [(expected.kind, expected.underlined) for expected in case.faults]
    for fault, expected in zip(faults, case.faults, strict=True):
        assert expected.says in flat(fault.message)
        assert (expected.hint is None) == (fault.hint is None), fault.hint
        assert (expected.hint or "") in flat(fault.hint or "")


@pytest.mark.parametrize("case", CASES, ids=[case.place for case in CASES])
def test_what_a_model_reads_is_short_and_says_how_to_go_on(case: Case) -> None:
    for fault in evaluate(case.source):
        text = f"{fault.message}\n{fault.hint}"
        assert len(text) <= MOST_CHARS, text
        assert fault.hint is not None or fault.kind in WITHOUT_HINT, render(fault)
        assert "Traceback" not in text
        assert "<class" not in text
        assert fault.kind is not FaultKind.INTERNAL_ERROR


def test_there_are_many_of_many_families() -> None:
    assert len({case.source for case in CASES}) == len(CASES) >= 400
    assert len({case.place.partition(":")[0] for case in CASES}) >= 12
    assert len({expected.kind for case in CASES for expected in case.faults}) >= 14


def test_the_call_frames_of_the_program_are_shown() -> None:
    program = "(defn total [rows] (sum (map :name rows)))\n(defn report [] (total data/orders))\n(report)"
    [fault] = evaluate(program)
    assert render(fault).split("\n") == [
        'line 1, column 20: type_error: sum: every value must be a number or nil, got the string "Ann"',
        "  (defn total [rows] (sum (map :name rows)))",
        "                     ^^^^^^^^^^^^^^^^^^^^^^",
        "  in total, line 1, column 20",
        "  in report, line 2, column 17",
        "hint: turn text into numbers with parse-long or parse-double",
    ]
