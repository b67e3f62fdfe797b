"""What a store of preludes holds: immutable versions, and the ways to name one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, Literal, cast

import msgspec

from ptc_lisp.prelude.compiling import compile_prelude
from ptc_lisp.prelude.parts import Prelude
from ptc_lisp.prelude_store.errors import PreludeStoreError

Origin = Literal["memory", "file"]

PUBLIC_METADATA: Final = ("reason", "parent_version", "parent_checksum", "source_session_id", "created_by")
"""The keys of a version's metadata that its public view shows."""

_PUBLIC_SOURCE_BYTES = 64 << 10
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.+*!?<>=-]*")
_MOST_ID = 100


class StoreLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of a store: bytes of one source, of the metadata of one version (as JSON), and of everything; versions of one
    prelude; number of preludes."""

    source_bytes: int = 1_000_000
    metadata_bytes: int = 8 << 10
    total_bytes: int = 10 << 20
    versions: int = 1_000
    preludes: int = 1_000


class PreludeRef(msgspec.Struct, frozen=True):
    """A reference to a version. version: None is the default version. checksum: if given, the version must have it."""

    id: str
    version: int | None = None
    checksum: str | None = None

    @classmethod
    def of(cls, given: object) -> PreludeRef:
        """The ref of `"crm"`, `"crm@2"`, a dict with `id` and perhaps `version` and `checksum`, or a PreludeVersion.

        Raises:
            PreludeStoreError: it is none of these (`invalid_ref`, `invalid_id`).
        """
        if isinstance(given, PreludeRef):
            return given
        if isinstance(given, PreludeVersion):
            return cls(given.id, given.version, given.checksum)
        if isinstance(given, str):
            name, at, version = given.partition("@")
            if at and not (version.isascii() and version.isdigit()):
                raise _no_ref(given)
            return cls(checked_id(name), int(version) if at else None)
        if isinstance(given, Mapping):
            try:
                found = msgspec.convert(dict(cast("Mapping[str, Any]", given)), _Named)
            except (msgspec.ValidationError, TypeError):
                raise _no_ref(given) from None
            return cls(checked_id(found.id), found.version, found.checksum)
        raise _no_ref(given)

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}@{self.version}"


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    version: int | None = None
    checksum: str | None = None


@dataclass(frozen=True, kw_only=True)
class PreludeVersion:
    """One version of a prelude, as it was written. `checksum` is that of the source, `created_at` is in seconds since 1970."""

    id: str
    version: int
    source: str = field(repr=False)
    checksum: str
    origin: Origin
    created_at: float
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)

    @cached_property
    def prelude(self) -> Prelude:
        """The compiled source. Raises PreludeError when this version of the language refuses what an earlier one took."""
        facts = {"id": self.id, "version": self.version, "checksum": self.checksum, "origin": self.origin}
        return compile_prelude(self.source, name=str(self)).labelled(metadata=facts)

    @property
    def ref(self) -> PreludeRef:
        """What names exactly this version."""
        return PreludeRef(self.id, self.version, self.checksum)

    def public(self, *, source: bool = True) -> dict[str, Any]:
        """What may be shown to others, models among them, as JSON-shaped data: never the compiled artifact, at most 64 KiB of
        the source (`source_truncated`), and of the metadata only what `PUBLIC_METADATA` lists."""
        shown: dict[str, Any] = {
            "id": self.id,
            "version": self.version,
            "checksum": self.checksum,
            "origin": self.origin,
            "created_at": datetime.fromtimestamp(self.created_at, UTC).isoformat(timespec="seconds"),
            "metadata": {key: self.metadata[key] for key in PUBLIC_METADATA if key in self.metadata},
        }
        if not source:
            return shown
        raw = self.source.encode()
        text = raw[:_PUBLIC_SOURCE_BYTES].decode(errors="ignore")
        return {**shown, "source": text, "source_truncated": len(raw) > _PUBLIC_SOURCE_BYTES}

    def __str__(self) -> str:
        return f"{self.id}@{self.version}"


class PreludeEntry(msgspec.Struct, frozen=True):
    """A prelude in a store: the number of its versions (which is also the number of the latest), the version that is read by
    default, and whether somebody chose that."""

    id: str
    versions: int
    default: int
    pinned: bool = False


def checksum_of(source: str) -> str:
    """The checksum of a source: SHA-256 of its UTF-8 text, in hexadecimal digits."""
    return hashlib.sha256(source.encode()).hexdigest()


def checked_id(ident: object) -> str:
    """The id, when it is one. Raises PreludeStoreError `invalid_id`."""
    if not isinstance(ident, str) or len(ident) > _MOST_ID or not _ID.fullmatch(ident):
        raise PreludeStoreError(
            "invalid_id",
            f"{ident!r} cannot be the id of a prelude",
            "take the namespace of its source, such as crm or crm.orders",
        )
    return ident


def _no_ref(given: object) -> PreludeStoreError:
    return PreludeStoreError(
        "invalid_ref",
        f"{str(given)[:200]!r} names no prelude",
        'write "crm", "crm@2" or {"id": "crm", "version": 2, "checksum": "..."}',
    )
