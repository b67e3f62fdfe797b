"""The context of a session or program, as bytes by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, cast

from ptc_lisp.values.convert import checked_text, draft, encode_host
from ptc_lisp.values.memory import Memory
from ptc_lisp.values.plain import encodes_as_plain

_LARGE_BYTES = 1 << 16
_AT_A_TIME = 2_000
_MOST_GROWTH = 4


class Rows:
    """A large vector of the host, encoded as plain data in pieces while a worker takes them in. Each is looked at when it is
    sent, so that it is known in the end whether they are such."""

    def __init__(self, items: list[Any], first: bytes) -> None:
        """first: its first piece."""
        self.count = -(-len(items) // _AT_A_TIME)
        self.most_bytes = _MOST_GROWTH * self.count * len(first) + _LARGE_BYTES
        self._items = items
        self._first = first
        self._seen = 0
        self._failed = False

    @classmethod
    def of(cls, value: Any) -> Rows | None:
        """The pieces of a value; None when it is no large list, or certainly no plain data."""
        if value.__class__ is not list or len(value) <= _AT_A_TIME:
            return None
        first = draft(value[:_AT_A_TIME])
        return None if first is None else cls(value, first)

    def __iter__(self) -> Iterator[bytes]:
        sent = self._seen = 0
        for start in range(0, len(self._items), _AT_A_TIME):
            items = self._items[start : start + _AT_A_TIME]
            piece = draft(items) if start else self._first
            sent += len(piece or b"")
            if piece is None or sent > self.most_bytes:
                self._failed = True
                return
            yield piece
            if not encodes_as_plain(items):
                self._failed = True
                return
            self._seen = start + len(items)

    def stand(self) -> bool:
        """Whether the pieces are what an encoding of the whole would be, and no larger than it was foreseen."""
        if not self._failed and self._seen < len(self._items):
            self._failed = not encodes_as_plain(self._items[self._seen :])
            self._seen = len(self._items)
        return not self._failed


class Pieces:
    """A large vector of plain data that is encoded, so that it can be taken in by and by as well."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.count = len(pieces)
        self.most_bytes = sum(map(len, pieces))
        self._pieces = pieces

    @classmethod
    def of(cls, value: Any) -> Pieces | None:
        """The pieces of a value; None when it is no large list, or no plain data."""
        rows = Rows.of(value)
        if rows is None:
            return None
        pieces = list(rows)
        return cls(pieces) if rows.stand() else None

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def stand(self) -> bool:
        """That is known."""
        return True


class Context:
    """Encoded entries by name, and rows that are perhaps not encoded yet.

    foreign: those that were not made of data of the host, so that they may hold functions.
    stands: when not None, large entries are taken for plain data, and whether they are such is not known yet: it says so
        when all is sent, and the type of everything has been looked at. If they are not, `settled` has the right context, or
        the error.
    """

    def __init__(self, blobs: dict[str, bytes], foreign: frozenset[str] = frozenset()) -> None:
        self.blobs = blobs
        self.rows: dict[str, Rows | Pieces] = {}
        self.foreign = foreign
        self.stands: Callable[[], bool] | None = None
        self._given: object = None

    @classmethod
    def of(cls, given: object, *, in_pieces: bool = False) -> Context:
        """The entries of a mapping, or a Memory, whose entries are encoded already. in_pieces: large vectors may be rows.

        Raises:
            TypeError: a name is no string, or a value has no form in the language (the message names its path).
        """
        if given is None:
            return _NOTHING
        if isinstance(given, Context):
            return given
        if isinstance(given, Memory):
            return cls(given.blobs(), given.foreign)
        made = cls({})
        for name, value in _named(given).items():
            pieces = Pieces.of(value) if in_pieces else None
            if pieces is not None:
                made.rows[name] = pieces
            else:
                made.blobs[name] = encode_host(value, f"context[{name!r}]")
        return made

    @classmethod
    def drafted(cls, given: object, *, watched: bool = False) -> Context:
        """The same sooner, perhaps not settled. watched: what does not go in pieces is looked at now, so that when all is sent, it
        is known. Raises TypeError as `of`."""
        if isinstance(given, Memory):
            return cls.of(given)
        made = cls({})
        unseen: list[Any] = []
        for name, value in _named(given).items():
            if not made._draft(name, value, unseen, watched=watched):
                return cls.of(given)
        if unseen or made.rows:
            made._given = given
            rows = list(made.rows.values())
            rest = cache(lambda: all(map(encodes_as_plain, unseen)))
            made.stands = lambda: all(part.stand() for part in rows) and rest()
        return made

    def _draft(self, name: str, value: Any, unseen: list[Any], *, watched: bool) -> bool:
        """Takes an entry for plain data, unless it is seen at once that it is not."""
        rows = Rows.of(value)
        if rows is not None:
            self.rows[name] = rows
            return encodes_as_plain([value[:1], value[-1:]])
        blob = draft(value)
        if blob is None:
            return False
        self.blobs[name] = blob
        if watched or len(blob) <= _LARGE_BYTES:
            return encodes_as_plain(value)
        unseen.append(value)
        return True

    def settled(self) -> Context:
        """The context without a doubt. Raises TypeError as `of`."""
        return self if self.stands is None or self.stands() else self.of(self._given, in_pieces=True)

    def small(self) -> dict[str, bytes]:
        """The entries that go with a request."""
        if not self.blobs:
            return {}
        return {name: blob for name, blob in self.blobs.items() if len(blob) <= _LARGE_BYTES}

    def counts(self) -> dict[str, int]:
        """The number of pieces of the entries that follow it, in their order."""
        if not (self.blobs or self.rows):
            return {}
        large = {name: 1 for name, blob in self.blobs.items() if len(blob) > _LARGE_BYTES}
        return large | {name: rows.count for name, rows in self.rows.items()}

    def pieces(self) -> Iterator[bytes]:
        """All pieces in that order. Those of rows are made when they are asked for."""
        for blob in self.blobs.values():
            if len(blob) > _LARGE_BYTES:
                yield blob
        for rows in self.rows.values():
            yield from rows

    def piece_bytes(self) -> int:
        """The most bytes that they have."""
        if not (self.blobs or self.rows):
            return 0
        large = sum([len(blob) for blob in self.blobs.values() if len(blob) > _LARGE_BYTES])
        return large + sum([rows.most_bytes for rows in self.rows.values()])


_NOTHING = Context({})


def _named(given: object) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(
            f'context must be a dict of names, e.g. {{"orders": [...]}}, got {type(given).__name__}'
        )
    for name in given:
        if not isinstance(name, str):
            raise TypeError(f"context has the name {name!r}: names must be str (programs read data/name)")
        checked_text(name, f"the name {name!r} of the context")
    return cast("Mapping[str, Any]", given)
