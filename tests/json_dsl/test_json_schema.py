"""Rows 26, 28 and 29: what is made from the table of operations, and that the full schema and validation say the same."""

from __future__ import annotations

import json

import jsonschema
import litellm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_programs import ORDERS, SAMPLES, Programs

from ptc_lisp import json_dsl
from ptc_lisp.json_dsl.catalog import OPERATIONS, groups
from ptc_lisp.json_dsl.lowering import HANDLERS
from ptc_lisp.json_dsl.prompt import example_programs

SCHEMA = jsonschema.Draft7Validator(json_dsl.to_json_schema())


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


def test_row_28_the_full_schema_is_draft_7_and_accepts_the_samples():
    jsonschema.Draft7Validator.check_schema(json_dsl.to_json_schema())
    for program in SAMPLES:
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
