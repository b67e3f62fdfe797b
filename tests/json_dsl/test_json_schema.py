"""Rows 26 to 29: what is made from the table of operations, and that schemas and validation say the same."""

from __future__ import annotations

import json
import random
from typing import Any

import jsonschema
import litellm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_programs import Programs

from ptc_lisp import json_dsl
from ptc_lisp.json_dsl.catalog import OPERATIONS, groups
from ptc_lisp.json_dsl.lowering import HANDLERS
from ptc_lisp.json_dsl.prompt import example_programs

SCHEMA = jsonschema.Draft7Validator(json_dsl.to_json_schema())
STRICT = json_dsl.to_llm_schema()
LLM = jsonschema.Draft7Validator(STRICT)
ORDERS = [
    {"city": "Oslo", "total": 5, "days": 4},
    {"city": "Bergen", "total": 7, "days": 1},
    {"city": "Oslo", "total": 1, "days": 2},
]
SAMPLES: list[list[Any]] = [
    [{"op": "load", "name": "orders"}, {"op": "count"}],
    [{"op": "load", "name": "orders"}, {"op": "filter", "where": {"op": "eq", "field": "city", "value": "Oslo"}}, {"op": "sum", "field": "total"}],
    [{"op": "load", "name": "orders"}, {"op": "sort_by", "field": "total"}, {"op": "take", "count": 2}],
    [{"op": "load", "name": "orders"}, {"op": "group_by", "field": "city", "fields": {"mean": {"op": "avg", "field": "total"}}}],
    [{"op": "load", "name": "orders"}, {"op": "count_by", "field": "city"}, {"op": "max_by", "field": "count"}],
    [{"op": "load", "name": "orders"}, {"op": "map", "expr": {"op": "get", "field": "total"}}],
    [{"op": "load", "name": "orders"}, {"op": "map", "expr": {"c": {"op": "get", "path": ["city"]}, "kind": "order"}}],
    [{"op": "load", "name": "orders"}, {"op": "map", "expr": {"op": "mul", "left": {"op": "get", "field": "total"}, "right": 2}}],
    [{"op": "load", "name": "orders"}, {"op": "select", "fields": ["city"]}, {"op": "distinct"}],
    [{"op": "load", "name": "orders"}, {"op": "filter_in", "field": "city", "value": ["Oslo", "Bergen"]}, {"op": "count"}],
    [{"op": "load", "name": "orders"}, {"op": "reject", "where": {"op": "and", "conditions": [
        {"op": "gt", "field": "total", "value": 3}, {"op": "in", "field": "city", "value": ["Oslo"]}]}}],
    [{"op": "load", "name": "orders"}, {"n": {"op": "count"}, "sum": {"op": "sum", "field": "total"}},
     {"op": "div", "left": {"op": "get", "field": "sum"}, "right": {"op": "get", "field": "n"}}],
    [{"op": "load", "name": "orders"}, {"op": "first"}, {"op": "keys"}],
    [{"op": "load", "name": "orders"}, {"op": "typeof"}],
    [{"op": "load", "name": "orders"}, {"op": "nth", "index": 1}, {"op": "get", "path": ["city"]}],
    [{"op": "literal", "value": [1, 2, 3]}, {"op": "drop", "count": 1}],
    [{"op": "literal", "value": 2.345}, {"op": "round", "value": {"op": "get", "path": []}, "precision": 1}],
    [{"op": "call", "tool": "fetch", "args": {"page": 1}}, {"op": "count"}],
    [{"op": "object", "fields": {"a": {"op": "pipe", "steps": [{"op": "load", "name": "orders"}, {"op": "count"}]}}}],
    [{"op": "load", "name": "orders"}, {"op": "filter", "where": {"op": "matches", "field": "city", "pattern": "^O"}},
     {"op": "return", "value": {"op": "count"}}],
]  # fmt: skip
PROGRAMS = [{"program": {"op": "pipe", "steps": steps}} for steps in SAMPLES]


def tokens(text: str) -> int:
    return litellm.token_counter(model="gpt-4o", text=text)


def test_row_26_the_prompt_names_every_operation_in_at_most_400_tokens():
    short, full = json_dsl.to_prompt(compact=True), json_dsl.to_prompt()
    assert tokens(short) <= 400
    for name in OPERATIONS:
        assert (
            f"{name}*" in short or name in short.replace("|", " ").replace("(", " ").replace("*", " ").split()
        ), name
        assert f"- {name}" in full


@pytest.mark.parametrize("program", example_programs(), ids=range(3))
def test_row_26_every_example_of_the_prompt_validates_and_runs(program):
    assert json.dumps(program) in json_dsl.to_prompt()
    assert json_dsl.check(program) == []
    assert SCHEMA.is_valid(program)
    assert json_dsl.run(program, context={"orders": ORDERS}).ok


def test_row_27_the_schema_for_models_is_closed_has_no_references_and_stays_small():
    jsonschema.Draft7Validator.check_schema(STRICT)
    text = json.dumps(STRICT, separators=(",", ":"))
    assert "$ref" not in text
    assert tokens(text) < 10_000
    assert deepest(STRICT) <= 10
    for node in objects(STRICT):
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])
    words = {key for node in schemas(STRICT) for key in node}
    assert words == {"type", "properties", "required", "additionalProperties", "anyOf", "items", "enum"}


@pytest.mark.parametrize("number", range(20))
def test_row_27_the_schema_for_models_accepts_the_samples_in_its_spelling(number):
    program = PROGRAMS[number]
    strict = json_dsl.to_strict(program)
    assert [error.message for error in LLM.iter_errors(strict)] == []
    assert json_dsl.check(strict) == []
    tools = {"fetch": lambda page: [page]}
    first, second = (json_dsl.run(p, context={"orders": ORDERS}, tools=tools) for p in (program, strict))
    assert first.ok
    assert (first.value, dict(first.memory)) == (second.value, dict(second.memory))


def test_row_27_the_schema_for_models_refuses_an_unknown_operation():
    assert not LLM.is_valid({"program": {"op": "pipe", "steps": [{"op": "explode"}]}})
    assert not LLM.is_valid({"program": {"op": "pipe", "steps": [{"op": "count", "field": "n"}]}})


def test_the_schema_for_models_can_be_kept_to_some_operations():
    small = json_dsl.to_llm_schema(ops={"load", "filter", "eq", "count"})
    checker = jsonschema.Draft7Validator(small)
    assert len(json.dumps(small)) < 3_000
    assert checker.is_valid(json_dsl.to_strict(PROGRAMS[0]))
    assert not checker.is_valid(json_dsl.to_strict(PROGRAMS[2]))
    with pytest.raises(ValueError, match="no operation 'filer'"):
        json_dsl.to_llm_schema(ops={"filer"})


def test_every_operation_but_the_nesting_pipe_is_in_the_schema_for_models():
    found = {name for node in schemas(STRICT) for name in node.get("enum", ())}
    assert set(OPERATIONS) <= found


def test_row_28_the_full_schema_is_draft_7_and_accepts_the_samples():
    jsonschema.Draft7Validator.check_schema(json_dsl.to_json_schema())
    for program in PROGRAMS:
        assert SCHEMA.is_valid(json.loads(json.dumps(program)))


def test_row_29_operations_are_what_the_lowering_knows():
    ops = json_dsl.operations()
    assert len([op for op in ops if not op.beyond]) == 50
    assert {op.name for op in ops if op.ref is None} == set(HANDLERS)
    assert sorted(op.name for found in groups().values() for op in found) == sorted(OPERATIONS)


@settings(max_examples=200)
@given(st.integers(0, 10**9))
def test_what_validates_satisfies_the_schema(seed):
    program = Programs(seed).program()
    assert json_dsl.check(program) == [], program
    assert [error.message for error in SCHEMA.iter_errors(program)] == []


@settings(max_examples=400)
@given(st.integers(0, 10**9))
def test_validation_and_schema_agree_on_slips(seed):
    source = Programs(seed)
    program = source.slip(source.program())
    assert (json_dsl.check(program) == []) == SCHEMA.is_valid(program), program


@settings(max_examples=200)
@given(st.integers(0, 10**9))
def test_what_the_schema_for_models_accepts_is_valid(seed):
    program = sample_of(STRICT, random.Random(seed))
    assert LLM.is_valid(program)
    assert json_dsl.check(program) == [], program
    assert json_dsl.to_strict(program) == program


def sample_of(schema: dict[str, Any], pick: random.Random) -> Any:
    """Something that satisfies a schema of the kind that `to_llm_schema` gives."""
    if "anyOf" in schema:
        return sample_of(pick.choice(schema["anyOf"]), pick)
    if "enum" in schema:
        return pick.choice(schema["enum"])
    match schema["type"]:
        case "object":
            return {name: sample_of(inner, pick) for name, inner in schema["properties"].items()}
        case "array":
            return [sample_of(schema["items"], pick) for _ in range(pick.randint(0, 3))]
        case "integer":
            return pick.randint(0, 5)
        case "number":
            return pick.choice((0, -1, 2.5))
        case "string":
            return pick.choice(("a", "orders", ""))
        case kind:
            return {"boolean": True, "null": None}[kind]


def schemas(schema: Any):
    """The schema and all schemas inside."""
    yield schema
    inner = [*schema.get("anyOf", ()), *schema.get("properties", {}).values()]
    for one in [*inner, schema["items"]] if "items" in schema else inner:
        yield from schemas(one)


def objects(schema: Any):
    return (node for node in schemas(schema) if node.get("type") == "object")


def deepest(schema: Any) -> int:
    """Levels of objects and arrays inside each other."""
    inner = [
        *schema.get("anyOf", ()),
        *schema.get("properties", {}).values(),
        *([schema["items"]] if "items" in schema else []),
    ]
    return (schema.get("type") in {"object", "array"}) + max(map(deepest, inner), default=0)
