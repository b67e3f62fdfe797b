"""The final answer in a reply that holds no program: plain text, or JSON of the signature's type."""

from __future__ import annotations

import copy
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ptc_lisp import Fault, FaultKind, Phase
from ptc_lisp.signature import ListOf, Primitive, Record, Type, Validation, annotated, coerce, to_json_schema
from subagent.loop.contract import expected, parsed
from subagent.loop.extract import without_thoughts
from subagent.loop.held import Held
from subagent.prompting.preview import Language

_ITEMS, _VALUE = "items", "value"
_OPENING = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*(?:\w+[ \t]*)?")
_CLOSING = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*")
_MOST_TRIED = 50
_DECODER = json.JSONDecoder()


def is_plain(signature: str | None) -> bool:
    """Whether the answer is the text itself, and not JSON."""
    if signature is None:
        return True
    returns = parsed(signature).returns
    return isinstance(returns, Primitive) and returns.name in {"string", "any"}


@lru_cache(maxsize=256)
def answer_schema(signature: str) -> dict[str, Any]:
    """The JSON Schema of the answer. Providers want an object: a list stands under `items`, a scalar under `value`."""
    returns = parsed(signature).returns
    schema = to_json_schema(returns, wrap_list=True)
    if isinstance(returns, Record | ListOf) or returns.name == "map":
        return schema
    return {
        "type": "object",
        "properties": {_VALUE: schema},
        "required": [_VALUE],
        "additionalProperties": False,
    }


def annotated_schema(
    signature: str, notes: Mapping[str, str], values: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """The same with what is known of fields, by path: descriptions, and the values that they may have, which providers
    can enforce."""
    schema = copy.deepcopy(answer_schema(signature))
    returns = parsed(signature).returns
    answer = schema
    if isinstance(returns, ListOf):
        answer = schema["properties"][_ITEMS]
    elif _VALUE in schema.get("properties", {}) and isinstance(returns, Primitive):
        answer = schema["properties"][_VALUE]
    annotated(answer, notes, values)
    return schema


def read_answer(
    signature: str | None,
    text: str,
    language: Language = "ptc-lisp",
    validation: Validation = "enabled",
) -> Held | Fault:
    """The answer of the signature's type, numbers and dates read from text where JSON has none; or the fault that says
    what is wrong with it, and where. Where what does not fit is tolerated, the first JSON that there is, or the text."""
    said = without_thoughts(text).strip()
    if not said:
        return _fault(FaultKind.EMPTY_RESPONSE, "the reply is empty", "reply with the answer")
    if signature is None or is_plain(signature):
        return Held(said)
    returns = parsed(signature).returns
    problems: list[str] | None = None
    whatever: list[Any] = []
    for found in _candidates(returns, said):
        given = _unwrapped(returns, found)
        if validation == "disabled":
            return Held(given)
        value, _, wrong = coerce(returns, given, "answer")
        if not wrong:
            return Held(value)
        whatever.append(given)
        problems = problems or [str(problem) for problem in wrong]
    if validation in ("disabled", "warn_only"):
        return Held(whatever[0] if whatever else said)
    wanted = expected(signature, language)
    if problems is None:
        return _fault(
            FaultKind.JSON_PARSE_ERROR,
            "the reply holds no valid JSON",
            f"reply with JSON of the type {wanted} only",
        )
    return _fault(
        FaultKind.VALIDATION_ERROR,
        f"the answer does not have the type {wanted}: {'; '.join(problems[:5])}",
        "reply with JSON of exactly this type",
        {"expected": wanted, "problems": problems[:20]},
    )


def _candidates(returns: Type, text: str) -> Iterator[Any]:
    """Whatever could be meant, best first: fenced JSON, JSON at the beginning, JSON further on, and for a scalar the
    text itself."""
    for body in _fenced(text):
        yield from _decoded(body.strip())
    yield from _decoded(text)
    starts = [match.start() for match in re.finditer(r"[\[{]", text)]
    for start in starts[:_MOST_TRIED]:
        try:
            yield _DECODER.raw_decode(text, start)[0]
        except (ValueError, RecursionError):
            continue
    if isinstance(returns, Primitive) and returns.name != "map" and not starts:
        yield text.strip("\"'` .\n")


def _fenced(text: str) -> Iterator[str]:
    """What stands between two lines of the same mark, in one pass over the lines."""
    lines = text.split("\n")
    ends: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        if (closing := _CLOSING.fullmatch(line)) is not None:
            ends.setdefault(closing[1], []).append(number)
    after = 0
    for number, line in enumerate(lines):
        if number < after or (opening := _OPENING.fullmatch(line)) is None:
            continue
        places = ends.get(opening[1], [])
        place = bisect_right(places, number)
        if place < len(places):
            yield "\n".join(lines[number + 1 : places[place]])
            after = places[place] + 1


def _decoded(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
    except (ValueError, RecursionError):
        return


def _unwrapped(returns: Type, found: Any) -> Any:
    """The answer out of the object that providers want around it."""
    if isinstance(found, dict) and len(found) == 1:
        key = _ITEMS if isinstance(returns, ListOf) else _VALUE if isinstance(returns, Primitive) else None
        if key in found and not (isinstance(returns, Primitive) and returns.name == "map"):
            return found[key]
    return found


def _fault(kind: FaultKind, message: str, hint: str, details: dict[str, Any] | None = None) -> Fault:
    return Fault(kind, Phase.AGENT, message, hint=hint, details=details or {})
