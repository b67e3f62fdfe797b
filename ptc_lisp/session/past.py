"""The results of a session's programs that the next ones read as `*1`, `*2`, `*3`."""

from __future__ import annotations

from collections.abc import Sequence

from ptc_lisp.values.past import Gone, is_note, note

_MOST = 3


class Past:
    """The last results, encoded, the latest last; and whether the worker has been told."""

    def __init__(self, results: Sequence[bytes]) -> None:
        self.results: list[bytes] = list(results)[-_MOST:]
        self._told = True

    def add(self, result: bytes) -> None:
        """Takes a result that the worker has as well."""
        self.results = [*self.results[1 - _MOST :], result]

    def forget(self, most_bytes: int, name: str | None) -> int | None:
        """See `Session.forget_result`."""
        latest = self.results[-1] if self.results else b""
        if len(latest) <= most_bytes or is_note(latest):
            return None
        self.results[-1] = note(Gone(len(latest), most_bytes, name))
        self._told = False
        return len(latest)

    def news(self, *, wanted: bool) -> list[bytes] | None:
        """What to tell the worker: all, if it is `wanted` or something was forgotten, else nothing."""
        told, self._told = self._told, True
        return self.results if wanted or not told else None
