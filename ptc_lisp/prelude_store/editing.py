"""The namespace `prelude`, by which a model reads and writes the preludes of a store, and the private tools behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from ptc_lisp.prelude.compiling import compile_prelude
from ptc_lisp.prelude.parts import Prelude
from ptc_lisp.prelude_store.errors import PreludeStoreError
from ptc_lisp.tool import Tool

if TYPE_CHECKING:
    from ptc_lisp.prelude_store.store import PreludeStore

_READING = """\
(ns prelude "Libraries of functions under version control. To change one: read it, edit its source, write it with its checksum.")

(defn list "The libraries: id, versions, default." [] (tool/prelude_store_list {}))

(defn history "The versions of one, newest first, without sources." [id] (tool/prelude_store_history {:id id}))

(defn read "A version, such as \\"crm\\" (the default one) or \\"crm@2\\": version, checksum, source (its first 64 KiB)."
  [ref] (tool/prelude_store_read {:ref ref}))

(defn source "The whole source of a version, as text." [ref] (tool/prelude_store_source {:ref ref}))
"""
_WRITING = """
(defn write "Makes a source, as text, the next version: (ns id \\"doc\\"), then defn and def. base: the checksum of the version that
  was changed, nil for a new library. why: a reason, for the history. Nothing is written when the source has a fault."
  [id source base why]
  (tool/prelude_store_check {:id id :source source :base base :why why})
  (tool/prelude_store_write {:id id :source source :base base :why why}))
"""
_CHOOSING = """
(defn set-default "Makes a version the default one; nil: always the latest." [id version]
  (tool/prelude_store_set_default {:id id :version version}))
"""


class Editing(NamedTuple):
    """What an agent needs to edit a store: a prelude, and its tools, which programs cannot call themselves."""

    prelude: Prelude
    tools: list[Tool]


def editing(
    store: PreludeStore,
    *,
    ids: Collection[str] | None,
    choose_default: bool,
    created_by: str | None,
    session_id: str | None,
) -> Editing:
    """See `PreludeStore.editing`."""
    desk = _Desk(store, None if ids is None else frozenset(ids), created_by, session_id)
    tools = [
        _tool("list", desk.list, "() -> [:map]"),
        _tool("history", desk.history, "(id :string) -> [:map]"),
        _tool("read", desk.read, "(ref :string) -> :map"),
        _tool("source", desk.source, "(ref :string) -> :string"),
        _tool("check", desk.check, "(id :string, source :string, base :string?, why :string?) -> :bool"),
        _tool(
            "write", desk.write, "(id :string, source :string, base :string?, why :string?) -> :map", "write"
        ),
    ]
    if choose_default:
        tools.append(_tool("set_default", desk.set_default, "(id :string, version :int?) -> :map", "write"))
    source = f"{_READING}{_WRITING}{_CHOOSING if choose_default else ''}"
    return Editing(compile_prelude(source, name="prelude"), tools)


def _tool(name: str, fn: Callable[..., Any], signature: str, effect: Any = "read") -> Tool:
    return Tool(
        fn,
        f"prelude_store_{name}",
        fn.__doc__,
        signature,
        effect=effect,
        visibility="private",
        expose="program",
    )


class _Desk:
    """The tools' functions."""

    def __init__(
        self, store: PreludeStore, ids: frozenset[str] | None, created_by: str | None, session_id: str | None
    ) -> None:
        self._store = store
        self._ids = ids
        self._facts = {"created_by": created_by, "source_session_id": session_id}

    def list(self) -> Any:
        """The preludes that there are."""
        entries = self._store.list()
        return [
            {"id": entry.id, "versions": entry.versions, "default": entry.default}
            for entry in entries
            if self._ids is None or entry.id in self._ids
        ]

    def history(self, id: str) -> Any:  # noqa: A002 - the name of the argument in programs
        """The versions of a prelude without their sources."""
        self._allow(id)
        return [version.public(source=False) for version in self._store.history(id)]

    def read(self, ref: str) -> Any:
        """A version."""
        return self._found(ref).public()

    def source(self, ref: str) -> str:
        """The source of a version."""
        return self._found(ref).source

    def check(self, id: str, source: str, base: str | None = None, why: str | None = None) -> bool:  # noqa: A002 - as above
        """Whether a source would be taken; says what is wrong with it otherwise."""
        self._store.check(id, source, self._metadata(id, base, why))
        return True

    def write(self, id: str, source: str, base: str | None = None, why: str | None = None) -> Any:  # noqa: A002 - as above
        """Makes a source the next version."""
        return self._store.write(id, source, self._metadata(id, base, why)).public(source=False)

    def set_default(self, id: str, version: int | None = None) -> Any:  # noqa: A002 - as above
        """Makes a version the default one."""
        self._allow(id)
        return self._store.set_default(id, version).public(source=False)

    def _found(self, ref: str) -> Any:
        found = self._store.read(ref)
        self._allow(found.id)
        return found

    def _allow(self, ident: str) -> None:
        if self._ids is not None and ident not in self._ids:
            raise PreludeStoreError(
                "not_found",
                f"there is no prelude {ident} here",
                f"there is {', '.join(sorted(self._ids)) or 'none'}",
            )

    def _metadata(self, ident: str, base: str | None, why: str | None) -> dict[str, Any]:
        self._allow(ident)
        if base is None and any(entry.id == ident for entry in self._store.list()):
            raise PreludeStoreError(
                "stale_base",
                f"{ident} exists already",
                f'start from its latest version and give its checksum as base: (:checksum (prelude/read "{ident}"))',
            )
        facts = {**self._facts, "reason": why, "parent_checksum": base}
        return {key: value for key, value in facts.items() if value is not None}
