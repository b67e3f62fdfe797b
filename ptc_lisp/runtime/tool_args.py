"""From what a program wrote in a tool call to the map of arguments that the host receives."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from ptc_lisp.faults import FaultKind, Trap
from ptc_lisp.values.collections import map_items, set_items, vec_list
from ptc_lisp.values.persistent import LispSet, is_map, is_vector
from ptc_lisp.values.printing import brief, pr_str
from ptc_lisp.values.types import Keyword, Value

_PLAIN = frozenset({type(None), bool, int, float, str, dt.date, dt.datetime, dt.timedelta})


class Shape(Protocol):
    """What is known of the parameters of a tool."""

    @property
    def required(self) -> tuple[str, ...]:
        """Their names, as programs write them."""
        ...

    @property
    def optional(self) -> tuple[str, ...]:
        """The names of those that may be left out."""
        ...

    @property
    def sole(self) -> str | None:
        """See `Tool.sole`."""
        ...


def tool_args(name: str, args: tuple[Value, ...], shape: Shape | None = None) -> dict[str, Value]:
    """The argument map of `(tool/name …)`: one map, keyword-value pairs, nothing, or, where the tool takes that, the value of
    its only argument or a map that has more than its arguments.

    Keys become strings with `_` for `-` at every depth, keyword values their names, sets vectors. Raises a Trap
    (invalid_tool_args) for other shapes and for values that cannot leave the program.
    """
    if not args:
        return {}
    sole = None if shape is None or shape.sole is None else _key(shape.sole)
    if len(args) == 1 and is_map(args[0]):
        named = _plain_map(name, args[0])
        return named if shape is None or sole not in named else _cut(named, shape)
    if len(args) == 1 and sole is not None and args[0] is not None:
        return {sole: _plain(name, args[0])}
    if len(args) % 2 == 0 and all(k.__class__ is Keyword for k in args[::2]):
        return {_key(k): _plain(name, v) for k, v in zip(args[::2], args[1::2], strict=True)}
    shown = " ".join(brief_source(a) for a in args)
    raise Trap(
        FaultKind.INVALID_TOOL_ARGS,
        f"tool/{name} takes named arguments, got (tool/{name} {shown})",
        hint=f"write {_named(name, args, shape)}",
    )


def _named(name: str, args: tuple[Value, ...], shape: Shape | None) -> str:
    """The call as it was probably meant."""
    names = () if shape is None else (*shape.required, *shape.optional)
    if not names or len(args) > len(names):
        shown = " ".join(f":{each} …" for each in names) or ":arg-name value"
    else:
        short = [brief_source(a) if a.__class__ in _PLAIN else "…" for a in args]
        shown = " ".join(f":{each} {text}" for each, text in zip(names, short, strict=False))
    return f"(tool/{name} {{{shown}}})"


def brief_source(value: Value) -> str:
    """A value as a program would write it, cut short."""
    text = pr_str(value) if value.__class__ in _PLAIN or value.__class__ is Keyword else brief(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _plain_map(name: str, mapping: Value) -> dict[str, Value]:
    return {_key(k): _plain(name, v) for k, v in map_items(mapping)}


def _cut(named: dict[str, Value], shape: Shape) -> dict[str, Value]:
    """The arguments out of a larger map, such as a row that holds the id."""
    known = {_key(name) for name in (*shape.required, *shape.optional)}
    return {name: value for name, value in named.items() if name in known}


def _key(k: Value) -> str:
    text = k.name if k.__class__ is Keyword else k if k.__class__ is str else pr_str(k)
    return text.replace("-", "_") if k.__class__ is Keyword or k.__class__ is str else text


def _plain(name: str, value: Value) -> Value:
    cls = value.__class__
    if cls in _PLAIN:
        return value
    if cls is Keyword:
        return value.name
    if is_map(value):
        return _plain_map(name, value)
    if is_vector(value):
        return [_plain(name, item) for item in vec_list(value)]
    if cls is LispSet:
        return [_plain(name, item) for item in set_items(value)]
    raise Trap(
        FaultKind.INVALID_TOOL_ARGS,
        f"tool/{name}: {brief(value)} cannot be passed to a tool",
        hint="pass data: nil, booleans, numbers, strings, keywords, vectors, maps, sets or dates",
    )
