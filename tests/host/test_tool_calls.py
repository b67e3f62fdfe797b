"""Tools: how a call's map reaches a Python function, what comes back, and what is recorded."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import threading
import time
from dataclasses import dataclass

import msgspec
import pytest

import ptc_lisp
from ptc_lisp import Limits, PtcError, Tool


def get_order(order_id: int, limit: int = 10, *, tags: list[str] | None = None) -> dict:
    """Finds an order."""
    return {"id": order_id, "limit": limit, "tags": tags}


def everything(**args):
    return args


def untyped(a, b=2):
    return [a, b]


@dataclass
class Point:
    x: int
    y: float


class Query(msgspec.Struct):
    name: str
    after: dt.date


def take(point: Point, query: Query, when: dt.datetime) -> list:
    return [point.x, point.y, query.name, query.after, when]


def run(program, tools, **limits):
    return ptc_lisp.run(program, tools=tools, limits=Limits(**{"timeout_ms": 10_000, **limits}))


@pytest.mark.parametrize(
    "call, result",
    [
        ("(tool/get_order {:order-id 5})", {"id": 5, "limit": 10, "tags": None}),
        ("(tool/get_order {:order_id 5 :limit 1})", {"id": 5, "limit": 1, "tags": None}),
        ('(tool/get_order :order-id 5 :tags [:a "b"])', {"id": 5, "limit": 10, "tags": ["a", "b"]}),
        ('(tool/get_order {"order-id" "5"})', {"id": 5, "limit": 10, "tags": None}),
        ("(tool/everything {:a-b {:c-d :e} :f #{1}})", {"a_b": {"c_d": "e"}, "f": [1]}),
        ("(tool/everything)", {}),
        ("(tool/untyped {:a 1})", [1, 2]),
        ("(map #(tool/untyped {:a %}) [1 2])", [[1, 2], [2, 2]]),
        ("(let [f tool/untyped] (f {:a 1 :b nil}))", [1, None]),
    ],
)
def test_arguments_reach_parameters_by_name(call, result):
    assert run(call, [get_order, everything, untyped]).unwrap() == result


@pytest.mark.parametrize(
    "args, words",
    [
        ("{}", "missing :order-id"),
        ("{:order-idd 1}", "did you mean :order-id"),
        ('{:order-id "x"}', "argument :order-id"),
        ("{:order-id nil}", "argument :order-id"),
        ("{:order-id 1 :tags [1]}", "argument :tags"),
    ],
)
def test_wrong_arguments_are_told_with_an_example(args, words):
    step = run(f"(let [args {args}] (tool/get_order args))", [get_order])
    assert step.error.kind == "invalid_tool_args"
    assert words in step.error.message
    assert step.error.hint.startswith("call it like (tool/get_order {:order-id 3")
    assert [record.error for record in step.tool_calls] == [step.error.message]


@pytest.mark.parametrize(
    "call", ["(tool/get_order)", "(tool/get_order {:order-id 1 :limits 2})", "(tool/get_order 5)"]
)
def test_arguments_that_cannot_fit_are_found_before_anything_runs(call):
    step = run(f"(println 1) {call}", [get_order])
    assert (step.error.kind, step.error.phase) == ("invalid_tool_args", "analyze")
    assert (step.prints, step.tool_calls) == ([], [])
    assert [fault.kind for fault in ptc_lisp.check(call, tools=[get_order])] == ["invalid_tool_args"]


@pytest.mark.parametrize(
    "program",
    ["(tool/get_order 5)", "(first (map tool/get_order [5 6]))", "(let [n 5] (-> n tool/get_order))"],
)
def test_the_value_of_the_only_required_argument_may_stand_alone(program):
    assert run(program, [get_order]).error.kind == "invalid_tool_args"
    assert run(program, [Tool(get_order, positional=True)]).tool_calls[0].args == {"order_id": 5}


def test_a_map_alone_is_always_the_map_of_arguments():
    def save(record: dict) -> int:
        return len(record)

    assert run("(tool/save {:record {:a 1}})", [Tool(save, positional=True)]).value == 1
    step = run("(let [m {:a 1}] (tool/save m))", [Tool(save, positional=True)])
    assert step.error.kind == "invalid_tool_args"


def test_a_row_may_stand_for_the_argument_that_it_holds():
    step = run(
        "(map tool/get_order [{:order-id 1 :title 2} {:title 3 :limit 4 :order_id 5}])",
        [Tool(get_order, positional=True)],
    )
    assert [call.args for call in step.tool_calls] == [{"order_id": 1}, {"order_id": 5, "limit": 4}]
    assert (
        run("(tool/get_order {:order-id 1 :title 2})", [Tool(get_order, positional=True)]).error.kind
        == "invalid_tool_args"
    )
    assert (
        "no argument :title"
        in run("(map tool/get_order [{:title 3}])", [Tool(get_order, positional=True)]).error.message
    )


def test_a_tool_with_several_required_arguments_takes_none_alone():
    def drive(start: str, end: str) -> str:
        return f"{start} {end}"

    assert run('(tool/drive "Bonn")', [Tool(drive, positional=True)]).error.kind == "invalid_tool_args"
    assert run('(map tool/drive ["Bonn"])', [Tool(drive, positional=True)]).error.kind == "invalid_tool_args"


def test_a_map_with_more_than_the_arguments_is_told_to_be_cut():
    step = run("(let [row {:order-id 1 :title 2}] (tool/get_order row))", [get_order])
    assert "(tool/get_order (select-keys m [:order-id]))" in step.error.hint


def test_records_and_structs_are_built_for_annotated_parameters():
    step = ptc_lisp.run(
        '(tool/take {:point {:x 1 :y 2} :query {:name "n" :after "2024-01-02"} :when data/now})',
        tools=[take],
        context={"now": dt.datetime(2024, 1, 1, tzinfo=dt.UTC)},
    )
    assert step.unwrap() == [1, 2.0, "n", dt.date(2024, 1, 2), dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]
    step = run('(tool/take {:point {:x 1} :query {:name "n"} :when 1})', [take])
    assert step.error.kind == "invalid_tool_args"


def test_results_of_many_kinds_become_values():
    @dataclass
    class Row:
        id: int
        tags: set[str]

    tools = {
        "rows": lambda: [Row(1, {"b", "a"}), Row(2, set())],
        "when": lambda: dt.date(2024, 1, 2),
        "none": lambda: None,
    }
    step = run("[(map :tags (tool/rows)) (tool/when) (tool/none)]", tools)
    assert step.unwrap() == [[["a", "b"], []], dt.date(2024, 1, 2), None]


def test_a_result_that_cannot_go_in_is_a_tool_error_with_its_path():
    step = run("(tool/bad)", {"bad": lambda: {"rows": [object()]}})
    assert step.error.kind == "tool_error"
    assert "the result of tool/bad['rows'][0]" in step.error.message


def test_an_exception_is_a_tool_error_without_traceback():
    def broken(x: int):
        raise KeyError(f"no row {x}")

    step = run("(println 1) (tool/broken {:x 3})", [broken])
    assert step.error.kind == "tool_error"
    assert step.error.message == "tool/broken failed: KeyError: 'no row 3'"
    assert step.error.details == {"tool": "broken", "error_type": "KeyError"}
    assert step.prints == ["1"]
    assert isinstance(step.tool_calls[0].exception, KeyError)
    with pytest.raises(PtcError) as caught:
        step.unwrap()
    assert isinstance(caught.value.__cause__, KeyError)


def test_even_system_exit_stays_in_the_tool():
    def leave():
        raise SystemExit(1)

    assert run("(tool/leave)", [leave]).error.kind == "tool_error"


def test_unknown_tools_are_found_before_anything_runs():
    step = run("(tool/get_order {:order-id 1}) (tool/nope)", [get_order])
    assert step.error.kind == "unknown_tool"
    assert step.tool_calls == []


def test_coroutine_tools_work_from_both_sides():
    async def double(x: int) -> int:
        await asyncio.sleep(0.01)
        return x * 2

    assert run("(tool/double {:x 4})", [double]).unwrap() == 8
    assert asyncio.run(ptc_lisp.arun("(tool/double {:x 4})", tools=[double])).unwrap() == 8


def test_plain_tools_work_from_coroutines():
    step = asyncio.run(ptc_lisp.arun("(tool/untyped {:a 1})", tools=[untyped]))
    assert step.unwrap() == [1, 2]


def test_the_ledger_has_every_call_in_order():
    def slow(n: int) -> int:
        time.sleep(0.02)
        return n

    began = time.time()
    step = run("(tool/slow {:n 1}) (tool/slow {:n 2}) (/ 1 0)", [slow])
    assert step.error.kind == "arithmetic_error"
    assert [(r.name, r.args, r.result, r.ok) for r in step.tool_calls] == [
        ("slow", {"n": 1}, 1, True),
        ("slow", {"n": 2}, 2, True),
    ]
    assert all(r.duration_ms >= 20 and r.started_at >= began - 1 for r in step.tool_calls)
    assert step.usage.tool_ms >= 40


def test_a_large_result_is_previewed_only():
    step = run("(count (tool/big))", {"big": lambda: ["x" * 100] * 10_000})
    record = step.tool_calls[0]
    assert (step.value, record.truncated) == (10_000, True)
    assert record.result_bytes > 1_000_000
    assert len(record.result) <= 16_384


def test_a_result_above_the_limit_is_a_tool_error():
    step = run("(tool/big)", {"big": lambda: "x" * 10_000}, max_tool_result_bytes=1_000)
    assert step.error.kind == "tool_error"
    assert step.error.details["limit_bytes"] == 1_000


def test_the_number_of_calls_is_limited():
    step = run("(tool/untyped {:a 1}) (tool/untyped {:a 2})", [untyped], max_tool_calls=1)
    assert step.error.kind == "tool_call_limit_exceeded"
    assert step.error.details == {"limit": 1}
    assert run("(tool/untyped {:a 1})", [untyped], max_tool_calls=0).error.kind == "tool_call_limit_exceeded"


def test_tool_time_counts_and_a_hanging_tool_does_not_hold_the_caller():
    release = threading.Event()
    began = time.monotonic()
    step = run("(println 1) (tool/hang)", {"hang": lambda: release.wait(60)}, timeout_ms=1_000)
    assert time.monotonic() - began < 20
    release.set()
    assert (step.error.kind, step.prints) == ("timeout", ["1"])
    assert step.tool_calls[0].error.startswith("abandoned")


def test_context_variables_reach_the_tool():
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("set")
    assert run("(tool/read)", {"read": variable.get}).unwrap() == "set"


def test_tools_may_run_programs():
    assert run("(tool/inner)", {"inner": lambda: ptc_lisp.run("(+ 1 2)").unwrap()}).unwrap() == 3


def test_a_tool_with_a_signature_coerces_by_it():
    tool = Tool(everything, name="find-orders", signature="(order-id :int, since :datetime?) -> [:any]")
    step = run('(tool/find-orders {:order-id "42"})', [tool])
    assert step.unwrap() == {"order_id": 42}
    assert run('(tool/find-orders {:order-id "x"})', [tool]).error.kind == "invalid_tool_args"


def test_a_tool_describes_itself():
    tool = Tool(get_order)
    assert (tool.name, tool.description, tool.effect) == ("get_order", "Finds an order.", None)
    assert [field.name for field in tool.contract.params] == ["order_id", "limit", "tags"]
    with pytest.raises(ValueError, match="effect must be one of"):
        Tool(get_order, effect="delete")


def test_a_class_word_as_argument_name():
    def search(class_: str):
        return class_

    assert run("(tool/search {:class :x})", [search]).unwrap() == "x"


def test_nil_for_an_argument_with_a_default_is_as_if_it_were_left_out():
    def page(query: str, cursor: int = 7, tag: str | None = "x", anything=5) -> list:
        return [query, cursor, tag, anything]

    step = ptc_lisp.run('(tool/page {:query "q" :cursor nil :tag nil :anything nil})', tools=[page])
    assert step.value == ["q", 7, None, None]


def test_nil_for_an_argument_that_is_needed_is_refused():
    def fetch(doc: int) -> int:
        return doc

    step = ptc_lisp.run("(tool/fetch {:doc (first [])})", tools=[fetch])
    assert step.error is not None
    assert step.error.kind.value == "invalid_tool_args"


def test_the_plural_calls_a_tool_too():
    step = ptc_lisp.run("(+ (tools/add {:n 1}) (tools/add :n 2))", tools={"add": lambda n: n + 1})
    assert step.value == 5
