"""Language cases as data: every `*.ptc` file here, in process one by one, and through a real worker file by file.

How cases are written is said at the top of `reader.ptc`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from inline_machine import Inline

from ptc_lisp import Fault, Session
from ptc_lisp.fault_text import render
from ptc_lisp.faults import FaultKind, Phase

_HERE = Path(__file__).parent
_EXPECTATION = re.compile(r"(?:^|\s);(=>|!!)(?: (.*))?$")
_FAULT = re.compile(r'([a-z_]+)(?: "(.*)")?')
_POLICY = re.compile(r";; policy: (match|extension|DIV-\d+)")
_TOOLS = {"echo": lambda **args: args, "add": lambda a, b: a + b}
_CONTEXT = {"rows": [{"id": 1, "unit_price": 2.5}, {"id": 2, "unit_price": 4}], "name": "Ann", "max_rows": 3}


@dataclass
class Case:
    """One program, where it stands, and what it must give."""

    place: str
    policy: str
    code: list[str] = field(default_factory=list)
    value: str | None = None
    fault: str | None = None
    message: str = ""
    line: int | None = None
    prints: list[str] | None = None

    @property
    def source(self) -> str:
        return "\n".join(self.code)

    @property
    def decided(self) -> bool:
        return self.value is not None or self.fault is not None

    def expect(self, mark: str, text: str, line: int | None) -> None:
        if mark == "=>" and text.startswith("prints:"):
            self.prints = [*(self.prints or []), text.removeprefix("prints:").removeprefix(" ")]
        elif mark == "=>":
            self.value = text
        else:
            found = _FAULT.fullmatch(text)
            assert found is not None, f"{self.place}: {text}"
            self.fault, self.message, self.line = FaultKind(found[1]).value, found[2] or "", line


def _read(path: Path) -> list[Case]:
    cases: list[Case] = []
    policy, fresh = "match", True
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        header = _POLICY.fullmatch(text)
        if header is not None or not text.strip() or text.startswith(";; "):
            policy, fresh = header[1] if header else policy, True
            continue
        found = _EXPECTATION.search(text)
        code = text if found is None else text[: found.start()]
        alone = found is not None and not code.strip()
        if fresh or (code.strip() and cases[-1].decided and _is_whole(cases[-1])):
            cases.append(Case(f"{path.stem}:{number}", policy))
            policy, fresh = "match", False
        case = cases[-1]
        if not alone:
            case.code.append(code)
        if found is not None:
            case.expect(found[1], found[2] or "", None if alone else len(case.code))
    return cases


def _is_whole(case: Case) -> bool:
    """A fault may be marked inside a program of several lines; then the lines to the next empty one belong to it."""
    return case.line is None or case.line == 1


CASES = {path.stem: _read(path) for path in sorted(_HERE.glob("*.ptc"))}
_PARAMS = [pytest.param(case, id=case.place) for cases in CASES.values() for case in cases]


def _verify(case: Case, shown: str, faults: tuple[Fault, ...], prints: list[str]) -> None:
    if case.prints is not None:
        assert prints == case.prints
    if case.fault is None:
        assert not faults, "\n".join(render(fault) for fault in faults)
        assert shown == case.value
        return
    assert faults, f"gave {shown}"
    first = faults[0]
    assert first.kind == case.fault, render(first)
    assert case.message in f"{first.message} {first.details.get('value', '')}"
    if case.line is not None and first.span is not None:
        assert first.span.line == case.line, render(first)


@pytest.mark.parametrize("case", _PARAMS)
def test_a_case_holds_in_process(case: Case) -> None:
    inline = Inline(_TOOLS)
    outcome = inline.run(case.source, dict(_CONTEXT))
    faults = outcome.faults
    if outcome.failed:
        faults = (Fault(FaultKind.FAILED, Phase.RUN, outcome.shown),)
    _verify(case, outcome.shown, faults, inline.host.prints)


@pytest.mark.parametrize("isolation", ["session", "reuse"])
@pytest.mark.parametrize("area", CASES)
def test_the_cases_of_a_file_hold_in_a_worker(area: str, isolation: Any) -> None:
    """With `reuse`, a worker that has served the cases before answers as a fresh one."""
    for case in CASES[area]:
        with Session(context=_CONTEXT, tools=_TOOLS, isolation=isolation) as session:
            step = session.eval(case.source)
        try:
            _verify(case, step.text, step.faults, step.prints)
        except AssertionError as error:
            raise AssertionError(f"{case.place}: {error}") from error


def test_there_are_cases_of_every_area_and_each_says_what_it_expects() -> None:
    assert sum(map(len, CASES.values())) >= 600
    assert [case.place for cases in CASES.values() for case in cases if not case.decided] == []
