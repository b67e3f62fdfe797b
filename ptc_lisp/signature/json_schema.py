"""Types to JSON Schema, as model providers want it, and the subset of JSON Schema that types can say back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ptc_lisp.signature.notes import allowed_text, joined
from ptc_lisp.signature.types import (
    ANY,
    IDENT,
    MAX_NESTING,
    Field,
    ListOf,
    Primitive,
    Record,
    Signature,
    SignatureError,
    Type,
    with_optional,
)

_KEYWORD_PATTERN = "^[A-Za-z0-9+*<>=?!_-]+$"
_PRIMITIVES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "map": {"type": "object"},
    "keyword": {"type": "string", "pattern": _KEYWORD_PATTERN},
    "datetime": {"type": "string", "format": "date-time"},
}
_SCALARS = {"string": "string", "integer": "int", "number": "float", "boolean": "bool"}
# These change what is allowed in ways that a type cannot say; limits such as `minimum` only narrow it and are let by.
_UNSUPPORTED = (
    "$ref", "oneOf", "allOf", "not", "if", "then", "else", "patternProperties", "prefixItems", "dependentSchemas",
    "dependentRequired", "contains", "propertyNames",
)  # fmt: skip

_MOST_NOTED = 4
_LIMITS = {
    "minimum": ">= {}",
    "exclusiveMinimum": "> {}",
    "maximum": "<= {}",
    "exclusiveMaximum": "< {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "minItems": "at least {} long",
    "maxItems": "at most {} long",
    "pattern": "matches {}",
}


def to_json_schema(subject: Signature | Type, *, wrap_list: bool = False) -> dict[str, Any]:
    """The JSON Schema of a type; for a signature, that of its return type.

    `wrap_list`: a list as root becomes `{"items": [...]}`, because providers demand an object there.
    """
    kind = subject.returns if isinstance(subject, Signature) else subject
    schema = _schema(kind)
    if wrap_list and isinstance(kind, ListOf):
        return _object({"items": schema}, ["items"])
    return schema


def parameters_schema(
    signature: Signature,
    notes: Mapping[str, str] | None = None,
    values: Mapping[str, Sequence[Any]] | None = None,
) -> dict[str, Any]:
    """The JSON Schema of the parameters, as providers want it for tools, with what is known of them by path, such as
    `order.lines`: `notes` as descriptions, `values` as all that are allowed."""
    if signature.open_params:
        return {"type": "object"}
    schema = _schema(Record(fields=signature.params))
    schema.setdefault("properties", {})
    schema.setdefault("additionalProperties", False)
    return annotated(schema, notes or {}, values or {})


def annotated(
    schema: dict[str, Any], notes: Mapping[str, str], values: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """A schema of our own, changed in place: with descriptions of fields and the values that they may have, by path; paths that
    it does not have are passed over."""
    for path, text in notes.items():
        place = _place(schema, path)
        if place is not None and text:
            place["description"] = text
    for path, allowed in values.items():
        place = _item(_place(schema, path))
        if place is not None:
            nullable = isinstance(place.get("type"), list) and "null" in place["type"]
            place["enum"] = [*allowed, *([None] if nullable and None not in allowed else [])]
    return schema


def schema_notes(schema: Any) -> dict[str, str]:
    """What a schema says about the fields of an object beyond their kind: descriptions, the values that are allowed, limits. By
    path, as in `field_notes`."""
    return dict(_schema_notes(schema, "", 0))


def from_json_schema(schema: Any) -> Type:
    """The type that a JSON Schema describes. Raises SignatureError naming what a type cannot say, and where."""
    return _type(schema, "$", 0)


def signature_from_schemas(parameters: Any, returns: Any = None) -> Signature:
    """The signature of a tool that is described by schemas, as MCP does. Raises SignatureError."""
    kind = from_json_schema(parameters)
    if not isinstance(kind, Record):
        kind = Record() if kind == Primitive(name="map") else kind
    if not isinstance(kind, Record):
        raise SignatureError("the schema of parameters must be of type object")
    open_params = not kind.fields and not kind.closed
    return Signature(
        kind.fields, ANY if returns is None else from_json_schema(returns), open_params=open_params
    )


def _place(schema: Any, path: str) -> Any:
    """The schema of the field at a path; None when there is none."""
    for name in path.split(".") if path else ():
        schema = _item(schema)
        schema = None if schema is None else schema.get("properties", {}).get(name)
    return schema


def _item(schema: Any) -> Any:
    """The schema of what a list holds, or of lists in it; any other schema as it is."""
    while schema is not None and "items" in schema:
        schema = schema["items"]
    return schema


def _schema_notes(schema: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(schema, Mapping) or depth > _MOST_NOTED:
        return
    said = [text for text in _said(cast("Mapping[str, Any]", schema)) if path]
    if said:
        yield path, joined(said)
    inner = _item(schema)
    properties = inner.get("properties") if isinstance(inner, Mapping) else None
    for name, field in properties.items() if isinstance(properties, Mapping) else ():
        yield from _schema_notes(field, f"{path}.{name}" if path else str(name), depth + 1)


def _said(schema: Mapping[str, Any]) -> Iterator[str]:
    text = schema.get("description")
    if isinstance(text, str) and text.strip():
        yield " ".join(text.split())
    inner: Any = _item(schema)
    for part in (schema,) if inner is schema else (schema, inner):
        values = part.get("enum") if isinstance(part, Mapping) else None
        if isinstance(values, list) and values:
            yield allowed_text(values)
        for name, words in _LIMITS.items() if isinstance(part, Mapping) else ():
            limit = part.get(name)
            if isinstance(limit, (int, float, str)) and not isinstance(limit, bool):
                yield words.format(limit)


def _schema(kind: Type) -> dict[str, Any]:
    if isinstance(kind, Primitive):
        schema: dict[str, Any] = dict(_PRIMITIVES.get(kind.name, {}))
    elif isinstance(kind, ListOf):
        schema = {"type": "array", "items": _schema(kind.item)}
    elif kind.fields or kind.closed:
        required = [field.name for field in kind.fields if not field.type.optional]
        schema = _object({field.name: _schema(field.type) for field in kind.fields}, required)
    else:
        schema = {"type": "object", "properties": {}}
    if kind.optional and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    return schema


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _type(schema: Any, path: str, depth: int) -> Type:
    if depth > MAX_NESTING:
        raise SignatureError(f"{path}: more than {MAX_NESTING} nested schemas")
    if schema is True:
        return ANY
    if not isinstance(schema, Mapping):
        raise SignatureError(f"{path}: a schema must be an object, got {schema!r:.60}")
    for keyword in _UNSUPPORTED:
        if keyword in schema:
            raise SignatureError(f"{path}: the keyword {keyword} is not supported")
    if "anyOf" in schema:
        return _any_of(schema["anyOf"], path, depth)
    names = schema.get("type")
    listed: list[Any] = list(names) if isinstance(names, (list, tuple)) else [names]
    kinds = [name for name in listed if name != "null"]
    if len(kinds) > 1:
        if set(kinds) != {"integer", "number"}:
            raise SignatureError(f"{path}: several types at once are not supported: {kinds}")
        kinds = ["number"]
    kind = _one(kinds[0], schema, path, depth) if kinds else ANY
    return with_optional(kind, optional="null" in listed)


def _one(name: Any, schema: Mapping[str, Any], path: str, depth: int) -> Type:
    if name is None:
        return _untyped(schema, path, depth)
    if name == "string" and schema.get("format") == "date-time":
        return Primitive(name="datetime")
    if name == "string" and schema.get("pattern") == _KEYWORD_PATTERN:
        return Primitive(name="keyword")
    if name in _SCALARS:
        return Primitive(name=_SCALARS[name])
    if name == "array":
        return ListOf(item=_type(schema.get("items", True), f"{path}.items", depth + 1))
    if name == "object":
        return _record(schema, path, depth)
    raise SignatureError(f"{path}: the type {name!r} is not supported")


def _untyped(schema: Mapping[str, Any], path: str, depth: int) -> Type:
    if "properties" in schema:
        return _record(schema, path, depth)
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if isinstance(values, list) and values and all(isinstance(value, str) for value in values):
        return Primitive(name="string")
    return ANY


def _record(schema: Mapping[str, Any], path: str, depth: int) -> Type:
    closed = schema.get("additionalProperties") is False
    properties = schema.get("properties")
    if properties is None and not closed:
        return Primitive(name="map")
    required = schema.get("required", ())
    fields: list[Field] = []
    for name, inner in (properties or {}).items():
        if not IDENT.fullmatch(name):
            raise SignatureError(
                f"{path}: {name!r} cannot be the name of a field", hint="letters, digits, _ and -"
            )
        kind = _type(inner, f"{path}.{name}", depth + 1)
        fields.append(Field(name, kind if name in required else with_optional(kind)))
    return Record(fields=tuple(fields), closed=closed)


def _any_of(options: Any, path: str, depth: int) -> Type:
    kinds = [option for option in options if option != {"type": "null"}]
    if len(kinds) != 1:
        raise SignatureError(f"{path}: anyOf is supported only for one type or null")
    kind = _type(kinds[0], path, depth + 1)
    return with_optional(kind, optional=kind.optional or len(kinds) < len(options))
