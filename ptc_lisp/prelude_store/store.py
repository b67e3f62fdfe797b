"""`PreludeStore`: preludes under version control. What was written stays as it is; what is read by default can change."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import msgspec

from ptc_lisp.prelude.compiling import compile_prelude
from ptc_lisp.prelude.parts import Prelude
from ptc_lisp.prelude_store.errors import PreludeStoreError
from ptc_lisp.prelude_store.rows import Rows
from ptc_lisp.prelude_store.versions import (
    PreludeEntry,
    PreludeRef,
    PreludeVersion,
    StoreLimits,
    checked_id,
    checksum_of,
)

if TYPE_CHECKING:
    from ptc_lisp.prelude_store.editing import Editing


class PreludeStore:
    """Versions of preludes, in memory or in an SQLite file that several processes may use at the same time. Thread-safe. The
    id of a prelude is the one namespace that its source defines.

        store = PreludeStore("library.sqlite")
        store.write("crm", source, {"reason": "first"})
        store.read("crm"), store.read("crm@1")
    """

    def __init__(self, path: str | Path | None = None, *, limits: StoreLimits | None = None) -> None:
        """path: a file, made when there is none; None: in memory, gone with the store.

        Raises:
            PreludeStoreError: the file cannot be used (`unusable_file`).
        """
        self.limits = limits or StoreLimits()
        self._rows = Rows(None if path is None else Path(path))

    def write(self, id: str, source: str, metadata: Mapping[str, Any] | None = None) -> PreludeVersion:  # noqa: A002 - the name that it has everywhere
        """Compiles a source in a worker and stores it as the next version of `id`.

        metadata: anything that JSON can express. `reason`, `parent_version`, `parent_checksum`, `source_session_id` and
        `created_by` are shown to others. With `parent_checksum` (or `parent_version`) the write is refused if that is no longer
        the latest version.

        Raises:
            PreludeError: the source does not compile; it says where and why.
            PreludeStoreError: the store refuses it; see `reason`.
        """
        blob = self._metadata_blob(metadata or {})
        self._compiled(id, source)
        with self._rows.writing():
            latest = self._fit(id, source, metadata or {}, blob)
            made = PreludeVersion(
                id=id,
                version=1 if latest is None else latest.version + 1,
                source=source,
                checksum=checksum_of(source),
                origin=self._rows.origin,
                created_at=time.time(),
                metadata=msgspec.json.decode(blob, type=dict[str, Any]),
            )
            self._rows.add(made, blob)
        return made

    def check(self, id: str, source: str, metadata: Mapping[str, Any] | None = None) -> Prelude:  # noqa: A002 - as above
        """The compiled source, if `write` would accept it now. Raises what `write` raises."""
        blob = self._metadata_blob(metadata or {})
        compiled = self._compiled(id, source)
        self._fit(id, source, metadata or {}, blob)
        return compiled

    def read(self, ref: str | Mapping[str, Any] | PreludeRef | PreludeVersion) -> PreludeVersion:
        """The version that `"crm"` (the default version), `"crm@2"` or `{"id": "crm", "version": 2, "checksum": "..."}` refers to.

        Raises:
            PreludeStoreError: there is none (`not_found`), it has another checksum (`checksum_mismatch`), or the reference is
                not one (`invalid_ref`, `invalid_id`).
        """
        wanted = PreludeRef.of(ref)
        found = self._found(wanted)
        if found is None:
            raise self._not_found(wanted)
        if checksum_of(found.source) != found.checksum:
            raise PreludeStoreError(
                "checksum_mismatch",
                f"the source of {found} in the store is not what was written",
                "restore the file of the store",
            )
        if wanted.checksum is not None and wanted.checksum != found.checksum:
            raise PreludeStoreError(
                "checksum_mismatch",
                f"{found} has the checksum {found.checksum}, not {wanted.checksum}",
                "read it without a checksum and look at what it is now, or name the version that you mean",
                version=found.version,
                checksum=found.checksum,
            )
        return found

    def list(self) -> tuple[PreludeEntry, ...]:
        """All preludes, by id."""
        return self._rows.entries()

    def history(self, id: str) -> tuple[PreludeVersion, ...]:  # noqa: A002 - as above
        """All versions of a prelude, the newest first. Raises PreludeStoreError `not_found`."""
        found = self._rows.history(checked_id(id))
        if not found:
            raise self._not_found(PreludeRef(id))
        return found

    def set_default(self, id: str, version: int | None) -> PreludeVersion:  # noqa: A002 - as above
        """Chooses the version that `read(id)` gives, and returns it; None: always the latest. Agents that read a version earlier
        keep it. Raises PreludeStoreError `not_found`."""
        checked_id(id)
        with self._rows.writing():
            found = self._rows.latest(id) if version is None else self._rows.version(id, version)
            if found is None:
                raise self._not_found(PreludeRef(id, version))
            self._rows.pin(id, version)
        return found

    def editing(
        self,
        *,
        ids: Collection[str] | None = None,
        choose_default: bool = True,
        created_by: str | None = None,
        session_id: str | None = None,
    ) -> Editing:
        """A namespace `prelude` and the private tools behind it, with which an agent lists, reads and writes preludes of this store:

            prelude, tools = store.editing(created_by="librarian")
            agent = SubAgent(preludes=[prelude], tools=tools, allow_effects=["read", "idempotent", "write"])

        ids: the only ones that it may see and write. choose_default: whether it may choose the default version; if not, pin one
        yourself with `set_default`. created_by, session_id: recorded in the versions that it writes.
        """
        from ptc_lisp.prelude_store.editing import editing  # noqa: PLC0415 - needs tools, which a store does not

        return editing(
            self, ids=ids, choose_default=choose_default, created_by=created_by, session_id=session_id
        )

    def close(self) -> None:
        """Closes the file. A store in memory is empty afterwards."""
        self._rows.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _found(self, wanted: PreludeRef) -> PreludeVersion | None:
        number = self._rows.pinned(wanted.id) if wanted.version is None else wanted.version
        return self._rows.latest(wanted.id) if number is None else self._rows.version(wanted.id, number)

    def _not_found(self, wanted: PreludeRef) -> PreludeStoreError:
        latest = self._rows.latest(wanted.id)
        if latest is not None:
            return PreludeStoreError(
                "not_found",
                f"the prelude {wanted.id} has no version {wanted.version}",
                f"it has the versions 1 to {latest.version}",
                latest=latest.version,
            )
        known = [entry.id for entry in self.list()]
        listed = ", ".join(known[:20]) or "empty"
        return PreludeStoreError(
            "not_found",
            f"there is no prelude {wanted.id} in the store",
            f"write it first; the store has {listed}" if known else "write it first; the store is empty",
            ids=known[:20],
        )

    def _compiled(self, ident: str, source: str) -> Prelude:
        checked_id(ident)
        self._check_source(source)
        compiled = compile_prelude(source, name=ident)
        _check_namespaces(ident, compiled)
        return compiled

    def _fit(
        self, ident: str, source: str, metadata: Mapping[str, Any], blob: bytes
    ) -> PreludeVersion | None:
        """The latest version, when another one may follow."""
        latest = self._rows.latest(ident)
        _check_base(ident, latest, metadata)
        self._check_room(ident, len(source.encode()) + len(blob))
        return latest

    def _check_source(self, source: object) -> None:
        if not isinstance(source, str):
            raise PreludeStoreError(
                "invalid_source", f"a source is text, got {type(source).__name__}", "write PTC-Lisp"
            )
        try:
            size = len(source.encode())
        except UnicodeEncodeError:
            raise PreludeStoreError(
                "invalid_source", "the source has half a character (a surrogate)", "remove it"
            ) from None
        if size > self.limits.source_bytes:
            raise PreludeStoreError(
                "source_too_large",
                f"the source has {size} bytes, more than the {self.limits.source_bytes} allowed",
                "split it into several preludes",
                bytes=size,
                limit=self.limits.source_bytes,
            )

    def _metadata_blob(self, metadata: object) -> bytes:
        try:
            given = dict(cast("Mapping[str, Any]", metadata))
            blob = msgspec.json.encode(given)
            msgspec.convert(given, _Base)
        except (TypeError, ValueError) as error:
            raise PreludeStoreError(
                "invalid_metadata",
                f"the metadata cannot be kept: {error}",
                "give a dict of what JSON can hold; parent_version is a number, the other known keys are texts",
            ) from error
        if len(blob) > self.limits.metadata_bytes:
            raise PreludeStoreError(
                "metadata_too_large",
                f"the metadata has {len(blob)} bytes, more than the {self.limits.metadata_bytes} allowed",
                "say less",
                bytes=len(blob),
                limit=self.limits.metadata_bytes,
            )
        return blob

    def _check_room(self, ident: str, more: int) -> None:
        preludes, versions, total = self._rows.sizes(ident)
        full: tuple[tuple[Any, bool, str], ...] = (
            ("too_many_preludes", not versions and preludes >= self.limits.preludes, f"{preludes} preludes"),
            ("too_many_versions", versions >= self.limits.versions, f"{versions} versions of {ident}"),
            (
                "store_full",
                total + more > self.limits.total_bytes,
                f"{total} of {self.limits.total_bytes} bytes",
            ),
        )
        for reason, over, what in full:
            if over:
                raise PreludeStoreError(
                    reason,
                    f"the store has {what} already, and takes no more",
                    "the host can open it with higher limits: PreludeStore(path, limits=StoreLimits(...))",
                )


class _Base(msgspec.Struct):
    """The keys of a metadata that have a meaning."""

    reason: str | None = None
    parent_version: int | None = None
    parent_checksum: str | None = None
    source_session_id: str | None = None
    created_by: str | None = None


def _check_namespaces(ident: str, compiled: Prelude) -> None:
    found = [space.name for space in compiled.namespaces]
    if found != [ident]:
        raise PreludeStoreError(
            "namespace_mismatch",
            f"the source of {ident} defines {', '.join(found) or 'no namespace'}",
            f"begin it with (ns {ident} ...) and define no other namespace",
            namespaces=found,
        )


def _check_base(ident: str, latest: PreludeVersion | None, metadata: Mapping[str, Any]) -> None:
    """The version that was edited must be the latest."""
    base = msgspec.convert(dict(metadata), _Base)
    now = (None, None) if latest is None else (latest.version, latest.checksum)
    for given, current in ((base.parent_version, now[0]), (base.parent_checksum, now[1])):
        if given is not None and given != current:
            state = (
                f"its latest version is {now[0]}, with the checksum {now[1]}"
                if latest
                else "there is none yet"
            )
            raise PreludeStoreError(
                "stale_base",
                f"{ident} was not written: {given} is not what it is based on now; {state}",
                "read the latest version, make your change to it, and write it with its checksum as parent_checksum"
                if latest
                else "leave out parent_checksum and parent_version for the first version",
                latest=now[0],
                checksum=now[1],
            )
