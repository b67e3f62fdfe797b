"""Signature text to types. The parser library is imported on first use only: it is slow to load."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptc_lisp.signature.types import (
    MAX_NESTING,
    PRIMITIVES,
    Field,
    ListOf,
    Primitive,
    Record,
    Signature,
    SignatureError,
    Type,
)

if TYPE_CHECKING:
    from lark import Lark

_GRAMMAR = Path(__file__).with_name("grammar.lark")
_ALIASES = {"boolean": "bool"}
_MEANT = {
    "str": "string", "text": "string", "integer": "int", "long": "int", "number": "float", "double": "float",
    "num": "float", "dict": "map", "object": "map", "list": "[:any]", "vector": "[:any]", "array": "[:any]",
    "set": "[:any]", "date": "datetime", "time": "datetime", "instant": "datetime", "nil": "any", "null": "any",
    "none": "any", "symbol": "keyword", "enum": "keyword",
}  # fmt: skip
_VALID = "valid types: " + ", ".join(f":{name}" for name in PRIMITIVES) + ", [T], {field T}"


@lru_cache(maxsize=512)
def parse(text: str) -> Signature:
    """The signature that a text describes; a type alone is a signature without parameters.

    Raises SignatureError, which says where, what and how to mend it.
    """
    if not text.strip():
        raise SignatureError(
            "the signature is empty", text=text, hint="e.g. (name :string) -> {total :float}"
        )
    _check_nesting(text)
    from lark import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415 - slow to import, and most runs need none

    try:
        result: Any = _lark().parse(text)
    except UnexpectedCharacters as error:
        raise _unreadable(text, error.pos_in_stream) from None
    except UnexpectedToken as error:
        place = len(text) if error.token.type == "$END" else error.token.start_pos or 0
        raise _misplaced(text, place, _possible(text[:place], error.expected)) from None
    except _UnknownTypeError as error:
        raise _unknown_type(text, error.name, error.position) from None
    return result


def parse_type(text: str) -> Type:
    """The type that a text describes. Raises SignatureError, also for a signature with parameters."""
    signature = parse(text)
    if not signature.open_params:
        raise SignatureError("expected a type, got a signature with parameters", text=text)
    return signature.returns


class _UnknownTypeError(Exception):
    def __init__(self, name: str, position: int) -> None:
        super().__init__(name)
        self.name = name
        self.position = position


@cache
def _lark() -> Lark:
    from lark import Lark, Token, Transformer  # noqa: PLC0415 - as in parse

    class Builder(Transformer[Token, Any]):
        """The actions of the grammar."""

        def start(self, items: list[Any]) -> Signature:
            return items[0]

        def with_params(self, items: list[Any]) -> Signature:
            return Signature(_last_wins(items[:-1]), items[-1])

        def without_params(self, items: list[Any]) -> Signature:
            return Signature((), items[0], open_params=True)

        def field(self, items: list[Any]) -> Field:
            return Field(str(items[0]), items[1])

        def primitive(self, items: list[Any]) -> Type:
            name = str(items[0])[1:]
            name = _ALIASES.get(name, name)
            if name not in PRIMITIVES:
                raise _UnknownTypeError(name, items[0].start_pos)
            return Primitive(name=name, optional=len(items) > 1)

        def list_of(self, items: list[Any]) -> Type:
            return ListOf(item=items[0], optional=len(items) > 1)

        def record(self, items: list[Any]) -> Type:
            optional = bool(items) and not isinstance(items[-1], Field)
            return Record(fields=_last_wins(items[:-1] if optional else items), optional=optional)

    grammar = _GRAMMAR.read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", transformer=Builder(), maybe_placeholders=False)


def _last_wins(fields: list[Field]) -> tuple[Field, ...]:
    return tuple({field.name: field for field in fields}.values())


def _check_nesting(text: str) -> None:
    depth = 0
    for position, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth > MAX_NESTING:
            raise SignatureError(
                f"more than {MAX_NESTING} nested brackets", text=text[:80], position=min(position, 80)
            )


def _unreadable(text: str, place: int) -> SignatureError:
    rest = text[place:]
    if rest.startswith(":"):
        name = re.search(r"([A-Za-z_][\w-]*)\s*$", text[:place])
        hint = f"the colon belongs to the type: {name[1]} :string" if name else "a type is written :string"
        return SignatureError("a colon without a type name", text=text, position=place, hint=hint)
    return SignatureError(f"unexpected character {rest[0]!r}", text=text, position=place, hint=_VALID)


_ENDING = frozenset({"COMMA", "RPAR", "RSQB", "RBRACE", "$END"})
_INSIDE = {"(": {"COMMA", "RPAR"}, "[": {"RSQB"}, "{": {"COMMA", "RBRACE"}}


def _possible(before: str, expected: set[str]) -> set[str]:
    """The expected terminals without those that the brackets around the place rule out: the parser merges states."""
    levels: list[str] = []
    for char in before:
        if char in _INSIDE:
            levels.append(char)
        elif char in ")]}":
            levels.pop()
    if levels:
        return (expected - _ENDING) | (expected & _INSIDE[levels[-1]])
    return (expected - _ENDING) | ({"$END"} if expected & _ENDING else set())


def _misplaced(text: str, place: int, expected: set[str]) -> SignatureError:
    rest = text[place:]
    before = text[:place].rstrip()
    word = re.match(r"[A-Za-z_][\w-]*", rest)
    if word and "COMMA" in expected:
        message, hint = f"a comma is missing before {word[0]}", f"write …, {word[0]} …"
    elif word and "TYPE" in expected:
        plain = _MEANT.get(word[0].lower(), word[0].lower())
        message, hint = f"expected a type, got {word[0]}", f"a type starts with a colon: :{plain}"
        hint = _VALID if plain.lstrip(":") not in PRIMITIVES else hint
    elif "TYPE" in expected and before.endswith("["):
        message, hint = "a list needs the type of its items", "e.g. [:any]"
    elif "TYPE" in expected:
        message, hint = (
            "a type is missing here" if rest else "the signature ends where a type must follow",
            _VALID,
        )
    elif "NAME" in expected and (rest.startswith(":") or not before.endswith(",")):
        message, hint = "expected a name before the type", "fields and parameters are written name :type"
    elif "NAME" in expected:
        message, hint = "a name and its type must follow the comma", "leave out the last comma"
    elif not rest:
        message, hint = f"the signature ends too early: expected {_names(expected)}", None
    elif rest.startswith("->"):
        message, hint = "parameters stand in parentheses before ->", "e.g. (name :string) -> :int"
    elif expected <= {"$END", "OPTIONAL"}:
        message, hint = "unexpected text after the signature", "a signature is (params) -> type"
    else:
        message, hint = f"unexpected {rest[:12]!r}: expected {_names(expected)}", None
    return SignatureError(message, text=text, position=place, hint=hint)


_SHOWN = {
    "COMMA": '","', "RPAR": '")"', "RSQB": '"]"', "RBRACE": '"}"', "LPAR": '"("', "LSQB": '"["', "LBRACE": '"{"',
    "NAME": "a name", "TYPE": "a type", "OPTIONAL": '"?"', "$END": "the end",
}  # fmt: skip


def _names(expected: set[str]) -> str:
    return " or ".join(sorted(_SHOWN.get(name, '"->"') for name in expected))


def _unknown_type(text: str, name: str, position: int) -> SignatureError:
    meant = _MEANT.get(name.lower())
    if meant is None:
        near = get_close_matches(name.lower(), [*PRIMITIVES, "boolean"], n=1)
        meant = near[0] if near else None
    hint = _VALID
    if meant is not None:
        hint = f"did you mean {meant if meant.startswith('[') else f':{meant}'}? {_VALID}"
    return SignatureError(f"unknown type :{name}", text=text, position=position, hint=hint)
