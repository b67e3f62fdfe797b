"""An agent that writes PTC-JSON is the same agent: in every mode its runs are those of its twin that writes PTC-Lisp, and what its
model reads is written as JSON."""

# pyright: basic, reportOptionalMemberAccess=false, reportOptionalSubscript=false, reportArgumentType=false
from __future__ import annotations

import json
import re
from dataclasses import dataclass

import jsonschema
import pytest

from ptc_lisp import FaultKind, Memory, NativeResult, Tool, json_dsl
from subagent import ScriptedLLM, SubAgent
from subagent.prompting.preview import Bounds, preview

ROWS = [{"city": "Oslo", "n": 2, "note": None}, {"city": "Rome", "n": 5, "note": None}] * 20
LOAD = {"op": "load", "name": "rows"}


def pipe(*steps):
    return {"op": "pipe", "steps": list(steps)}


def charge(city: str, by: dict) -> dict:
    """Charges a city.

    Args:
        city: which one.
    """
    return {"city": city, "left": None, **by}


CHARGE = Tool(charge, effect="write", expose="both")
CALL = {"op": "call", "tool": "charge", "args": {"city": "Oslo", "by": {"x": 1}}}
TURNS = [
    ("(def kept data/rows) (count kept)", {"kept": LOAD, "result": pipe(LOAD, {"op": "count"})}),
    ('(+ (tool/charge {:city "Oslo" :by {:x 1}}) 1)', {"op": "add", "left": CALL, "right": 1}),
    ("(no-such 1)", {"op": "no_such"}),
    (
        '(task "t" (map :n (take 2 kept))) (step-done "look" "two")',
        {"op": "list", "items": [
            {"op": "task", "name": "t", "value": pipe({"op": "var", "name": "kept"}, {"op": "take", "count": 2})},
            {"op": "step_done", "step": "look", "summary": "two"}]},
    ),
    ("data/rows", LOAD),
    ('(return {:totals "x"})', {"op": "return", "value": {"totals": "x"}}),
    ("(return {:total 3})", {"op": "return", "value": {"total": 3}}),
]  # fmt: skip
WAYS = {
    "content": {},
    "schema": {"constrain": "schema"},
    "tool_call": {"transport": "tool_call"},
    "text": {"mode": "text", "transport": "tool_call"},
}


@dataclass
class Twin:
    step: object
    requests: list
    events: list
    stages: list


def agent(language, way, **fields):
    lisp_way = {} if way == "schema" and language == "ptc-lisp" else WAYS[way]
    return SubAgent(
        language=language, signature="{total :int}", tools=[CHARGE], plan=["look", "charge"], journaling=True, max_turns=9,
        allow_effects=("read", "write"), context_ref_bytes=1_000, field_descriptions={"total": "in all"}, **{**lisp_way, **fields},
    )  # fmt: skip


def lisp_reply(way, program):
    if way in {"content", "schema"}:
        return f"```clojure\n{program}\n```"
    return {"tool_calls": [{"name": "lisp_eval", "args": {"program": program}}]}


def json_reply(way, program):
    strict = {"nodes": [{"id": "a", **program}], "result": "a"}
    with_path = program["op"] == "no_such" if "op" in program else False
    strict = strict if with_path else json_dsl.to_strict({"program": program})
    match way:
        case "content":
            return f"```json\n{json.dumps({'program': program})}\n```"
        case "schema":
            return json.dumps(strict)
        case _:
            return {"tool_calls": [{"name": "json_eval", "args": strict}]}


def run(language, way, **fields):
    reply, at = (lisp_reply, 0) if language == "ptc-lisp" else (json_reply, 1)
    replies = [reply(way, turn[at]) for turn in TURNS]
    if way == "text":
        replies.append('{"total": 3}')
    llm, events = ScriptedLLM(replies), []
    step = agent(language, way, **fields).run(
        "Sum {{rows}}", llm=llm, context={"rows": ROWS}, on_event=events.append
    )
    return Twin(step, llm.requests, [type(event).__name__ for event in events], events)


@pytest.fixture(scope="module", params=WAYS)
def twins(request):
    return request.param, run("ptc-lisp", request.param), run("ptc-json", request.param)


def test_twins_go_the_same_way(twins):
    _, lisp, in_json = twins
    assert in_json.step.value == lisp.step.value == {"total": 3}
    assert in_json.events == lisp.events
    assert len(in_json.requests) == len(lisp.requests)
    for first, second in zip(lisp.step.turns, in_json.step.turns, strict=True):
        assert (first.kind, first.returned, first.ok) == (second.kind, second.returned, second.ok)
        assert (first.memory, first.kept, first.tasks) == (second.memory, second.kept, second.tasks)
        calls = [[(call.name, call.args, call.result, call.layer, call.took_effect) for call in turn.tool_calls]
                 for turn in (first, second)]  # fmt: skip
        assert calls[0] == calls[1]
    assert list(lisp.step.journal) == list(in_json.step.journal) == ["t"]
    assert lisp.step.summaries == in_json.step.summaries == {"look": "two"}
    assert lisp.step.usage.turns == in_json.step.usage.turns


def test_the_traces_of_twins_have_the_same_fields(twins):
    _, lisp, in_json = twins
    for first, second in zip(lisp.stages, in_json.stages, strict=True):
        assert type(first).__struct_fields__ == type(second).__struct_fields__
        assert (first.run_id is None, getattr(first, "turn", 0)) == (
            second.run_id is None,
            getattr(second, "turn", 0),
        )


def test_nothing_that_the_model_reads_is_lisp(twins):
    way, _, in_json = twins
    read = "\n".join(
        [
            in_json.requests[-1].system,
            *(m.content for r in in_json.requests for m in r.messages if m.role != "assistant"),
        ]
    )
    found = re.findall(
        r"data/\w+|tool/\w+|\(return\b|\(task\b|[{ ]:[a-z]+ |\bnil\b|[Cc]lojure|PTC-Lisp|lisp_eval|#\{|##",
        read,
    )
    assert found == []
    for said in (
        '"city" string, e.g.',
        '{"total": int}',
        "null",
        'charge {"city": string, "by": map} -> map',
    ):
        assert said in read.replace('\\"', '"'), said
    plain = read.replace('\\"', '"')
    assert 'charge {"city": "Oslo", "by": {"x": 1}} gave {"city": "Oslo", "left": null, "x": 1}' in plain
    assert 't = [{"city": "Oslo", "n": 2, "note": null}' in plain
    assert 'kept = [{"city"' in plain or '"kept": "[{"city"' in plain
    if way != "text":
        assert "got null (missing; the map has totals)" in plain
        assert 'rename "totals" to "total"' in plain or 'add "total" to the map' in plain


def test_programs_by_tool_call_are_asked_for_by_the_schema_of_programs():
    (tool,) = run("ptc-json", "tool_call").requests[0].tools
    function = tool["function"]
    assert (function["name"], function["strict"]) == ("json_eval", True)
    assert function["parameters"] == json_dsl.to_llm_schema()
    for provider in ("openai", "anthropic"):
        assert json_dsl.schema_problems(function["parameters"], provider) == []


def test_a_call_may_hold_the_tree_or_text_and_wrong_arguments_are_told():
    def called(args):
        return {"tool_calls": [{"name": "json_eval", "args": args}]}

    tree = {"program": pipe(LOAD, {"op": "count"})}
    llm = ScriptedLLM([
        called({}), called({"program": "  "}), called({"nodes": 3}), called(tree), called({"program": json.dumps(tree)}),
        {"tool_calls": [{"name": "lisp_eval", "args": {"program": "1"}}]},
        f"```json\n{json.dumps(tree)}\n```", '```json\n{"program": 3}\n```',
    ])  # fmt: skip
    worker = SubAgent(language="ptc-json", transport="tool_call", signature="{program :int}", max_turns=8)
    step = worker.run("go", llm=llm, context={"rows": ROWS})
    assert step.value == {"program": 3}
    told = [json.loads(m.content) for m in llm.requests[-1].messages if m.role == "tool"]
    assert [each.get("reason") for each in told] == [
        "args_error",
        "args_error",
        "parse_error",
        None,
        None,
        "unknown_tool",
    ]
    assert told[0]["message"] == 'json_eval takes {"nodes": [...], "result": id}: it is missing'
    assert "`nodes` must be a list" in told[2]["message"]
    assert [each["result"] for each in told[3:5]] == ["40", "40"]
    assert "Call the tool `json_eval` with it" in llm.requests[-1].messages[-1].content


def test_several_calls_and_calls_beside_others_run_nothing():
    made = []
    note = Tool(lambda: made.append(1), name="note")
    program = {"name": "json_eval", "args": {"program": {"op": "call", "tool": "note"}}}
    llm = ScriptedLLM(
        [{"tool_calls": [program, program]}, {"tool_calls": [program, {"name": "note", "args": {}}]}, "done"]
    )
    text = SubAgent(language="ptc-json", mode="text", transport="tool_call", tools=[note])
    assert text.run("go", llm=llm).value == "done"
    assert made == []
    told = [json.loads(m.content) for m in llm.requests[-1].messages if m.role == "tool"]
    assert {each["reason"] for each in told} == {"multiple_tool_calls", "mixed_with_lisp_eval"}
    assert "json_eval" in told[0]["message"]


def test_a_bridge_shows_how_a_program_gets_the_whole():
    def orders(city: str) -> list[dict]:
        """All orders of a city."""
        return [{"id": n, "total": n} for n in range(100)]

    bridge = Tool(orders, expose="both", cache=True, native_result=NativeResult(preview="rows", limit=1))
    program = {
        "program": pipe(
            {"op": "call", "tool": "orders", "args": {"city": "Oslo"}}, {"op": "sum", "field": "total"}
        )
    }
    llm = ScriptedLLM([
        {"tool_calls": [{"name": "orders", "args": {"city": "Oslo"}}]},
        {"tool_calls": [{"name": "json_eval", "args": json_dsl.to_strict(program)}]}, "4950",
    ])  # fmt: skip
    text = SubAgent(language="ptc-json", mode="text", transport="tool_call", tools=[bridge], signature=":int")
    step = text.run("Sum", llm=llm)
    assert step.value == 4950
    assert [(call.layer, call.cached) for call in step.tool_calls] == [("native", False), ("program", True)]
    hint = json.loads(llm.requests[1].messages[-1].content)["hint"]
    assert 'calls orders {"city": "Oslo"} in json_eval' in hint
    assert "take" in llm.requests[0].system


def test_text_mode_without_programs_tells_types_as_json():
    llm = ScriptedLLM(['{"n": "x"}', '{"n": 3}'])
    step = SubAgent(
        "Count {{rows}}", language="ptc-json", mode="text", signature="(rows [:any]) -> {n :int}"
    ).run(llm=llm, context={"rows": [1]})
    assert step.value == {"n": 3}
    assert '{"n": int}' in llm.requests[0].system
    assert '{"n": int}' in llm.requests[1].messages[-1].content


def test_row_68_tasks_of_an_earlier_run_are_not_evaluated_again():
    made = []
    pay = Tool(lambda order: made.append(order) or f"receipt {order}", name="pay")
    task = {
        "op": "task",
        "name": {"op": "text", "parts": ["pay_", 42]},
        "value": {"op": "call", "tool": "pay", "args": {"order": 42}},
    }
    payer = SubAgent(language="ptc-json", tools=[pay], journaling=True, max_turns=2)
    fails = pipe(task, {"op": "sum", "field": "n"})
    first = payer.run(
        "go",
        llm=ScriptedLLM([json_reply("content", fails), json_reply("content", {"op": "fail", "reason": "x"})]),
    )
    assert (first.error.kind, dict(first.journal)) == (FaultKind.FAILED, {"pay_42": "receipt 42"})
    again = ScriptedLLM([json_reply("content", {"op": "return", "value": task})])
    second = payer.run("go", llm=again, journal=Memory.from_bytes(first.journal.to_bytes()))
    assert (second.value, made) == ("receipt 42", [42])
    assert '<journal>\npay_42 = "receipt 42"\n</journal>' in again.requests[0].messages[0].content
    assert "`task_reset` forgets a name" in again.requests[0].system
    reset = pipe({"op": "task_reset", "name": "pay_42"}, {"op": "return", "value": task})
    payer.run("go", llm=ScriptedLLM([json_reply("content", reset)]), journal=first.journal)
    assert made == [42, 42]


def test_thinking_and_an_own_format_of_replies():
    thinking = SubAgent(language="ptc-json", thinking=True)
    assert "First think" in thinking.preview_prompt("x").system
    step = thinking.run(
        "go", llm=ScriptedLLM(['I count {"rows"}.\n```json\n{"program": {"op": "return", "value": 1}}\n```'])
    )
    assert step.value == 1
    by_call = SubAgent(language="ptc-json", thinking=True, transport="tool_call").preview_prompt("x").system
    assert "First think" in by_call
    assert "json_eval" in by_call


def test_what_the_strict_prompt_says_is_what_the_schema_takes():
    for text in (json_dsl.to_prompt(strict=True), json_dsl.to_prompt(strict=True, compact=True)):
        programs = [
            json.loads(line.removeprefix("Example: "))
            for line in text.splitlines()
            if '{"nodes": [{' in line or '{"nodes":[{' in line
        ]
        assert programs
        for program in programs:
            jsonschema.Draft7Validator(json_dsl.to_llm_schema()).validate(program)
            assert json_dsl.check(program) == []
    for op in json_dsl.operations():
        assert op.name in json_dsl.to_prompt(strict=True, compact=True)


@pytest.mark.parametrize(
    ("value", "bounds", "shown"),
    [
        ({"a": None, 1: True, "b c": [1.25, float("inf"), float("-inf"), float("nan")]}, {}, '{"a": null, "1": true, "b c": [1.25, Infinity, -Infinity, NaN]}'),
        ({"a": [[1]], "b": {"c": 2}}, {"depth": 1}, '{"a": [...], "b": {...}}'),
        ([1, 2, 3], {"items": 2}, "[1, 2, ... 1 more]"),
        ({3}, {}, "[3]"),
        ({3}, {"depth": 0}, "[...]"),
        ('a"b\nä', {}, '"a\\"b\\nä"'),
        (1.23456, {"digits": 2}, "1.23"),
    ],
)  # fmt: skip
def test_pictures_in_json(value, bounds, shown):
    assert preview(value, Bounds(language="ptc-json", **bounds)) == shown
