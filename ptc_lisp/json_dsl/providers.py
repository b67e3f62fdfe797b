"""What providers of models take as a schema for structured outputs, as far as they have published it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, cast

Provider = Literal["openai", "anthropic"]
Schema = dict[str, Any]

_PLAIN = frozenset(
    {"type", "properties", "required", "additionalProperties", "anyOf", "items", "enum", "const", "$ref", "$defs",
     "description", "title", "format"}
)  # fmt: skip
# https://platform.openai.com/docs/guides/structured-outputs#supported-schemas (February 2026)
_OPENAI_KEYWORDS = _PLAIN | {
    "pattern", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems",
}  # fmt: skip
_MOST_PROPERTIES = 5_000
_MOST_LEVELS = 10
_MOST_CHARS = 120_000
_MOST_ENUM_VALUES = 1_000
_LONG_ENUM, _LONG_ENUM_CHARS = 250, 15_000
# https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations (2026), and the error
# messages quoted in https://github.com/vercel/ai/pull/17268
_ANTHROPIC_KEYWORDS = _PLAIN | {"allOf", "default", "definitions", "minItems"}
_MOST_UNIONS = 16
_MOST_OPTIONAL = 24
_SMALLEST_LISTS = (0, 1)


def schema_problems(schema: Schema, provider: Provider) -> list[str]:
    """Why a provider would refuse a schema for structured outputs, each reason with its place; empty if none is known.

    Raises:
        ValueError: the provider is not known.
    """
    rules = _RULES.get(provider)
    if rules is None:
        raise ValueError(f"provider must be one of {', '.join(_RULES)}, got {provider!r}")
    found = list(_inside(schema, "$", ()))
    return [problem for rule in (_is_object, _is_closed, *rules) for problem in rule(schema, found)]


Found = list[tuple[str, Schema, tuple[str, ...]]]
"""A schema and all inside: path, schema, and the types around it."""


def _inside(
    schema: Schema, path: str, around: tuple[str, ...]
) -> Iterator[tuple[str, Schema, tuple[str, ...]]]:
    kind = schema.get("type")
    level = (*around, kind) if isinstance(kind, str) and kind in {"object", "array"} else around
    yield path, schema, level
    for name in ("properties", "$defs", "definitions"):
        for key, inner in cast("dict[str, Schema]", schema.get(name, {})).items():
            yield from _inside(inner, f"{path}.{name}.{key}", level)
    for name in ("anyOf", "allOf"):
        for index, inner in enumerate(cast("list[Schema]", schema.get(name, []))):
            yield from _inside(inner, f"{path}.{name}[{index}]", level)
    if isinstance(schema.get("items"), dict):
        yield from _inside(schema["items"], f"{path}.items", level)


# --- both ------------------------------------------------------------------------------------------------------------


def _is_object(schema: Schema, _found: Found) -> Iterator[str]:
    if schema.get("type") != "object" or "anyOf" in schema:
        yield "$: the schema must be an object, and no anyOf"


def _is_closed(_schema: Schema, found: Found) -> Iterator[str]:
    for path, one, _ in found:
        if one.get("type") == "object" and one.get("additionalProperties") is not False:
            yield f"{path}: an object must have additionalProperties: false"


def _keywords(known: frozenset[str], found: Found) -> Iterator[str]:
    for path, one, _ in found:
        for word in sorted(one.keys() - known):
            yield f"{path}: the keyword {word} is not supported"


# --- OpenAI ----------------------------------------------------------------------------------------------------------


def _openai_words(_schema: Schema, found: Found) -> Iterator[str]:
    yield from _keywords(_OPENAI_KEYWORDS, found)
    for path, one, _ in found:
        missing = one.get("properties", {}).keys() - set(one.get("required", ()))
        if missing:
            yield f"{path}: every property must be required, and {min(missing)} is not"


def _openai_sizes(_schema: Schema, found: Found) -> Iterator[str]:
    levels = max(len(level) for _, _, level in found)
    if levels > _MOST_LEVELS:
        yield f"$: {levels} levels of objects and lists, more than {_MOST_LEVELS}"
    properties = [name for _, one, _ in found for name in one.get("properties", ())]
    if len(properties) > _MOST_PROPERTIES:
        yield f"$: {len(properties)} properties, more than {_MOST_PROPERTIES}"
    enums = [one.get("enum", []) for _, one, _ in found]
    values = [value for enum in enums for value in enum]
    if len(values) > _MOST_ENUM_VALUES:
        yield f"$: {len(values)} values of enums, more than {_MOST_ENUM_VALUES}"
    for enum in enums:
        chars = sum(len(str(value)) for value in enum)
        if len(enum) > _LONG_ENUM and chars > _LONG_ENUM_CHARS:
            yield f"$: an enum of {len(enum)} values has {chars} characters, more than {_LONG_ENUM_CHARS}"
    names = [name for _, one, _ in found for name in one.get("$defs", ())]
    consts = [one["const"] for _, one, _ in found if "const" in one]
    chars = sum(len(str(text)) for text in (*properties, *names, *values, *consts))
    if chars > _MOST_CHARS:
        yield f"$: {chars} characters of names and values, more than {_MOST_CHARS}"


def _openai_branches(_schema: Schema, found: Found) -> Iterator[str]:
    """Objects of one anyOf must differ by their first key, or by the values that it may have."""
    for path, one, _ in found:
        taken: dict[str, set[str]] = {}
        for branch in cast("list[Schema]", one.get("anyOf", [])):
            for key, inner in list(cast("dict[str, Schema]", branch.get("properties", {})).items())[:1]:
                values = {
                    str(value) for value in inner.get("enum", [inner["const"]] if "const" in inner else [])
                }
                if key in taken and (not values or not taken[key] or values & taken[key]):
                    yield f"{path}: objects of one anyOf begin with the same key {key}, and nothing tells them apart"
                taken[key] = taken.get(key, set()) | values


# --- Anthropic -------------------------------------------------------------------------------------------------------


def _anthropic_words(_schema: Schema, found: Found) -> Iterator[str]:
    yield from _keywords(_ANTHROPIC_KEYWORDS, found)
    for path, one, _ in found:
        if one.get("minItems", 0) not in _SMALLEST_LISTS:
            yield f"{path}: minItems must be 0 or 1"
        if any(isinstance(value, dict | list) for value in one.get("enum", ())):
            yield f"{path}: an enum may hold plain values only"


def _anthropic_sizes(_schema: Schema, found: Found) -> Iterator[str]:
    unions = sum("anyOf" in one or isinstance(one.get("type"), list) for _, one, _ in found)
    if unions > _MOST_UNIONS:
        yield f"$: {unions} unions, more than {_MOST_UNIONS}"
    optional = sum(
        len(one.get("properties", {}).keys() - set(one.get("required", ()))) for _, one, _ in found
    )
    if optional > _MOST_OPTIONAL:
        yield f"$: {optional} optional properties, more than {_MOST_OPTIONAL}"


def _anthropic_recursion(schema: Schema, found: Found) -> Iterator[str]:
    for path, one, _ in found:
        ref = one.get("$ref")
        if isinstance(ref, str) and _leads_back(schema, ref, ()):
            yield f"{path}: the schema is recursive through {ref}"


def _leads_back(schema: Schema, ref: str, seen: tuple[str, ...]) -> bool:
    if ref in seen or ref == "#":
        return True
    target: Any = schema
    for name in ref.removeprefix("#/").split("/"):
        target = target.get(name, {})
    inner = [one["$ref"] for _, one, _ in _inside(target, "$", ()) if "$ref" in one]
    return any(_leads_back(schema, each, (*seen, ref)) for each in inner)


Rule = Callable[[Schema, Found], Iterator[str]]
_RULES: dict[str, tuple[Rule, ...]] = {
    "openai": (_openai_words, _openai_sizes, _openai_branches),
    "anthropic": (_anthropic_words, _anthropic_sizes, _anthropic_recursion),
}
