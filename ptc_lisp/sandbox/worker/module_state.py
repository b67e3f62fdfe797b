"""What the modules of this package hold beside code, so that a worker can get rid of what an owner left in it.

Caches and tables grow as programs run: keywords, patterns, names. They are found by looking at every module instead of by a
list, so that one which is added later is not forgotten.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, cast

_OURS = "ptc_lisp"
_DATE_FORMATS: dict[str, Any] = vars(importlib.import_module("_strptime"))["_regex_cache"]


class ModuleState:
    """The tables as they were at the last `look`."""

    def __init__(self) -> None:
        self._maps: list[tuple[dict[Any, Any], int, Any, frozenset[Any]]] = []
        self._sets: list[tuple[set[Any], frozenset[Any]]] = []
        self._lists: list[tuple[list[Any], int]] = []
        self._caches: list[tuple[Any, int]] = []

    def look(self) -> None:
        """Takes them as they are now."""
        self._maps = []
        self._sets = []
        self._lists = []
        self._caches = []
        seen: set[int] = set()
        for found in _tables():
            if id(found) in seen:
                continue
            seen.add(id(found))
            if isinstance(found, dict):
                table = cast("dict[Any, Any]", found)
                self._maps.append((table, len(table), next(reversed(table), None), frozenset(table)))
            elif isinstance(found, set):
                self._sets.append((cast("set[Any]", found), frozenset(cast("set[Any]", found))))
            elif isinstance(found, list):
                self._lists.append((cast("list[Any]", found), len(cast("list[Any]", found))))
            else:
                self._caches.append((found, found.cache_info().misses))

    def restore(self) -> None:
        """Takes out what has come since. Caches that have not been asked anything new keep what they know."""
        for table, count, last, known in self._maps:
            if len(table) != count or next(reversed(table), None) is not last:
                for key in [key for key in table if key not in known]:
                    del table[key]
        for group, known in self._sets:
            if len(group) != len(known):
                group.intersection_update(known)
        for items, count in self._lists:
            del items[count:]
        for index, (cache, misses) in enumerate(self._caches):
            if cache.cache_info().misses != misses:
                cache.cache_clear()
                self._caches[index] = cache, 0
        re.purge()
        _DATE_FORMATS.clear()  # formats of dates; nothing else empties it


def _tables() -> Iterator[Any]:
    """The tables of our modules, of their classes, and of the objects that they hold."""
    for name, module in list(sys.modules.items()):
        if not _is_ours(name):
            continue
        for key, value in list(vars(module).items()):
            if key.startswith("__") or isinstance(value, ModuleState):
                continue
            yield from _own([value])
            if _is_ours(getattr(value, "__module__", None)) or _is_ours(type(value).__module__):
                yield from _own(list(getattr(value, "__dict__", {}).values()))


def _is_ours(module: str | None) -> bool:
    return module is not None and module.split(".", 1)[0] == _OURS


def _own(values: Iterable[Any]) -> list[Any]:
    return [
        value for value in values if type(value) in {dict, set, list} or hasattr(value, "cache_parameters")
    ]
