"""Programs that cannot run: which faults are found, where they point, and what the hint begins with.

One line of `wrong_programs.jsonl` is one program; its faults are in the order of the text, and there are no others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.analyzer import AnalysisFailed, Env, analyze
from ptc_lisp.faults import FaultKind, Phase
from ptc_lisp.reader import read

ENV = Env(tools=frozenset({"search", "save", "call"}), data=frozenset({"orders"}))
LINES = (Path(__file__).parent / "wrong_programs.jsonl").read_text(encoding="utf-8").splitlines()
CASES = [json.loads(line) for line in LINES]


@pytest.mark.parametrize("case", CASES, ids=[case["source"] for case in CASES])
def test_faults_of(case: dict[str, Any]) -> None:
    source = case["source"]
    with pytest.raises(AnalysisFailed) as failed:
        analyze(read(source), ENV)
    traps = failed.value.traps
    assert [[trap.kind, source[trap.start : trap.end]] for trap in traps] == [
        [kind, place] for kind, place, _ in case["faults"]
    ]
    for trap, (_, _, hint) in zip(traps, case["faults"], strict=True):
        assert (trap.hint or "").startswith(hint)
        assert trap.phase is Phase.ANALYZE


def test_there_are_many_and_each_says_how_to_mend_it() -> None:
    assert len({case["source"] for case in CASES}) >= 150
    for case in CASES:
        for _, _, hint in case["faults"]:
            assert hint


def test_all_faults_are_found_at_once() -> None:
    source = "(foo 1)\n(map inc)\n(tool/nope)\n{:a 1 :a 2}\n(if)\n(recur)\n(let [5 1] %)"
    with pytest.raises(AnalysisFailed) as failed:
        analyze(read(source), ENV)
    assert [trap.kind for trap in failed.value.traps] == [
        FaultKind.UNBOUND_VAR,
        FaultKind.ARITY_ERROR,
        FaultKind.UNKNOWN_TOOL,
        FaultKind.DUPLICATE_KEY,
        FaultKind.ARITY_ERROR,
        FaultKind.INVALID_FORM,
        FaultKind.UNSUPPORTED_PATTERN,
        FaultKind.INVALID_PLACEHOLDER,
    ]


def test_an_unknown_tool_lists_what_there_is() -> None:
    with pytest.raises(AnalysisFailed) as failed:
        analyze(read("(tool/serch)"), ENV)
    (trap,) = failed.value.traps
    assert trap.details == {"name": "serch", "available": ["call", "save", "search"]}


def test_without_a_list_of_tools_none_is_unknown() -> None:
    assert analyze(read("(tool/anything {:a 1})")).tools == ("anything",)
