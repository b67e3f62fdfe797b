"""What was read lately, by text. Forms cannot change, so that any number of readers may share them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from ptc_lisp.reader.forms import Form

MAX_ENTRIES = 256
MAX_CHARS = 100_000
"""Of all texts together. Forms take about 40 bytes per character, which count as memory of the worker."""


class Memo:
    """The forms of recent programs, forgetting first what was not asked for longest. Safe between threads."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_chars: int = MAX_CHARS) -> None:
        self._max_entries = max_entries
        self._max_chars = max_chars
        self._chars = 0
        self._lock = Lock()
        self._found: OrderedDict[tuple[str, Hashable], tuple[Form, ...]] = OrderedDict()

    def get(self, text: str, limits: Hashable) -> tuple[Form, ...] | None:
        """What `text` was read as under these limits, or None."""
        key = (text, limits)
        with self._lock:
            forms = self._found.get(key)
            if forms is not None:
                self._found.move_to_end(key)
        return forms

    def put(self, text: str, limits: Hashable, forms: tuple[Form, ...]) -> None:
        """Remembers a program, unless it alone would fill a quarter of the room."""
        key = (text, limits)
        if len(text) > self._max_chars // 4:
            return
        with self._lock:
            if key not in self._found:
                self._chars += len(text)
            self._found[key] = forms
            while self._chars > self._max_chars or len(self._found) > self._max_entries:
                (old, _), _ = self._found.popitem(last=False)
                self._chars -= len(old)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._found.clear()
            self._chars = 0

    def __len__(self) -> int:
        return len(self._found)
