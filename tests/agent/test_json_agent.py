"""Agents that write PTC-JSON: scripted replies, real sandbox, the same loop."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptc_lisp import FaultKind, Limits, json_dsl
from subagent import Hooks, ScriptedLLM, SubAgent, refuse_missed_lookups
from subagent.demo.tables import load_table
from subagent.loop.extract_json import extract_json
from subagent.loop.json_keys import unknown_fields
from subagent.prompting.resources import prompt

ROWS = [{"city": "Oslo", "n": 2}, {"city": "Rome", "n": 5}, {"city": "Oslo", "n": 1}]
LOAD = {"op": "load", "name": "rows"}
OSLO = {"op": "filter", "where": {"op": "eq", "field": "city", "value": "Oslo"}}
SUM = {"op": "sum", "field": "n"}


def pipe(*steps):
    return {"op": "pipe", "steps": list(steps)}


def block(program):
    return f"```json\n{json.dumps({'program': program})}\n```"


def run(agent, *programs, **options):
    llm = ScriptedLLM([p if isinstance(p, str) else block(p) for p in programs])
    step = agent.run("do it", llm=llm, **{"context": {"rows": ROWS}, **options})
    return step, llm


def agent(**fields):
    return SubAgent(language="ptc-json", **fields)


def test_one_turn_gives_the_value_of_the_program():
    step, llm = run(agent(max_turns=1), pipe(LOAD, SUM))
    assert (step.ok, step.value) == (True, 8)
    system = llm.requests[0].system
    assert "PTC-JSON" in system
    assert "clojure" not in system
    assert "sort_by" in system
    user = llm.requests[0].messages[0].content
    assert "rows - " in user
    assert "data/rows" not in user
    assert "one ```json block" in user


def test_names_are_kept_between_turns_and_the_last_value_too():
    step, llm = run(
        agent(),
        {"oslo": pipe(LOAD, OSLO), "result": pipe(LOAD, OSLO, {"op": "count"})},
        {
            "op": "return",
            "value": {"last": {"op": "var", "name": "*1"}, "sum": pipe({"op": "var", "name": "oslo"}, SUM)},
        },
    )
    assert step.value == {"last": 2, "sum": 3}
    assert [turn.memory for turn in step.turns] == [("oslo",), ()]
    told = llm.requests[1].messages[-1].content
    assert "<result>\n2\n</result>" in told
    assert '{"op": "return"' in told
    assert "(return" not in told
    assert "clojure" not in told
    assert llm.requests[1].messages[1].content == block(
        {"oslo": pipe(LOAD, OSLO), "result": pipe(LOAD, OSLO, {"op": "count"})}
    )


def test_values_are_shown_as_json():
    step, llm = run(agent(), pipe(LOAD, {"op": "take", "count": 1}), {"op": "return", "value": None})
    assert step.turns[0].shown == '[{"city": "Oslo", "n": 2}]'
    assert '[{"city": "Oslo", "n": 2}]' in llm.requests[1].messages[-1].content


def test_a_wrong_program_is_told_with_its_path_and_mended():
    step, llm = run(agent(), pipe(LOAD, {"op": "filer"}), {"op": "return", "value": pipe(LOAD, SUM)})
    assert step.value == 8
    assert step.turns[0].error.kind is FaultKind.VALIDATION_ERROR
    told = llm.requests[1].messages[-1].content
    assert "$.program.steps[1].op: validation_error: unknown operation 'filer'" in told
    assert "did you mean `filter`?" in told


def test_an_input_that_does_not_exist_is_told_before_running():
    step, _ = run(agent(max_turns=1), pipe({"op": "load", "name": "row"}, SUM))
    assert step.error.kind is FaultKind.UNBOUND_VAR
    assert "there is no input 'row'" in step.error.message
    assert "`rows`" in step.error.hint


def test_a_wrong_answer_is_told_with_its_type():
    step, llm = run(
        agent(signature="{total :int}"),
        {"op": "return", "value": {"total": "x"}},
        {"op": "return", "value": {"total": pipe(LOAD, SUM)}},
    )
    assert step.value == {"total": 8}
    assert "The answer was refused" in llm.requests[1].messages[-1].content


def test_fields_that_no_table_has_are_told():
    step, llm = run(agent(), pipe(LOAD, {"op": "sum", "field": "nn"}), {"op": "return", "value": 1})
    assert step.turns[0].ok
    told = llm.requests[1].messages[-1].content
    assert "The program reads `nn`, which no table has: that gives null" in told
    assert "rows has city, n" in told
    assert "If this result is the answer" not in told


@pytest.mark.parametrize(
    ("program", "unknown"),
    [
        (pipe(LOAD, {"op": "filter", "where": {"op": "eq", "field": "c", "value": 1}}, {"op": "get", "path": ["d", "e"]}), ["c", "d"]),
        (pipe(LOAD, {"op": "select", "fields": ["city", "x"]}, {"op": "join", "with": LOAD, "on": "n", "with_field": "m"}), ["x", "m"]),
        (pipe(LOAD, {"op": "group_by", "field": "city", "fields": {"s": {"op": "sum", "field": "n"}}}, {"op": "max_by", "field": "s"}), []),
        (pipe(LOAD, {"op": "count_by", "field": "city"}, {"op": "max_by", "field": "count"}), []),
        (pipe(LOAD, {"op": "map", "expr": {"made": 1}}, {"op": "sum", "field": "made"}), []),
        (pipe({"op": "call", "tool": "t"}, {"op": "sum", "field": "x"}), []),
    ],
)  # fmt: skip
def test_fields_are_known_from_tables_and_from_the_program(program, unknown):
    for text in ({"program": program}, json_dsl.to_strict({"program": program})):
        assert unknown_fields(json.dumps(text), {"rows": ["city", "n"]}) == unknown
    assert unknown_fields(json.dumps({"program": program}), {}) == []
    assert unknown_fields("{", {"rows": ["n"]}) == []


def test_an_answer_from_a_field_that_no_table_has_can_be_refused():
    wrong, right = (
        {"op": "return", "value": pipe(LOAD, {"op": "sum", "field": name})} for name in ("nn", "n")
    )
    step, llm = run(agent(), wrong, right, hooks=Hooks(before_answer=refuse_missed_lookups))
    assert step.value == 8
    assert "no table has the field `nn`: rows has city, n" in llm.requests[1].messages[-1].content
    step, _ = run(agent(), wrong, wrong, hooks=Hooks(before_answer=refuse_missed_lookups))
    assert step.value == 0


def test_fail_ends_the_run():
    step, _ = run(agent(), {"op": "fail", "reason": {"reason": "no_rows", "message": "nothing there"}})
    assert step.error.kind is FaultKind.FAILED
    assert "nothing there" in step.error.message


def test_a_last_turn_wants_a_return():
    step, llm = run(agent(max_turns=2, completion="explicit"), pipe(LOAD), pipe(LOAD, SUM))
    assert step.turns[-1].error.kind is FaultKind.MUST_RETURN_MISSING
    assert "ends with `return`" in llm.requests[1].messages[-1].content


def test_tools_are_listed_and_called_with_computed_arguments():
    def price(city: str) -> float:
        """The price of a city."""
        return {"Oslo": 1.5, "Rome": 2.5}[city]

    program = {
        "op": "return",
        "value": pipe(
            LOAD,
            {
                "op": "pmap",
                "expr": {"op": "call", "tool": "price", "args": {"city": {"op": "get", "field": "city"}}},
            },
        ),
    }
    step, llm = run(agent(tools=[price]), program)
    assert step.value == [1.5, 2.5, 1.5]
    assert len(step.turns[0].tool_calls) == 3
    assert 'price {"city": string} -> float - The price of a city.' in llm.requests[0].messages[0].content


def test_limits_and_tool_failures_are_the_same_faults():
    def broken() -> int:
        raise RuntimeError("gone")

    step, llm = run(
        agent(tools=[broken], max_turns=2), {"op": "call", "tool": "broken"}, {"op": "return", "value": 1}
    )
    assert step.turns[0].error.kind is FaultKind.TOOL_ERROR
    assert "tool 'broken' raised RuntimeError: gone" in llm.requests[1].messages[-1].content
    many = [
        {"op": "concat", "lists": [{"op": "var", "name": "__input"}, {"op": "var", "name": "__input"}]}
    ] * 40
    step, _ = run(agent(max_turns=1, limits=Limits(timeout_ms=20_000)), pipe(LOAD, *many))
    assert step.error.kind is FaultKind.MEMORY_EXCEEDED


def test_structured_output_sends_the_schema_and_takes_bare_json():
    writer = agent(constrain="schema")
    program = json_dsl.to_strict(
        {"program": pipe(LOAD, OSLO, SUM, {"op": "return", "value": {"op": "get", "path": []}})}
    )
    step, llm = run(writer, json.dumps(pipe(LOAD)), json.dumps(program))
    assert step.value == 3
    assert step.turns[0].error.kind is FaultKind.PARSE_ERROR
    assert llm.requests[0].schema == json_dsl.to_llm_schema()
    assert "one JSON object" in llm.requests[0].messages[0].content
    assert llm.requests[1].messages[1].content == json.dumps(pipe(LOAD))


def test_the_examples_of_the_prompts_run():
    sections = prompt("json").sections
    orders = [
        {"city": "Oslo", "total": 20},
        {"city": "Oslo", "total": 40},
        {"city": "Rome", "total": 11},
        {"city": "Rome", "total": 5},
    ]
    values = []
    for name in ("example", "example_strict"):
        program = json.loads(sections[name])
        assert json_dsl.check(program) == []
        values.append(json_dsl.run(program, context={"orders": orders}).value)
    assert (
        values[0]
        == values[1]
        == [{"city": "Oslo", "n": 2, "mean": 30.0}, {"city": "Rome", "n": 1, "mean": 11.0}]
    )
    jsonschema.Draft7Validator(json_dsl.to_llm_schema()).validate(json.loads(sections["example_strict"]))
    for name in ("answer", "answer_strict"):
        assert json_dsl.check(json.loads(sections[name])) == []


def test_the_system_text_stays_small():
    assert len(agent().preview_prompt("x").system.encode()) <= 4_000
    assert len(agent(language_spec="full").preview_prompt("x").system.encode()) <= 10_000


def test_what_does_not_go_together_is_refused():
    with pytest.raises(ValueError, match="schema"):
        SubAgent(constrain="schema")
    with pytest.raises(ValueError, match='constrain="schema"'):
        agent(constrain="gbnf")
    with pytest.raises(ValueError, match="ptc-json"):
        SubAgent(language="json")
    with pytest.raises(ValueError, match="json_eval is reserved"):
        agent(tools={"json_eval": len})


def test_a_compiled_agent_runs_the_lisp_of_its_program():
    writer = agent(prompt="sum {{rows}}", signature="(rows [:any]) -> :int")
    compiled = writer.compile(
        llm=ScriptedLLM([block({"op": "return", "value": pipe(LOAD, SUM)})]), context={"rows": ROWS}
    )
    assert "dsl/sum" in compiled.source
    assert compiled.run({"rows": ROWS[:2]}).value == 7


@pytest.mark.parametrize(
    ("reply", "program"),
    [
        ('```json\n{"program": {}}\n```', '{"program": {}}'),
        ('Sure:\n```\n{"program": {}}\n```\nDone.', '{"program": {}}'),
        ('{"program": {}}', '{"program": {}}'),
        ('I think {"program": {"a": 1}} does it.', '{"program": {"a": 1}}'),
        ('<think>{"x": 1}</think>{"program": {}}', '{"program": {}}'),
        ('```python\nx\n```\n```json\n{"program": {}}\n```', '{"program": {}}'),
        ('{"program": {', '{"program": {'),
    ],
)
def test_row_44_programs_are_found_in_replies(reply, program):
    assert extract_json(reply).program == program


def test_row_44_replies_without_one_program():
    assert extract_json("no").fault.kind is FaultKind.NO_PROGRAM
    assert extract_json("").fault.message == "the reply is empty"
    two = '```json\n{"program": 1}\n```\n```json\n{"program": 2}\n```'
    assert extract_json(two).fault.kind is FaultKind.MULTIPLE_PROGRAMS
    assert extract_json('{"program": {', cut=True).fault.details["truncated"]


@given(st.text())
def test_no_reply_breaks_the_search(reply):
    found = extract_json(reply)
    assert (found.program is None) != (found.fault is None)


def test_a_json_agent_over_the_demo_data():
    context = {name: load_table(name) for name in ("flights", "airlines")}
    late = pipe(
        {"op": "load", "name": "flights"},
        {
            "op": "group_by",
            "field": "carrier",
            "fields": {"flights": {"op": "count"}, "delay": {"op": "avg", "field": "arr_delay"}},
        },
        {"op": "join", "with": {"op": "load", "name": "airlines"}, "on": "carrier"},
        {"op": "sort_by", "field": "delay", "order": "desc"},
        {"op": "take", "count": 3},
        {"op": "select", "fields": ["name", "flights", "delay"]},
    )
    look = pipe({"op": "load", "name": "flights"}, {"op": "take", "count": 1})
    writer = agent(signature="[{name :string, flights :int, delay :float}]", limits=Limits(timeout_ms=30_000))
    step, _ = run(writer, look, {"op": "return", "value": late}, context=context)
    flights: dict[str, list[dict]] = {}
    for row in context["flights"]:
        flights.setdefault(row["carrier"], []).append(row)
    names = {row["carrier"]: row["name"] for row in context["airlines"]}
    delays = {c: [r["arr_delay"] for r in rows if r["arr_delay"] is not None] for c, rows in flights.items()}
    means = {c: sum(values) / len(values) for c, values in delays.items() if values}
    worst = sorted(means, key=means.__getitem__, reverse=True)[:3]
    assert [(row["name"], row["flights"]) for row in step.value] == [
        (names[c], len(flights[c])) for c in worst
    ]
    assert [row["delay"] for row in step.value] == pytest.approx([means[c] for c in worst])
