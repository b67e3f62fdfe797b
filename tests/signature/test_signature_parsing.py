"""Signature text: what is read, how it is rendered back, and what is said about what cannot be read."""

from __future__ import annotations

import pytest

from ptc_lisp.signature import Primitive, Signature, SignatureError, parse, parse_type, render

GOOD = [
    (":any", "-> :any"),
    (":string", "-> :string"),
    (":int?", "-> :int?"),
    (":boolean", "-> :bool"),
    ("  :float  ", "-> :float"),
    ("-> :keyword", "-> :keyword"),
    ("[:int]", "-> [:int]"),
    ("[:int?]", "-> [:int?]"),
    ("[[:string]]", "-> [[:string]]"),
    ("[:datetime]", "-> [:datetime]"),
    ("{}", "-> {}"),
    ("{ }", "-> {}"),
    ("[{}]", "-> [{}]"),
    ("{a :int}", "-> {a :int}"),
    ("{a:int,b:string}", "-> {a :int, b :string}"),
    ("{rows [{id :int, tag :keyword?}]}", "-> {rows [{id :int, tag :keyword?}]}"),
    ("{nested {deep {deeper :map}}}", "-> {nested {deep {deeper :map}}}"),
    ("() -> :int", "() -> :int"),
    ("()->:int", "() -> :int"),
    ("(a :int) -> :int", "(a :int) -> :int"),
    ("(a :int, b :string?) -> {total :float}", "(a :int, b :string?) -> {total :float}"),
    ("(order-id :int) -> :any", "(order-id :int) -> :any"),
    ("(_x :any, a1 :any) -> :any", "(_x :any, a1 :any) -> :any"),
    ("(rows [{n :int}]) -> [:float]", "(rows [{n :int}]) -> [:float]"),
    ("(cfg {}) -> {}", "(cfg {}) -> {}"),
    ("(\n  a :int,\n  b :int\n)\n->\n:int", "(a :int, b :int) -> :int"),
    ("{a :int, a :string}", "-> {a :string}"),
    ("(a :int, a :float) -> :int", "(a :float) -> :int"),
    ("(string :string) -> :int", "(string :string) -> :int"),
    ("[:int]?", "-> [:int]?"),
    ("{a [:int]?, b {c :int}?}", "-> {a [:int]?, b {c :int}?}"),
    (
        "(region :string, limit :int?) -> {rows [{id :int}]}",
        "(region :string, limit :int?) -> {rows [{id :int}]}",
    ),
]

BAD = [
    ("", "empty", None),
    (" \n", "empty", None),
    ("string", "expected a type, got string", 0),
    (":strng", "did you mean :string?", 0),
    (":number", "did you mean :float?", 0),
    (":list", "did you mean [:any]?", 0),
    (":Int", "did you mean :int?", 0),
    (":int??", "unexpected text", 5),
    (":int :int", "unexpected text", 5),
    ("[]", "needs the type of its items", 1),
    ("[:int", 'expected "]"', 5),
    ("[:int :string]", 'expected "?" or "]"', 6),
    ("{a}", "a type is missing", 2),
    ("{:a int}", "expected a name before the type", 1),
    ("{a :int", '"," or "}"', 7),
    ("{a :int,}", "must follow the comma", 8),
    ("{a :int b :int}", "a comma is missing before b", 8),
    ("(a) -> :int", "a type is missing", 2),
    ("(a :int", '")" or ","', 7),
    ("(a :int)", 'expected "->"', 8),
    ("(a :int) :int", 'expected "->"', 9),
    ("(a :int) ->", "where a type must follow", 11),
    ("(a :int b :int) -> :int", "a comma is missing before b", 8),
    ("(a: int) -> :int", "the colon belongs to the type: a :string", 2),
    ("(a :int,) -> :int", "leave out the last comma", 8),
    ("(1a :int) -> :int", "unexpected character '1'", 1),
    ("a :int -> :int", "expected a type, got a", 0),
    ("() -> () -> :int", "a type is missing", 6),
    ("$", "unexpected character", 0),
    ("[" * 40 + ":int" + "]" * 40, "more than 32 nested", 32),
]


@pytest.mark.parametrize(("text", "rendered"), GOOD)
def test_row_53_good_signatures_are_read_and_rendered(text: str, rendered: str) -> None:
    signature = parse(text)
    assert render(signature) == rendered
    assert parse(rendered) == signature


@pytest.mark.parametrize(("text", "words", "position"), BAD)
def test_row_53_bad_signatures_say_what_and_where(text: str, words: str, position: int | None) -> None:
    with pytest.raises(SignatureError) as caught:
        parse(text)
    assert words in str(caught.value)
    assert caught.value.position == position
    assert isinstance(caught.value, ValueError)


def test_the_place_is_marked() -> None:
    with pytest.raises(SignatureError) as caught:
        parse("{a :int b :int}")
    assert "\n  {a :int b :int}\n          ^\n" in str(caught.value)


def test_kebab_rendering() -> None:
    assert render(parse("(order_id :int) -> {line_items [:int]}"), kebab=True) == (
        "(order-id :int) -> {line-items [:int]}"
    )


def test_a_type_alone_takes_any_arguments() -> None:
    assert parse(":int") == Signature((), Primitive(name="int"), open_params=True)
    assert not parse("() -> :int").open_params


def test_parse_type_refuses_parameters() -> None:
    assert parse_type("[:int]") == parse("[:int]").returns
    with pytest.raises(SignatureError):
        parse_type("() -> :int")
