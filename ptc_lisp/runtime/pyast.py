"""Building Python syntax trees. Every node that can raise carries the number of a place (see `Places`) as its line, so
that a traceback tells where in the program a fault happened. Names are never taken from text without a prefix of ours.

A compilation makes hundreds of nodes, and making them is a third of its time: they are made without keyword arguments,
and those that cannot raise (references to locals, constants) are made once and stand in many trees.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, TypeVar

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
_ADD = ast.Add()

_CAN_BE_UNBOUND: Final = "u/"
_MOST_SHARED: Final = 4_000
_loads: dict[str, ast.Name] = {}
_stores: dict[str, ast.Name] = {}
_classes: dict[tuple[str, str], ast.expr] = {}

_N = TypeVar("_N", ast.expr, ast.stmt, ast.arg)


def _at(node: _N, line: int) -> _N:
    """The node, placed."""
    node.lineno = line
    node.col_offset = 0
    return node


_SINGLE: Final = {value: _at(ast.Constant(value), 1) for value in (None, False, True)}


def constant(value: object, line: int) -> ast.expr:
    """A Python constant."""
    if value is None or value is False or value is True:
        return _SINGLE[value]
    return _at(ast.Constant(value), line)  # type: ignore[arg-type] - a number or a string


def name(text: str, line: int) -> ast.expr:
    """A reference."""
    if text[:2] == _CAN_BE_UNBOUND:
        return _at(ast.Name(text, _LOAD), line)
    found = _loads.get(text)
    return found if found is not None else _shared(_loads, text, ast.Name(text, _LOAD))


def _stored(text: str) -> ast.Name:
    found = _stores.get(text)
    return found if found is not None else _shared(_stores, text, ast.Name(text, _STORE))


_K = TypeVar("_K")
_E = TypeVar("_E", bound=ast.expr)


def _shared(among: dict[_K, _E], key: _K, node: _E) -> _E:
    if len(among) >= _MOST_SHARED:
        among.clear()
    _at(node, 1)
    among[key] = node
    return node


def assign(target: str, value: ast.expr, line: int) -> ast.stmt:
    """`target = value`."""
    return _at(ast.Assign([_stored(target)], value), line)


def assign_all(targets: Sequence[str], values: Sequence[ast.expr], line: int) -> ast.stmt:
    """`a, b = x, y`."""
    target = _at(ast.Tuple([_stored(text) for text in targets], _STORE), line)
    return _at(ast.Assign([target], tuple_of(values, line)), line)


def walrus(target: str, value: ast.expr, line: int) -> ast.expr:
    """`(target := value)`."""
    return _at(ast.NamedExpr(_stored(target), value), line)


def call(fn: ast.expr, args: Sequence[ast.expr], line: int) -> ast.expr:
    """`fn(*args)` with positional arguments."""
    return _at(ast.Call(fn, list(args), []), line)


def call_name(fn: str, args: Sequence[ast.expr], line: int) -> ast.expr:
    """A call of a helper by its name."""
    return call(name(fn, line), args, line)


def is_(left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left is right`."""
    return _at(ast.Compare(left, [_IS], [right]), line)


def is_not(left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left is not right`."""
    return _at(ast.Compare(left, [_IS_NOT], [right]), line)


def contains(container: ast.expr, key: ast.expr, line: int) -> ast.expr:
    """`key in container`."""
    return compare(_IN, key, container, line)


def item(container: ast.expr, key: ast.expr, line: int) -> ast.expr:
    """`container[key]`."""
    return _at(ast.Subscript(container, key, _LOAD), line)


def compare(op: ast.cmpop, left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left op right`."""
    return _at(ast.Compare(left, [op], [right]), line)


def binary(op: ast.operator, left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left op right`."""
    return _at(ast.BinOp(left, op, right), line)


def all_of(parts: list[ast.expr], line: int) -> ast.expr:
    """`a and b …`."""
    return parts[0] if len(parts) == 1 else _at(ast.BoolOp(_AND, parts), line)


def any_of(parts: list[ast.expr], line: int) -> ast.expr:
    """`a or b …`."""
    return parts[0] if len(parts) == 1 else _at(ast.BoolOp(_OR, parts), line)


def negate(value: ast.expr, line: int) -> ast.expr:
    """`not value`."""
    return _at(ast.UnaryOp(_NOT, value), line)


def choose(test: ast.expr, then: ast.expr, otherwise: ast.expr, line: int) -> ast.expr:
    """`then if test else otherwise`."""
    return _at(ast.IfExp(test, then, otherwise), line)


def attribute(value: ast.expr, attr: str, line: int) -> ast.expr:
    """`value.attr`; only with attributes named by the compiler."""
    return _at(ast.Attribute(value, attr, _LOAD), line)


def class_is(value: ast.expr, cls: str, line: int) -> ast.expr:
    """`value.__class__ is cls`."""
    if not isinstance(value, ast.Name) or value.id[:2] == _CAN_BE_UNBOUND:
        return is_(attribute(value, "__class__", line), name(cls, line), line)
    key = (value.id, cls)
    found = _classes.get(key)
    if found is None:
        found = _shared(_classes, key, is_(attribute(value, "__class__", 1), name(cls, 1), 1))
    return found


def list_of(items: Sequence[ast.expr], line: int) -> ast.expr:
    """`[a, b]`."""
    return _at(ast.List(list(items), _LOAD), line)


def tuple_of(items: Sequence[ast.expr], line: int) -> ast.expr:
    """`(a, b)`."""
    return _at(ast.Tuple(list(items), _LOAD), line)


def dict_of(keys: Sequence[ast.expr], values: Sequence[ast.expr], line: int) -> ast.expr:
    """`{k: v}`."""
    return _at(ast.Dict(list(keys), list(values)), line)


def if_(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt], line: int) -> ast.stmt:
    """`if test: … else: …`."""
    return _at(ast.If(test, then, otherwise), line)


def returns(value: ast.expr, line: int) -> ast.stmt:
    """`return value`."""
    return _at(ast.Return(value), line)


def does(value: ast.expr, line: int) -> ast.stmt:
    """An expression as a statement."""
    return _at(ast.Expr(value), line)


def forever(body: list[ast.stmt], line: int) -> ast.stmt:
    """`while True: …`."""
    return _at(ast.While(constant(True, line), body, []), line)


def for_each(
    target: str, items: ast.expr, body: list[ast.stmt], line: int, *, after: list[ast.stmt] | None = None
) -> ast.stmt:
    """`for target in items: …`; `after` runs when the items are used up."""
    return _at(ast.For(_stored(target), items, body, after or []), line)


def finally_(body: list[ast.stmt], after: list[ast.stmt], line: int) -> ast.stmt:
    """`try: body finally: after`."""
    return _at(ast.Try(body, [], [], after), line)


def breaks(line: int) -> ast.stmt:
    """`break`."""
    return _at(ast.Break(), line)


def continues(line: int) -> ast.stmt:
    """`continue`."""
    return _at(ast.Continue(), line)


def globals_(names: list[str], line: int) -> ast.stmt:
    """`global a, b`."""
    return _at(ast.Global(names), line)


def nonlocals(names: list[str], line: int) -> ast.stmt:
    """`nonlocal a, b`."""
    return _at(ast.Nonlocal(names), line)


def define(fn: str, params: Sequence[str], rest: str | None, body: list[ast.stmt], line: int) -> ast.stmt:
    """`def fn(params, *rest): body`."""
    star = _at(ast.arg(rest), line) if rest is not None else None
    arguments = ast.arguments([], [_at(ast.arg(param), line) for param in params], star, [], [], None, [])
    made = _at(ast.FunctionDef(fn, arguments, body, []), line)
    if "type_params" in ast.FunctionDef._fields:  # Python 3.12 and later
        made.type_params = []  # pyright: ignore[reportAttributeAccessIssue] - as above
    return made


def increment(target: str, line: int, *, by: ast.expr | None = None) -> ast.stmt:
    """`target += by`, one by default: as a float, whose sums CPython makes without allocating, exact up to 2**53."""
    return _at(ast.AugAssign(_stored(target), _ADD, by or constant(1.0, line)), line)


def call_star(fn: str, args: str, line: int) -> ast.expr:
    """`fn(*args)` with the name of a sequence."""
    star = _at(ast.Starred(name(args, line), _LOAD), line)
    return _at(ast.Call(name(fn, line), [star], []), line)
