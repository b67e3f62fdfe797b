"""Building Python syntax trees. Every node carries the number of a place (see `Places`) as its line, so that a
traceback tells where in the program a fault happened. Names are never taken from text without a prefix of ours.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOAD = ast.Load()
_STORE = ast.Store()
_IN = ast.In()
_IS = ast.Is()
_IS_NOT = ast.IsNot()
_AND = ast.And()
_OR = ast.Or()
_NOT = ast.Not()


def constant(value: object, line: int) -> ast.expr:
    """A Python constant."""
    return ast.Constant(value=value, lineno=line, col_offset=0)  # type: ignore[arg-type] - nil, bool, number or str


def name(text: str, line: int) -> ast.expr:
    """A reference."""
    return ast.Name(id=text, ctx=_LOAD, lineno=line, col_offset=0)


def assign(target: str, value: ast.expr, line: int) -> ast.stmt:
    """`target = value`."""
    store = ast.Name(id=target, ctx=_STORE, lineno=line, col_offset=0)
    return ast.Assign(targets=[store], value=value, lineno=line, col_offset=0)


def assign_all(targets: Sequence[str], values: Sequence[ast.expr], line: int) -> ast.stmt:
    """`a, b = x, y`."""
    stores: list[ast.expr] = [ast.Name(id=t, ctx=_STORE, lineno=line, col_offset=0) for t in targets]
    target = ast.Tuple(elts=stores, ctx=_STORE, lineno=line, col_offset=0)
    return ast.Assign(targets=[target], value=tuple_of(values, line), lineno=line, col_offset=0)


def walrus(target: str, value: ast.expr, line: int) -> ast.expr:
    """`(target := value)`."""
    store = ast.Name(id=target, ctx=_STORE, lineno=line, col_offset=0)
    return ast.NamedExpr(target=store, value=value, lineno=line, col_offset=0)


def call(fn: ast.expr, args: Sequence[ast.expr], line: int) -> ast.expr:
    """`fn(*args)` with positional arguments."""
    return ast.Call(func=fn, args=list(args), keywords=[], lineno=line, col_offset=0)


def call_name(fn: str, args: Sequence[ast.expr], line: int) -> ast.expr:
    """A call of a helper by its name."""
    return call(name(fn, line), args, line)


def is_(left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left is right`."""
    return ast.Compare(left=left, ops=[_IS], comparators=[right], lineno=line, col_offset=0)


def is_not(left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left is not right`."""
    return ast.Compare(left=left, ops=[_IS_NOT], comparators=[right], lineno=line, col_offset=0)


def contains(container: ast.expr, key: ast.expr, line: int) -> ast.expr:
    """`key in container`."""
    return compare(_IN, key, container, line)


def item(container: ast.expr, key: ast.expr, line: int) -> ast.expr:
    """`container[key]`."""
    return ast.Subscript(value=container, slice=key, ctx=_LOAD, lineno=line, col_offset=0)


def compare(op: ast.cmpop, left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left op right`."""
    return ast.Compare(left=left, ops=[op], comparators=[right], lineno=line, col_offset=0)


def binary(op: ast.operator, left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left op right`."""
    return ast.BinOp(left=left, op=op, right=right, lineno=line, col_offset=0)


def all_of(parts: list[ast.expr], line: int) -> ast.expr:
    """`a and b …`."""
    return parts[0] if len(parts) == 1 else ast.BoolOp(op=_AND, values=parts, lineno=line, col_offset=0)


def any_of(parts: list[ast.expr], line: int) -> ast.expr:
    """`a or b …`."""
    return parts[0] if len(parts) == 1 else ast.BoolOp(op=_OR, values=parts, lineno=line, col_offset=0)


def negate(value: ast.expr, line: int) -> ast.expr:
    """`not value`."""
    return ast.UnaryOp(op=_NOT, operand=value, lineno=line, col_offset=0)


def choose(test: ast.expr, then: ast.expr, otherwise: ast.expr, line: int) -> ast.expr:
    """`then if test else otherwise`."""
    return ast.IfExp(test=test, body=then, orelse=otherwise, lineno=line, col_offset=0)


def attribute(value: ast.expr, attr: str, line: int) -> ast.expr:
    """`value.attr`; only with attributes named by the compiler."""
    return ast.Attribute(value=value, attr=attr, ctx=_LOAD, lineno=line, col_offset=0)


def class_is(value: ast.expr, cls: str, line: int) -> ast.expr:
    """`value.__class__ is cls`."""
    return is_(attribute(value, "__class__", line), name(cls, line), line)


def list_of(items: Sequence[ast.expr], line: int) -> ast.expr:
    """`[a, b]`."""
    return ast.List(elts=list(items), ctx=_LOAD, lineno=line, col_offset=0)


def tuple_of(items: Sequence[ast.expr], line: int) -> ast.expr:
    """`(a, b)`."""
    return ast.Tuple(elts=list(items), ctx=_LOAD, lineno=line, col_offset=0)


def dict_of(keys: Sequence[ast.expr], values: Sequence[ast.expr], line: int) -> ast.expr:
    """`{k: v}`."""
    return ast.Dict(keys=list(keys), values=list(values), lineno=line, col_offset=0)


def if_(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt], line: int) -> ast.stmt:
    """`if test: … else: …`."""
    return ast.If(test=test, body=then, orelse=otherwise, lineno=line, col_offset=0)


def returns(value: ast.expr, line: int) -> ast.stmt:
    """`return value`."""
    return ast.Return(value=value, lineno=line, col_offset=0)


def does(value: ast.expr, line: int) -> ast.stmt:
    """An expression as a statement."""
    return ast.Expr(value=value, lineno=line, col_offset=0)


def forever(body: list[ast.stmt], line: int) -> ast.stmt:
    """`while True: …`."""
    return ast.While(test=constant(True, line), body=body, orelse=[], lineno=line, col_offset=0)


def for_each(
    target: str, items: ast.expr, body: list[ast.stmt], line: int, *, after: list[ast.stmt] | None = None
) -> ast.stmt:
    """`for target in items: …`; `after` runs when the items are used up."""
    store = ast.Name(id=target, ctx=_STORE, lineno=line, col_offset=0)
    return ast.For(target=store, iter=items, body=body, orelse=after or [], lineno=line, col_offset=0)


def finally_(body: list[ast.stmt], after: list[ast.stmt], line: int) -> ast.stmt:
    """`try: body finally: after`."""
    return ast.Try(body=body, handlers=[], orelse=[], finalbody=after, lineno=line, col_offset=0)


def breaks(line: int) -> ast.stmt:
    """`break`."""
    return ast.Break(lineno=line, col_offset=0)


def continues(line: int) -> ast.stmt:
    """`continue`."""
    return ast.Continue(lineno=line, col_offset=0)


def globals_(names: list[str], line: int) -> ast.stmt:
    """`global a, b`."""
    return ast.Global(names=names, lineno=line, col_offset=0)


def nonlocals(names: list[str], line: int) -> ast.stmt:
    """`nonlocal a, b`."""
    return ast.Nonlocal(names=names, lineno=line, col_offset=0)


def define(fn: str, params: Sequence[str], rest: str | None, body: list[ast.stmt], line: int) -> ast.stmt:
    """`def fn(params, *rest): body`."""
    star = ast.arg(arg=rest, lineno=line, col_offset=0) if rest is not None else None
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(arg=p, lineno=line, col_offset=0) for p in params], vararg=star,
        kwonlyargs=[], kw_defaults=[], defaults=[],
    )  # fmt: skip
    made = ast.FunctionDef(name=fn, args=arguments, body=body, decorator_list=[], lineno=line, col_offset=0)
    if "type_params" in ast.FunctionDef._fields:  # Python 3.12 and later
        made.type_params = []  # pyright: ignore[reportAttributeAccessIssue] - as above
    return made


def increment(target: str, line: int, *, by: ast.expr | None = None) -> ast.stmt:
    """`target += by`, one by default: as a float, whose sums CPython makes without allocating, exact up to 2**53."""
    store = ast.Name(id=target, ctx=_STORE, lineno=line, col_offset=0)
    return ast.AugAssign(
        target=store, op=ast.Add(), value=by or constant(1.0, line), lineno=line, col_offset=0
    )


def call_star(fn: str, args: str, line: int) -> ast.expr:
    """`fn(*args)` with the name of a sequence."""
    star = ast.Starred(value=name(args, line), ctx=_LOAD, lineno=line, col_offset=0)
    return ast.Call(func=name(fn, line), args=[star], keywords=[], lineno=line, col_offset=0)
