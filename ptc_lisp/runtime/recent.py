"""Programs that a machine compiled recently: the same text in the same surroundings is not read, analysed and compiled again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping

from ptc_lisp.runtime.compiler import Compiled

_MAX_ENTRIES = 32
_MAX_CHARS = 4_000
"""Of one text. Together they bound what a machine keeps: a compiled program takes about 100 bytes per character."""


class Recent:
    """Compiled programs by text and whatever else decides about them, forgetting first what was not asked for longest."""

    def __init__(self) -> None:
        self._found: OrderedDict[Hashable, tuple[Mapping[str, object], Compiled]] = OrderedDict()

    def get(self, key: Hashable, shapes: Mapping[str, object]) -> Compiled | None:
        """What was compiled under this key for tools of the same shapes, or None."""
        known = self._found.get(key)
        if known is None or known[0] != shapes:
            return None
        self._found.move_to_end(key)
        return known[1]

    def clear(self) -> None:
        """Forgets everything."""
        self._found.clear()

    def put(self, source: str, key: Hashable, shapes: Mapping[str, object], compiled: Compiled) -> None:
        """Remembers a program unless its text is long."""
        if len(source) > _MAX_CHARS:
            return
        self._found[key] = (shapes, compiled)
        if len(self._found) > _MAX_ENTRIES:
            self._found.popitem(last=False)
