"""Which preludes an agent or a run has. What `preludes=` names is read and compiled once, when it is given: what is written to a
store later changes nothing about an agent that exists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

from ptc_lisp import (
    Fault,
    FaultKind,
    Phase,
    Prelude,
    PreludeError,
    PreludeRef,
    PreludeVersion,
    bundle_preludes,
    compile_prelude,
)

if TYPE_CHECKING:
    from ptc_lisp import Tool
    from subagent.definition import SubAgent
    from subagent.options import RunOptions

OnePrelude: TypeAlias = Prelude | PreludeVersion | PreludeRef | str | Mapping[str, Any]
"""A compiled prelude, a version or ref of a store, a source, or a dict that `stored` gave."""

Preludes: TypeAlias = OnePrelude | Iterable[OnePrelude]

_LOOKS_LIKE_SOURCE = re.compile(r"[\s(;]")
_TOOL = "tool:"


class _Selection(msgspec.Struct, forbid_unknown_fields=True):
    """A source with what is known of it, as `stored` writes it."""

    source: str
    id: str | None = None
    version: int | None = None
    checksum: str | None = None
    origin: str | None = None
    name: str | None = None
    metadata: dict[str, Any] = {}


def selected(field: str, given: object, store: object) -> tuple[Prelude, ...]:
    """The preludes that are meant, each of one source: compiled ones, sources, and refs to a store such as `"crm@2"`.

    Raises:
        ValueError, TypeError: something names no prelude, or two define the same namespace; the message names field, value and
            remedy. PreludeError and PreludeStoreError are ValueErrors.
    """
    if given is None:
        return ()
    alone = isinstance(given, str | Mapping | Prelude | PreludeRef | PreludeVersion)
    if not alone and not isinstance(given, Iterable):
        raise TypeError(
            f'{field} must be a list of preludes, sources or refs such as ["crm@2"], got {given!r}'
        )
    several: list[Any] = [given] if alone else list(cast("Iterable[Any]", given))
    chosen: list[Prelude] = []
    for index, each in enumerate(several):
        found = _one(f"{field}[{index}]", each, store)
        chosen += [Prelude(components=(component,)) for component in found.components]
    _check_clashes(field, chosen)
    return tuple(chosen)


def checked_store(field: str, value: object) -> Any:
    """A store, or None. Raises TypeError."""
    if value is not None and not callable(getattr(value, "read", None)):
        raise TypeError(f"{field} must be a PreludeStore, got {type(value).__name__}")
    return value


def bundled(preludes: Iterable[Prelude]) -> Prelude | None:
    """One prelude of several; None for none."""
    several = list(preludes)
    return bundle_preludes(several) if several else None


def check_usable(field: str, agent: SubAgent) -> None:
    """Raises ValueError when the agent has no way to call functions of preludes."""
    if agent.mode == "text" and agent.transport == "content":
        raise ValueError(
            f'{field}: an agent with mode="text" writes no programs: add transport="tool_call", or leave them out'
        )
    if agent.language == "ptc-json":
        raise ValueError(f'{field}: PTC-JSON cannot call them: leave out language="ptc-json", or them')


def of_run(agent: SubAgent, options: RunOptions) -> tuple[Prelude | None, Fault | None]:
    """The prelude that the programs of a run have: the agent's, or what the run has in its place; or why there can be none.

    Raises:
        ValueError, TypeError: what `selected` raises, except for a source that does not compile.
    """
    if options.preludes is None:
        prelude = agent.prelude
    else:
        if options.preludes:
            check_usable("preludes", agent)
        store = agent.prelude_store if options.prelude_store is None else options.prelude_store
        try:
            prelude = bundled(selected("preludes", options.preludes, store))
        except PreludeError as error:
            return None, error.fault
    return prelude, None if prelude is None else _unattachable(prelude, agent.tool_table)


def stored(preludes: Iterable[Prelude]) -> list[dict[str, Any]]:
    """The preludes as JSON-shaped data, for `selected`."""
    return [
        {
            "source": component.source,
            "checksum": component.source_hash,
            **({} if component.name is None else {"name": component.name}),
            **({"metadata": component.metadata} if component.metadata else {}),
        }
        for prelude in preludes
        for component in prelude.components
    ]


def _one(where: str, given: Any, store: Any) -> Prelude:
    if isinstance(given, Prelude):
        return given
    if isinstance(given, PreludeVersion):
        return given.prelude
    if isinstance(given, str) and _LOOKS_LIKE_SOURCE.search(given):
        return _compiled(where, given, None)
    if isinstance(given, Mapping) and "source" in given:
        return _of_selection(where, cast("Mapping[str, Any]", given))
    if not isinstance(given, str | Mapping | PreludeRef):
        raise TypeError(
            f'{where} must be a Prelude, the text of one, or a ref to a store such as "crm@2", got {given!r}'
        )
    if store is None:
        raise ValueError(f"{where}: {given!r} names a prelude of a store: give the store as prelude_store=")
    try:
        return store.read(given).prelude
    except PreludeError:
        raise
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _of_selection(where: str, given: Mapping[str, Any]) -> Prelude:
    try:
        chosen = msgspec.convert(dict(given), _Selection)
    except msgspec.ValidationError as error:
        names = ", ".join(_Selection.__struct_fields__)
        raise ValueError(f"{where}: {error}; its fields are {names}") from error
    name, metadata = chosen.name, chosen.metadata
    if chosen.id is not None:
        known = {key: getattr(chosen, key) for key in ("id", "version", "checksum", "origin")}
        metadata = {**{key: value for key, value in known.items() if value is not None}, **metadata}
        name = name or str(PreludeRef(chosen.id, chosen.version))
    made = _compiled(where, chosen.source, name).labelled(name, metadata)
    if chosen.checksum is not None and chosen.checksum != made.source_hash:
        raise ValueError(
            f"{where}: the source is not the one of the checksum {chosen.checksum} (its own is {made.source_hash}): "
            "give the source that was meant, or leave out the checksum"
        )
    return made


def _compiled(where: str, source: str, name: str | None) -> Prelude:
    try:
        return compile_prelude(source, name=name)
    except PreludeError as error:
        raise PreludeError(error.flaw, f"{where} ({name})" if name else where) from error


def _check_clashes(field: str, chosen: list[Prelude]) -> None:
    owners: dict[str, str] = {}
    for index, prelude in enumerate(chosen):
        mine = prelude.components[0].name or f"number {index + 1}"
        for space in prelude.namespaces:
            if space.name in owners:
                raise ValueError(
                    f"{field}: the namespace {space.name} is defined twice, by {owners[space.name]} and by {mine}: "
                    "leave one of them out"
                )
            owners[space.name] = mine


def _unattachable(prelude: Prelude, tools: Mapping[str, Tool]) -> Fault | None:
    """The fault of a prelude that needs tools which the agent does not have; no model need be asked to find that."""
    lacking = [
        need for need in prelude.requires if need.startswith(_TOOL) and need.removeprefix(_TOOL) not in tools
    ]
    if not lacking:
        return None
    missing = {need: _users(prelude, need) for need in lacking}
    said = "; ".join(f"{', '.join(refs)} needs {need}" for need, refs in missing.items())
    names = ", ".join(need.removeprefix(_TOOL) for need in missing)
    return Fault(
        FaultKind.PRELUDE_ATTACH_FAILED,
        Phase.HOST,
        f"a prelude could not be attached: {said}",
        hint=f'give the agent the tools {names} (visibility="private" keeps them from programs), or leave the prelude out',
        details={"reason": "prelude_attach_failed", "missing": sorted(missing), "tools": sorted(tools)},
    )


def _users(prelude: Prelude, need: str) -> list[str]:
    """What needs it: some exports, or a namespace as a whole."""
    whole = [space.name for space in prelude.namespaces if need in space.requires]
    return whole or [export.ref for export in prelude.exports if need in export.requires][:3]
