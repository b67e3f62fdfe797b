"""The session behind `run` and `arun`."""

from __future__ import annotations

from ptc_lisp.session.sessions import Session


class OneProgram(Session):
    """A session for a single program: its worker ends, or begins to forget it, as soon as it has answered."""

    _only = True

    def close(self) -> None:
        """As `Session.close`. Only its program's caller has it, so it is nobody else's turn."""
        self._closed = True
        self._part()
        self._drop_worker()
