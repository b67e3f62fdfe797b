"""Programs that cannot run: which faults are found, where they point, and what the hint begins with.

One line of `wrong_programs.jsonl` is one program; its faults are in the order of the text, and there are no others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ptc_lisp.builtins  # noqa: F401 - registers the builtins
from ptc_lisp.analyzer import AnalysisFailed, Env, ToolShape, analyze
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


SHAPES = {
    "find": ToolShape(required=("order_id",), optional=("limit",)),
    "any": ToolShape(more=True),
    "now": ToolShape(),
}


def _tool_faults(source: str) -> list[tuple[str, str]]:
    env = Env(tools=frozenset(SHAPES), shapes=SHAPES)
    try:
        analyze(read(source), env)
    except AnalysisFailed as failed:
        return [(trap.kind, source[trap.start : trap.end]) for trap in failed.traps]
    return []


@pytest.mark.parametrize(
    "source",
    [
        "(tool/find {:order-id 1})",
        '(tool/find {"order_id" 1 :limit 2})',
        "(tool/any {:x 1})",
        "(tool/now)",
        "(tool/now {})",
        "(let [k :q] (tool/find k 1))",
        "(let [m {}] (tool/find m))",
        "(tool/find {(keyword data/k) 1})",
        "(map tool/find [{:order-id 1}])",
    ],
)
def test_tool_arguments_that_fit_or_cannot_be_told(source: str) -> None:
    assert _tool_faults(source) == []


@pytest.mark.parametrize(
    "source, place",
    [
        ("(tool/find {:order-id 1 :limt 2})", ":limt"),
        ("(tool/find {:limit 2})", "(tool/find {:limit 2})"),
        ("(tool/find)", "(tool/find)"),
        ("(tool/now :tz 1)", ":tz"),
        ("(tool/find 5)", "(tool/find 5)"),
    ],
)
def test_tool_arguments_that_do_not_fit(source: str, place: str) -> None:
    assert _tool_faults(source) == [(FaultKind.INVALID_TOOL_ARGS, place)]


def test_the_hint_shows_how_the_tool_is_called() -> None:
    with pytest.raises(AnalysisFailed) as failed:
        analyze(read("(tool/find {:order-id 1 :limt 2})"), Env(shapes=SHAPES))
    (trap,) = failed.value.traps
    assert trap.hint == "did you mean `:limit`?; usage: (tool/find {:order_id …}); optional: :limit"
