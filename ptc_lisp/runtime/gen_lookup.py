"""Code for `(:k m)`: what most programs spend most of their time with."""

from __future__ import annotations

import ast

from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.emitter import Emitter
from ptc_lisp.runtime.kinds import Kind


def look_up(e: Emitter, key: str, target: ast.expr, kind: Kind, line: int) -> ast.expr:
    """`(:key target)`: on a plain dict in place, the rest by `keyword_call`. `kind`: of the target."""
    if e.is_cold or isinstance(target, ast.Constant):
        return py.call_name("keyword_call", [py.name(e.unit.keyword(key), line), target], line)
    first, again = e.twice(target, line)
    slow = py.call_name("keyword_call", [py.name(e.unit.keyword(key), line), again], line)
    found = in_dict(e, key, again, kind, line)
    return py.choose(py.class_is(first, "dict", line), found, slow, line)


def in_dict(e: Emitter, key: str, target: ast.expr, kind: Kind, line: int) -> ast.expr:
    """The flexible lookup of a keyword in a plain dict: the keyword, the string, the string with `_` for `-`; else nil."""
    get = py.attribute(target, "get", line)
    found = py.call(get, [py.constant(key.replace("-", "_"), line)], line)
    keys = [py.constant(key, line)] if "-" in key else []
    if kind != "host":
        keys.append(py.name(e.unit.keyword(key), line))
    for found_by in keys:
        found = py.choose(py.contains(target, found_by, line), py.item(target, found_by, line), found, line)
    return found
