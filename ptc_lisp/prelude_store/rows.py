"""The rows of a store, in SQLite: in memory, or in a file that several processes may use at once."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ptc_lisp.prelude_store.errors import PreludeStoreError
from ptc_lisp.prelude_store.versions import Origin, PreludeEntry, PreludeVersion

_FORMAT = 1
_MOST_VERSIONS = 1 << 31
_WAIT_S = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS versions (
    id TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL, checksum TEXT NOT NULL, metadata TEXT NOT NULL,
    created_at REAL NOT NULL, PRIMARY KEY (id, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS defaults (id TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
"""
_LATEST = "SELECT * FROM versions WHERE id = ? ORDER BY version DESC LIMIT 1"
_HISTORY = "SELECT * FROM versions WHERE id = ? ORDER BY version DESC"
_VERSION = "SELECT * FROM versions WHERE id = ? AND version = ?"
_INSERT = "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)"
_ENTRIES = """
SELECT v.id, MAX(v.version), d.version FROM versions v LEFT JOIN defaults d ON d.id = v.id GROUP BY v.id ORDER BY v.id
"""


class Rows:
    """Reads and writes one database; any thread may."""

    def __init__(self, path: Path | None) -> None:
        """None: in memory. Raises PreludeStoreError `unusable_file`."""
        self._path = path
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._db = self._opened()

    @property
    def origin(self) -> Origin:
        """Where the versions are."""
        return "memory" if self._path is None else "file"

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """The connection, for this thread alone."""
        with self._lock:
            if self._path is not None and os.getpid() != self._process:  # a connection must not cross a fork
                self._process, self._db = os.getpid(), self._opened()
            try:
                yield self._db
            except sqlite3.Error as error:
                raise self._unusable(error) from error

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """The same in a transaction that keeps other writers out, and that an exception undoes."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def close(self) -> None:
        """Ends it; what is in memory is gone."""
        with self._lock:
            self._db.close()

    def __del__(self) -> None:
        # Python 3.13 and later warn of a connection that nobody closed. One of another process must not be touched.
        db = getattr(self, "_db", None)  # there is none where it could not be opened
        if db is not None and os.getpid() == self._process:
            db.close()

    def entries(self) -> tuple[PreludeEntry, ...]:
        """All preludes, by id."""
        with self.reading() as db:
            rows = db.execute(_ENTRIES).fetchall()
        return tuple(
            PreludeEntry(ident, latest, latest if pinned is None else pinned, pinned is not None)
            for ident, latest, pinned in rows
        )

    def latest(self, ident: str) -> PreludeVersion | None:
        """The newest version."""
        return self._one(_LATEST, ident)

    def version(self, ident: str, number: int) -> PreludeVersion | None:
        """A version by its number."""
        if not 0 < number < _MOST_VERSIONS:
            return None
        return self._one(_VERSION, ident, number)

    def pinned(self, ident: str) -> int | None:
        """The version that was made the default one."""
        with self.reading() as db:
            row = db.execute("SELECT version FROM defaults WHERE id = ?", (ident,)).fetchone()
        return None if row is None else row[0]

    def history(self, ident: str) -> tuple[PreludeVersion, ...]:
        """All versions, the newest first."""
        with self.reading() as db:
            return tuple(self._made(row) for row in db.execute(_HISTORY, (ident,)))

    def sizes(self, ident: str) -> tuple[int, int, int]:
        """How many preludes there are, how many versions of this one, how many bytes in all."""
        with self.reading() as db:
            preludes, total = db.execute(
                "SELECT COUNT(DISTINCT id), SUM(LENGTH(CAST(source AS BLOB)) + LENGTH(CAST(metadata AS BLOB))) FROM versions"
            ).fetchone()
            own = db.execute("SELECT COUNT(*) FROM versions WHERE id = ?", (ident,)).fetchone()[0]
        return preludes, own, total or 0

    def add(self, made: PreludeVersion, metadata: bytes) -> None:
        """Takes a version. Call it in `writing`."""
        values = (made.id, made.version, made.source, made.checksum, metadata.decode(), made.created_at)
        with self.reading() as db:
            db.execute(_INSERT, values)

    def pin(self, ident: str, number: int | None) -> None:
        """Makes a version the default one; None: always the latest."""
        with self.reading() as db:
            db.execute("DELETE FROM defaults WHERE id = ?", (ident,))
            if number is not None:
                db.execute("INSERT INTO defaults (id, version) VALUES (?, ?)", (ident, number))

    def _one(self, query: str, *values: Any) -> PreludeVersion | None:
        with self.reading() as db:
            row = db.execute(query, values).fetchone()
        return None if row is None else self._made(row)

    def _made(self, row: tuple[Any, ...]) -> PreludeVersion:
        ident, version, source, checksum, metadata, created_at = row
        return PreludeVersion(
            id=ident,
            version=version,
            source=source,
            checksum=checksum,
            origin=self.origin,
            created_at=created_at,
            metadata=msgspec.json.decode(metadata, type=dict[str, Any]),
        )

    def _opened(self) -> sqlite3.Connection:
        db = None
        try:
            db = sqlite3.connect(
                ":memory:" if self._path is None else self._path,
                timeout=_WAIT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            found = db.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, _FORMAT):
                raise sqlite3.DatabaseError(f"it has format {found}, and this version reads {_FORMAT}")
            db.executescript(f"{_SCHEMA} PRAGMA user_version = {_FORMAT};")
        except sqlite3.Error as error:
            if db is not None:
                db.close()
            raise self._unusable(error) from error
        return db

    def _unusable(self, error: sqlite3.Error) -> PreludeStoreError:
        return PreludeStoreError(
            "unusable_file",
            f"{self._path or 'the memory'} cannot be used as a store of preludes: {error}",
            "name a file in a folder that exists, which no other program writes",
        )
