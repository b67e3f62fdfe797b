"""Row 27: the schema for structured outputs, the spelling that it describes, and that both say what validation says."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import jsonschema
import litellm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_programs import ORDERS, ROWS, SAMPLES, Programs

from ptc_lisp import PtcError, json_dsl
from ptc_lisp.json_dsl.catalog import OPERATIONS

SCHEMA = json_dsl.to_llm_schema()
STRICT = jsonschema.Draft7Validator(SCHEMA)
FULL = jsonschema.Draft7Validator(json_dsl.to_json_schema())
SEEDS = st.integers(0, 10**9)


def nodes(*found: dict[str, Any], result: str) -> dict[str, Any]:
    return {"nodes": list(found), "result": result}


def test_row_27_the_schema_for_models_is_closed_has_no_references_and_is_small():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    text = json.dumps(SCHEMA, separators=(",", ":"))
    assert "$ref" not in text
    assert litellm.token_counter(model="gpt-4o", text=text) < 2_700
    words = {key for node in schemas(SCHEMA) for key in node}
    assert words == {"type", "properties", "required", "additionalProperties", "anyOf", "items", "enum"}
    found = {name for node in schemas(SCHEMA) for name in node.get("enum", ())}
    assert set(OPERATIONS) <= found


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_row_27_providers_take_the_schema(provider):
    assert json_dsl.schema_problems(SCHEMA, provider) == []


@pytest.mark.parametrize("number", range(20))
def test_row_27_the_schema_for_models_accepts_the_samples_in_its_spelling(number):
    program = SAMPLES[number]
    strict = json_dsl.to_strict(program)
    assert [error.message for error in STRICT.iter_errors(strict)] == []
    assert json_dsl.check(strict) == []
    tools = {"fetch": lambda page: [page]}
    first, second = (json_dsl.run(p, context={"orders": ORDERS}, tools=tools) for p in (program, strict))
    assert first.ok
    assert (first.value, dict(first.memory)) == (second.value, dict(second.memory))


def test_row_27_the_schema_for_models_refuses_an_unknown_operation():
    assert not STRICT.is_valid(nodes({"op": "explode", "id": "a"}, result="a"))
    assert not STRICT.is_valid(nodes({"op": "count", "id": "a", "field": "n"}, result="a"))


def test_the_schema_for_models_can_be_kept_to_some_operations():
    small = json_dsl.to_llm_schema(ops={"load", "filter", "eq", "count"})
    checker = jsonschema.Draft7Validator(small)
    assert len(json.dumps(small)) < 3_000
    assert checker.is_valid(json_dsl.to_strict(SAMPLES[0]))
    assert not checker.is_valid(json_dsl.to_strict(SAMPLES[2]))
    with pytest.raises(ValueError, match="no operation 'filer'"):
        json_dsl.to_llm_schema(ops={"filer"})


@settings(max_examples=150)
@given(SEEDS)
def test_every_valid_program_has_a_strict_spelling_that_the_schema_accepts(seed):
    program = Programs(seed).program()
    strict = json_dsl.to_strict(program)
    assert [error.message for error in STRICT.iter_errors(strict)] == []
    assert json_dsl.check(strict) == [], program
    tree = json_dsl.from_strict(strict)
    assert FULL.is_valid(tree)
    assert json_dsl.to_strict(tree) == json_dsl.to_strict(json_dsl.from_strict(json_dsl.to_strict(tree)))


@settings(max_examples=250)
@given(SEEDS)
def test_whatever_the_schema_accepts_is_a_valid_program(seed):
    strict = sample_of(SCHEMA, random.Random(seed))
    assert STRICT.is_valid(strict)
    assert json_dsl.check(strict) == [], strict
    assert FULL.is_valid(json_dsl.from_strict(strict))


@settings(max_examples=60)
@given(SEEDS)
def test_a_program_and_its_strict_spelling_do_the_same(seed):
    tools = {"double": lambda n=0: n, "fetch": lambda **_: [1, 2]}
    program = Programs(seed).program()
    first, second = (
        json_dsl.run(each, context={"rows": ROWS}, tools=tools)
        for each in (program, json_dsl.to_strict(program))
    )
    assert (first.ok, first.text, dict(first.memory)) == (second.ok, second.text, dict(second.memory))
    if first.error is not None:
        assert (first.error.kind, first.error.message) == (second.error.kind, second.error.message)


@settings(max_examples=300)
@given(SEEDS)
def test_no_slip_in_the_strict_spelling_raises(seed):
    source = Programs(seed)
    strict = source.slip(json_dsl.to_strict(source.program()))
    faults = json_dsl.check(strict)
    assert faults or json_dsl.from_strict(strict)
    assert all(fault.details["path"].startswith(("$.nodes", "$.result", "$")) for fault in faults)


def test_literal_data_stays_what_it_is():
    data = {"result": 1, "op": "count", "rows": [{"op": "sum"}, [None, {"a": [1.5]}]]}
    program = {"program": {"op": "literal", "value": data}}
    step = json_dsl.run(json_dsl.to_strict(program))
    assert step.value == data
    assert dict(step.memory) == dict(json_dsl.run(program).memory)
    inside = {
        "program": {
            "kept": [data, {"op": "literal", "value": {"op": "x"}}],
            "result": {"op": "literal", "value": data},
        }
    }
    assert json_dsl.run(json_dsl.to_strict(inside)).value == data
    assert dict(json_dsl.run(json_dsl.to_strict(inside)).memory) == dict(json_dsl.run(inside).memory)


@pytest.mark.parametrize("depth", [50, 51])
def test_a_program_of_any_depth_that_validates_has_a_strict_spelling(depth):
    program: Any = {"op": "literal", "value": 1}
    for _ in range(depth - 1):
        program = {"op": "not", "condition": program}
    if depth > 50:
        with pytest.raises(PtcError, match="50 levels"):
            json_dsl.to_strict({"program": program})
    else:
        strict = json_dsl.to_strict({"program": program})
        assert STRICT.is_valid(strict)
        assert json_dsl.check(strict) == []


def test_literal_data_that_nests_too_deep_is_refused_with_its_place():
    data: Any = 1
    for _ in range(100):
        data = [data]
    assert json_dsl.check({"program": {"op": "literal", "value": data}}) == []
    with pytest.raises(ValueError, match=r"\$\.nodes\[\d+\] .*load large data by name"):
        json_dsl.to_strict({"program": {"op": "literal", "value": data}})


def test_names_without_a_node_are_names_of_let_and_memory():
    strict = nodes(
        {"op": "let", "id": "a", "name": "x", "value": "kept", "in": "b"},
        {"op": "add", "id": "b", "left": {"node": "x"}, "right": 1},
        result="a",
    )
    assert json_dsl.run(strict, memory={"kept": 4}).value == 5


def test_nodes_may_come_in_any_order_and_be_named_twice():
    strict = nodes(
        {"op": "div", "id": "mean", "left": {"node": "sum"}, "right": {"node": "n"}},
        {"op": "pipe", "id": "sum", "steps": ["rows", "add up"]},
        {"op": "pipe", "id": "n", "steps": ["rows", "how many"]},
        {"op": "load", "id": "rows", "name": "rows"},
        {"op": "sum", "id": "add up", "field": "n"},
        {"op": "count", "id": "how many"},
        result="mean",
    )
    assert STRICT.is_valid(strict)
    assert json_dsl.run(strict, context={"rows": [{"n": 2}, {"n": 4}]}).value == 3.0
    assert "dsl/sum" in json_dsl.to_lisp(strict)


def test_circles_negative_counts_and_missing_inputs_have_a_meaning():
    circle = nodes(
        {"op": "not", "id": "a", "condition": "b"}, {"op": "not", "id": "b", "condition": "a"}, result="a"
    )
    assert json_dsl.from_strict(circle)["program"]["condition"]["condition"] == {"op": "var", "name": "a"}
    parts = nodes(
        {"op": "load", "id": "l", "name": "l"}, {"op": "take", "id": "t", "count": -1}, {"op": "nth", "id": "n", "index": -1},
        {"op": "pipe", "id": "a", "steps": ["l", "t"]}, {"op": "pipe", "id": "b", "steps": ["l", "n"]},
        {"op": "list", "id": "r", "items": [{"node": "a"}, {"node": "b"}]}, result="r",
    )  # fmt: skip
    assert json_dsl.run(parts, context={"l": [1, 2]}).value == [[], None]
    alone = nodes({"op": "count", "id": "a"}, result="a")
    assert json_dsl.check(alone) == []
    assert "must be a list, got null" in json_dsl.format_error(json_dsl.run(alone))


def test_nodes_that_stand_for_too_many_operations_are_refused_quickly():
    lists = [{"op": "list", "id": str(n), "items": [{"node": str(n - 1)}] * 2} for n in range(1, 40)]
    made = [{"op": "literal", "id": "0", "value": 1}, *lists]
    (fault,) = json_dsl.check(nodes(*made, result="39"))
    assert fault.kind == "program_too_large"
    assert "named more than once" in fault.message


@pytest.mark.parametrize(
    ("slip", "path", "words"),
    [
        ({"op": "filer", "where": "a"}, "$.nodes[1].op", "unknown operation 'filer'"),
        ({"op": "count", "of": "a"}, "$.nodes[1].of", "has no field 'of'"),
        ({"op": "take", "count": "a"}, "$.nodes[1].count", "must be a whole number"),
        ({"op": "not"}, "$.nodes[1]", "requires field 'condition'"),
        ({"op": "matches", "field": "a", "pattern": "("}, "$.nodes[1].pattern", "invalid regex"),
    ],
)
def test_faults_have_the_path_of_the_node(slip, path, words):
    strict = nodes({"op": "literal", "id": "a", "value": 1}, {"id": "x", **slip}, result="s")
    steps = {"op": "pipe", "id": "s", "steps": ["a", "x"]}
    for found in (strict, nodes(*strict["nodes"], steps, result="s")):
        (fault,) = json_dsl.check(found)
        assert fault.details["path"] == path
        assert words in fault.message


def test_faults_at_run_time_have_the_path_of_the_node():
    strict = nodes(
        {"op": "literal", "id": "a", "value": 1}, {"op": "count", "id": "c"}, {"op": "pipe", "id": "p", "steps": ["a", "c"]},
        result="p",
    )  # fmt: skip
    assert json_dsl.run(strict).error.details["path"] == "$.nodes[1]"


@pytest.mark.parametrize(
    ("program", "path"),
    [
        ({"nodes": 1, "result": "a"}, "$.nodes"),
        ({"nodes": [{"op": "count"}], "result": "a"}, "$.nodes[0]"),
        ({"nodes": []}, "$.result"),
        ({"nodes": [], "result": "a", "more": 1}, "$"),
    ],
)
def test_what_is_no_strict_spelling_is_a_parse_error(program, path):
    (fault,) = json_dsl.check(program)
    assert (fault.kind, fault.details["path"]) == ("parse_error", path)
    with pytest.raises(PtcError):
        json_dsl.from_strict(program)


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
            return [sample_of(schema["items"], pick) for _ in range(pick.randint(0, 8))]
        case "integer":
            return pick.choice((-7, 0, 1, 2.0, 10**30))
        case "number":
            return pick.choice((0, -1, 2.5))
        case "string":
            return pick.choice(("a", "b", "c", "d", "orders", "__input", ""))
        case kind:
            return {"boolean": True, "null": None}[kind]


def schemas(schema: Any):
    """The schema and all schemas inside."""
    yield schema
    inner = [*schema.get("anyOf", ()), *schema.get("properties", {}).values()]
    for one in [*inner, schema["items"]] if "items" in schema else inner:
        yield from schemas(one)


# --- what providers take ---------------------------------------------------------------------------------------------

GOOD = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), **fields}


def inside(schema: dict[str, Any]) -> dict[str, Any]:
    return changed(properties={"a": schema})


def deep(levels: int) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        made = {"type": "array", "items": made}
    return inside(made)


def branches(*firsts: dict[str, Any]) -> dict[str, Any]:
    return inside({"anyOf": [changed(properties={"a": first}) for first in firsts]})


OPENAI = [
    ({"anyOf": [GOOD]}, "must be an object"),
    (changed(additionalProperties=True), "additionalProperties: false"),
    (changed(required=[]), "a is not"),
    (inside({"oneOf": []}), "oneOf is not supported"),
    (deep(10), "11 levels"),
    (inside({"enum": [f"v{n}" for n in range(1_001)]}), "1001 values"),
    (inside({"enum": [f"{n:0100}" for n in range(251)]}), "25100 characters"),
    (inside({"const": "x" * 120_001}), "120002 characters"),
    (branches({"type": "string"}, {"type": "number"}), "nothing tells them apart"),
    (branches({"enum": ["x", "y"]}, {"enum": ["y"]}), "nothing tells them apart"),
]
ANTHROPIC = [
    (inside({"type": "integer", "minimum": 0}), "minimum is not supported"),
    (inside({"type": "array", "items": {}, "minItems": 2}), "minItems must be 0 or 1"),
    (inside({"enum": [{}]}), "plain values only"),
    (changed(properties={f"p{n}": {"anyOf": [GOOD]} for n in range(17)}, required=[f"p{n}" for n in range(17)]), "17 unions"),
    (changed(properties={f"p{n}": {"type": ["string", "null"]} for n in range(17)}, required=[f"p{n}" for n in range(17)]), "17 unions"),
    (changed(properties={f"p{n}": {} for n in range(26)}, required=["p0"]), "25 optional"),
    (inside({"$ref": "#"}), "recursive"),
    (changed(properties={"a": {"$ref": "#/$defs/x"}}, **{"$defs": {"x": inside({"$ref": "#/$defs/x"})}}), "recursive"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "words"), OPENAI, ids=range(len(OPENAI)))
def test_what_openai_refuses(schema, words):
    assert any(words in problem for problem in json_dsl.schema_problems(schema, "openai"))


@pytest.mark.parametrize(("schema", "words"), ANTHROPIC, ids=range(len(ANTHROPIC)))
def test_what_anthropic_refuses(schema, words):
    assert any(words in problem for problem in json_dsl.schema_problems(schema, "anthropic"))


def test_what_both_take():
    same = branches({"enum": ["x"]}, {"const": "y"})
    shared = changed(properties={"a": {"$ref": "#/$defs/x"}}, **{"$defs": {"x": GOOD}})
    for schema in (GOOD, deep(9), same, shared):
        assert (
            json_dsl.schema_problems(schema, "openai") == json_dsl.schema_problems(schema, "anthropic") == []
        )
    with pytest.raises(ValueError, match="openai, anthropic, got 'x'"):
        json_dsl.schema_problems(GOOD, "x")
