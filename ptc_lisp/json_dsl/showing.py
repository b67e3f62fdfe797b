"""Values as JSON for people and models, bounded."""

from __future__ import annotations

import json
from itertools import islice

from ptc_lisp.values.collections import map_items, set_items
from ptc_lisp.values.persistent import LispSet, is_map, is_vector, vec_list
from ptc_lisp.values.printing import display
from ptc_lisp.values.types import Keyword, Value

_PLAIN = frozenset({type(None), bool, int, float})
_DEEPEST = 60


def shown_json(value: Value, items: int, string: int, chars: int) -> str:
    """A value as JSON: of a list or map its first `items`, of a text its first `string` characters; `chars` in all.
    What was left out is said. What JSON lacks is a text."""
    text = json.dumps(_bounded(value, items, string, [chars], _DEEPEST), ensure_ascii=False)
    return text if len(text) <= chars else f"{text[:chars]}... ({chars}/{len(text)} chars)"


def _bounded(value: Value, items: int, string: int, left: list[int], depth: int) -> object:
    """`left[0]`: characters that may still be written, as an estimate, so that huge values are not gone through."""
    cls = value.__class__
    left[0] -= 2
    if cls in _PLAIN:
        return value
    if cls is str:
        left[0] -= min(len(value), string)
        return value if len(value) <= string else f"{value[:string]}... ({string}/{len(value)} chars)"
    if left[0] < 0 or depth == 0:
        return "..."
    if is_map(value):
        pairs = map_items(value)
        made = {_name(k): _bounded(v, items, string, left, depth - 1) for k, v in islice(pairs, items)}
        return made if len(pairs) <= items else {**made, "...": f"{len(pairs) - items} more"}
    if is_vector(value) or isinstance(value, LispSet):
        found = set_items(value) if isinstance(value, LispSet) else vec_list(value)
        shown = [_bounded(item, items, string, left, depth - 1) for item in islice(found, items)]
        return shown if len(found) <= items else [*shown, f"... {len(found) - items} more"]
    return _name(value)


def _name(key: Value) -> str:
    return key.name if key.__class__ is Keyword else display(key)
