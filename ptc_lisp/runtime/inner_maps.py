"""Maps inside a map that grows in place (see `gen_grow`): down to the end of the path, all are dicts that nobody else refers to."""

from __future__ import annotations

from ptc_lisp.values.collections import flex_get
from ptc_lisp.values.keys import key
from ptc_lisp.values.types import Value

Nested = dict[Value, Value]


def read_inner(top: Nested, path: list[Value]) -> Value:
    """What `update-in` finds at the end of a path: with each key as given, or else with what the flexible lookup takes for it."""
    found: Value = top
    for k in path:
        raw = k if k.__class__ is str else key(k)
        found = found[raw] if raw in found else flex_get(found, k)
        if found is None:
            return None
    return found


def write_inner(top: Nested, path: list[Value], value: Value) -> None:
    """Puts a value at the end of a path, under the keys as given. Missing maps are made."""
    level, left = top, len(path)
    for k in path[:-1]:
        left -= 1
        raw = k if k.__class__ is str else key(k)
        inner = level.get(raw)
        if inner is None:
            other = flex_get(level, k)
            inner = level[raw] = {} if other is None else _copied(other, left)
        level = inner
    last = path[-1]
    level[last if last.__class__ is str else key(last)] = value


def _copied(maps: Nested, levels: int) -> Nested:
    """A copy for another key: so many levels of maps, which will grow apart."""
    if levels == 1:
        return maps.copy()
    return {raw: _copied(inner, levels - 1) for raw, inner in maps.items()}
