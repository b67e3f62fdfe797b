"""A definition as plain data. What is code (tools, models, functions) is stored under the name that it has in a registry
of the host; nothing is pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast, get_origin

import msgspec

from ptc_lisp import Limits
from subagent.fields import set_fields
from subagent.llm.constrain import Constraint
from subagent.llm.retry import RetryPolicy
from subagent.loop.policy import Compaction, FormatOptions, LanguageSpec
from subagent.preludes import stored as stored_preludes
from subagent.prompting.customise import SystemPrompt
from subagent.tools.families import builtin_tools
from subagent.wording import did_you_mean

VERSION = 1
Registry = Mapping[str, Any]

_STRUCTS: dict[str, type[Any]] = {
    "limits": Limits,
    "llm_retry": RetryPolicy,
    "format": FormatOptions,
    "compaction": Compaction,
    "language_spec": LanguageSpec,
    "system_prompt": SystemPrompt,
    "constrain": Constraint,
}


def to_data(agent: Any, registry: Registry) -> dict[str, Any]:
    """The fields that differ from their defaults; see `SubAgent.to_dict`."""
    stored: dict[str, Any] = {"version": VERSION}
    for name, value in set_fields(agent):
        if name == "tools":
            if tools := _tools(agent, registry):
                stored["tools"] = tools
        elif name == "preludes":
            stored["preludes"] = stored_preludes(value)
        elif name != "prelude_store":  # the sources themselves are stored
            stored[name] = _stored(name, value, registry)
    return stored


def from_data(kind: type[Any], data: Mapping[str, Any], registry: Registry) -> Any:
    """The definition that `to_data` stored; see `SubAgent.from_dict`."""
    given = dict(data)
    version = given.pop("version", None)
    if version != VERSION:
        raise ValueError(f"this definition has version {version!r}; this program reads version {VERSION}")
    known = {field.name for field in fields(kind)}
    for name in given:
        if name not in known:
            raise ValueError(f"a stored definition has the unknown field {name}{did_you_mean(name, known)}")
    restored = {name: _restored(name, value, registry) for name, value in given.items() if name != "tools"}
    if "tools" in given:
        restored["tools"] = {
            name: _tool(kind, name, entry, registry) for name, entry in given["tools"].items()
        }
    return kind(**restored)


def _tools(agent: Any, registry: Registry) -> dict[str, Any]:
    """Tools by name: a registered name, or the definition of an agent that is called as a tool."""
    ready = builtin_tools(agent.builtin_tools)
    stored: dict[str, Any] = {}
    for name, tool in agent.tool_table.items():
        child = tool.details.get("agent")
        if tool.details.get("builtin") or (ready.get(name) is not None and tool.fn is ready[name].fn):
            continue
        if child is agent:
            stored[name] = {"self": True}
        elif name in registry:
            stored[name] = {"registered": name}
        elif child is not None:
            stored[name] = {"agent": to_data(child, registry), "description": tool.description}
        else:
            raise ValueError(_missing(f"the tool {name}", name, registry))
    return stored


def _tool(kind: type[Any], name: str, entry: Mapping[str, Any], registry: Registry) -> Any:
    from subagent.tools.markers import SELF  # noqa: PLC0415 - used by stored definitions alone

    if "self" in entry:
        return SELF
    if "agent" in entry:
        child = from_data(kind, entry["agent"], registry)
        return child.as_tool(name, None if child.description else entry["description"])
    return _registered(f"the tool {name}", entry["registered"], registry)


def _stored(name: str, value: Any, registry: Registry) -> Any:
    """A field as data: a registered name, the fields of a struct, or itself if it is plain. Raises ValueError for code."""
    made_anew = get_origin(value) is not None  # each time that it is written, as `list[int]` is
    for key, thing in registry.items():
        if thing is value or (made_anew and thing == value):
            return {"registered": key}
    try:
        if isinstance(value, msgspec.Struct):
            return {"struct": msgspec.to_builtins(value)}
        plain = msgspec.json.decode(msgspec.json.encode(value))
    except TypeError:
        raise ValueError(_missing(f"SubAgent.{name}", type(value).__name__, registry)) from None
    return plain


def _restored(name: str, value: Any, registry: Registry) -> Any:
    if isinstance(value, Mapping):
        entry = cast("Mapping[str, Any]", value)
        if set(entry) == {"registered"}:
            return _registered(f"SubAgent.{name}", entry["registered"], registry)
        if set(entry) == {"struct"}:
            return msgspec.convert(entry["struct"], _STRUCTS[name])
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


def _registered(what: str, name: str, registry: Registry) -> Any:
    if name not in registry:
        raise ValueError(_missing(what, name, registry))
    return registry[name]


def _missing(what: str, name: str, registry: Registry) -> str:
    known = ", ".join(registry) or "nothing"
    return f"{what} is code and stands for itself only in a registry: pass registry={{...}} with {name} (there is {known})"
