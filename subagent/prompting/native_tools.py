"""Tools as a provider's native tools: their schemas, their names, and previews of results that programs take whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ptc_lisp import Fault, FaultKind, NativeResult, Tool
from ptc_lisp.signature import Record, parameters_schema
from ptc_lisp.signature.types import ANY
from subagent.loop.contract import json_example, type_text
from subagent.prompting.preview import Bounds, Language, preview, type_name
from subagent.prompting.resources import render, say

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_]")
_LONGEST = 64
_ARGUMENT = re.compile(r"(?<=[ (]):([A-Za-z_][\w-]*)")


def native_name(name: str) -> str:
    """A tool's name as providers take it: letters, digits and `_`."""
    return _FORBIDDEN.sub("_", name)[:_LONGEST]


def native_names(tools: Mapping[str, Tool]) -> dict[str, str]:
    """The tools that a model may call itself: their own names by the names for the provider.

    Raises:
        ValueError: two tools would have the same name there.
    """
    names: dict[str, str] = {}
    for name, tool in tools.items():
        if tool.expose == "program" or tool.visibility == "private":
            continue
        wire = native_name(name)
        if wire in names:
            raise ValueError(
                f"SubAgent.tools: {names[wire]} and {name} would both be called {wire} natively; rename one"
            )
        names[wire] = name
    return names


def native_schemas(tools: Mapping[str, Tool]) -> tuple[dict[str, Any], ...]:
    """The tools that a model may call itself, in OpenAI function format."""
    return tuple(_schema(wire, tools[name]) for wire, name in native_names(tools).items())


def program_tools(tools: Mapping[str, Tool]) -> dict[str, Tool]:
    """The tools that programs may call beside native ones, and those that only preludes may call."""
    return {
        name: tool for name, tool in tools.items() if tool.expose != "native" or tool.visibility == "private"
    }


def told_natively(fault: Fault, tool: Tool, most: int | None) -> Fault:
    """The fault of a native call in words of JSON: the model that made the call need not know the language of programs. most: how
    many calls the run allows."""
    name = native_name(tool.name)
    message, hint = fault.message.replace(f"tool/{tool.name}", name, 1), fault.hint
    if fault.kind is FaultKind.INVALID_TOOL_ARGS:
        fields = tool.contract.params
        names = {field.name.rstrip("_").replace("_", "-"): field.name for field in fields}
        message = _ARGUMENT.sub(lambda found: f'"{names.get(found[1], found[1])}"', message)
        needed = tuple(field for field in fields if not field.type.optional) or fields
        hint = f"send arguments such as {json_example(Record(fields=needed))}" if needed else "send {}"
    elif fault.kind is FaultKind.TOOL_CALL_LIMIT_EXCEEDED:
        message, hint = f"{name} was not called: {render('native', 'no_calls', most=str(most))}", None
    elif fault.kind is FaultKind.EFFECT_NOT_ALLOWED:
        hint = render("native", "no_effect")
    return msgspec.structs.replace(fault, message=message, hint=hint)


def bridge_preview(
    tool: Tool, args: Mapping[str, Any], value: Any, shown: Any, language: Language = "ptc-lisp"
) -> dict[str, Any]:
    """What stands in for a result that is kept for programs: its count and keys or its first rows, or what the host's
    own preview has `shown`, and how a program gets the whole."""
    native = tool.native_result or NativeResult()
    body = {"preview": shown} if shown is not None else _picture(native, value)
    hint = say(language, "native", "cached", call=_call(tool, args, language))
    return {"status": "ok", "full_result_cached": True, **body, "hint": hint}


def _schema(wire: str, tool: Tool) -> dict[str, Any]:
    contract = tool.contract
    told = tool.description or ""
    if contract.returns != ANY:
        told = f"{told}\nReturns {type_text(contract.returns, 'ptc-json')}".strip()
    parameters = parameters_schema(contract, tool.notes, tool.values)
    parameters.setdefault("properties", {})
    return {
        "type": "function",
        "function": {"name": wire, "description": told, "parameters": parameters},
    }


def _picture(native: NativeResult, value: Any) -> dict[str, Any]:
    rows = value if isinstance(value, list) else None
    head: dict[str, Any] = {"count": len(value)} if isinstance(value, list | dict | str) else {}
    if native.preview == "rows" and rows is not None:
        return {**head, "rows": rows[: native.limit]}
    first = rows[0] if rows else value
    head["type"] = "list" if rows is not None else type_name(value)
    if isinstance(first, Mapping):
        keys: Sequence[Any] = list(first)[: native.limit]
        head["schema"] = {str(key): type_name(first[key]) for key in keys}
    elif rows:
        head["schema"] = type_name(first)
    return head


def _call(tool: Tool, args: Mapping[str, Any], language: Language) -> str:
    given = preview(dict(args), Bounds(chars=400, items=20, string=100, language=language))
    return f"{tool.name} {given}" if language == "ptc-json" else f"(tool/{tool.name} {given})"
