"""JSON Schema both ways."""

from __future__ import annotations

from typing import Any

import pytest

from ptc_lisp.signature import (
    SignatureError,
    check,
    from_json_schema,
    parameters_schema,
    parse,
    parse_type,
    render,
    signature_from_schemas,
    to_json_schema,
)

ROUND_TRIP = [
    ":string",
    ":int",
    ":float",
    ":bool",
    ":keyword",
    ":datetime",
    ":map",
    ":any",
    "{}",
    "[:int]",
    "[:int?]",
    "[[:string]]",
    "[:any]",
    "{a :int}",
    "{a :int?, b [:string]}",
    "{a {b :float?}, c [{d :keyword}]}",
    "{a [:int]?, b {c :int}?}",
    "{only-optional :int?}",
]


@pytest.mark.parametrize("text", ROUND_TRIP)
def test_row_55_types_come_back_from_their_schema(text: str) -> None:
    kind = parse_type(text)
    assert render(from_json_schema(to_json_schema(kind))) == text


def test_records_are_closed_and_list_what_is_required() -> None:
    assert to_json_schema(parse("(x :int) -> {a :int, b :string?}")) == {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": ["string", "null"]}},
        "required": ["a"],
        "additionalProperties": False,
    }


def test_a_list_as_root_can_be_wrapped() -> None:
    schema = to_json_schema(parse_type("[:int]"), wrap_list=True)
    assert schema["properties"] == {"items": {"type": "array", "items": {"type": "integer"}}}
    assert schema["required"] == ["items"]
    assert to_json_schema(parse_type(":int"), wrap_list=True) == {"type": "integer"}


def test_parameters_carry_descriptions() -> None:
    schema = parameters_schema(parse("(a :int, b :string?) -> :any"), {"a": "how many", "zzz": "unknown"})
    assert schema["properties"]["a"] == {"type": "integer", "description": "how many"}
    assert schema["required"] == ["a"]
    assert parameters_schema(parse("() -> :any"))["properties"] == {}
    assert parameters_schema(parse(":any")) == {"type": "object"}


def test_closed_objects_refuse_further_fields() -> None:
    kind = from_json_schema(to_json_schema(parse_type("{a :int}")))
    assert [str(problem) for problem in check(kind, {"a": 1, "b": 2})] == [
        "return.b: expected no such field, got int 2"
    ]


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (True, ":any"),
        ({}, ":any"),
        ({"title": "T", "description": "d", "type": "integer", "minimum": 3}, ":int"),
        ({"type": "array"}, "[:any]"),
        ({"type": "object"}, ":map"),
        ({"enum": ["a", "b"]}, ":string"),
        ({"enum": ["a", 1]}, ":any"),
        ({"const": "a"}, ":string"),
        ({"type": ["integer", "number"]}, ":float"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, ":int?"),
        ({"properties": {"a": {"type": "string"}}, "required": ["a"]}, "{a :string}"),
    ],
)
def test_schemas_of_others_are_read(schema: Any, text: str) -> None:
    assert render(from_json_schema(schema)) == text


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#/x"}, "$: the keyword $ref"),
        ({"type": "object", "properties": {"a": {"oneOf": []}}}, "$.a: the keyword oneOf"),
        ({"type": "array", "items": {"allOf": []}}, "$.items: the keyword allOf"),
        ({"type": ["string", "integer"]}, "several types"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "anyOf"),
        ({"type": "file"}, "'file' is not supported"),
        ({"type": "object", "properties": {"a b": {}}}, "'a b' cannot be the name"),
        ("string", "must be an object"),
    ],
)
def test_unsupported_schemas_name_the_keyword(schema: Any, words: str) -> None:
    with pytest.raises(SignatureError) as caught:
        from_json_schema(schema)
    assert words in str(caught.value)


@pytest.mark.parametrize("kind", ["{a :int, b :string?, c [:float?]}", "[{k :keyword}]?", "{}", ":any"])
@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": None, "c": [1, 2.5, None]},
        {"a": "x", "b": "y", "c": []},
        {"b": "y"},
        [{"k": "done?"}],
        [{"k": "two words"}],
        None,
        5,
    ],
)
def test_a_schema_accepts_what_the_check_accepts(kind: str, value: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    type_ = parse_type(kind)
    valid = jsonschema.Draft202012Validator(to_json_schema(type_)).is_valid(value)
    assert valid == (check(type_, value) == [])


def test_endlessly_nested_schemas_are_refused() -> None:
    schema: dict[str, Any] = {"type": "array"}
    schema["items"] = schema
    with pytest.raises(SignatureError):
        from_json_schema(schema)


def test_tools_described_by_schemas() -> None:
    schema = parameters_schema(parse("(a :int, b :string?) -> :any"))
    assert render(signature_from_schemas(schema, {"type": "array"})) == "(a :int, b :string?) -> [:any]"
    assert signature_from_schemas({"type": "object"}).open_params
    with pytest.raises(SignatureError):
        signature_from_schemas({"type": "string"})
