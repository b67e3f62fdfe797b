"""Building Python syntax trees. Every node that can raise carries the number of a place (see `Places`) as its line, so
that a traceback tells where in the program a fault happened. Names are never taken from text without a prefix of ours.

A compilation makes hundreds of nodes, and making them is a third of its time: they are of classes that hold all of a place
but the line, they are made without keyword arguments, and those that cannot raise (references to locals, constants) are made
once and stand in many trees. Lists that are handed in become part of the tree.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOAD = ast.Load()
_STORE = ast.Store()
_IN = [ast.In()]
_IS = [ast.Is()]
_IS_NOT = [ast.IsNot()]
_AND = ast.And()
_OR = ast.Or()
_NOT = ast.Not()
_ADD = ast.Add()


def _placed(cls: type, **fields: object) -> Any:
    """A class of nodes that have a place, and fields that are the same in all of them, without being given them. These must be
    what Python 3.13 and later give a node that is made without them: an empty list, or `Load`."""
    return type(cls.__name__, (cls,), {"lineno": 1, "col_offset": 0, **fields})


_E = ast.expr
_Es = list[ast.expr]
_Ss = list[ast.stmt]
_Arg: Final[Callable[[str], ast.arg]] = _placed(ast.arg)
_Assign: Final[Callable[[_Es, _E], ast.Assign]] = _placed(ast.Assign)
_Attribute: Final[Callable[[_E, str], ast.Attribute]] = _placed(ast.Attribute, ctx=_LOAD)
_AugAssign: Final[Callable[[ast.Name, ast.operator, _E], ast.AugAssign]] = _placed(ast.AugAssign)
_BinOp: Final[Callable[[_E, ast.operator, _E], ast.BinOp]] = _placed(ast.BinOp)
_BoolOp: Final[Callable[[ast.boolop, _Es], ast.BoolOp]] = _placed(ast.BoolOp)
_Break: Final[Callable[[], ast.Break]] = _placed(ast.Break)
_Call: Final[Callable[[_E, _Es], ast.Call]] = _placed(ast.Call, keywords=[])
_Compare: Final[Callable[[_E, Sequence[ast.cmpop], _Es], ast.Compare]] = _placed(ast.Compare)
_Constant: Final[Callable[[object], ast.Constant]] = _placed(ast.Constant)
_Continue: Final[Callable[[], ast.Continue]] = _placed(ast.Continue)
_Dict: Final[Callable[[_Es, _Es], ast.Dict]] = _placed(ast.Dict)
_Expr: Final[Callable[[_E], ast.Expr]] = _placed(ast.Expr)
_For: Final[Callable[[_E, _E, _Ss, _Ss], ast.For]] = _placed(ast.For)
_FunctionDef: Final[Callable[[str, ast.arguments, _Ss], ast.FunctionDef]] = _placed(
    ast.FunctionDef, decorator_list=[], type_params=[]
)
_Global: Final[Callable[[list[str]], ast.Global]] = _placed(ast.Global)
_If: Final[Callable[[_E, _Ss, _Ss], ast.If]] = _placed(ast.If)
_IfExp: Final[Callable[[_E, _E, _E], ast.IfExp]] = _placed(ast.IfExp)
_List: Final[Callable[[_Es], ast.List]] = _placed(ast.List, ctx=_LOAD)
_Name: Final[Callable[[str], ast.Name]] = _placed(ast.Name, ctx=_LOAD)
_NamedExpr: Final[Callable[[ast.Name, _E], ast.NamedExpr]] = _placed(ast.NamedExpr)
_Nonlocal: Final[Callable[[list[str]], ast.Nonlocal]] = _placed(ast.Nonlocal)
_Return: Final[Callable[[_E], ast.Return]] = _placed(ast.Return)
_Place: Final[Callable[[_E, _E, ast.Store], ast.Subscript]] = _placed(ast.Subscript)
_Starred: Final[Callable[[_E], ast.Starred]] = _placed(ast.Starred, ctx=_LOAD)
_Stored: Final[Callable[[str, ast.Store], ast.Name]] = _placed(ast.Name)
_Subscript: Final[Callable[[_E, _E], ast.Subscript]] = _placed(ast.Subscript, ctx=_LOAD)
_Try: Final[Callable[[_Ss, list[Any], _Ss, _Ss], ast.Try]] = _placed(ast.Try)
_Tuple: Final[Callable[[_Es, ast.expr_context], ast.Tuple]] = _placed(ast.Tuple)
_UnaryOp: Final[Callable[[ast.unaryop, _E], ast.UnaryOp]] = _placed(ast.UnaryOp)
_While: Final[Callable[[_E, _Ss, _Ss], ast.While]] = _placed(ast.While)

_CAN_BE_UNBOUND: Final = "u/"
_MOST_SHARED: Final = 4_000
_loads: dict[str, ast.expr] = {}
_locals: dict[str, ast.expr] = {}
_stores: dict[str, ast.Name] = {}
_classes: dict[tuple[str, str], ast.expr] = {}
_SINGLE: Final = {value: _Constant(value) for value in (None, False, True)}

_K = TypeVar("_K")
_S = TypeVar("_S", bound=ast.expr)


def constant(value: object, line: int) -> ast.expr:
    """A Python constant: a number or a string, or one of the three that there are once."""
    if value is None or value is False or value is True:
        return _SINGLE[value]
    node = _Constant(value)
    node.lineno = line
    return node


def name(text: str, line: int) -> ast.expr:
    """A reference."""
    found = _loads.get(text)
    if found is not None:
        return found
    node = _Name(text)
    if text[:2] == _CAN_BE_UNBOUND:
        node.lineno = line
        return node
    return _shared(_loads, text, node)


def local(name: str) -> ast.expr:
    """A reference to a local of the program."""
    return _locals.get(name) or _shared(_locals, name, _Name(f"l/{name}"))


def _stored(text: str) -> ast.Name:
    return _stores.get(text) or _shared(_stores, text, _Stored(text, _STORE))


def _shared(among: dict[_K, _S], key: _K, node: _S) -> _S:
    if len(among) >= _MOST_SHARED:
        among.clear()
    among[key] = node
    return node


def assign(target: str, value: ast.expr, line: int) -> ast.stmt:
    """`target = value`."""
    node = _Assign([_stored(target)], value)
    node.lineno = line
    return node


def assign_all(targets: Sequence[str], values: list[ast.expr], line: int) -> ast.stmt:
    """`a, b = x, y`."""
    target = _Tuple([_stored(text) for text in targets], _STORE)
    target.lineno = line
    node = _Assign([target], _Tuple(values, _LOAD))
    node.lineno = node.value.lineno = line
    return node


def walrus(target: str, value: ast.expr, line: int) -> ast.expr:
    """`(target := value)`."""
    node = _NamedExpr(_stored(target), value)
    node.lineno = line
    return node


def call(fn: ast.expr, args: list[ast.expr], line: int) -> ast.expr:
    """`fn(*args)` with positional arguments."""
    node = _Call(fn, args)
    node.lineno = line
    return node


def call_name(fn: str, args: list[ast.expr], line: int) -> ast.expr:
    """A call of a helper by its name."""
    node = _Call(_loads.get(fn) or name(fn, line), args)
    node.lineno = line
    return node


def is_(left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left is right`."""
    node = _Compare(left, _IS, [right])
    node.lineno = line
    return node


def is_not(left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left is not right`."""
    node = _Compare(left, _IS_NOT, [right])
    node.lineno = line
    return node


def contains(container: ast.expr, key: ast.expr, line: int) -> ast.expr:
    """`key in container`."""
    node = _Compare(key, _IN, [container])
    node.lineno = line
    return node


def item(container: ast.expr, key: ast.expr, line: int) -> ast.expr:
    """`container[key]`."""
    node = _Subscript(container, key)
    node.lineno = line
    return node


def put(container: ast.expr, key: ast.expr, value: ast.expr, line: int) -> ast.stmt:
    """`container[key] = value`."""
    place = _Place(container, key, _STORE)
    node = _Assign([place], value)
    node.lineno = place.lineno = line
    return node


def compare(op: ast.cmpop, left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left op right`."""
    node = _Compare(left, [op], [right])
    node.lineno = line
    return node


def binary(op: ast.operator, left: ast.expr, right: ast.expr, line: int) -> ast.expr:
    """`left op right`."""
    node = _BinOp(left, op, right)
    node.lineno = line
    return node


def all_of(parts: list[ast.expr], line: int) -> ast.expr:
    """`a and b …`."""
    return parts[0] if len(parts) == 1 else _joined(_AND, parts, line)


def any_of(parts: list[ast.expr], line: int) -> ast.expr:
    """`a or b …`."""
    return parts[0] if len(parts) == 1 else _joined(_OR, parts, line)


def _joined(op: ast.boolop, parts: list[ast.expr], line: int) -> ast.expr:
    node = _BoolOp(op, parts)
    node.lineno = line
    return node


def negate(value: ast.expr, line: int) -> ast.expr:
    """`not value`."""
    node = _UnaryOp(_NOT, value)
    node.lineno = line
    return node


def choose(test: ast.expr, then: ast.expr, otherwise: ast.expr, line: int) -> ast.expr:
    """`then if test else otherwise`."""
    node = _IfExp(test, then, otherwise)
    node.lineno = line
    return node


def attribute(value: ast.expr, attr: str, line: int) -> ast.expr:
    """`value.attr`; only with attributes named by the compiler."""
    node = _Attribute(value, attr)
    node.lineno = line
    return node


def class_is(value: ast.expr, cls: str, line: int) -> ast.expr:
    """`value.__class__ is cls`."""
    if not isinstance(value, ast.Name) or value.id[:2] == _CAN_BE_UNBOUND:
        return is_(attribute(value, "__class__", line), name(cls, line), line)
    key = (value.id, cls)
    found = _classes.get(key)
    if found is None:
        found = _shared(_classes, key, is_(attribute(value, "__class__", 1), name(cls, 1), 1))
    return found


def list_of(items: list[ast.expr], line: int) -> ast.expr:
    """`[a, b]`."""
    node = _List(items)
    node.lineno = line
    return node


def dict_of(keys: list[ast.expr], values: list[ast.expr], line: int) -> ast.expr:
    """`{k: v}`."""
    node = _Dict(keys, values)
    node.lineno = line
    return node


def if_(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt], line: int) -> ast.stmt:
    """`if test: … else: …`."""
    node = _If(test, then, otherwise)
    node.lineno = line
    return node


def returns(value: ast.expr, line: int) -> ast.stmt:
    """`return value`."""
    node = _Return(value)
    node.lineno = line
    return node


def does(value: ast.expr, line: int) -> ast.stmt:
    """An expression as a statement."""
    node = _Expr(value)
    node.lineno = line
    return node


def forever(body: list[ast.stmt], line: int) -> ast.stmt:
    """`while True: …`."""
    node = _While(constant(True, line), body, [])
    node.lineno = line
    return node


def for_each(
    target: str, items: ast.expr, body: list[ast.stmt], line: int, *, after: list[ast.stmt] | None = None
) -> ast.stmt:
    """`for target in items: …`; `after` runs when the items are used up."""
    node = _For(_stored(target), items, body, after or [])
    node.lineno = line
    return node


def finally_(body: list[ast.stmt], after: list[ast.stmt], line: int) -> ast.stmt:
    """`try: body finally: after`."""
    node = _Try(body, [], [], after)
    node.lineno = line
    return node


def breaks(line: int) -> ast.stmt:
    """`break`."""
    node = _Break()
    node.lineno = line
    return node


def continues(line: int) -> ast.stmt:
    """`continue`."""
    node = _Continue()
    node.lineno = line
    return node


def globals_(names: list[str], line: int) -> ast.stmt:
    """`global a, b`."""
    node = _Global(names)
    node.lineno = line
    return node


def nonlocals(names: list[str], line: int) -> ast.stmt:
    """`nonlocal a, b`."""
    node = _Nonlocal(names)
    node.lineno = line
    return node


def define(fn: str, params: Sequence[str], rest: str | None, body: list[ast.stmt], line: int) -> ast.stmt:
    """`def fn(params, *rest): body`."""
    star = _Arg(rest) if rest is not None else None
    arguments = ast.arguments([], [_Arg(param) for param in params], star, [], [], None, [])
    node = _FunctionDef(fn, arguments, body)
    node.lineno = line
    return node


def increment(target: str, line: int, *, by: ast.expr | None = None) -> ast.stmt:
    """`target += by`, one by default: as a float, whose sums CPython makes without allocating, exact up to 2**53."""
    node = _AugAssign(_stored(target), _ADD, by or constant(1.0, line))
    node.lineno = line
    return node


def call_star(fn: str, args: str, line: int) -> ast.expr:
    """`fn(*args)` with the name of a sequence."""
    return call(name(fn, line), [_Starred(name(args, line))], line)
