"""Builtins of PTC-JSON that are compiled in place, where a row is a plain dict that has the field. All else is done by the
builtin itself, so that there is one meaning.
"""

from __future__ import annotations

import ast

from ptc_lisp.core import nodes as core
from ptc_lisp.runtime import pyast as py
from ptc_lisp.runtime.emitter import Emitter
from ptc_lisp.runtime.inline import INLINE, Inline

_COMPARED = (str, bool, type(None), int)
_SINGLE = (bool, type(None))
_NUMBERS = frozenset({int, float})


def _field_of(
    e: Emitter, node: core.Call, args: list[ast.expr], line: int
) -> tuple[ast.expr, ast.expr, ast.expr] | None:
    """The row, the condition under which it is a dict with the field, and the field's value; None when the field is not
    known."""
    field = node.args[1]
    if not isinstance(field, core.Const) or not isinstance(field.value, str):
        return None
    row = e.as_name(args[0], line)
    if isinstance(row, ast.Constant):
        return None
    has = py.all_of([py.class_is(row, "dict", line), py.contains(row, args[1], line)], line)
    return row, has, py.item(row, args[1], line)


def _equal(*, negated: bool) -> Inline:
    """A field beside a constant of a class that has no equals in other classes."""

    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        x = node.args[2]
        if not isinstance(x, core.Const) or not isinstance(x.value, _COMPARED):
            return None
        known = _field_of(e, node, args, line)
        if known is None:
            return None
        row, has, found = known
        slow = py.call_name(e.unit.builtin("dsl/neq" if negated else "dsl/eq"), [row, args[1], args[2]], line)
        if isinstance(x.value, str):
            fast = py.compare(ast.Eq(), found, args[2], line)
        elif isinstance(x.value, _SINGLE):
            fast = py.is_(found, args[2], line)
        else:
            temporary = e.temporary()
            same = py.compare(ast.Eq(), py.walrus(temporary, found, line), args[2], line)
            truth = py.class_is(py.name(temporary, line), "bool", line)
            fast = py.all_of([same, py.negate(truth, line)], line)
        return py.choose(has, py.negate(fast, line) if negated else fast, slow, line)

    return inline


def _ordered(op: type[ast.cmpop], ref: str) -> Inline:
    """A field beside a number."""

    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        x = node.args[2]
        if not isinstance(x, core.Const) or x.value.__class__ not in _NUMBERS:
            return None
        known = _field_of(e, node, args, line)
        if known is None:
            return None
        row, has, found = known
        temporary = e.temporary()
        again = py.name(temporary, line)
        first = py.class_is(py.walrus(temporary, found, line), "int", line)
        number = py.any_of([first, py.class_is(again, "float", line)], line)
        slow = py.call_name(e.unit.builtin(ref), [row, args[1], args[2]], line)
        return py.choose(py.all_of([has, number], line), py.compare(op(), again, args[2], line), slow, line)

    return inline


def _get(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
    """A path of at most one key, without a default."""
    path = node.args[1]
    if len(args) != 2 or not isinstance(path, core.VectorNode) or len(path.items) > 1:
        return None
    if not path.items:
        return args[0]
    key = path.items[0]
    if not isinstance(key, core.Const) or not isinstance(key.value, str):
        return None
    row, text = e.as_name(args[0], line), py.constant(key.value, line)
    if isinstance(row, ast.Constant):
        return None
    has = py.all_of([py.class_is(row, "dict", line), py.contains(row, text, line)], line)
    slow = py.call_name(e.unit.builtin("dsl/get"), [row, args[1]], line)
    return py.choose(has, py.item(row, text, line), slow, line)


def _arithmetic(ref: str, op: type[ast.operator] | None, helper: str) -> Inline:
    """Two integers, one of which may be written; their product goes to the helper, which bounds its size."""

    def inline(e: Emitter, node: core.Call, args: list[ast.expr], line: int) -> ast.expr | None:
        del node
        constants = [value for value in args if isinstance(value, ast.Constant)]
        if len(constants) == len(args) or any(value.value.__class__ is not int for value in constants):
            return None
        left, right = e.as_name(args[0], line), e.as_name(args[1], line)
        unknown = [value for value in (left, right) if not isinstance(value, ast.Constant)]
        whole = py.all_of([py.class_is(value, "int", line) for value in unknown], line)
        made = py.call_name(helper, [left, right], line) if op is None else py.binary(op(), left, right, line)
        return py.choose(whole, made, py.call_name(e.unit.builtin(ref), [left, right], line), line)

    return inline


ALL_INLINE: dict[str, Inline] = {
    **INLINE,
    "dsl/eq": _equal(negated=False),
    "dsl/neq": _equal(negated=True),
    "dsl/gt": _ordered(ast.Gt, "dsl/gt"),
    "dsl/gte": _ordered(ast.GtE, "dsl/gte"),
    "dsl/lt": _ordered(ast.Lt, "dsl/lt"),
    "dsl/lte": _ordered(ast.LtE, "dsl/lte"),
    "dsl/get": _get,
    "dsl/add": _arithmetic("dsl/add", ast.Add, "add2"),
    "dsl/sub": _arithmetic("dsl/sub", ast.Sub, "sub2"),
    "dsl/mul": _arithmetic("dsl/mul", None, "mul2"),
}
"""`INLINE` and these, by registry ref."""
