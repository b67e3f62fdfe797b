"""Code for `(:k m)` and `(get m :k)`, on which most programs spend most of their time."""

from __future__ import annotations

import ast
from typing import NamedTuple

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.emitter import Emitter
from ptc_lisp.runtime.kinds import Kind
from ptc_lisp.values.rows import attribute


def look_up(e: Emitter, key: str, target: ast.expr, kind: Kind, line: int) -> ast.expr:
    """`(:key target)`: in place where that is quick, the rest by `keyword_call`. `kind`: of the target."""
    if e.is_cold or isinstance(target, ast.Constant):
        return py.call_name("keyword_call", [py.name(e.unit.keyword(key), line), target], line)
    first, again = e.twice(target, line)
    slow = py.call_name("keyword_call", [py.name(e.unit.keyword(key), line), again], line)
    return read_field(e, Field(key), (first, again), kind, slow, line)


class Field(NamedTuple):
    """A literal key: a keyword of that name, or the name as a string."""

    name: str
    is_text: bool = False


def field_of(node: core.Node) -> Field | None:
    """The key that a node is, if it is a literal one."""
    if isinstance(node, core.KeywordConst):
        return Field(node.name)
    return (
        Field(node.value, is_text=True)
        if isinstance(node, core.Const) and isinstance(node.value, str)
        else None
    )


def read_field(  # noqa: PLR0917 - called in three places, in one way
    e: Emitter, field: Field, target: tuple[ast.expr, ast.expr], kind: Kind, slow: ast.expr, line: int
) -> ast.expr:
    """The flexible lookup of a field: in rows that have slots, in plain dicts, and else `slow`.

    target: as what is evaluated first, and as what can be mentioned after that. kind: of the target.
    """
    first, again = target
    ways = [(ident, _in_row(field.name, again, line)) for ident in e.unit.rows_with(field.name)]
    ways.append(("dict", _in_dict(e, field, again, kind, line)))
    found = slow
    for place, (cls, quick) in reversed(list(enumerate(ways))):
        found = py.choose(py.class_is(again if place else first, cls, line), quick, found, line)
    return found


def _in_row(name: str, row: ast.expr, line: int) -> ast.expr:
    """The same in a `Row` that has the field."""
    found = py.attribute(row, attribute(name), line)
    if "-" not in name:
        return found
    other = py.attribute(row, attribute(name.replace("-", "_")), line)
    return py.choose(py.is_not(found, py.name("ABSENT", line), line), found, other, line)


def _in_dict(e: Emitter, field: Field, target: ast.expr, kind: Kind, line: int) -> ast.expr:
    """The same in a plain dict: the key itself, the same name as the other kind of key, the string with `_` for `-`; else nil."""
    name = field.name
    found_by: list[ast.expr] = [py.constant(name, line)]
    if kind != "host":
        found_by.insert(field.is_text, py.name(e.unit.keyword(name), line))
    if "-" not in name and isinstance(found_by[-1], ast.Constant):
        found_by.pop()  # which is what the last lookup finds
    found = py.call(py.attribute(target, "get", line), [py.constant(name.replace("-", "_"), line)], line)
    for one in reversed(found_by):
        found = py.choose(py.contains(target, one, line), py.item(target, one, line), found, line)
    return found
