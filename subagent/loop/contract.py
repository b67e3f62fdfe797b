"""The expected answer: whether a value is one, how its type is described, and an example."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from ptc_lisp.signature import ListOf, Primitive, Record, Signature, Type, advice, check, parse, sample
from ptc_lisp.signature.checking import Problem, find_field
from subagent.prompting.preview import Language

_NIL = re.compile(r"^nil\b")
_JSON_EXAMPLES: dict[str, str] = {
    "string": '"..."',
    "int": "3",
    "float": "2.5",
    "bool": "true",
    "keyword": '"name"',
    "map": '{"key": 1}',
    "any": '"anything"',
    "datetime": '"2024-01-31T00:00:00Z"',
}


@lru_cache(maxsize=256)
def parsed(signature: str) -> Signature:
    """The signature of a text. Raises SignatureError (a ValueError)."""
    return parse(signature)


def conform(signature: str | None, value: Any, language: Language = "ptc-lisp") -> tuple[Any, list[str]]:
    """The value with its fields spelled as the signature spells them, and what is wrong with it (path and words)."""
    if signature is None:
        return value, []
    returns = parsed(signature).returns
    problems = check(returns, value)
    if not problems:
        return _spelled(returns, value), []
    return value, [str(_in_json(problem) if language == "ptc-json" else problem) for problem in problems]


def _in_json(problem: Problem) -> Problem:
    return msgspec.structs.replace(problem, got=_NIL.sub("null", problem.got).replace("vector of", "list of"))


def mend(signature: str | None, value: Any, language: Language = "ptc-lisp") -> str | None:
    """What to change so that the value is the answer; None when that says no more than the problems do."""
    return None if signature is None else advice(parsed(signature).returns, value, language)


def expected(signature: str | None, language: Language = "ptc-lisp") -> str:
    """The type of the answer as the model reads it; "any" without a signature."""
    return "any" if signature is None else type_text(parsed(signature).returns, language)


def notes_text(notes: Mapping[str, str]) -> str:
    """What is known about fields of the answer, a line each; the answer itself is `answer`."""
    return "\n".join(f"{path or 'answer'}: {note}" for path, note in notes.items())


def type_text(kind: Type, language: Language = "ptc-lisp") -> str:
    """A type in the shape of the values it stands for: `{:total float, :rows [{:id int}]}`, in PTC-JSON
    `{"total": float, "rows": [{"id": int}]}`; `?` marks what may be nil or missing."""
    if isinstance(kind, Primitive):
        text = kind.name
    elif isinstance(kind, ListOf):
        text = f"[{type_text(kind.item, language)}]"
    elif kind.fields:
        named = (f"{_field(field.name, language)} {type_text(field.type, language)}" for field in kind.fields)
        text = "{" + ", ".join(named) + "}"
    else:
        text = "map"
    return f"{text}?" if kind.optional else text


def _field(name: str, language: Language) -> str:
    return f'"{name}":' if language == "ptc-json" else f":{name}"


def example(signature: str | None, language: Language = "ptc-lisp") -> str:
    """A program that returns a value of the right shape; in PTC-JSON the value alone."""
    if language == "ptc-json":
        return json_example(parsed(signature).returns) if signature else "42"
    return f"(return {sample(parsed(signature).returns) if signature else '42'})"


def answer_fields(signature: str | None) -> tuple[str, ...]:
    """The names of all fields in the answer, at any depth."""
    return () if signature is None else tuple(_fields(parsed(signature).returns))


def _fields(kind: Type) -> Iterator[str]:
    if isinstance(kind, ListOf):
        yield from _fields(kind.item)
    elif isinstance(kind, Record):
        for field in kind.fields:
            yield field.name
            yield from _fields(field.type)


def _spelled(kind: Type, value: Any) -> Any:
    if isinstance(kind, ListOf) and isinstance(value, list) and _has_records(kind.item):
        return [_spelled(kind.item, item) for item in value]
    if not isinstance(kind, Record) or not isinstance(value, dict):
        return value
    renamed: dict[Any, tuple[str, Type]] = {}
    for field in kind.fields:
        key = find_field(value, field.name)
        if key is not None:
            renamed[key] = (field.name, field.type)
    result: dict[Any, Any] = {}
    for key, item in value.items():
        name, inner = renamed.get(key, (key, None))
        result[name] = item if inner is None else _spelled(inner, item)
    return result


def _has_records(kind: Type) -> bool:
    return _has_records(kind.item) if isinstance(kind, ListOf) else isinstance(kind, Record)


def json_example(kind: Type) -> str:
    """A value of the right shape as JSON."""
    if isinstance(kind, Primitive):
        return _JSON_EXAMPLES[kind.name]
    if isinstance(kind, ListOf):
        return f"[{json_example(kind.item)}]"
    return "{" + ", ".join(f'"{field.name}": {json_example(field.type)}' for field in kind.fields) + "}"
