"""Each wrong program gives the faults its file promises: kind, place, words; and every text is fit for a small model."""

from __future__ import annotations

import re

import pytest
from wrong_program_cases import CONTEXT, Case, cases, evaluate, flat

import ptc_lisp
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


PROPOSAL = re.compile(r"(?:swapped|wrong order|comes first): (\(.*\))$|use ->>?, (\(->.*\))$")


def repaired() -> list[tuple[str, str]]:
    """The programs with what a hint proposes put in place of what was underlined."""
    found: list[tuple[str, str]] = []
    for case in CASES:
        for fault in evaluate(case.source) if len(case.faults) == 1 else ():
            match = PROPOSAL.search(fault.hint or "")
            if match is None or fault.span is None:
                continue
            call, thread = match.groups()
            start, end = (0, len(case.source)) if thread else (fault.span.start, fault.span.end)
            if case.source[start] == "(":
                found.append((case.place, f"{case.source[:start]}{call or thread}{case.source[end:]}"))
    return found


REPAIRED = repaired()


@pytest.mark.parametrize("source", [source for _, source in REPAIRED], ids=[place for place, _ in REPAIRED])
def test_a_proposed_call_repairs_the_program(source: str) -> None:
    assert [render(fault) for fault in evaluate(source)] == []


def test_many_faults_propose_the_whole_call() -> None:
    assert len(REPAIRED) >= 40


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


def test_a_worker_finds_the_same_faults() -> None:
    def find(city: str, limit: int = 10) -> list[dict[str, str]]:
        return [{"city": city}] * limit

    def get_order(id: int) -> dict[str, int]:  # noqa: A002 - the tool's argument is called so
        return {"id": id}

    limits = ptc_lisp.Limits(loop_limit=10_000, step_limit=100_000)
    tools = {"find": find, "get_order": get_order}
    differing: list[str] = []
    with ptc_lisp.Session(context=CONTEXT, tools=tools, limits=limits) as session:
        for case in CASES[::4]:
            if "(def" in case.source:  # a definition would still be there for the next program
                continue
            step = session.eval(case.source)
            kinds = [fault.kind for fault in step.faults]
            if kinds != [expected.kind for expected in case.faults]:
                differing.append(f"{case.place}: {kinds}")
    assert differing == []
