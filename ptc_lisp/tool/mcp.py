"""Tools that are described as the Model Context Protocol describes them: a name, JSON Schemas, annotations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ptc_lisp.signature import ANY, Field, Signature, SignatureError, Type, from_json_schema, schema_notes
from ptc_lisp.signature.types import IDENT, Record, with_optional

if TYPE_CHECKING:
    from ptc_lisp.tool.options import Effect


class McpToolFailed(Exception):  # noqa: N818 - its name is what the calling program reads
    """An MCP tool answered that it failed (`isError`)."""


def described(descriptor: object, call: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The fields of a Tool for a descriptor (a dict, or an object with the same names); see `Tool.from_mcp`."""
    name = _get(descriptor, "name")
    if not isinstance(name, str) or not name:
        raise ValueError(f"an MCP descriptor needs a name, got {descriptor!r:.200}")
    schema = _get(descriptor, "inputSchema") or {}
    if not isinstance(schema, Mapping):
        raise ValueError(f"the inputSchema of {name} must be a JSON Schema object, got {schema!r:.100}")
    properties = _mapping(cast("Mapping[str, Any]", schema).get("properties"))
    fields = _fields(cast("Mapping[str, Any]", schema), properties)
    output = _get(descriptor, "outputSchema")
    returns = ANY if output is None else _lenient(output)
    return {
        "fn": _function(call, {key.replace("-", "_"): key for key in properties}),
        "name": name,
        "description": _get(descriptor, "description") or _get(descriptor, "title") or "",
        "signature": Signature(fields or (), returns, open_params=not fields and _is_open(schema)),
        "descriptions": schema_notes(schema),
        "effect": _effect(_get(descriptor, "annotations")),
    }


def mcp_value(result: Any) -> Any:
    """What an MCP result says: its structured content, else its text (several parts: a list), else the result itself.

    Raises McpToolFailed when the result says that the tool failed.
    """
    content = _get(result, "content")
    structured = _get(result, "structuredContent")
    if structured is None and not isinstance(content, list):
        return result
    texts = [text for part in cast("list[Any]", content or []) if (text := _get(part, "text")) is not None]
    if _get(result, "isError"):
        raise McpToolFailed("\n".join(map(str, texts)) or "the tool failed and did not say why")
    if structured is not None:
        return structured
    return texts[0] if len(texts) == 1 else texts


def _function(call: Callable[[dict[str, Any]], Any], names: dict[str, str]) -> Callable[..., Any]:
    """`call` with the arguments as the server names them; it takes one dict."""

    def spelled(args: dict[str, Any]) -> dict[str, Any]:
        return {names.get(key, key): value for key, value in args.items()}

    async def amake(**args: Any) -> Any:
        return mcp_value(await call(spelled(args)))

    def make(**args: Any) -> Any:
        return mcp_value(call(spelled(args)))

    kinds = (call, type(call).__call__)
    return amake if any(map(inspect.iscoroutinefunction, kinds)) else make


def _fields(schema: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Field, ...] | None:
    """The parameters; None when some have names that programs cannot write."""
    if not all(IDENT.fullmatch(key) for key in properties):
        return None
    required = schema.get("required") or ()
    return tuple(
        Field(key, kind if key in required else with_optional(kind))
        for key, kind in ((key, _lenient(inner)) for key, inner in properties.items())
    )


def _lenient(schema: Any) -> Type:
    """The type of a schema; any for what a type cannot say, because the server checks its arguments itself."""
    try:
        kind = from_json_schema(schema)
    except SignatureError:
        return ANY
    return Record(fields=kind.fields) if isinstance(kind, Record) else kind


def _is_open(schema: Any) -> bool:
    return schema.get("additionalProperties") is not False


def _effect(annotations: object) -> Effect | None:
    """`readOnlyHint` and `destructiveHint` as they were given; the defaults that MCP names are not assumed."""
    read, destroys = _get(annotations, "readOnlyHint"), _get(annotations, "destructiveHint")
    if read:
        return None if destroys else "read"
    if _get(annotations, "idempotentHint"):
        return "idempotent"
    return "write" if destroys else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _get(holder: object, name: str) -> Any:
    if isinstance(holder, Mapping):
        return cast("Mapping[str, Any]", holder).get(name)
    return getattr(holder, name, None)
