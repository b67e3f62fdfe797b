"""Rows 1 to 12, 30 to 32: programs in real workers, and what comes back when they are wrong."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from ptc_lisp import FaultKind, Limits, PtcError, Session, json_dsl

EXPENSES = [
    {"category": "travel", "amount": 500},
    {"category": "food", "amount": 50},
    {"category": "travel", "amount": 200},
]
TRAVEL = {"program": {"op": "pipe", "steps": [
    {"op": "load", "name": "expenses"}, {"op": "filter", "where": {"op": "eq", "field": "category", "value": "travel"}},
    {"op": "sum", "field": "amount"}]}}  # fmt: skip


def pipe(*steps):
    return {"program": {"op": "pipe", "steps": list(steps)}}


def program(**op):
    return {"program": op}


def nested(depth: int):
    node = {"op": "literal", "value": True}
    for _ in range(depth - 1):
        node = {"op": "not", "condition": node}
    return {"program": node}


def test_row_1_a_program_runs_as_text_as_bytes_and_as_dict():
    made = program(op="literal", value=42)
    for given in (made, json.dumps(made), json.dumps(made).encode()):
        assert json_dsl.run(given).value == 42


def test_row_2_load_filter_sum():
    assert json_dsl.run(TRAVEL, context={"expenses": EXPENSES}).value == 700


def test_row_2_also_for_coroutines():
    step = asyncio.run(json_dsl.arun(TRAVEL, context={"expenses": EXPENSES}))
    assert step.value == 700


def test_row_3_a_step_has_usage_and_memory():
    step = json_dsl.run(
        {"program": {"big": {"op": "load", "name": "expenses"}}}, context={"expenses": EXPENSES * 5000}
    )
    assert step.usage.duration_ms > 0
    assert step.usage.memory_bytes > 0
    assert step.usage.steps >= 0
    assert list(step.memory) == ["big"]


def test_row_4_run_or_raise_gives_the_value_or_raises():
    assert json_dsl.run_or_raise(TRAVEL, context={"expenses": EXPENSES}) == 700
    with pytest.raises(PtcError, match="division by zero"):
        json_dsl.run_or_raise(program(op="div", left=1, right=0))


def test_row_5_parse_errors_are_told_apart():
    messages = []
    for text in (
        "{oops",
        "{}",
        '{"program": 42}',
        "[1]",
        '{"program": {"op": "count", "op": "first"}}',
        b"\xff{}",
    ):
        step = json_dsl.run(text)
        assert step.error.kind is FaultKind.PARSE_ERROR
        assert json_dsl.format_error(step).startswith("ParseError: ")
        messages.append(step.error.message)
    assert "JSON decode error" in messages[0]
    assert "`program` is missing" in messages[1]
    assert "`program` must be a map" in messages[2]
    assert "must be a JSON object" in messages[3]
    assert 'the key "op" occurs twice' in messages[4]
    assert len(set(messages)) == 6


def test_row_6_a_misspelt_operation_is_a_validation_error_with_a_suggestion():
    step = json_dsl.run(pipe({"op": "load", "name": "x"}, {"op": "filer", "where": True}))
    assert step.error.kind is FaultKind.VALIDATION_ERROR
    assert step.error.details["path"] == "$.program.steps[1].op"
    assert "filer" in step.error.message
    assert "`filter`" in step.error.hint


def test_row_7_a_missing_field_is_named_with_its_operation():
    faults = json_dsl.run(program(op="sum")).faults
    assert any("'sum'" in fault.message and "'field'" in fault.message for fault in faults)


def test_row_8_everything_is_validated_before_anything_runs():
    called = []
    bad = pipe(
        {"op": "call", "tool": "note"},
        {
            "op": "if",
            "condition": False,
            "then": {"op": "map", "expr": {"op": "gett", "field": "a"}},
            "else": 1,
        },
        {"op": "take", "count": -1},
    )
    faults = json_dsl.run(bad, tools={"note": lambda: called.append(1)}).faults
    assert called == []
    assert [fault.details["path"] for fault in faults] == [
        "$.program.steps[1].then.expr.op",
        "$.program.steps[2].count",
    ]
    assert faults == tuple(json_dsl.check(bad))


ERRORS = {
    "ParseError: ": ("{", {}),
    "ValidationError: ": (program(op="nope"), {}),
    "TimeoutError: ": (
        program(op="call", tool="sleep"),
        {"limits": Limits(timeout_ms=50), "tools": {"sleep": lambda: time.sleep(1)}},
    ),
    "TypeError: ": (program(op="add", left="a", right=1), {}),
    "ArithmeticError: ": (program(op="pct", part=1, whole=0), {}),
    "ExecutionError: ": (program(op="fail", reason="no " * 500), {}),
}


@pytest.mark.parametrize("prefix", ERRORS)
def test_row_9_errors_begin_with_their_kind_and_stay_short(prefix):
    given, options = ERRORS[prefix]
    line = json_dsl.format_error(json_dsl.run(given, **options))
    assert line.startswith(prefix)
    assert len(line) <= 220
    assert "\n" not in line


def test_row_9_other_errors_have_a_prefix_too():
    assert json_dsl.format_error(ValueError("odd")) == "Error: odd"
    assert json_dsl.format_error(json_dsl.run(program(op="literal", value=1))).startswith("Error: ")


def test_row_10_a_program_that_waits_too_long_is_stopped():
    started = time.monotonic()
    step = json_dsl.run(
        program(op="call", tool="sleep"),
        tools={"sleep": lambda: time.sleep(60)},
        limits=Limits(timeout_ms=50),
    )
    assert step.error.kind is FaultKind.TIMEOUT
    assert "50 ms" in json_dsl.format_error(step)
    assert time.monotonic() - started < 20


def test_row_11_a_program_that_takes_too_much_memory_is_stopped():
    doubled = {"op": "concat", "lists": [{"op": "var", "name": "__input"}, {"op": "var", "name": "__input"}]}
    step = json_dsl.run(
        pipe({"op": "literal", "value": [1, 2, 3, 4]}, *[doubled] * 40), limits=Limits(timeout_ms=20_000)
    )
    assert step.error.kind is FaultKind.MEMORY_EXCEEDED
    assert json_dsl.format_error(step).startswith("MemoryError: ")
    assert json_dsl.run(program(op="literal", value=1)).value == 1


def test_row_12_tools_that_are_none_that_raise_and_that_are_missing():
    def broken(n: int) -> int:
        raise RuntimeError(f"no {n}")

    none = json_dsl.run(program(op="call", tool="x"), tools={"x": 5})
    assert none.error.kind is FaultKind.VALIDATION_ERROR
    raised = json_dsl.run(program(op="call", tool="broken", args={"n": 3}), tools=[broken])
    assert raised.error.kind is FaultKind.TOOL_ERROR
    assert raised.error.message == "tool 'broken' raised RuntimeError: no 3"
    assert raised.error.details["path"] == "$.program"
    missing = json_dsl.run(program(op="call", tool="brokn"), tools=[broken])
    assert missing.error.kind is FaultKind.UNKNOWN_TOOL
    assert "'brokn' not found" in missing.error.message
    assert "`broken`" in missing.error.hint
    wrong = json_dsl.run(program(op="call", tool="broken", args={"m": 3}), tools=[broken])
    assert {fault.kind for fault in wrong.faults} == {FaultKind.INVALID_TOOL_ARGS}
    assert [fault.details["path"] for fault in wrong.faults] == ["$.program.args.m", "$.program"]


def test_row_30_fifty_levels_are_accepted_and_fifty_one_are_not():
    assert json_dsl.run(nested(50)).value is False
    [fault] = json_dsl.run(nested(51)).faults
    assert fault.kind is FaultKind.VALIDATION_ERROR
    assert "50 levels" in fault.message
    bomb = json_dsl.run('{"program": {"op": "literal", "value": ' + "[" * 100_000 + "]" * 100_000 + "}}")
    assert bomb.error.kind is FaultKind.PARSE_ERROR
    assert bomb.error.details["path"] == "$"


def test_row_31_the_next_program_loads_what_an_earlier_tool_call_gave():
    rows = [{"id": n, "total": n * 2} for n in range(1000)]
    first = json_dsl.run(program(op="call", tool="get_orders"), tools={"get_orders": lambda: rows})
    reference = {"ref": "orders_42", "count": len(first.value), "fields": list(first.value[0])}
    assert reference == {"ref": "orders_42", "count": 1000, "fields": ["id", "total"]}
    second = json_dsl.run(
        pipe({"op": "load", "name": reference["ref"]}, {"op": "sum", "field": "total"}),
        context={reference["ref"]: first.value},
    )
    assert second.value == 999_000


def test_row_32_the_same_program_gives_the_same_result_and_steps():
    first, second = (json_dsl.run(TRAVEL, context={"expenses": EXPENSES}) for _ in range(2))
    assert first.value == second.value
    assert first.usage.steps == second.usage.steps > 0


def test_a_session_keeps_its_memory_between_json_programs_and_lisp_reads_it():
    with Session(language="ptc-json", context={"expenses": EXPENSES}) as session:
        assert (
            session.eval(
                json.dumps({"program": {"late": {"op": "load", "name": "expenses"}, "result": "kept"}})
            ).value
            == "kept"
        )
        step = session.eval(json.dumps(pipe({"op": "var", "name": "late"}, {"op": "count"})))
        assert step.value == 3
        failed = session.eval(json.dumps({"program": {"late": 1, "x": {"op": "div", "left": 1, "right": 0}}}))
        assert not failed.ok
        assert session.memory["late"] == EXPENSES
        again = json.dumps(program(op="add", left={"op": "div", "left": 1, "right": 0}, right=1))
        paths = [session.eval(again).error.details["path"] for _ in range(2)]
        assert paths == ["$.program.left"] * 2
    with Session(memory=session.memory) as lisp:
        assert lisp.eval("(count late)").value == 3
    with pytest.raises(ValueError, match="ptc-json"):
        Session(language="json")


def test_places_of_faults_at_run_time_are_json_paths():
    step = json_dsl.run(
        pipe(
            {"op": "literal", "value": [{"n": 1}]},
            {"op": "map", "expr": {"op": "round", "value": {"op": "get", "field": "m"}}},
        )
    )
    assert step.error.kind is FaultKind.TYPE_ERROR
    assert step.error.details["path"] == "$.program.steps[1].expr"
    assert step.error.message == "round: value must be a number, got null"


def test_what_is_no_json_is_the_hosts_mistake():
    with pytest.raises(TypeError, match="JSON text or a dict"):
        json_dsl.run(42)
    with pytest.raises(TypeError, match="JSON data only"):
        json_dsl.run({"program": {"op": "literal", "value": {1, 2}}})


def test_a_signature_is_checked():
    step = json_dsl.run(TRAVEL, context={"expenses": EXPENSES}, signature=":string")
    assert step.error.kind is FaultKind.VALIDATION_ERROR


@pytest.mark.parametrize(
    "program",
    [
        '{"op": "literal", "value": "\\ud800"}',
        '{"op": "literal", "value": {"\\uDFFF": 1}}',
        '{"op": "load", "name": "\\ud83d"}',
        '{"op": "\\ud800"}',
    ],
)
def test_an_escape_that_is_half_of_a_character_is_refused(program):
    for faults in (
        json_dsl.run(f'{{"program": {program}}}').faults,
        json_dsl.check(f'{{"program": {program}}}'),
    ):
        assert [(fault.kind, "half of a character" in fault.message) for fault in faults] == [
            ("parse_error", True)
        ]


def test_escapes_of_both_halves_are_a_character():
    assert json_dsl.run('{"program": {"op": "literal", "value": "\\ud83d\\ude00"}}').unwrap() == "\U0001f600"


@pytest.mark.parametrize(
    "source",
    [
        '{"program": "' + '\\"' * 300_000,
        json.dumps({"program": {"op": "pipe", "steps": [{"op": f"filtr{n}"} for n in range(20_000)]}}),
        json.dumps({"program": {"op": "literal", "value": 1} | {f"valu{n}": 1 for n in range(20_000)}}),
    ],
    ids=["a text that never ends", "unknown operations", "unknown fields"],
)
def test_a_long_wrong_program_is_checked_quickly(source):
    began = time.process_time()
    assert 1 <= len(json_dsl.check(source)) <= 50
    assert time.process_time() - began < 5


def test_arguments_of_a_tool_that_do_not_fit_are_told_with_the_tool_in_the_words_of_json():
    def find(max_rows: int) -> int:
        return max_rows

    step = json_dsl.run(program(op="call", tool="find", args={"max_rows": "x"}), tools=[find])
    assert step.error.message == "tool 'find': argument max_rows: Expected int, got str"
