"""What the modules of this package hold besides code, so that a worker can remove what an owner left there.

Caches and tables grow as programs run: keywords, patterns, names. They are found by inspecting every module, not from a list, so
that one which is added later is not forgotten.
"""

from __future__ import annotations

import functools
import gc
import importlib
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import compress, repeat
from operator import gt, is_not, ne, or_
from types import FunctionType
from typing import Any, TypeAlias, cast

_Sizes: TypeAlias = tuple[list[int], list[Any], list[int], list[int]]
"""Of maps how large each is, and its last key: what a map was given lately comes last, whatever went before. Of sets and of
lists how large they are."""
_OURS = "ptc_lisp"
_TABLES = frozenset({dict, set, list, type(functools.lru_cache(len))})
_DATE_FORMATS: dict[str, Any] = vars(importlib.import_module("_strptime"))["_regex_cache"]


class ModuleState:
    """The tables as they were at the last `look`."""

    def __init__(self) -> None:
        self._maps: list[dict[Any, Any]] = []
        self._sets: list[set[Any]] = []
        self._lists: list[list[Any]] = []
        self._keys: list[frozenset[Any]] = []
        self._members: list[frozenset[Any]] = []
        self._sizes: _Sizes = ([], [], [], [])
        self._caches: list[tuple[Any, int]] = []

    @property
    def known(self) -> bool:
        """Whether there was a look."""
        return bool(self._maps)

    def look(self) -> None:
        """Takes them as they are now."""
        tables = list({id(found): found for found in _tables()}.values())
        self._maps = [found for found in tables if isinstance(found, dict)]
        self._sets = [found for found in tables if isinstance(found, set)]
        self._lists = [found for found in tables if isinstance(found, list)]
        self._keys = [frozenset(found) for found in self._maps]
        self._members = [frozenset(found) for found in self._sets]
        self._sizes = self._measured()
        self._caches = [
            (found, found.cache_info().misses)
            for found in tables
            if not isinstance(found, dict | set | list) and _can_grow(found)
        ]

    def _measured(self) -> _Sizes:
        maps = self._maps
        lasts = list(map(next, map(reversed, maps), repeat(None)))
        return [*map(len, maps)], lasts, [*map(len, self._sets)], [*map(len, self._lists)]

    def restore(self) -> None:
        """Takes out what has come since. Caches that have not been asked anything new keep what they know."""
        lengths, lasts, set_sizes, list_sizes = self._measured()
        then = self._sizes
        if lengths != then[0] or lasts != then[1]:
            self._empty_maps(map(or_, map(ne, lengths, then[0]), map(is_not, lasts, then[1])))
        if set_sizes != then[2]:
            for group, members in compress(
                zip(self._sets, self._members, strict=True), map(ne, set_sizes, then[2])
            ):
                group.intersection_update(members)
        if list_sizes != then[3]:
            for items, length in compress(
                zip(self._lists, then[3], strict=True), map(gt, list_sizes, then[3])
            ):
                del items[length:]
        for index, (cache, misses) in enumerate(self._caches):
            if cache.cache_info().misses != misses:
                cache.cache_clear()
                self._caches[index] = cache, 0
        re.purge()
        _DATE_FORMATS.clear()  # formats of dates; nothing else empties it

    def _empty_maps(self, differ: Iterable[bool]) -> None:
        for table, keys in compress(zip(self._maps, self._keys, strict=True), differ):
            for key in [key for key in table if key not in keys]:
                del table[key]


def _can_grow(cache: Any) -> bool:
    """Whether a cache can hold more than one answer: there are arguments to ask with."""
    code = cache.__wrapped__.__code__
    return bool(code.co_argcount + code.co_kwonlyargcount)


def _tables() -> Iterator[Any]:
    """The tables of our modules, of their classes, and of the objects that they hold."""
    for name, module in list(sys.modules.items()):
        if not _is_ours(name):
            continue
        for key, value in list(vars(module).items()):
            kind = type(value)
            if key.startswith("__") or kind is ModuleState:
                continue
            if kind in _TABLES:
                yield value
            elif isinstance(value, (type, FunctionType)):
                if _is_ours(value.__module__):
                    parts = vars(cast("Any", value)).items()
                    yield from [
                        part
                        for name, part in parts
                        if type(part) in _TABLES and (name[0] != "_" or not _is_fixed(name))
                    ]
            elif _is_ours(kind.__module__):
                yield from [held for held in _held_by(value) if type(held) in _TABLES]


def _is_fixed(name: str) -> bool:
    """Whether a part of a class is made with it, and says how it was written: annotations, fields, members of an enum."""
    return name.startswith("__") or name == "_field_defaults" or (name.endswith("_") and name[:2] != "__")


def _held_by(thing: object) -> list[Any]:
    """The attributes of an object. Its `__dict__` is not asked for, because an object that has one is slower for good."""
    held = gc.get_referents(thing)
    for inner in [table for table in held if type(table) is dict]:
        held += cast("dict[Any, Any]", inner).values()
    return held


def _is_ours(module: str | None) -> bool:
    return module is not None and module.split(".", 1)[0] == _OURS
